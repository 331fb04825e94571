"""The stage of the products: oxygen minimum zones, inventories and trends, region by region."""

from __future__ import annotations

from functools import partial

import dask.array as da
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.dataset import store
from oxygen_recon.pipeline.stages.model import open_field
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.products.files import to_netcdf, to_table
from oxygen_recon.products.inputs import region_columns
from oxygen_recon.products.inventory import mean_density, oxygen_inventory
from oxygen_recon.products.omz import ensemble, omz_series
from oxygen_recon.products.omz.trend_table import trend_table
from qc.files import replacing


def omz(pipeline: Pipeline) -> None:
    """Compute area and volume below each threshold, inventory and trends by region, with intervals from members.

    Where the truth is known, its area and volume too.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a region of the settings has no ocean.
    """
    folder, settings, period = pipeline.folder, pipeline.experiment.omz, pipeline.experiment.period
    field, grid = open_field(pipeline)
    data, masks, subcell = pipeline.run_data("omz"), settings.masks(grid), settings.count == "subcell"
    measure = partial(omz_series, thresholds=settings.thresholds, grid=grid, regions=masks, subcell=subcell)
    oxygen, error = field["oxygen"], field["oxygen_standard_error"]
    found = measure(oxygen, standard_error=error, observed=field["observation_count"])
    water = known_water(data, grid, oxygen)
    inventory, members = oxygen_inventory(oxygen, settings.depths, masks, **water, grid=grid), None
    if settings.members:
        seed, density = pipeline.experiment.seed, mean_density(grid, **water)
        drawn = ensemble.member_fields(field, data.error_covariance, grid, settings.members, seed)
        columns = region_columns(grid, masks)[1]
        measured = settings.thresholds, grid, columns, settings.depths, density, subcell
        members = ensemble.measure_members(drawn, *measured)
        found = ensemble.with_interval(found, members)
        inventory = ensemble.inventory_with_interval(inventory, members)
    for name, series in (("omz", found), ("inventory", inventory)):
        to_netcdf(series, folder.product(f"{name}.nc"), field.attrs)
        to_table(series, folder.product(f"{name}.csv"))
    with replacing(folder.product("trends.csv")) as table:
        trend_table(found, inventory, members, settings.periods_of(period.start, period.end)).to_csv(table, index=False)
    truth = store.load_truth(folder.grid)
    if truth is not None:
        known = oxygen.copy(data=grid.scatter(truth))
        to_netcdf(measure(known), folder.product("truth.nc"), field.attrs)


def known_water(data: RunData, grid: Grid, oxygen: xr.DataArray) -> dict[str, xr.DataArray]:
    """Return temperature and salinity of every cell and step, lazily, where the covariates have both as fields.

    Parameters
    ----------
    data : RunData
        Of the run.
    grid : Grid
        Its grid.
    oxygen : DataArray, dims (time, depth, latitude, longitude)
        Reconstruction, whose axes they have.

    Returns
    -------
    dict of str to DataArray
        "temperature" (degC) and "salinity"; empty where the run lacks one, or has them at casts or as a climatology of
        casts only.
    """
    names = ("temperature", "salinity")
    domain = data.domain_without(None)
    if data.experiment.covariates.kind == "observed" or not set(names) <= set(domain.names):
        return {}
    found = {}
    for name in names:
        channel = domain.covariates[:, :, domain.names.index(name)]
        steps = da.from_array(channel, chunks=(1, -1))  # type: ignore[no-untyped-call]
        chunks = (steps.chunks[0], *((size,) for size in grid.shape))
        cube = steps.map_blocks(grid.scatter, dtype=float, chunks=chunks, drop_axis=1, new_axis=[1, 2, 3])
        found[name] = oxygen.copy(data=cube).rename(name).drop_attrs()
    return found
