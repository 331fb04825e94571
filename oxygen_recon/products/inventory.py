"""Oxygen inventory: amount and mean of oxygen by layer and region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import gsw
import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.fields.cf import DIMENSIONS, STANDARD_NAMES
from oxygen_recon.products.inputs import over_regions, prepare, region_columns
from qc.errors import InputError
from qc.physics import seawater

LAYERS = ((0.0, 1000.0), (200.0, 1000.0), (0.0, 2000.0), (0.0, np.inf))
HEAT_CAPACITY = 3991.86795711963  # J kg-1 K-1, by which TEOS-10 defines Conservative Temperature (IOC 2010, eq. 3.3.3)
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
    where: xr.DataArray | None = None,
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
        In-situ degC (ITS-90) and PSS-78 for the density; 5 degC and 35 where they are missing. With both, the parts of
        the inventory by solubility and by utilization, and the heat, of the cells that have all three.
    standard_error : DataArray, dims as `oxygen`, optional
        In the unit of `oxygen`; its sum is the error of a sum whose cells err together.
    grid : Grid, optional
        Cells of the field; as for `oxygen_recon.products.omz.omz_series` when left out.
    where : bool DataArray, dims as `oxygen` or without time, optional
        Cells that count, as for `oxygen_recon.products.omz.omz_series`.

    Returns
    -------
    Dataset
        dims (region, layer, time): `inventory` (Pmol), `mean` (unit of `oxygen`, weighted by volume), `volume` (m3,
        with a value), `missing_percent` of the volume, and `inventory_standard_error` (Pmol) with a `standard_error`.
        With temperature and salinity, `inventory_solubility` (Pmol: oxygen at saturation with the air at the potential
        temperature, Garcia and Gordon 1992) and `inventory_aou` (Pmol: the apparent oxygen utilization, solubility
        less oxygen), their means `mean_solubility` and `mean_aou` (unit of `oxygen`), `heat` (J: the heat capacity
        3991.868 J kg-1 K-1 of TEOS-10 times Conservative Temperature, which is 0 at 0 degC) and
        `without_water_percent`, the share of the volume with oxygen that lacks one of the two.

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
    others = [standard_error, where, temperature, salinity]
    oxygen, grid, (error, where, *water) = prepare(oxygen, grid, None, others)
    unit = _check(oxygen, layers)
    names, columns = region_columns(grid, regions)
    # (region, layer, level, latitude, longitude) would be large: areas and thicknesses stay apart in the sums.
    box = _Box(grid, grid.area * columns, np.stack([_within(grid, top, bottom) for top, bottom in layers]))
    data = _sums(oxygen, box, unit, water, error, where)
    return _dataset(data, names, layers, oxygen, unit)


def member_amounts(
    values: Floats, grid: Grid, layers: Sequence[tuple[float, float]], columns: Mask, density: Floats
) -> Floats:
    """Sum the oxygen of a field of which only its inventory is asked for, by a density that is the same at all times.

    Parameters
    ----------
    values : array, shape (time, level, latitude, longitude)
        umol kg-1; NaN is left out.
    grid : Grid
        Cells of the field.
    layers : sequence of (top, bottom)
        As for `oxygen_inventory`.
    columns : bool array, shape (region, latitude, longitude)
        Columns of each region.
    density : array, shape (level, latitude, longitude)
        kg m-3.

    Returns
    -------
    array, shape (region, layer, time)
        Pmol.
    """
    thick = np.stack([_within(grid, top, bottom) for top, bottom in layers])
    kilograms = np.where(grid.wet, density, 0.0)
    levels = over_regions(np.nan_to_num(values) * kilograms, grid.area * columns)  # region, time, level
    return np.asarray(np.moveaxis(levels @ thick.T, 1, 2) * (1e-6 / 1e15))


def mean_density(grid: Grid, temperature: xr.DataArray | None = None, salinity: xr.DataArray | None = None) -> Floats:
    """Compute the in-situ density of the mean over time of temperature and salinity.

    Parameters
    ----------
    grid : Grid
        Cells of the fields.
    temperature, salinity : DataArray, optional
        As for `oxygen_inventory`.

    Returns
    -------
    array, shape (level, latitude, longitude)
        kg m-3.
    """
    means = [
        None if one is None else one.mean("time") if "time" in one.dims else one for one in (temperature, salinity)
    ]
    return _water(grid, means[0], means[1], 0).density


def _check(oxygen: xr.DataArray, layers: Sequence[tuple[float, float]]) -> str:
    """Return the unit of oxygen; refuse another one, and empty layers."""
    unit = str(oxygen.attrs.get("units"))
    if unit not in STANDARD_NAMES:
        raise InputError(f"oxygen in {unit!r}", "inventory", "give umol kg-1 or mmol m-3")
    if not layers or any(bottom <= top for top, bottom in layers):
        raise InputError(f"layers {list(layers)}", "inventory", "give pairs of top and bottom in m, downward")
    return unit


@dataclass(frozen=True)
class _Box:
    """Regions and layers of a grid: areas (region, latitude, longitude), m2, and thicknesses (layer, level), m."""

    grid: Grid
    areas: Floats
    thick: Floats

    def total(self, field: Floats | Mask) -> Floats:
        """Integrate a field (level, latitude, longitude) over volume, shape (region, layer)."""
        return np.asarray(over_regions(field, self.areas) @ self.thick.T)


def _sums(
    oxygen: xr.DataArray, box: _Box, unit: str, water: Sequence[xr.DataArray | None], error: xr.DataArray | None,
    where: xr.DataArray | None,
) -> dict[str, Floats]:  # fmt: skip
    """Add up each region, layer and time; `water` is temperature and salinity."""
    rows: dict[str, list[Floats]] = {}
    molar, known = unit == "mmol m-3", all(one is not None for one in water)
    lasting = not any(one is not None and "time" in one.dims for one in water)
    seawater_, ocean = None, box.grid.wet
    for time, values in _times(oxygen):
        if where is not None:
            ocean = box.grid.wet & (_at(where, time) > 0)
        valid = np.isfinite(values) & ocean
        if (known or not molar) and (seawater_ is None or not lasting):
            seawater_ = _water(box.grid, water[0], water[1], time)
        kilograms = 1.0 if molar or seawater_ is None else seawater_.density
        scale = (1e-3 if molar else 1e-6) / 1e15  # to mol, to Pmol
        filled, volume = np.where(valid, values, 0.0), box.total(valid)
        one = {"inventory": box.total(filled * kilograms) * scale, "volume": volume}
        with np.errstate(invalid="ignore"):  # a layer without any value has no mean
            one["mean"] = box.total(filled) / volume
            one["missing_percent"] = 100.0 * (1.0 - volume / box.total(ocean))
        if error is not None:
            one["inventory_standard_error"] = (
                box.total(np.where(valid, np.nan_to_num(_at(error, time)), 0.0) * kilograms) * scale
            )
        if known and seawater_ is not None:
            one |= _parts(filled, valid, seawater_, box, molar)
        for name, part in one.items():
            rows.setdefault(name, []).append(part)
    return {name: np.stack(part, axis=-1) for name, part in rows.items()}


def _parts(filled: Floats, valid: Mask, water: _Water, box: _Box, molar: bool) -> dict[str, Floats]:
    """Solubility, utilization and heat of one time."""
    all_known = valid & water.known
    saturated = np.where(all_known, water.solubility * (water.density / 1e3 if molar else 1.0), 0.0)
    missing = saturated - np.where(all_known, filled, 0.0)
    kilograms, scale = (1.0, 1e-3 / 1e15) if molar else (water.density, 1e-6 / 1e15)
    volume = box.total(all_known)
    found = {"inventory_solubility": box.total(saturated * kilograms) * scale}
    found["inventory_aou"] = box.total(missing * kilograms) * scale
    with np.errstate(invalid="ignore"):
        found["mean_solubility"], found["mean_aou"] = box.total(saturated) / volume, box.total(missing) / volume
        found["without_water_percent"] = 100.0 * (1.0 - volume / box.total(valid))
    return found | {"heat": box.total(np.where(all_known, water.heat * water.density, 0.0))}


def _within(grid: Grid, top: float, bottom: float) -> Floats:
    """Thickness of each level between two depths, m, shape (level,)."""
    thickness: Floats = np.minimum(grid.depth_edges[1:], bottom) - np.maximum(grid.depth_edges[:-1], top)
    return np.maximum(thickness, 0.0)


def _times(field: xr.DataArray) -> Iterator[tuple[int, Floats]]:
    """Give number and values of each time step, one at a time, shape (level, latitude, longitude)."""
    for time in range(field.sizes["time"]):
        yield time, _at(field, time)


def _at(field: xr.DataArray, time: int) -> Floats:
    """Values of one time step, shape (level, latitude, longitude); the same at all times if the field has none."""
    step = field.isel(time=time) if "time" in field.dims else field
    values: Floats = step.transpose(*DIMENSIONS[1:]).values.astype(np.float64)
    return values


@dataclass(frozen=True)
class _Water:
    """Properties of the water of a grid at one time, shape (level, latitude, longitude).

    `density` in situ, kg m-3; `known`, where temperature and salinity are; `solubility`, umol kg-1; `heat`, J kg-1.
    """

    density: Floats
    known: Mask
    solubility: Floats
    heat: Floats


def _water(grid: Grid, temperature: xr.DataArray | None, salinity: xr.DataArray | None, time: int) -> _Water:
    """Properties of the water by temperature and salinity, at 5 degC and 35 where they are missing; 0 on land."""
    t = np.full(grid.shape, TEMPERATURE) if temperature is None else _at(temperature, time)
    s = np.full(grid.shape, SALINITY) if salinity is None else _at(salinity, time)
    both = temperature is not None and salinity is not None
    known = grid.wet & np.isfinite(t) & np.isfinite(s) & both
    t, s = np.where(np.isfinite(t), t, TEMPERATURE)[grid.wet], np.where(np.isfinite(s), s, SALINITY)[grid.wet]
    level, row, place = np.nonzero(grid.wet)
    pressure = seawater.pressure(grid.depth[level], grid.latitude[row])
    absolute = seawater.SA(s, pressure, grid.longitude[place], grid.latitude[row])
    density, solubility, heat = np.zeros((3, *grid.shape))
    density[grid.wet] = gsw.rho_t_exact(absolute, t, pressure)
    if both:
        solubility[grid.wet] = seawater.O2sol(s, gsw.pt0_from_t(absolute, t, pressure))
        heat[grid.wet] = HEAT_CAPACITY * gsw.CT_from_t(absolute, t, pressure)
    return _Water(density, known, solubility, heat)


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
        "inventory_solubility": {"units": "Pmol", "long_name": "amount of oxygen at saturation with the air"},
        "inventory_aou": {"units": "Pmol", "long_name": "apparent oxygen utilization"},
        "mean_solubility": {"units": unit, "long_name": "mean oxygen at saturation with the air, weighted by volume"},
        "mean_aou": {"units": unit, "long_name": "mean apparent oxygen utilization, weighted by volume"},
        "heat": {"units": "J", "long_name": "heat content, relative to a Conservative Temperature of 0 degC"},
        "without_water_percent": {
            "units": "%",
            "long_name": "share of the volume with oxygen that lacks temperature or salinity",
        },
    }
    dims = ("region", "layer", "time")
    names = [f"{top:g}-{bottom:g} m" if np.isfinite(bottom) else f"{top:g} m to bottom" for top, bottom in layers]
    result = xr.Dataset(
        {name: (dims, values, attributes[name]) for name, values in data.items()}, {"region": regions, "layer": names}
    )
    if "time" in oxygen.coords:
        result = result.assign_coords(time=oxygen["time"].variable)
    water = "temperature and salinity of each cell" if "heat" in data else "5 degC and 35, or what is given of the two"
    density = "molar field, no density" if unit == "mmol m-3" else f"in-situ density, TEOS-10, of {water}"
    return result.assign_attrs(density=density, ocean_mask="wet cells of the grid", Conventions="CF-1.8")
