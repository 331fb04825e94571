"""Climate model files: names, units, grids and calendars as they come, and values at points."""

from pathlib import Path

import cftime
import gsw
import numpy as np
import pytest
import xarray as xr

from oxygen_recon.evaluation.climate_models import sample
from oxygen_recon.fields.cmip6 import open_oxygen
from qc.errors import InputError

CURVILINEAR = (
    "tos_Omon_CESM2-FV2_historical_r1i1p1f1_gn_200001.nc",  # latitude and longitude are fill over land
    "tos_Omon_CNRM-CM6-1_ssp245_r1i1p1f2_gn_201501.nc",  # halo columns, one repeated row
    "tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc",  # dims j, i; tripolar
)


def oxygen_law(latitude, longitude, depth, year):
    """Smooth, periodic, linear in depth and time, mol m-3."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    shape = np.sin(phi) + 0.5 * np.cos(phi) * np.cos(lam)
    return 0.2 + 0.05 * shape - 2e-5 * depth - 1e-3 * (year - 2000.0)


def write(
    path: Path,
    years: list[int],
    latitude: xr.DataArray | np.ndarray,
    longitude: xr.DataArray | np.ndarray,
    land: np.ndarray,
    *,
    level: str = "lev",
    level_units: str = "m",
    depth: tuple[float, ...] = (5.0, 100.0, 1000.0),
    calendar: str = "noleap",
    units: str = "mol m-3",
    names: tuple[str, str, str, str] = ("j", "i", "lat", "lon"),
    variable: str = "o2",
    law=oxygen_law,
) -> Path:
    """Write a file in CMIP6 layout; middle of the year, 1e20 on land, the deepest level land where |latitude| < 10."""
    row, column, north, east = names
    z = np.array(depth)
    flat = np.where(np.isfinite(latitude + longitude), latitude, 0.0), np.where(np.isfinite(longitude), longitude, 0.0)
    values = law(flat[0], flat[1], z[None, :, None, None], np.array(years)[:, None, None, None] + 0.5)
    values = np.where(land, 1e20, values)
    values[:, -1][:, np.abs(flat[0]) < 10] = 1e20
    data = xr.Dataset(
        {variable: (("time", level, row, column), values.astype(np.float32), {"units": units})},
        {
            "time": ("time", [cftime.datetime(y, 7, 2, 12, calendar=calendar) for y in years]),
            level: (level, z / {"m": 1, "centimeters": 0.01, "1": 1}[level_units], {"units": level_units}),
            north: ((row, column), np.where(np.isfinite(latitude), latitude, 9.96921e36)),
            east: ((row, column), np.where(np.isfinite(longitude), longitude, 9.96921e36)),
        },
        {"source_id": "TOY", "experiment_id": "historical", "variant_label": "r1i1p1f1", "grid_label": "gn"},
    )
    encoding = {name: {"_FillValue": None} for name in (variable, north, east)}
    encoding["time"] = {"units": "days since 1850-01-01", "calendar": calendar}
    data.to_netcdf(path, encoding=encoding)
    return path


def regular(step: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude from 0 to 360, and a continent between 100 and 140 east, 20 and 60 north."""
    latitude, longitude = np.meshgrid(np.arange(-79, 80, step), np.arange(step / 2, 360, step), indexing="ij")
    return latitude, longitude, (abs(longitude - 120) < 20) & (abs(latitude - 40) < 20)


def expected(latitude, longitude, depth, year) -> np.ndarray:
    return oxygen_law(latitude, longitude, depth, year) * 1e6 / 1025.0


