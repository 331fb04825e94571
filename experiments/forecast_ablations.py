"""What matters in daily forecasts of the small twin: rows that change one setting each, FourCastNet, and the ceiling.

    python experiments/forecast_ablations.py RUNS [ROW[:SEED] ...]

Trains the network of `forecast_twin.yaml` with the changes of each row, by two seeds, and forecasts from its 12 starts
in the held-out year. A row that is there is not made again; `forecast_ablation_table.py RUNS` prints the table of what
is there. Row `ceiling` is no network: twins of the same weather from starts that differ by 1 % of the standard
deviation of the height. One thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.evaluation.forecasts.scores import of_method, score
from oxygen_recon.evaluation.forecasts.spectra import band_ratio, kinetic_energy_spectrum
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.fourier.config import FourCastNetConfig, FourierMaskedAutoencoderConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.networks.autoencoder import FourierMaskedAutoencoder
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.stages import bring
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from oxygen_recon.sources.dynamical_twin.files.fields import hycom
from oxygen_recon.sources.dynamical_twin.initial import deep_water
from oxygen_recon.sources.dynamical_twin.ocean.levels import LEVELS
from oxygen_recon.sources.dynamical_twin.predictability import disturbed
from qc.errors import InputError

SEEDS, PATCH, STRETCH = (0, 1), 4, 32
NAMES = {
    "temperature": "water_temp", "salinity": "salinity", "eastward_velocity": "water_u",
    "northward_velocity": "water_v", "sea_surface_height": "surf_el",
}  # fmt: skip
AnyConfig = FourierMaskedAutoencoderConfig | FourCastNetConfig
Settings = dict[str, dict[str, Any]]


def _rolled(*ends: tuple[float, int]) -> Settings:
    """Training whose loss counts so many days until such a share of the steps."""
    return {"training": {"roll_out": [{"until": until, "days": days} for until, days in ends]}}


ABSOLUTE: Settings = {"step": {"output": "absolute", "damping": False}}
HALF: Settings = {"network": {"mixing": "sequence"}, "training": {"masking": [{"until": 0.5, "ratio": 0.5}]}}
ROWS: dict[str, Settings] = {
    "own": {},
    "longer": {"training": {"steps": 1500}},
    "fourcastnet": {},
    "fourcastnet_published": {
        "step": {**ABSOLUTE["step"], "anomaly": False, "places": False, "season": False},
        "training": {"error": "relative", "calibration": 0, **_rolled((0.8, 1), (1.0, 2))["training"]},
    },
    "absolute": ABSOLUTE,
    "absolute_relative_loss": {**ABSOLUTE, "training": {"error": "relative"}},
    "sequence": {"network": {"mixing": "sequence"}},
    "patch_8": {"network": {"patch": 8}},
    "no_local": {"network": {"local": False}},
    "no_damping": {"step": {"damping": False}},
    "steps_1": _rolled((1.0, 1)),
    "steps_2": _rolled((0.7, 1), (1.0, 2)),
    "steps_4": _rolled((0.5, 1), (0.75, 2), (1.0, 4)),
    "masked": HALF,
    "shuffled": HALF,
}
"""Changes of each row to the network of `forecast_twin.yaml`; "shuffled" also reads patches in any order."""


def configured(row: str, base: FourierMaskedAutoencoderConfig) -> AnyConfig:
    """Apply the changes of a row.

    Parameters
    ----------
    row : str
        One of `ROWS`.
    base : FourierMaskedAutoencoderConfig
        Of the experiment.

    Returns
    -------
    FourierMaskedAutoencoderConfig or FourCastNetConfig
    """
    settings = base.model_dump(mode="json")
    for part, changes in ROWS[row].items():
        settings[part] |= changes
    if not row.startswith("fourcastnet"):
        return FourierMaskedAutoencoderConfig.model_validate_json(json.dumps(settings))
    settings |= {"kind": "fourcastnet", "network": {"width": 88, "blocks": 4}}
    return FourCastNetConfig.model_validate_json(json.dumps(settings))


def of_row(row: str, seed: int, pipeline: ForecastPipeline, into: Path) -> None:
    """Train and score a row, and write what the table needs.

    Parameters
    ----------
    row : str
        One of `ROWS`, or "ceiling".
    seed : int
        Of the network; of the ceiling, which has none, 0.
    pipeline : ForecastPipeline
        The experiment, its fields made.
    into : Path
        File (.npz).
    """
    begin, state, starts = time.process_time(), pipeline.state, pipeline.starts
    found: dict[str, Any] = {}
    damped = KINDS["damped_persistence"]()
    damped.fit(state, pipeline.training, 0)
    if row == "ceiling":
        forecasts = partial(_read, twins(pipeline))
    else:
        network = _trained(row, seed, pipeline, into.with_suffix(""))
        found["parameters"] = sum(part.numel() for part in network.fitted()[1].parameters())
        found["training_cpu"] = time.process_time() - begin
        forecasts = partial(_forecast, network, pipeline)
        found["variance"] = _year(network, pipeline)
    methods = {"own": forecasts, "damped": of_method(damped, state)}
    scores = score(methods, state, starts, pipeline.experiment.leads, pipeline.training)
    found["energy"] = _energy([forecasts(int(start), 10)[9] for start in starts], state, starts + 10)
    names = np.array([channel.name for channel in state.channels])
    np.savez(into, square=scores.square["own"], damped=scores.square["damped"], names=names, **found)


def _trained(row: str, seed: int, pipeline: ForecastPipeline, folder: Path) -> DailyForecaster:
    """Train the network of a row, or take up its training."""
    base = pipeline.experiment.models[0]
    assert isinstance(base, FourierMaskedAutoencoderConfig)
    network = DailyForecaster(configured(row, base), folder)
    network.fit(pipeline.state, pipeline.training, seed, pipeline.forcing)
    return network


@contextmanager
def in_any_order(seed: int) -> Iterator[None]:
    """Let the encoder read patches in any order, hidden ones or not, in training and in forecasts.

    So does a masked autoencoder whose layers do not mind, from which arXiv 2308.03152 takes its masking.

    Parameters
    ----------
    seed : int
        Of the orders.
    """
    generator, features = torch.Generator().manual_seed(seed), FourierMaskedAutoencoder.features

    def shuffled(
        self: FourierMaskedAutoencoder, fields: torch.Tensor, kept: torch.Tensor | None = None
    ) -> torch.Tensor:
        number = self.tokens if kept is None else kept.shape[1]
        order = torch.rand(len(fields), number, generator=generator).argsort(dim=1)
        return features(self, fields, order if kept is None else kept.gather(1, order))

    FourierMaskedAutoencoder.features = shuffled  # type: ignore[method-assign]
    try:
        yield
    finally:
        FourierMaskedAutoencoder.features = features  # type: ignore[method-assign]


def _forecast(network: DailyForecaster, pipeline: ForecastPipeline, start: int, leads: int) -> Floats:
    """Forecast from a day of the state."""
    state = pipeline.state
    first = start - network.config.step.history + 1
    driven = pipeline.driven(state.dates[start], leads)
    return network.forecast(state.values[first : start + 1], state.dates[start], leads, driven)


def twins(pipeline: ForecastPipeline) -> dict[int, Floats]:
    """Forecast from the starts of an experiment by its own twin, with an error of 1 % of the height's deviation.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Of a dynamical twin, its fields made.

    Returns
    -------
    dict of int to array, shape (lead, channel, latitude, longitude)
        By the number of the day of the start; 0 on land. Weather is that of the truth, which nobody has in advance.
    """
    source, state = pipeline.experiment.source, pipeline.state
    assert isinstance(source, DailyTwinConfig)
    height = [channel.name for channel in state.channels].index("sea_surface_height")
    error = 0.01 * float(state.values[:, height, state.ocean[height]].std(axis=0).mean())
    days = [int(start) + 1 for start in pipeline.starts]
    made = {}
    for day, twin, means in disturbed(source.twin, days, pipeline.experiment.leads, error):
        columns = np.argsort((twin.basin.longitude + 180.0) % 360.0)  # files begin at Greenwich, the state at 180 W
        water = twin.basin.square(deep_water(twin.tracers.names, twin.climate))
        deep = dict(zip(twin.tracers.names, water, strict=True))
        made[day - 1] = np.stack([_channels(hycom(one, twin.basin, deep), state) for one in means])[..., columns]
    return made


def _channels(fields: dict[str, Floats], like: DailyFields) -> Floats:
    """Channels of a day of a twin, 0 on land."""
    found = []
    for channel in like.channels:
        values = fields[NAMES[channel.name]]
        found.append(values if channel.depth is None else values[np.abs(LEVELS - channel.depth).argmin()])
    return np.nan_to_num(np.stack(found)).astype(np.float32)


def _read(made: dict[int, Floats], start: int, leads: int) -> Floats:
    """Take forecasts that are there."""
    return made[start][:leads]


def _year(network: DailyForecaster, pipeline: ForecastPipeline) -> Floats:
    """Variance of a roll-out over the last 335 of 365 days over that of the truth, by channel, with usual weather."""
    state, start = pipeline.state, int(pipeline.starts[0])
    leads = min(365, state.dates.size - 1 - start)
    usual = pipeline.usual_forcing
    dates = state.dates[start] + np.arange(leads).astype("timedelta64[D]")
    kept, network.retained = network.retained, None  # what fades by lead would take all variance
    first = start - network.config.step.history + 1
    driven = None if usual is None else usual.at(dates)
    rolled = network.forecast(state.values[first : start + 1], state.dates[start], leads, driven)
    network.retained = kept
    normal = DayOfYear.fit(state, pipeline.training).at(dates + np.timedelta64(1, "D"))
    true = state.values[start + 1 : start + 1 + leads] - normal
    spread = [np.square(part[min(30, leads // 2) :]).mean(axis=0) for part in (rolled - normal, true)]
    weights = state.ocean * np.cos(np.radians(state.latitude))[:, None]
    return np.asarray([(one * weights).sum(axis=(1, 2)) for one in spread])


def _energy(forecasts: list[Floats], state: DailyFields, days: Floats) -> float:
    """Kinetic energy at the surface of forecasts over that of the truth at wavelengths of 2 to 4 patches."""
    names = [channel.name for channel in state.channels]
    east, north = names.index("eastward_velocity"), names.index("northward_velocity")
    ocean = state.ocean[east]
    spectra = []
    for fields in (np.stack(forecasts), state.values[days]):
        wavelength, power = kinetic_energy_spectrum(fields[:, east], fields[:, north], ocean, state.latitude, STRETCH)
        spectra.append(power.mean(axis=0))
    return float(band_ratio(wavelength, *spectra, 2 * PATCH, 4 * PATCH))


def main(arguments: list[str]) -> None:
    """Make the rows that are asked for and are not there."""
    known = {f"{row}:{seed}" for row in ROWS for seed in SEEDS} | {"ceiling:0"}
    asked = [one if ":" in one else f"{one}:0" for one in arguments[1:]]
    if not arguments or not set(asked) <= known:
        fix = f"give RUNS and some of {', '.join(sorted(known))}"
        raise InputError(f"unknown arguments {arguments}", "forecast_ablations", fix)
    torch.set_num_threads(1)
    experiment = ForecastExperiment.from_yaml(Path(__file__).with_name("forecast_twin.yaml"))
    pipeline = ForecastPipeline(experiment, RunFolder(Path(arguments[0]) / experiment.name))
    folder = Path(arguments[0]) / "ablations"
    folder.mkdir(parents=True, exist_ok=True)
    bring(pipeline, "fields")
    for one in asked:
        row, seed = one.split(":")
        if not (into := folder / f"{row}_{seed}.npz").exists():
            with in_any_order(int(seed)) if row == "shuffled" else nullcontext():
                of_row(row, int(seed), pipeline, into)
            print(f"{one} done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
