"""`experiments/benchmarks/forecast_full_size.py`: what it times and compares, on a small grid."""

import numpy as np
import pytest
import torch

from experiments.benchmarks.forecast_full_size import forecast, main, model_of, on_gpu, start_of, training_step
from oxygen_recon.models.fourier.networks.sizes import FourierSizes

SMALL = FourierSizes(width=16, decoder_width=16, blocks=1)


def test_both_precisions_are_timed_beside_what_the_device_reaches(capsys) -> None:
    on_gpu(16, 32, SMALL, days=2, matrix=64)
    printed = capsys.readouterr().out
    for part in (
        "in bfloat16; copies",
        "2 days, TF32",
        "recompute true, single",
        "recompute false, bfloat16",
        "% of copies",
    ):
        assert part in printed


def test_bfloat16_forecasts_nearly_what_single_precision_does_and_a_training_step_lowers_the_loss() -> None:
    model, batch = model_of(16, 32, SMALL).eval(), start_of(16, 32, days=3)
    single, half = (forecast(model, batch, precision) for precision in ("single", "bfloat16"))
    assert torch.equal(single, forecast(model, batch, "single")) and not torch.equal(single, half)
    assert float((single - half).square().mean().sqrt()) < 0.02 * float(single.std())
    optimiser, one = torch.optim.AdamW(model.parameters(), 1e-3), start_of(16, 32, target=True)
    losses = [float(training_step(model, one, optimiser, "bfloat16")) for _ in range(5)]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


@pytest.mark.gpu
def test_the_published_size_runs_on_a_gpu(capsys) -> None:
    assert main(["--gpu"]) == 0
    assert "GiB" in capsys.readouterr().out
