"""Files of a series: netCDF and CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from qc.files import replacing


def to_csv(result: xr.Dataset, path: Path) -> None:
    """Write a series as a table, one row a time and threshold, units in the column names.

    Parameters
    ----------
    result : Dataset
        From `omz_series`; variables with a depth are left out.
    path : Path
        Target file, written whole or not at all.
    """
    flat = result.drop_vars([name for name in result.data_vars if "depth" in result[name].dims])
    order = [name for name in ("time", "region", "threshold") if name in flat.dims]
    flat = flat.drop_vars([name for name in flat.coords if name not in order])
    units = {name: flat[name].attrs["units"] for name in (*flat.data_vars, "threshold")}
    table = pd.DataFrame(flat.to_dataframe(dim_order=order).reset_index())
    with replacing(path) as partial:
        table.rename(columns={name: f"{name} ({unit})" for name, unit in units.items()}).to_csv(partial, index=False)


def to_netcdf(result: xr.Dataset, path: Path) -> None:
    """Write a series, column maps or an inventory as CF netCDF.

    Parameters
    ----------
    result : Dataset
        From `omz_series`, `omz_columns` or `oxygen_inventory`.
    path : Path
        Target file, written whole or not at all.
    """
    encoding = {"time": {"units": "days since 1900-01-01", "dtype": "float64", "_FillValue": None}}
    dated = np.issubdtype(result["time"].dtype, np.datetime64) if "time" in result.coords else False
    with replacing(path) as partial:
        result.to_netcdf(partial, engine="netcdf4", encoding=encoding if dated else {})
