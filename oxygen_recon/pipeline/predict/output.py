"""Estimates as files, netCDF or CSV by the name, and what is said of them in the terminal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

from oxygen_recon.fields.axes import EDGES
from oxygen_recon.products.reconstruction import REACH_KM, REACH_YEARS
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


def write(data: xr.Dataset, out: Path) -> None:
    """Write estimates, whole or not at all.

    Parameters
    ----------
    data : Dataset
        Of a field, of points or of a section.
    out : Path
        netCDF-4 by CF, or CSV with one row an estimate: of a field and a section only where there is one.
    """
    with replacing(out) as partial:
        if out.suffix.lower() == ".csv":
            _rows(data).to_csv(partial, index=False)
        else:
            edges = [name for name in data.coords if str(name).endswith(EDGES)]
            plain = data.drop_vars(edges).reset_coords([name for name in ("wet",) if name in data.coords])
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
    found = [
        f"predict: {known:,} estimates ({sizes})" + ("" if out is None else f" in {out}"),
        f"{100 * data.attrs['observed_share']:.1f} % of them at a cell and step with an observation",
    ]
    if data.attrs["far_share"] > 0:
        found.append(far_line(data.attrs["far_share"], "background" in data.attrs))
    return found


def far_line(share: float, has_background: bool) -> str:
    """Warn of estimates that lie far from observations.

    Parameters
    ----------
    share : float
        Their share of all.
    has_background : bool
        Whether the models learned departures from a field.

    Examples
    --------
    >>> far_line(0.25, True)[:60]
    'warning: 25.0 % of the estimates have no observation of thei'
    """
    where = f"within {REACH_KM:g} km at their time, or {REACH_YEARS:g} years at their place"
    alone = ": they rest on the background alone" if has_background else ": their standard errors may be too small"
    return f"warning: {100 * share:.1f} % of the estimates have no observation of their level {where}{alone}"


def _rows(data: xr.Dataset) -> pd.DataFrame:
    """One row an estimate."""
    names = [name for name in data.data_vars if data[name].dims == data["oxygen"].dims]
    frame = data[names].drop_vars([name for name in data.coords if name not in data["oxygen"].dims])
    return frame.to_dataframe().dropna(subset="oxygen").reset_index()
