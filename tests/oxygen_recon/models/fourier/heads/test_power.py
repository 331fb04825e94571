"""Power of finer fields: that of the truth at every scale, by a factor and details of the start."""

import numpy as np
import torch

from oxygen_recon.evaluation.forecasts.spectra import log_error, zonal_spectrum
from oxygen_recon.models.fourier.heads.power import gain, with_details


def eddies(number: int, seed: int) -> torch.Tensor:
    """Fields with the red steep spectrum of eddies, 32 x 96 cells."""
    drawn = np.random.default_rng(seed).normal(size=(number, 1, 32, 96))
    wave = np.hypot(*np.meshgrid(np.fft.fftfreq(32) * 32, np.fft.rfftfreq(96) * 96, indexing="ij"))
    red = np.fft.irfft2(np.fft.rfft2(drawn) / (1 + (wave / 6) ** 2) ** 2, s=(32, 96))
    return torch.from_numpy((red / red.std()).astype(np.float32))


def error(found: torch.Tensor, truth: torch.Tensor) -> float:
    powers = [
        zonal_spectrum(one.numpy()[:, 0], np.ones((32, 96), bool), np.linspace(0, 30, 32))[1].mean(axis=0)
        for one in (found, truth)
    ]
    return float(log_error(*powers))


def test_a_smooth_forecast_gets_the_spectrum_of_the_truth_and_stays_alike() -> None:
    truth, start, ocean = eddies(24, 0), eddies(24, 1), torch.ones(1, 32, 96, dtype=torch.bool)
    waves = torch.fft.rfft2(truth)
    waves[..., 16:] = 0.0  # what no forecast knows
    made = 0.5 * torch.fft.irfft2(waves, s=(32, 96))
    factor = gain(made[:12, None], truth[:12, None], ocean)
    found = torch.cat([with_details(*pair, factor, ocean, 2) for pair in zip(start[12:], made[12:, None])])
    assert error(found, truth[12:]) < 0.2 * error(made[12:], truth[12:])

    def alike(one: torch.Tensor) -> float:
        return float((one * truth[12:]).sum() / (one.square().sum() * truth[12:].square().sum()).sqrt())

    assert alike(found) > alike(made[12:]) - 0.1


def test_land_has_no_part() -> None:
    own, made = eddies(1, 0)[0], eddies(2, 1)
    ocean = torch.ones(1, 32, 96, dtype=torch.bool)
    ocean[..., 40:] = False
    one = with_details(own, made, gain(made[None], 2 * made[None], ocean), ocean, 3)
    own[..., 40:], made[..., 40:] = 99.0, -99.0
    other = with_details(own, made, gain(made[None], 2 * made[None], ocean), ocean, 3)
    assert torch.equal(one, other) and not one[..., 40:].any() and one[..., :40].abs().min() > 0