@pytest.mark.parametrize("name", CURVILINEAR)
def test_real_curvilinear_grids(data_root: Path, tmp_path: Path, name: str) -> None:
    with xr.open_dataset(data_root / "gridded/curvilinear" / name, decode_times=False) as file:
        tos = file.tos.isel(time=0).load()
        north = next(file[n].values for n in ("lat", "latitude") if n in file.variables)
        east = next(file[n].values for n in ("lon", "longitude") if n in file.variables)
    fill = np.abs(north) > 91
    north, east = np.where(fill, np.nan, north), np.where(fill, np.nan, east)
    land = ~np.isfinite(tos.values) | fill
    names = (str(tos.dims[0]), str(tos.dims[1]), "latitude", "longitude")
    path = write(tmp_path / "o2.nc", [2000, 2001], north, east, land, level_units="centimeters", names=names)
    model = open_oxygen([path])
    rng = np.random.default_rng(0)
    some = rng.choice(np.flatnonzero(~land & (np.abs(north) < 85)), 400)
    latitude = north.ravel()[some] + rng.uniform(-0.2, 0.2, 400)
    longitude = (east.ravel()[some] + rng.uniform(-0.2, 0.2, 400) + 180) % 360 - 180
    depth, years = rng.uniform(0, 100, 400), rng.uniform(2000.5, 2001.5, 400)
    value = sample(model, latitude, longitude, depth, years)
    assert np.isfinite(value).all()
    np.testing.assert_allclose(value, expected(latitude, longitude, np.maximum(depth, 5), years), atol=1.0)
    inland = sample(
        model, np.array([48.0, -25.0, 24.0]), np.array([90.0, 134.0, 10.0]), np.full(3, 50.0), np.full(3, 2001.0)
    )
    assert np.isnan(inland).all()


def test_a_regular_model_across_the_dateline_and_greenwich(tmp_path: Path) -> None:
    model = open_oxygen([write(tmp_path / "o2.nc", [1999, 2000, 2001], *regular())])
    assert model.name == "TOY historical r1i1p1f1 gn"
    assert model.density == "constant 1025 kg m-3"
    np.testing.assert_allclose(model.years, [1999.5, 2000.5, 2001.5], atol=2e-3)
    latitude, longitude = np.full(5, 30.3), np.array([-180.0, 179.99, -0.01, 0.01, 359.9])
    depth, years = np.array([5.0, 52.5, 100.0, 550.0, 1000.0]), np.array([1999.5, 2000.0, 2000.5, 2001.0, 2001.5])
    value = sample(model, latitude, longitude, depth, years)
    np.testing.assert_allclose(value, expected(latitude, longitude, depth, years), atol=0.5)


def test_no_value_on_land_off_the_period_or_below_the_bottom(tmp_path: Path) -> None:
    model = open_oxygen([write(tmp_path / "o2.nc", [1999, 2000, 2001], *regular())])

    def at(latitude: float, longitude: float, depth: float, year: float) -> float:
        return sample(model, *(np.array([value]) for value in (latitude, longitude, depth, year))).item()

    assert np.isnan(at(40, 120, 50, 2000.5))  # continent
    assert np.isfinite(at(40, 102, 50, 2000.5))  # within two cells of the sea
    assert np.isnan(at(0, 0, 50, 2002.6))
    assert np.isfinite(at(0, 0, 50, 2001.9))
    assert np.isnan(at(30, 0, 2000, 2000.5))
    # At the equator the deepest level is sea floor: the level above stands alone.
    assert at(0, 200, 900, 2000.5) == pytest.approx(expected(0, 200, 100, 2000.5), abs=0.5)
    assert sample(model, *(np.empty(0) for _ in range(4))).shape == (0,)


def test_names_units_order_and_runs_are_told_from_the_file(tmp_path: Path) -> None:
    latitude, longitude, land = regular(4.0)
    names = ("nlat", "nlon", "nav_lat", "nav_lon")
    deep_first = (1000.0, 100.0, 5.0)

    def shifted(*place) -> np.ndarray:  # a deepest-first file whose last level is the surface
        return oxygen_law(*place) * 1e3

    historical = write(
        tmp_path / "a.nc", [2013, 2014], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=shifted,
    )  # fmt: skip
    scenario = write(
        tmp_path / "b.nc", [2014, 2015], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=lambda *place: shifted(*place) + 50,
    )  # fmt: skip
    model = open_oxygen([scenario, historical])
    np.testing.assert_array_equal(model.depth, [5, 100, 1000])
    np.testing.assert_allclose(model.years, [2013.5, 2014.5, 2015.5], atol=5e-3)  # 2 July of 360 days is a little later
    value = sample(model, np.full(3, -40.0), np.full(3, 300.0), np.full(3, 100.0), np.array([2013.5, 2014.5, 2015.5]))
    truth = expected(-40, 300, 100, np.array([2013.5, 2014.5, 2015.5])) + np.array([0, 0, 50e3 / 1025])
    np.testing.assert_allclose(value, truth, atol=1.5)  # where files overlap the earlier one counts


