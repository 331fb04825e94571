"""What is a start worth of which only a part is seen? Its gaps filled, and forecasts from it, on the small twin.

    python experiments/sparse_starts.py RUNS [SEED]

Trains a U-Net with `step.filling` on the fields of `forecast_twin.yaml`, hiding all but 5 to 100 % of the cells, and
from its 12 starts in the held-out year fills and forecasts what is not seen of the day: of patches of 4 x 4 cells or of
tracks one cell wide, seen on the day alone or on eight days, drawn anew each day; every channel is seen in the same
cells, and scored in cells with ocean at all depths (94 %).
Compared with the climatology of the day of the year; optimal interpolation of the anomalies of the same days, whose
scales and noise are fitted to each channel on training days; patterns (EOFs) of training days fitted to what is seen of
the day, their number chosen by patches that are withheld; and the network from the interpolated state. The anomalies of
interpolation and patterns decay as in damped persistence. A case that is there is not made again. One thread.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.interpolation import Interpolation, fit_interpolations
from oxygen_recon.evaluation.forecasts.bootstrap import rmse_interval
from oxygen_recon.models.daily_baselines.anomalies import decay
from oxygen_recon.models.daily_baselines.eof_autoregression import EofAutoregression
from oxygen_recon.models.daily_baselines.filling import fill_by_patterns
from oxygen_recon.models.fourier.config import UNetConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.networks.masking import Shape, seen_cells
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.stages import bring
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.report.table import Table
from qc.errors import InputError

LEADS = (0, 1, 5, 10)
METHODS = ("climatology", "interpolation", "patterns", "network from interpolation", "network")
SETTINGS = {
    "kind": "unet", "network": {"width": 24}, "step": {"filling": True},
    "training": {
        "steps": 300, "seen": 0.05, "seen_days": 8, "cases": 300,
        "roll_out": [{"until": 0.8, "days": 1}, {"until": 1.0, "days": 2}],
    },
}  # fmt: skip
RANKS, WITHHELD = (5, 10, 20, 40, 80), 0.1
FITTED_ON, TARGETS = 4, 500  # training days, and cells of each, that scales are fitted to
LENGTHS, TIMES, NOISES, NEIGHBOURS = (2.0, 3.0, 4.5, 7.0), (4.0, 8.0, 16.0), (0.003, 0.03), 32  # cells, days, share


@dataclass(frozen=True)
class Case:
    """What is seen: on how many days, in which shape, how much."""

    days: int
    shape: Shape
    share: float

    @property
    def name(self) -> str:
        """For files."""
        return f"{self.shape}_{100 * self.share:g}_{self.days}"

    def known(self, pipeline: ForecastPipeline, start: int) -> Mask:
        """Cells seen on the days up to a start, shape (day, latitude, longitude)."""
        rng, grid = np.random.default_rng([7, start]), pipeline.state.ocean.shape[1:]
        every = [seen_cells(*grid, self.share, rng, self.shape) for _ in range(self.days)]
        return np.stack(every[::-1])  # the day itself is the same whatever the number of days


CASES = [
    *(Case(days, "patches", 0.25) for days in (1, 8)),
    *(Case(1, "patches", share) for share in (0.05, 0.1, 0.5, 1.0)), Case(1, "tracks", 0.1),
    Case(8, "patches", 0.05), Case(8, "tracks", 0.1),
]  # fmt: skip


class Comparison:
    """Methods fitted to the training days of the twin."""

    def __init__(self, pipeline: ForecastPipeline, network: DailyForecaster) -> None:
        self.pipeline, self.network, self.state = pipeline, network, pipeline.state
        statistics, _ = network.fitted()
        self.climatology = statistics.climatology
        self.usual = (statistics.usual * statistics.scaling.deviation)[:, None, None]
        self.ocean = self.state.ocean.all(axis=0)  # 94 % of the cells: of shallow water no method is scored
        self.scales: dict[int, list[Interpolation]] = {}

    @cached_property
    def patterns(self) -> EofAutoregression:
        """Patterns of training days."""
        found = EofAutoregression(modes=max(RANKS), leads=max(LEADS))
        found.fit(self.state, self.pipeline.training)
        return found

    @cached_property
    def left(self) -> Floats:
        """What is left of anomalies, shape (1 + lead, channel, 1, 1)."""
        found = decay(self.state, self.pipeline.training, self.climatology, max(LEADS))
        return np.concatenate([np.ones_like(found[:1]), found])[:, :, None, None]

    def anomaly(self, days: slice) -> Floats:
        """Anomalies of some days, in standard deviations of their channel."""
        return (self.state.values[days] - self.climatology.at(self.state.dates[days])) / self.usual

    def problem(self, start: int, known: Mask) -> tuple[Floats, Floats, Floats, tuple[Floats, Floats]]:
        """Say what is seen where, and where it is wanted: columns, rows and days."""
        anomaly = self.anomaly(slice(start - len(known) + 1, start + 1))
        day, row, column = np.nonzero(known & self.ocean)
        wanted = np.nonzero(self.ocean & ~known[-1])
        points = np.column_stack([column, row, day - (len(known) - 1)]).astype(float)
        targets = np.column_stack([wanted[1], wanted[0], np.zeros(len(wanted[0]))]).astype(float)
        return points, anomaly[day, :, row, column], targets, wanted

    def fitted(self, days: int) -> list[Interpolation]:
        """Fit the scales of each channel on training days of which 5 to 50 % are seen."""
        if days not in self.scales:
            rng, cases = np.random.default_rng(days), []
            places = self.state.places(self.pipeline.training)[days:]
            for start, share in zip(rng.choice(places, FITTED_ON), (0.05, 0.1, 0.25, 0.5), strict=True):
                known = Case(days, "patches", share).known(self.pipeline, int(start))
                points, values, targets, wanted = self.problem(int(start), known)
                some = rng.choice(len(targets), TARGETS, replace=False)
                truth = self.anomaly(slice(start, start + 1))[0][:, wanted[0], wanted[1]].T
                cases.append((points, values, targets[some], truth[some]))
            times = TIMES if days > 1 else TIMES[:1]
            period = float(self.state.longitude.size)
            found = fit_interpolations(cases, LENGTHS, times, NOISES, period, NEIGHBOURS)
            self.scales[days] = found
        return self.scales[days]

    def interpolated(self, start: int, known: Mask) -> Floats:
        """Anomalies of the day by optimal interpolation, channels with the same scales together."""
        points, values, targets, wanted = self.problem(start, known)
        found, every = np.where(known[-1], self.anomaly(slice(start, start + 1))[0], 0.0), self.fitted(len(known))
        for one in set(every):
            channels = [i for i, other in enumerate(every) if other == one]
            made = one(points, values[:, channels], targets)
            for i, channel in enumerate(channels):
                found[channel, wanted[0], wanted[1]] = made[:, i]
        return found * self.usual

    def of_patterns(self, start: int, known: Mask) -> Floats:
        """Anomalies of the day by patterns; as many as do best in patches that are withheld."""
        fitted, ocean = self.patterns, self.state.ocean
        assert fitted.patterns is not None and fitted.scale is not None
        anomaly = self.state.values[start] - self.climatology.at(self.state.dates[[start]])[0]
        values = (anomaly * fitted.scale)[ocean]
        seen = np.broadcast_to(known[-1], ocean.shape)[ocean]
        hidden = seen_cells(*ocean.shape[1:], WITHHELD, np.random.default_rng(start))
        kept = seen & ~np.broadcast_to(hidden, ocean.shape)[ocean]
        errors = []
        for rank in RANKS:
            made = fill_by_patterns(fitted.patterns[:rank], values, kept)
            errors.append(np.square((made - values)[seen & ~kept]).mean())
        field = np.zeros(ocean.shape)
        field[ocean] = fill_by_patterns(fitted.patterns[: RANKS[int(np.argmin(errors))]], values, seen)
        return field / fitted.scale

    def forecasts(self, start: int, known: Mask) -> dict[str, Callable[[], Floats]]:
        """Each method's day itself and days after it, shape (1 + lead, channel, latitude, longitude)."""
        date, leads, days = self.state.dates[start], max(LEADS), slice(start - len(known) + 1, start + 1)
        forcing, network = self.pipeline.forcing, self.network
        assert forcing is not None
        later = np.repeat(forcing.values[forcing.places(self.state.dates[[start]])], leads, axis=0)
        normal = self.climatology.at(date + np.arange(leads + 1).astype("timedelta64[D]"))
        values, mask = self.state.values[days], np.repeat(known[:, None], len(self.state.channels), axis=1)
        by_day = self.interpolated(start, known)

        def own() -> Floats:
            statistics, model = network.fitted()
            batch = network.batch(values, date, leads, later, mask)
            with torch.no_grad():
                made = list(model.filled(batch))
            return statistics.scaling.undo(torch.cat([made[0][0], *(one[1] for one in made)]).numpy())

        def from_interpolation() -> Floats:
            begin = np.where(self.state.ocean, normal[0] + by_day, normal[0]).astype(np.float32)
            return np.concatenate([begin[None], network.forecast(begin, date, leads, later)])

        return {
            "climatology": lambda: normal,
            "interpolation": lambda: normal + self.left * by_day,
            "patterns": lambda: normal + self.left * self.of_patterns(start, known),
            "network from interpolation": from_interpolation,
            "network": own,
        }

    def squares(self, case: Case) -> Floats:
        """Mean squared errors where nothing is seen of the day, shape (method, lead, start, channel)."""
        starts = self.pipeline.starts
        found = np.zeros((len(METHODS), len(LEADS), len(starts), len(self.state.channels)))
        for i, start in enumerate(map(int, starts)):
            known = case.known(self.pipeline, start)
            unseen = np.ones_like(known[-1]) if case.share == 1 else ~known[-1]
            weight = self.ocean * unseen * np.cos(np.radians(self.state.latitude))[:, None]
            weight = weight / weight.sum()
            truth = self.state.values[[start + lead for lead in LEADS]]
            for method, make in self.forecasts(start, known).items():
                error = np.square(make()[list(LEADS)] - truth)
                found[METHODS.index(method), :, i] = (error * weight).sum(axis=(-2, -1))
        return found


