"""One request for estimates: what it may combine, what is written, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from oxygen_recon.pipeline.predict import output
from oxygen_recon.pipeline.predict.ensemble import with_members
from oxygen_recon.pipeline.predict.field import predict_field
from oxygen_recon.pipeline.predict.places import predict_points, predict_section
from oxygen_recon.pipeline.predict.tables import read_places
from oxygen_recon.pipeline.predict.trained import TrainedRun
from oxygen_recon.pipeline.stages.pipeline import CONSOLE
from oxygen_recon.runtime.progress import print_line
from qc.errors import InputError

Table = str | Path | pd.DataFrame


@dataclass(frozen=True)
class Request:
    """What is to be estimated; documented at `oxygen_recon.Run.predict`.

    Parameters
    ----------
    period, region, levels, points, section, date, members, seed
        As for `oxygen_recon.Run.predict`.

    Raises
    ------
    InputError
        If parts do not go together.
    """

    period: tuple[int, int] | None = None
    region: str | Sequence[float] | None = None
    levels: Sequence[float] | None = None
    points: Table | None = None
    section: Table | None = None
    date: str | None = None
    members: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would be ignored."""
        form, alien = "a part of the grid", ["date"]
        if self.points is not None:
            form, alien = "points", ["period", "region", "levels", "section", "date"]
        elif self.section is not None:
            form, alien = "a section", ["period", "region"]
        for name in alien:
            if getattr(self, name) is not None:
                raise InputError(f"does not go with {form}", name, "leave it out")


def answer(run: TrainedRun, request: Request, out: Path | None) -> xr.Dataset:
    """Make the estimates of a request, and write them.

    Parameters
    ----------
    run : TrainedRun
        The run.
    request : Request
        What is to be estimated.
    out : Path or None
        File to write; then what was made is said in the terminal.

    Returns
    -------
    xarray.Dataset
        As from `predict_field`, `predict_points` or `predict_section`.

    Raises
    ------
    InputError
        As these do, or if the file cannot be written.
    """
    if out is not None:
        output.check_target(out, run.folder.root)
        if request.members is not None and out.suffix.lower() == ".csv":
            raise InputError("members go into netCDF only", str(out), "end it in .nc")
    table = None
    if request.points is not None:
        places = read_places(request.points)
        found, table = predict_points(run, places), places.table
    elif request.section is not None:
        where = "section" if isinstance(request.section, pd.DataFrame) else str(request.section)
        stations = read_places(request.section, needs_depth=False, date=request.date)
        found = predict_section(run, stations, request.levels, where)
    else:
        found = predict_field(run, request.period, request.region, request.levels)
    if request.members is not None:
        found = with_members(run, found, request.members, request.seed, out)
    if out is not None:
        output.write(found, out, table)
        for line in output.lines(found, out):
            print_line(CONSOLE, line)
    return found