def test_a_span_averages_the_months_of_a_year(tmp_path: Path) -> None:
    latitude, longitude, land = regular(8.0)
    path = write(tmp_path / "o2.nc", list(range(2000, 2012)), latitude, longitude, land)
    model = open_oxygen([path])
    point = [np.array([value]) for value in (-20.0, 200.0, 50.0)]
    middle = sample(model, *point, np.array([2005.5]))
    mean = sample(model, *point, np.array([2005.5]), span=5.0)
    np.testing.assert_allclose(mean, middle, atol=1e-3)  # linear in time: the mean of 5 years is the middle one
    early = sample(model, *point, np.array([2000.5]), span=5.0)
    first = sample(model, *point, np.array([2001.5]))
    np.testing.assert_allclose(early, first, atol=1e-3)  # only three of the five years exist


def test_density_of_temperature_and_salinity(tmp_path: Path) -> None:
    grid = regular(8.0)
    oxygen = write(tmp_path / "o2.nc", [2000], *grid)
    warm = write(
        tmp_path / "thetao.nc", [2000], *grid, variable="thetao", units="degC", law=lambda *p: 0 * oxygen_law(*p) + 10
    )
    salt = write(
        tmp_path / "so.nc", [2000], *grid, variable="so", units="0.001", law=lambda *p: 0 * oxygen_law(*p) + 35
    )
    model = open_oxygen([oxygen], [warm], [salt])
    assert model.density == "potential density of thetao and so"
    constant = open_oxygen([oxygen]).field(0)
    absolute = gsw.SR_from_SP(35.0)
    density = gsw.rho(absolute, gsw.CT_from_pt(absolute, 10.0), 0.0)
    np.testing.assert_allclose(model.field(0) * density, constant * 1025.0, rtol=1e-6)
    assert np.isnan(constant[0][grid[2]]).all()


def test_files_that_are_none_are_refused_in_one_line(data_root: Path, tmp_path: Path) -> None:
    grid = regular(8.0)
    with pytest.raises(InputError, match="no variable o2"):
        open_oxygen([data_root / "gridded/curvilinear/tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc"])
    with pytest.raises(InputError, match="unit of oxygen"):
        open_oxygen([write(tmp_path / "u.nc", [2000], *grid, units="ml/l")])
    with pytest.raises(InputError, match="no depths"):
        open_oxygen([write(tmp_path / "s.nc", [2000], *grid, level_units="1")])
    with pytest.raises(InputError, match="no depth coordinate"):
        open_oxygen([write(tmp_path / "k.nc", [2000], *grid, level="sheet")])
    with pytest.raises(InputError, match="no latitude"):
        open_oxygen([write(tmp_path / "l.nc", [2000], *grid, names=("j", "i", "p", "q"))])
    other = write(tmp_path / "g.nc", [2001], *regular(4.0))
    with pytest.raises(InputError, match="another grid"):
        open_oxygen([write(tmp_path / "h.nc", [2000], *grid), other])
    broken, oxygen_file = tmp_path / "broken.nc", other.read_bytes()
    broken.write_bytes(oxygen_file[: len(oxygen_file) // 2])
    with pytest.raises(InputError, match="not a readable"):
        open_oxygen([broken])
    with pytest.raises(InputError, match="not a readable"):
        open_oxygen([tmp_path / "absent.nc"])
    with pytest.raises(InputError, match="no file"):
        open_oxygen([])