def trained(pipeline: ForecastPipeline, seed: int, folder: Path) -> DailyForecaster:
    """Train the network that fills gaps, or take up its training."""
    config = UNetConfig.model_validate_json(json.dumps(SETTINGS))

    def report(step: int, steps: int, loss: float) -> None:
        if step % 50 == 0:
            print(f"step {step} of {steps}: {loss:.3f}", file=sys.stderr, flush=True)

    network = DailyForecaster(config, folder / f"network_{seed}", report)
    network.fit(pipeline.state, pipeline.training, seed, pipeline.forcing)
    return network


def by_variable(square: Floats, names: list[str]) -> Floats:
    """Error over that of the climatology by variable, its levels together, shape (method, lead, start, variable)."""
    variables = list(dict.fromkeys(names))
    rows = [[i for i, name in enumerate(names) if name == variable] for variable in variables]
    relative = square / square[:1].mean(axis=2, keepdims=True)
    return np.stack([relative[..., row].mean(axis=-1) for row in rows], axis=-1)


def tables(folder: Path, seed: int, names: list[str]) -> None:
    """Print what is there: mean over variables, and each variable where a quarter is seen."""
    rows, single = [], []
    for case in CASES:
        if not (path := folder / f"{case.name}_{seed}.npy").exists():
            continue
        relative = by_variable(np.load(path), names)
        mean = np.sqrt(relative.mean(axis=2)).mean(axis=-1)
        low, high = rmse_interval(relative[METHODS.index("network")].mean(axis=-1).swapaxes(0, 1),
                                  relative[METHODS.index("interpolation")].mean(axis=-1).swapaxes(0, 1))  # fmt: skip
        label = f"{100 * case.share:g} % {case.shape}, {case.days} day{'s' * (case.days > 1)}"
        for at, lead in enumerate(LEADS):
            if case.share == 1 and lead == 0:
                continue
            of = [f"{one:.2f}" for one in mean[1:, at]]
            rows.append([label, str(lead), *of, f"{low[at]:.2f}-{high[at]:.2f}"])
            if case.share == 0.25 and lead in (0, 5):
                each = np.sqrt(relative.mean(axis=2))[:, at]
                for method in (1, len(METHODS) - 1):
                    single.append([label, str(lead), METHODS[method], *(f"{one:.2f}" for one in each[method])])
    print(Table.of_text(("seen", "day", *METHODS[1:], "network / interpolation, 90 %"), rows).markdown())
    print(Table.of_text(("seen", "day", "method", *dict.fromkeys(names)), single).markdown())


def main(arguments: list[str]) -> None:
    """Make the cases that are not there, and print the tables."""
    if len(arguments) not in (1, 2) or not all(one.isdigit() for one in arguments[1:]):
        raise InputError(f"arguments {arguments}", "sparse_starts", "give RUNS and perhaps a seed")
    torch.set_num_threads(1)
    seed = int(arguments[1]) if arguments[1:] else 0
    experiment = ForecastExperiment.from_yaml(Path(__file__).with_name("forecast_twin.yaml"))
    pipeline = ForecastPipeline(experiment, RunFolder(Path(arguments[0]) / experiment.name))
    folder = Path(arguments[0]) / "sparse_starts"
    folder.mkdir(parents=True, exist_ok=True)
    bring(pipeline, "fields")
    comparison = Comparison(pipeline, trained(pipeline, seed, folder))
    for case in CASES:
        if not (path := folder / f"{case.name}_{seed}.npy").exists():
            np.save(path, comparison.squares(case))
            print(f"{case.name} done", file=sys.stderr, flush=True)
    tables(folder, seed, [channel.name for channel in pipeline.state.channels])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
