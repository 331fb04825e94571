"""The part of a page that is about a head: its scores beside baselines, figures, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from graphs.types import Floats
from oxygen_recon.pipeline.forecasting.heads import HEAD, REFERENCE, HeadRun, cost_line
from oxygen_recon.products import forecast
from oxygen_recon.report.figures import save
from oxygen_recon.report.forecast_figures import forecast_maps, skill_against_lead, spectra_beside_truth
from oxygen_recon.report.forecast_tables import skill_by_lead
from oxygen_recon.report.table import Table

_LEADS = (1, 3, 5, 7, 10, 15, 20, 30)
_TITLES = {"downscaling": "Finer fields of a box", "waves": "Waves", "biochemistry": "Biochemistry"}
_MAPPED = {
    "downscaling": (("sea_surface_height", "eastward_velocity"), ("bicubic", HEAD)),
    "waves": (("significant_wave_height",), ("wind_sea", HEAD)),
    "biochemistry": (("total_chlorophyll", "dissolved_oxygen"), (HEAD,)),
}
_MAP_LEADS = (1, 3, 7, 15)


@dataclass(frozen=True)
class HeadPart:
    """What a page shows of a head.

    Parameters
    ----------
    title, cost, wind : str
        Heading, parameters and time beside the network's, and what drives it.
    tables : dict of str to Table
        By heading.
    figures : list of (path, caption)
        In the folder of the page.
    """

    title: str
    cost: str
    wind: str
    tables: dict[str, Table]
    figures: list[tuple[Path, str]]


def head_part(run: HeadRun, folder: Path) -> HeadPart:
    """Draw the figures of a head, and gather its scores.

    Parameters
    ----------
    run : HeadRun
        Of a finished stage.
    folder : Path
        Of the page.

    Returns
    -------
    HeadPart
    """
    kind = run.settings.kind
    skill = pd.read_csv(run.home / "skill.csv")
    leads = [lead for lead in _LEADS if lead <= run.pipeline.experiment.leads]
    tables = {f"RMSE / {REFERENCE.replace('_', ' ')}": skill_by_lead(skill, "relative", leads, intervals=True)}
    figures = [(save(skill_against_lead(skill, REFERENCE), folder / f"{kind}-skill.png"), _about(kind))]
    if kind == "downscaling":
        tables["Anomaly correlation, from the day of the year"] = skill_by_lead(skill, "acc", leads)
        power = pd.read_csv(run.home / "spectra.csv")
        tables["Mean error of log10 of the spectrum along rows"] = _spectrum_errors(power)
        caption = f"Spectra of the forecasts of {power['lead'].iloc[0]} days along rows, and the truth's."
        figures.append((save(spectra_beside_truth(power), folder / f"{kind}-spectra.png"), caption))
    names, methods = _MAPPED[kind]
    known = [one.name for one in run.task.fields.channels]
    chosen = [name for name in names if name in known] or known[:1]
    figures += [_map(run, name, methods, folder) for name in chosen]
    return HeadPart(_TITLES[kind], cost_line(run), str(skill["forcing"].iloc[0]), tables, figures)


def _about(kind: str) -> str:
    """Caption of the errors against lead."""
    return f"{_TITLES[kind]}: error of every method against lead, divided by that of {REFERENCE.replace('_', ' ')}."


def _spectrum_errors(power: pd.DataFrame) -> Table:
    """Set out the errors of spectra, a row a variable, a column a method."""
    errors = power.groupby(["variable", "method"], sort=False)["error"].first().unstack(sort=False)
    rows = [[str(name).replace("_", " "), *(f"{value:.2f}" for value in row)] for name, row in errors.iterrows()]
    return Table.of_text(["variable", *(str(name).replace("_", " ") for name in errors.columns)], rows)


def _map(run: HeadRun, name: str, methods: tuple[str, ...], folder: Path) -> tuple[Path, str]:
    """Draw a field from the first start: truth, and what methods made of it."""
    state, fields = run.pipeline.state, run.task.fields
    start = next(state.dates[day] for day in run.pipeline.starts if state.dates[day] in fields.dates)
    most = run.pipeline.experiment.leads
    leads = [lead for lead in _MAP_LEADS if lead <= most and start + np.timedelta64(lead, "D") in fields.dates]
    channel = next(i for i, one in enumerate(fields.channels) if one.name == name)
    days, ocean = fields.places(start + np.array(leads)), fields.ocean[channel]
    rows: dict[str, list[Floats]] = {"truth": [np.where(ocean, fields.values[day, channel], np.nan) for day in days]}
    for method in methods:
        with xr.open_dataset(run.path(method, start), decode_times=False) as data:
            values = forecast.channels_of(data, fields)
        rows[method] = [values[lead - 1, channel] for lead in leads]
    one = fields.channels[channel]
    axes = (fields.latitude, fields.longitude)
    figure = forecast_maps(
        rows, leads, axes, f"{name.replace('_', ' ')} ({one.unit})", f"{one} from {start}".replace("_", " ")
    )
    path = save(figure, folder / f"{run.settings.kind}-map-{name}.png")
    return path, f"{str(one).replace('_', ' ').capitalize()} from {start}, and what came."
