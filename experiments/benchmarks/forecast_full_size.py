"""One step of the Fourier masked autoencoder at its published size: time, memory, land, and whether two calls agree.

    python experiments/benchmarks/forecast_full_size.py [--small]

720 x 1440 cells, 61 channels of the ocean, 5 of forcing and the topography (arXiv 2308.03152), 113,891,901 parameters
with random weights, one thread, single precision. `--small` is an eighth of the grid a side. Exits with 1 where a value
is not finite, land is not 0 or the second call differs from the first.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import torch

from oxygen_recon.dataset.daily.fields import Channel
from oxygen_recon.dataset.daily.scaling import Scaling
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.models.fourier.batch import GridBatch
from oxygen_recon.models.fourier.config import FourierMaskedAutoencoderConfig, StepConfig
from oxygen_recon.models.fourier.estimator import build
from oxygen_recon.models.fourier.networks.autoencoder import COLUMNS, FORCING, ROWS, STATE
from oxygen_recon.models.fourier.networks.sizes import PUBLISHED
from oxygen_recon.models.fourier.statistics import DailyStatistics

DAYS = np.array(["2010-01-01", "2010-01-02"], "datetime64[D]")
AS_PUBLISHED = StepConfig(output="absolute", damping=False, anomaly=False, places=False, season=False)


def statistics(rows: int, columns: int) -> DailyStatistics:
    """Make statistics of an ocean with land between 40 and 60 degrees east, all in standard scores."""

    def scaling(number: int) -> Scaling:
        channels = tuple(Channel(f"field {i}", None, "1") for i in range(number))
        return Scaling(np.zeros(number, np.float32), np.ones(number, np.float32), channels, DAYS[:1])

    latitude, longitude = 90 - 180 / rows * (np.arange(rows) + 0.5), 360 / columns * np.arange(columns)
    ocean = np.broadcast_to((longitude < 40) | (longitude > 60), (STATE, rows, columns))
    normal = DayOfYear(np.zeros((1, STATE, rows, columns), np.float32), DAYS[:1])
    return DailyStatistics(
        scaling(STATE).channels, ocean.copy(), latitude, longitude, scaling(STATE), normal,
        change=np.ones((1, STATE), np.float32), damping=np.full(STATE, 0.02, np.float32), forcing=scaling(FORCING),
        fixed=np.random.default_rng(0).normal(size=(1, rows, columns)).astype(np.float32),
    )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the figures; return the exit status."""
    torch.set_num_threads(1)
    rows, columns = (ROWS // 8, COLUMNS // 8) if "--small" in arguments else (ROWS, COLUMNS)
    of = statistics(rows, columns)
    model = build(FourierMaskedAutoencoderConfig(network=PUBLISHED, step=AS_PUBLISHED), of, seed=0).eval()
    generator = torch.Generator().manual_seed(0)
    batch = GridBatch(
        state=torch.randn(1, 1, STATE, rows, columns, generator=generator), names=tuple(map(str, of.channels)),
        forcing=torch.randn(1, 1, FORCING, rows, columns, generator=generator),
        forcings=tuple(map(str, of.forcing.channels)) if of.forcing else (),
        season=torch.ones(1, 2, 1), day=torch.tensor([[0]]), target=None, target_day=torch.tensor([[1]]),
    )  # fmt: skip
    days, seconds = [], []
    for _ in range(2):
        begin = time.process_time()
        with torch.no_grad():
            days.append(model.roll_out(batch))
        seconds.append(time.process_time() - begin)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    finite, still = bool(torch.isfinite(days[0]).all()), bool((days[0][0, 0][~model.ocean] == 0).all())
    same = torch.equal(*days)
    print(f"grid {rows} x {columns}, {parameters:,} parameters")
    print(f"CPU seconds of the two calls: {seconds[0]:.1f}, {seconds[1]:.1f}")
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    print(f"finite: {finite}; land is 0: {still}; two calls agree bitwise: {same}")
    return 0 if finite and still and same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
