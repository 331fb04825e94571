"""The figures of a run: drawn one after the other, each written as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from oxygen_recon.report import figures
from oxygen_recon.report.run import compared_figures, field_figures, series_figures, skill_figures
from oxygen_recon.report.run.plot import Plot, Section
from oxygen_recon.report.run.results import RunResults


class Drawn(NamedTuple):
    """A figure of the page.

    Parameters
    ----------
    section : {"results", "skill", "data"}
        Where it stands.
    path, vector : Path
        PNG and SVG.
    caption : str
        What it shows: quantity, unit, period, number.
    """

    section: Section
    path: Path
    vector: Path
    caption: str


def draw(results: RunResults, directory: Path) -> list[Drawn]:
    """Draw every figure that the results allow.

    Parameters
    ----------
    results : RunResults
        Results of the run.
    directory : Path
        Folder of the files.

    Returns
    -------
    list of Drawn
        In the order of the page.
    """
    return [_saved(plot, directory) for plot in _plots(results)]


def _plots(results: RunResults) -> Iterator[Plot]:
    """Make the figures, one at a time."""
    series = results.years.size > 1
    if series:
        yield from series_figures.main(results)
        yield from field_figures.changes(results)
        yield from series_figures.details(results)
    yield from field_figures.columns(results)
    yield from field_figures.state(results)
    yield from compared_figures.compared(results)
    yield from skill_figures.scores(results)
    yield from field_figures.against_truth(results)
    yield from skill_figures.observations(results)


def _saved(plot: Plot, directory: Path) -> Drawn:
    """Write one figure."""
    path = figures.save(plot.figure, directory / f"{plot.name}.png")
    return Drawn(plot.section, path, figures.save_vector(plot.figure, directory / f"{plot.name}.svg"), plot.caption)
