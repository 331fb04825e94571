"""The Fourier masked autoencoder at its published size: a day on a CPU; 30 days and training on a GPU.

    python experiments/benchmarks/forecast_full_size.py [--small]
    python experiments/benchmarks/forecast_full_size.py --gpu [--small] [--skill RUNS]

720 x 1440 cells, 61 channels of the ocean, 5 of forcing and the topography (arXiv 2308.03152), 113,891,901 parameters
with random weights; `--small` is an eighth of the grid a side. On a CPU, one thread: time and memory of a day, and exit
status 1 where a value is not finite, land is not 0 or a second call differs. With `--gpu`, which takes the CPU where
there is none: 30 days and a training step, whose blocks are computed again in the backward pass or kept, in single
precision, TF32 and bfloat16: time, memory, and shares of what the device reaches in plain products and copies
(`traffic.MovedBytes`); with `--skill`, errors of the network of `forecast_twin.yaml` trained in single precision and
in bfloat16.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2]))  # this file may be run from anywhere
from experiments.benchmarks.traffic import MovedBytes
from oxygen_recon.dataset.daily.fields import Channel
from oxygen_recon.dataset.daily.scaling import Scaling
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.evaluation.forecasts.scores import score
from oxygen_recon.models.fourier.batch import GridBatch
from oxygen_recon.models.fourier.config import DailyCompute, FourierMaskedAutoencoderConfig, StepConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster, build
from oxygen_recon.models.fourier.networks.autoencoder import COLUMNS, FORCING, ROWS, STATE
from oxygen_recon.models.fourier.networks.sizes import PUBLISHED, FourierSizes
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.stages import bring
from oxygen_recon.pipeline.run_folder import RunFolder

DAYS = np.array(["2010-01-01", "2010-01-02"], "datetime64[D]")
AS_PUBLISHED = StepConfig(output="absolute", damping=False, anomaly=False, places=False, season=False)
PRECISIONS = {"single": torch.float32, "TF32": torch.float32, "bfloat16": torch.bfloat16}


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


def model_of(rows: int, columns: int, sizes: FourierSizes = PUBLISHED, recompute: bool = False) -> DailyModel:
    """Make the network with random weights."""
    config = FourierMaskedAutoencoderConfig(network=sizes, step=AS_PUBLISHED, compute=DailyCompute(recompute=recompute))
    return build(config, statistics(rows, columns), seed=0)


def start_of(rows: int, columns: int, days: int = 1, target: bool = False) -> GridBatch:
    """Make a start of noise, forcing of its days and, for training, targets."""
    generator = torch.Generator().manual_seed(0)
    state = torch.randn(1, 1, STATE, rows, columns, generator=generator)
    names = [tuple(map(str, scaling.channels)) for scaling in _scalings(rows, columns)]
    return GridBatch(
        state=state, names=names[0], forcing=torch.randn(1, days, FORCING, rows, columns, generator=generator),
        forcings=names[1], season=torch.ones(1, days + 1, 1), day=torch.tensor([[0]]),
        target=state.expand(1, days, STATE, rows, columns) if target else None,
        target_day=torch.arange(1, days + 1)[None],
    )  # fmt: skip


def _scalings(rows: int, columns: int) -> tuple[Scaling, Scaling]:
    """Scales of state and forcing."""
    of = statistics(2, 2)
    assert of.forcing is not None
    return of.scaling, of.forcing


def on_cpu(rows: int, columns: int) -> int:
    """Print what a day takes on one thread; return the exit status."""
    torch.set_num_threads(1)
    model, batch = model_of(rows, columns).eval(), start_of(rows, columns)
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


def seconds_of(action: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    """Time an action: median wall time, s, of calls that are waited for, after one that does not count."""
    times = []
    for _ in range(repeats + 1):
        _wait(device)
        begin = time.perf_counter()
        action()
        _wait(device)
        times.append(time.perf_counter() - begin)
    return float(np.median(times[1:]))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _computing_in(precision: str, device: torch.device) -> torch.autocast:
    """Set whether products are of TF32; return what brings them to bfloat16, where the precision is that."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "TF32"
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def forecast(model: DailyModel, batch: GridBatch, precision: str) -> torch.Tensor:
    """Forecast the days of a batch, keeping the last.

    Parameters
    ----------
    model : DailyModel
        On the device of the batch.
    batch : GridBatch
        Start and forcing.
    precision : {"single", "TF32", "bfloat16"}
        Of the products.

    Returns
    -------
    tensor, shape (1, channel, latitude, longitude)
    """
    with torch.no_grad(), _computing_in(precision, batch.state.device):
        for state, _ in model.days(batch):
            last = state
    return last


def training_step(
    model: DailyModel, batch: GridBatch, optimiser: torch.optim.Optimizer, precision: str
) -> torch.Tensor:
    """Take one step of the optimiser; return the loss."""
    optimiser.zero_grad()
    with _computing_in(precision, batch.state.device):
        loss = model.loss(batch)
    loss.backward()
    optimiser.step()
    return loss.detach()


