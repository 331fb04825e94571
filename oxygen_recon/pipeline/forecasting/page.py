"""The page of a forecast run, and its summary in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from graphs.types import Floats
from oxygen_recon.pipeline.forecasting.ensemble import spread_table
from oxygen_recon.pipeline.forecasting.head_page import head_part
from oxygen_recon.pipeline.forecasting.heads import HeadRun
from oxygen_recon.products import forecast
from oxygen_recon.report.figures import save
from oxygen_recon.report.forecast_figures import forecast_maps, skill_against_lead, spectra_beside_truth
from oxygen_recon.report.forecast_tables import skill_by_lead
from oxygen_recon.report.html import render
from oxygen_recon.report.table import Table
from qc.files import replacing

if TYPE_CHECKING:
    from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline

_LEADS = (1, 3, 5, 7, 10, 15, 20, 30, 60, 90, 180, 365)  # days that tables show
_WITH_INTERVALS = (1, 5, 10, 20, 30, 90, 365)  # wider cells, fewer of them
_MAPS = (1, 5, 10, 20)


def lines(skill: pd.DataFrame, reference: str) -> list[str]:
    """Sum up the scores in the terminal.

    Parameters
    ----------
    skill : DataFrame
        As of `oxygen_recon.evaluation.forecasts.table.score_table`, by variable.
    reference : str
        The method that errors are divided by.

    Returns
    -------
    list of str
    """
    base = reference.replace("_", " ")
    heading = f"RMSE over the ocean divided by that of {base}, by lead; in brackets 90 % of draws over starts"
    return [heading, *_relative(skill, reference).lines(left=2)]


def _relative(skill: pd.DataFrame, reference: str) -> Table:
    """Ratios of the errors of the other methods to those of the reference, with intervals."""
    some = [lead for lead in _leads(skill) if lead in _WITH_INTERVALS]
    return skill_by_lead(skill[skill["method"] != reference], "relative", some, intervals=True)


def _leads(skill: pd.DataFrame) -> list[int]:
    """Days that tables show: those of which there are scores."""
    there = set(skill.loc[skill["rmse"].notna(), "lead"])
    return [lead for lead in _LEADS if lead in there]


def write(pipeline: ForecastPipeline) -> Path:
    """Draw the figures and write the page.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder, as far as its scores.

    Returns
    -------
    Path
        The page.
    """
    folder, experiment = pipeline.folder.stage("report"), pipeline.experiment
    skill = pd.read_csv(pipeline.folder.stage("validate") / "skill.csv")
    reference = str(skill.loc[skill["relative"] == 1.0, "method"].iloc[0])
    leads = _leads(skill)
    tables = {
        f"RMSE / {reference.replace('_', ' ')}": _relative(skill, reference),
        "RMSE": skill_by_lead(skill, "rmse", leads),
        "Anomaly correlation, from the day of the year": skill_by_lead(skill[skill["acc"].notna()], "acc", leads),
    }
    if experiment.ensemble is not None:
        tables["spread of the ensemble over its error: 1 where errors are as large as it says"] = spread_table(
            skill, _LEADS
        )
    drawn = save(skill_against_lead(skill, reference), folder / "skill.png")
    about = "Error of every method against lead, divided by that of " + reference.replace("_", " ") + "."
    figures = [(drawn, about), *_spectra(pipeline, folder)]
    maps = [_map(pipeline, name, folder) for name in dict.fromkeys(one.name for one in pipeline.state.channels)]
    facts = {
        "training": f"{experiment.training.start} to {experiment.training.end}",
        "test": f"{experiment.test.start} to {experiment.test.end}",
        "starts": ", ".join(map(str, pipeline.state.dates[pipeline.starts])),
        "experiment hash": experiment.hash,
        "seed": experiment.seed,
    }
    text = render(
        "forecast_report.html", title=experiment.name, question=experiment.question,
        tables=tables, skill_figures=figures, maps=maps, facts=facts,
        heads=[head_part(HeadRun(pipeline, one), folder) for one in experiment.heads],
        starts=len(pipeline.starts), reference=reference.replace("_", " "), forcing=skill["forcing"].iloc[0],
    )  # fmt: skip
    with replacing(folder / "index.html") as partial:
        partial.write_text(text, encoding="utf-8")
    return folder / "index.html"


def _spectra(pipeline: ForecastPipeline, folder: Path) -> list[tuple[Path, str]]:
    """Draw the spectra of the forecasts beside the truth's, where stretches of ocean are long enough."""
    power = pd.read_csv(pipeline.folder.stage("validate") / "spectra.csv")
    if power.empty:
        return []
    about = f"Power along rows of the forecasts of {power['lead'].iloc[0]} days over the truth's, shallowest level."
    return [(save(spectra_beside_truth(power), folder / "spectra.png"), about)]


def _map(pipeline: ForecastPipeline, name: str, folder: Path) -> tuple[Path, str]:
    """Draw the shallowest level of a quantity from the first start: truth, the first network, the reference."""
    state, start = pipeline.state, int(pipeline.starts[0])
    channel = next(i for i, one in enumerate(state.channels) if one.name == name)
    most = pipeline.experiment.leads
    leads = [lead for lead in _MAPS if lead <= most and state.dates[start] + lead in state.dates]
    days = state.places(state.dates[start] + np.array(leads))
    ocean = state.ocean[channel]
    rows: dict[str, list[Floats]] = {"truth": [np.where(ocean, state.values[day, channel], np.nan) for day in days]}
    for method in pipeline.methods[:2] if len(pipeline.experiment.models) > 1 else pipeline.methods[:1]:
        with xr.open_dataset(pipeline.path(method, state.dates[start]), decode_times=False) as data:
            values = forecast.channels_of(data, state)
        rows[method] = [values[lead - 1, channel] for lead in leads]
    one = state.channels[channel]
    title = f"{one} from {state.dates[start]}"
    figure = forecast_maps(rows, leads, (state.latitude, state.longitude), f"{name} ({one.unit})", title)
    path = save(figure, folder / f"map-{name}.png")
    return path, f"Forecast of {one} from {state.dates[start]}, and what came."
