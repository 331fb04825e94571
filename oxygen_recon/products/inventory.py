"""Oxygen inventory: amount and mean of oxygen by layer and region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.fields.cf import DIMENSIONS, STANDARD_NAMES
from oxygen_recon.fields.grids import columns_of
from oxygen_recon.products.inputs import prepare
from qc.errors import InputError
from qc.physics import seawater

LAYERS = ((0.0, 1000.0), (200.0, 1000.0), (0.0, 2000.0), (0.0, np.inf))
SALINITY, TEMPERATURE = 35.0, 5.0  # where there is no better: density is then right within 0.5 %


def oxygen_inventory(
    oxygen: xr.DataArray | xr.Dataset,
    layers: Sequence[tuple[float, float]] = LAYERS,
    regions: Mapping[str, xr.DataArray | Mask] | None = None,
    temperature: xr.DataArray | None = None,
    salinity: xr.DataArray | None = None,
    standard_error: xr.DataArray | None = None,
    *,
    grid: Grid | None = None,
) -> xr.Dataset:
    """Sum oxygen over layers and regions at each time.

    Parameters
    ----------
    oxygen : DataArray or Dataset
        With time, depth, latitude and longitude, axes by any CF names. In "umol kg-1" it is multiplied by in-situ
        density and volume, in "mmol m-3" by volume alone.
        NaN in an ocean cell is missing: left out of the sum, counted in `missing_percent`.
    layers : sequence of (top, bottom)
        Metres; a cell counts by its share within the layer; infinity is the sea floor.
    regions : mapping of str to bool DataArray or array, shape (latitude, longitude), optional
        Columns of each region; the whole grid is always the first, "all".
    temperature, salinity : DataArray, dims as `oxygen` or without time, optional
        In-situ degC (ITS-90) and PSS-78 for the density; 5 degC and 35 where they are missing.
    standard_error : DataArray, dims as `oxygen`, optional
        In the unit of `oxygen`; its sum is the error of a sum whose cells err together.
    grid : Grid, optional
        Cells of the field; as for `oxygen_recon.products.omz.omz_series` when left out.

    Returns
    -------
    Dataset
        dims (region, layer, time): `inventory` (Pmol), `mean` (unit of `oxygen`, weighted by volume), `volume` (m3,
        with a value), `missing_percent` of the volume, and `inventory_standard_error` (Pmol) with a `standard_error`.

    Raises
    ------
    InputError
        If the unit is none of the two, dimensions or shapes do not fit, or a layer is empty.

    Examples
    --------
    >>> axes = {"time": [2000], "depth": [5.0, 15.0], "lat": [-45.0, 45.0], "lon": [90.0, 270.0]}
    >>> sizes = {name: len(values) for name, values in axes.items()}
    >>> oxygen = xr.DataArray(np.full(tuple(sizes.values()), 250.0), axes, tuple(axes), attrs={"units": "mmol m-3"})
    >>> oxygen_inventory(oxygen, [(0, 20)]).inventory.item()  # the upper 20 m of a globe without land
    2.550322...
    """
    oxygen, grid, (error, *water) = prepare(oxygen, grid, None, [standard_error, temperature, salinity])
    unit = _check(oxygen, layers)
    names = ["all", *(regions or {})]
    areas = np.stack([grid.area, *(grid.area * columns_of(grid, mask) for mask in (regions or {}).values())])
    thick = np.stack([_within(grid, top, bottom) for top, bottom in layers])
    # (region, layer, level, latitude, longitude) would be large: areas and thicknesses stay apart in the sums.
    data = _sums(oxygen, grid, areas, thick, unit, water, error)
    return _dataset(data, names, layers, oxygen, unit)


def amounts(grid: Grid, layers: Sequence[tuple[float, float]] = LAYERS) -> Floats:
    """Return what 1 umol kg-1 in each cell adds to the inventory of each layer, at 5 degC and salinity 35.

    Parameters
    ----------
    grid : Grid
        Cells of the field.
    layers : sequence of (top, bottom)
        As for `oxygen_inventory`.

    Returns
    -------
    array, shape (layer, level, latitude, longitude)
        Pmol; 0 on land.
    """
    thick = np.stack([_within(grid, top, bottom) for top, bottom in layers])[:, :, None, None]
    found: Floats = thick * np.where(grid.wet, grid.area * _density(grid, None, None, 0), 0.0) * (1e-6 / 1e15)
    return found


def _check(oxygen: xr.DataArray, layers: Sequence[tuple[float, float]]) -> str:
    """Return the unit of oxygen; refuse another one, and empty layers."""
    unit = str(oxygen.attrs.get("units"))
    if unit not in STANDARD_NAMES:
        raise InputError(f"oxygen in {unit!r}", "inventory", "give umol kg-1 or mmol m-3")
    if not layers or any(bottom <= top for top, bottom in layers):
        raise InputError(f"layers {list(layers)}", "inventory", "give pairs of top and bottom in m, downward")
    return unit


def _sums(
    oxygen: xr.DataArray, grid: Grid, areas: Floats, thick: Floats, unit: str,
    water: Sequence[xr.DataArray | None], standard_error: xr.DataArray | None,
) -> dict[str, Floats]:  # fmt: skip
    """Add up each region, layer and time; `water` is temperature and salinity."""
    ocean = _total(grid.wet.astype(float), areas, thick)
    rows: dict[str, list[Floats]] = {"inventory": [], "mean": [], "volume": [], "missing_percent": []}
    if standard_error is not None:
        rows["inventory_standard_error"] = []
    kilograms: Floats = np.ones(grid.shape)
    lasting = not any(one is not None and "time" in one.dims for one in water)
    for time, values in _times(oxygen):
        valid = np.isfinite(values) & grid.wet
        if unit != "mmol m-3" and (time == 0 or not lasting):
            kilograms = _density(grid, water[0], water[1], time)
        scale = (1e-3 if unit == "mmol m-3" else 1e-6) / 1e15  # to mol, to Pmol
        filled = np.where(valid, values, 0.0)
        volume = _total(valid.astype(float), areas, thick)
        rows["inventory"].append(_total(filled * kilograms, areas, thick) * scale)
        rows["volume"].append(volume)
        with np.errstate(invalid="ignore"):  # a layer without any value has no mean
            rows["mean"].append(_total(filled, areas, thick) / volume)
            rows["missing_percent"].append(100.0 * (1.0 - volume / ocean))
        if standard_error is not None:
            error = np.where(valid, np.nan_to_num(_at(standard_error, time)), 0.0)
            rows["inventory_standard_error"].append(_total(error * kilograms, areas, thick) * scale)
    return {name: np.stack(part, axis=-1) for name, part in rows.items()}


def _within(grid: Grid, top: float, bottom: float) -> Floats:
    """Thickness of each level between two depths, m, shape (level,)."""
    thickness: Floats = np.minimum(grid.depth_edges[1:], bottom) - np.maximum(grid.depth_edges[:-1], top)
    return np.maximum(thickness, 0.0)


def _total(field: Floats, areas: Floats, thick: Floats) -> Floats:
    """Integrate a field: areas (region, y, x), thicknesses (layer, level), result (region, layer)."""
    levels = np.einsum("kyx,ryx->rk", field, areas)
    total: Floats = levels @ thick.T
    return total


def _times(field: xr.DataArray) -> Iterator[tuple[int, Floats]]:
    """Give number and values of each time step, one at a time, shape (level, latitude, longitude)."""
    for time in range(field.sizes["time"]):
        yield time, _at(field, time)


def _at(field: xr.DataArray, time: int) -> Floats:
    """Values of one time step, shape (level, latitude, longitude); the same at all times if the field has none."""
    step = field.isel(time=time) if "time" in field.dims else field
    values: Floats = step.transpose(*DIMENSIONS[1:]).values.astype(np.float64)
    return values


def _density(grid: Grid, temperature: xr.DataArray | None, salinity: xr.DataArray | None, time: int) -> Floats:
    """In-situ density, kg m-3, shape (level, latitude, longitude)."""
    t = np.full(grid.shape, TEMPERATURE) if temperature is None else _at(temperature, time)
    s = np.full(grid.shape, SALINITY) if salinity is None else _at(salinity, time)
    t, s = np.where(np.isfinite(t), t, TEMPERATURE), np.where(np.isfinite(s), s, SALINITY)
    latitude, longitude = grid.latitude[:, None], grid.longitude[None, :]
    pressure = seawater.pressure(grid.depth[:, None, None], latitude)
    return 1000.0 * seawater.in_situ_density(s, t, pressure, longitude, latitude)


def _dataset(
    data: dict[str, Floats], regions: list[str], layers: Sequence[tuple[float, float]], oxygen: xr.DataArray, unit: str
) -> xr.Dataset:
    """Put sums and means with their coordinates and attributes into one dataset."""
    attributes = {
        "inventory": {"units": "Pmol", "long_name": "amount of oxygen"},
        "mean": {"units": unit, "long_name": "mean oxygen, weighted by volume"},
        "volume": {"units": "m3", "standard_name": "ocean_volume", "long_name": "volume with an oxygen value"},
        "missing_percent": {"units": "%", "long_name": "share of the ocean volume without an oxygen value"},
        "inventory_standard_error": {
            "units": "Pmol",
            "long_name": "standard error of the amount of oxygen",
            "comment": "cells are taken to err together; independent errors would give an absurdly small one",
        },
    }
    dims = ("region", "layer", "time")
    names = [f"{top:g}-{bottom:g} m" if np.isfinite(bottom) else f"{top:g} m to bottom" for top, bottom in layers]
    result = xr.Dataset(
        {name: (dims, values, attributes[name]) for name, values in data.items()}, {"region": regions, "layer": names}
    )
    if "time" in oxygen.coords:
        result = result.assign_coords(time=oxygen["time"].variable)
    density = "molar field, no density" if unit == "mmol m-3" else "in-situ density, TEOS-10"
    return result.assign_attrs(density=density, ocean_mask="wet cells of the grid", Conventions="CF-1.8")