def ceilings(device: torch.device, size: int) -> dict[str, float]:
    """Measure products of square matrices (TFLOP/s, by precision) and copies (GB/s) of a device."""
    found = {}
    for name, kind in PRECISIONS.items():
        _computing_in(name, device)
        one = torch.randn(size, size, device=device).to(kind)
        found[name] = 2e-12 * size**3 / seconds_of(lambda one=one: one @ one, device)
    source = torch.randn(8 * size, size, device=device)
    target = torch.empty_like(source)
    found["copies"] = 2e-9 * source.numel() * 4 / seconds_of(partial(target.copy_, source), device)
    return found


def compare(what: str, action: Callable[[str], object], device: torch.device, limits: dict[str, float]) -> None:
    """Print time, memory and shares of what the device reaches of an action, in each precision."""
    took = {}
    for precision, limit in ((name, limits[name]) for name in PRECISIONS):
        with FlopCounterMode(display=False) as counter, MovedBytes() as moved:
            action(precision)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        took[precision] = seconds_of(partial(action, precision), device, repeats=3)
        products = counter.get_total_flops() / 1e12 / took[precision]
        copies = moved.total / 1e9 / took[precision]
        print(f"{what}, {precision}: {took[precision]:.3f} s", end="; ")
        print(f"{products:.1f} TFLOP/s, {products / limit:.0%} of products", end="; ")
        print(f"{copies:.0f} GB/s, {copies / limits['copies']:.0%} of copies", end="")
        print(f"; {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if device.type == "cuda" else "", flush=True)
    print(f"{what}: bfloat16 {took['single'] / took['bfloat16']:.2f} times as fast as single precision")


def on_gpu(rows: int, columns: int, sizes: FourierSizes = PUBLISHED, days: int = 30, matrix: int = 8192) -> None:
    """Print 30 days and a training step in each precision, beside what the device reaches."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "no GPU: this CPU"
    limits = ceilings(device, matrix)
    products = ", ".join(f"{limits[precision]:.1f} in {precision}" for precision in PRECISIONS)
    print(f"{name}; torch {torch.__version__}; grid {rows} x {columns}")
    print(f"products, TFLOP/s: {products}; copies {limits['copies']:.0f} GB/s")
    model, batch = model_of(rows, columns, sizes).to(device).eval(), start_of(rows, columns, days).to(device)
    compare(f"{days} days", partial(forecast, model, batch), device, limits)
    last = {precision: forecast(model, batch, precision) for precision in PRECISIONS}
    for precision in ("TF32", "bfloat16"):
        error = (last[precision] - last["single"]).square().mean().sqrt() / last["single"].std()
        print(f"{precision} departs from single precision by {float(error):.2%} of the spread after {days} days")
    del model, batch, last
    one = start_of(rows, columns, 1, target=True).to(device)
    for recompute in (True, False):
        model = model_of(rows, columns, sizes, recompute).to(device)
        step = partial(training_step, model, one, torch.optim.AdamW(model.parameters(), 1e-6))
        compare(f"training step, one day, recompute {str(recompute).lower()}", step, device, limits)
        del model, step


def skill(runs: Path, device: str) -> None:
    """Train the network of `forecast_twin.yaml` in both precisions, and print the ratio of their errors."""
    experiment = ForecastExperiment.from_yaml(Path(__file__).parents[1] / "forecast_twin.yaml")
    pipeline = ForecastPipeline(experiment, RunFolder(runs / experiment.name))
    bring(pipeline, "fields")
    state, methods = pipeline.state, {}
    for precision in ("32-true", "bf16-mixed"):
        compute = DailyCompute(device=device, precision=precision)
        network = DailyForecaster(experiment.models[0].model_copy(update={"compute": compute}))
        network.fit(state, pipeline.training, experiment.seed, pipeline.forcing)
        methods[precision] = partial(_from_day, network, pipeline)
    scores = score(methods, state, pipeline.starts, 10, pipeline.training).square
    ratio = np.sqrt(scores["bf16-mixed"].mean(axis=0) / scores["32-true"].mean(axis=0)).mean()
    print(f"errors of forecasts of 1 to 10 days, bfloat16 over single precision: {ratio:.4f}")


def _from_day(network: DailyForecaster, pipeline: ForecastPipeline, start: int, leads: int) -> np.ndarray:
    """Forecast from a day of the state."""
    date = pipeline.state.dates[start]
    days = pipeline.history(start, network.config.step.history)
    return network.forecast(days, date, leads, pipeline.driven(date, leads))


def main(arguments: list[str]) -> int:
    """Print the figures; return the exit status."""
    rows, columns = (ROWS // 8, COLUMNS // 8) if "--small" in arguments else (ROWS, COLUMNS)
    if "--gpu" not in arguments:
        return on_cpu(rows, columns)
    there = torch.cuda.is_available()
    on_gpu(rows, columns, matrix=8192 if there else 1024)
    if "--skill" in arguments:
        skill(Path(arguments[arguments.index("--skill") + 1]), "gpu" if there else "cpu")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
