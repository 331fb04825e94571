"""Estimates as files, netCDF or CSV by the name, and what is said of them in the terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from oxygen_recon.fields.axes import EDGES
from oxygen_recon.pipeline.predict.places import ESTIMATES, given_name
from oxygen_recon.products.interpolation import STATUS
from oxygen_recon.products.observations_near import far_warning
from qc.errors import InputError
from qc.files import replacing

SUFFIXES = (".nc", ".csv")


def check_target(out: Path, run: Path) -> None:
    """Refuse a file whose name says no format, and one in the folder of the run.

    Parameters
    ----------
    out : Path
        File that is to be written.
    run : Path
        Folder of the run.

    Raises
    ------
    InputError
        If it ends in neither .nc nor .csv, or lies in the folder.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(f"ends in {out.suffix or 'nothing'}", str(out), f"end it in {' or '.join(SUFFIXES)}")
    if out.resolve().is_relative_to(run.resolve()):
        raise InputError("lies in the folder of the run, where nothing is changed", str(out), "write it elsewhere")


def write(data: xr.Dataset, out: Path, table: pd.DataFrame | None = None) -> None:
    """Write estimates, whole or not at all.

    Parameters
    ----------
    data : Dataset
        Of a field, of points or of a section.
    out : Path
        netCDF-4 by CF, or CSV.
    table : DataFrame, optional
        Table of points: a CSV file is this table with the estimates behind it, row by row. That of a field or a section
        has one row an estimate, and none where there is no estimate in a field.
    """
    with replacing(out) as partial:
        if out.suffix.lower() == ".csv":
            rows = _rows(data) if table is None else _beside(table, data)
            rows.to_csv(partial, index=False)
        else:
            plain = data.drop_vars(_edges(data)).reset_coords([name for name in ("wet",) if name in data.coords])
            plain.to_netcdf(partial, format="NETCDF4", engine="netcdf4")


def lines(data: xr.Dataset, out: Path | None) -> list[str]:
    """Say what was made, how much of it was observed, and how much lies far from observations.

    Parameters
    ----------
    data : Dataset
        Estimates.
    out : Path or None
        Where they were written.

    Returns
    -------
    list of str
        Two lines, and a warning where estimates lie far from observations.
    """
    known = int(data["oxygen"].notnull().sum())
    sizes = " x ".join(f"{size:,} {name}" for name, size in data["oxygen"].sizes.items())
    why = (
        np.bincount(data["status"].to_numpy().ravel(), minlength=len(STATUS)) if "status" in data else np.zeros(1, int)
    )
    without = "".join(f", {count:,} {name}" for count, name in list(zip(why, STATUS))[1:] if count)
    found = [
        f"predict: {known:,} estimates ({sizes}{without})" + ("" if out is None else f" in {out}"),
        f"{100 * data.attrs['observed_share']:.1f} % of them at a cell and step with an observation",
    ]
    if data.attrs["far_share"] > 0:
        found.append(far_warning(data.attrs["far_share"], "background" in data.attrs))
    return found


def _rows(data: xr.Dataset) -> pd.DataFrame:
    """One row an estimate; of a section also where there is none, which its status explains."""
    names = [name for name in data.data_vars if data[name].dims == data["oxygen"].dims]
    frame = _frame(data[names]).reset_index()
    return frame if "status" in data else frame.dropna(subset="oxygen").drop(columns=["wet", *_edges(data)])


def _beside(table: pd.DataFrame, data: xr.Dataset) -> pd.DataFrame:
    """Put the estimates behind the columns of a table."""
    own = [str(name) for name in data.data_vars if name in ESTIMATES]
    kept = table.set_axis([given_name(name, own) for name in table.columns], axis=1)
    return pd.concat([kept, _frame(data[own])[own].reset_index(drop=True)], axis=1)


def _frame(data: xr.Dataset) -> pd.DataFrame:
    """Return variables as columns, the status in words and whole numbers as such."""
    frame = data.to_dataframe()
    if "status" in frame:
        frame["status"] = np.array(STATUS)[frame["status"].to_numpy()]
    whole = [name for name in ("observation_count", "observations_near", "background_only") if name in frame]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _edges(data: xr.Dataset) -> list[str]:
    """List the coordinates that carry bounds."""
    return [str(name) for name in data.coords if str(name).endswith(EDGES)]
