import pytest
import torch

from oxygen_recon.models.fourier.config import ForecastLossConfig
from oxygen_recon.models.fourier.losses import amplitude_error, forecast_loss

OCEAN = torch.ones(2, 4, 6, dtype=torch.bool)
OCEAN[:, 0, 0] = False
WEIGHT = OCEAN / OCEAN.sum(dim=(1, 2), keepdim=True)
CHANGE = torch.tensor([[0.5, 2.0], [1.0, 3.0]])


def fields() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    forecast, target = torch.randn(2, 3, 2, 2, 4, 6, generator=generator)
    return forecast, target


@pytest.mark.parametrize("error", ["tendency", "relative", "relative_by_channel"])
def test_land_has_no_part(error: str) -> None:
    forecast, target = fields()
    settings = ForecastLossConfig(error=error, spectral=0.5)
    elsewhere = torch.where(OCEAN, forecast, 1e3)
    assert torch.equal(
        forecast_loss(forecast, target, WEIGHT, CHANGE, settings),
        forecast_loss(elsewhere, target, WEIGHT, CHANGE, settings),
    )
    assert float(forecast_loss(target, target, WEIGHT, CHANGE, settings)) == 0.0


def test_persistence_scores_one_where_the_error_is_in_units_of_the_change() -> None:
    target = torch.zeros(1, 2, 2, 4, 6)
    forecast = target + CHANGE[None, :, :, None, None]
    assert float(forecast_loss(forecast, target, WEIGHT, CHANGE, ForecastLossConfig())) == pytest.approx(1.0)


def test_the_relative_error_is_the_published_one() -> None:
    forecast, target = fields()
    expected = []
    for sample in range(3):
        for lead in range(2):
            difference = (forecast - target)[sample, lead][OCEAN]
            expected.append(float(difference.norm() / target[sample, lead][OCEAN].norm()))
    found = forecast_loss(forecast, target, WEIGHT, CHANGE, ForecastLossConfig(error="relative"))
    assert float(found) == pytest.approx(sum(expected) / 6, rel=1e-5)


def test_amplitudes_do_not_depend_on_where_a_wave_is_but_on_how_large_it_is() -> None:
    wave = torch.sin(torch.arange(12) * 2 * torch.pi / 6)
    assert float(amplitude_error(wave.roll(2), wave)) == pytest.approx(0.0, abs=1e-10)
    assert float(amplitude_error(0.5 * wave, wave)) > 0.1
