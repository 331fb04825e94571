import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.interpolate import PchipInterpolator

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import climatology_covariates, grid_covariates
from oxygen_recon.dataset.domain import make_domain
from oxygen_recon.dataset.samples import grid_samples
from oxygen_recon.dataset.vertical import extract, to_levels
from oxygen_recon.fields.grids import GridConfig, make_grid
from oxygen_recon.fields.regrid import field_covariates
from qc.errors import InputError
from qc.readers import registry as readers
from qc.table import schema

YEARS = TimeAxis.regular(2000, 2003, "year")
REGION = GridConfig(latitude=(10.0, 14.0), longitude=(178.0, 184.0), resolution=2.0, levels=(0.0, 10.0, 50.0, 200.0))


def casts(rows: list[tuple], **more: object) -> pa.Table:
    """Table of (cast, cruise, day, latitude, longitude, depth, oxygen)."""
    names = ("cast", "cruise", "time", "latitude", "longitude", "depth", "oxygen")
    columns: dict[str, object] = dict(zip(names, map(list, zip(*rows))))
    columns["time"] = np.array(columns["time"], "datetime64[ms]")
    for name in ("latitude", "longitude", "depth", "oxygen"):
        columns[name] = np.array(columns[name], float)
    return schema.from_columns({"source": "made", "file": "made.csv", **columns, **more}, "test")


def profile(cast: str, cruise: str | None, day: str, latitude: float, longitude: float, depth: list, oxygen: list):
    return [(cast, cruise, day, latitude, longitude, z, o) for z, o in zip(depth, oxygen)]


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


def test_the_region_may_cross_the_dateline_and_edges_lie_midway(grid: Grid):
    assert grid.shape == (4, 2, 3)
    np.testing.assert_allclose(grid.longitude, [179, 181, 183])
    np.testing.assert_allclose(grid.depth_edges, [0, 5, 30, 125, 275])


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": [10, 91]},
        {"longitude": [20, 10]},
        {"resolution": 0.7},
        {"levels": [10, 5]},
        {"levels": []},
        {"level_edges": [0, 10]},
        {"resolutoin": 1},
        {"wet_fraction": 2.0},
    ],
)
def test_a_wrong_region_is_refused(wrong):
    good = {"latitude": [0, 10], "longitude": [0, 10], "resolution": 1, "levels": [0, 10]}
    GridConfig.model_validate(good)
    with pytest.raises(ValidationError):
        GridConfig.model_validate(good | wrong)


def relief(west: float) -> xr.DataArray:
    """A sea of 3000 m with an island of 100 m height, 4 degrees wide, at 12N 181E, and a shelf of 60 m north of 16N."""
    latitude, longitude = np.arange(-89.75, 90, 0.5), west + 0.25 + np.arange(0, 360, 0.5)
    east = np.mod(longitude, 360)
    height = np.full((latitude.size, longitude.size), -3000.0)
    height[latitude > 16] = -60.0
    height[np.ix_(np.abs(latitude - 12) < 2, np.abs(east - 181) < 2)] = 100.0
    return xr.DataArray(height, {"lat": latitude, "lon": longitude}, ("lat", "lon"))


@pytest.mark.parametrize("west", [-180, 0, 20])
@pytest.mark.parametrize("resolution", [2.0, 1.0, 0.25])
def test_wet_cells_follow_the_relief_in_any_convention(west, resolution):
    config = GridConfig(
        latitude=(8.0, 20.0), longitude=(170.0, 190.0), resolution=resolution, levels=(0.0, 50.0, 100.0)
    )
    made = make_grid(config, relief(west))
    latitude, longitude = np.meshgrid(made.latitude, made.longitude, indexing="ij")
    land = (np.abs(latitude - 12) < 2) & (np.abs(longitude - 181) < 2)
    np.testing.assert_array_equal(made.wet[0], ~land)
    np.testing.assert_array_equal(made.wet[1], ~land)
    np.testing.assert_array_equal(made.wet[2], ~land & (latitude < 16))


def test_a_region_without_ocean_is_a_mistake():
    inland = GridConfig(latitude=(11.0, 13.0), longitude=(180.0, 182.0), resolution=1.0, levels=(0.0, 10.0))
    with pytest.raises(InputError, match="no ocean"):
        make_grid(inland, relief(-180))
    with pytest.raises(InputError, match="either a relief or a wet mask"):
        make_grid(inland)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_casts_are_interpolated_as_scipy_does(seed):
    rng = np.random.default_rng(seed)
    rows, levels = [], np.sort(rng.choice(np.arange(0, 500, 5.0), 12, replace=False))
    expected, ends = np.full((6, levels.size), np.nan), np.empty((6, 2))
    for i in range(6):
        depth = np.sort(rng.choice(np.arange(0, 500, 2.5), rng.integers(2, 12), replace=False))
        oxygen = rng.integers(0, 5, depth.size) * 50.0 + rng.random() * rng.random(depth.size)
        rows += profile(f"{i}", "a", "2000-06-01", 10.0 + i, 179.0, list(depth), list(oxygen))
        expected[i] = PchipInterpolator(depth, oxygen, extrapolate=False)(levels)
        ends[i] = depth[[0, -1]]
    profiles = extract(casts([rows[j] for j in rng.permutation(len(rows))]), "oxygen")
    cast, level, value = to_levels(profiles, levels, _edges(levels), gap=1e9)
    found = np.full(expected.shape, np.nan)
    found[(profiles.latitude[cast] - 10).astype(int), level] = value
    inside = np.isfinite(expected)
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-9)
    reach = 0.25 * np.diff(_edges(levels))
    assert np.isnan(found[(levels < ends[:, :1] - reach) | (levels > ends[:, 1:] + reach)]).all()


def _edges(levels: np.ndarray) -> np.ndarray:
    middle = 0.5 * (levels[1:] + levels[:-1])
    return np.concatenate([[0.0], middle, [2 * levels[-1] - middle[-1]]])


def test_wide_gaps_are_not_bridged_and_near_values_stand_for_a_level(grid: Grid):
    table = casts(
        profile("gap", "a", "2000-06-01", 11, 179, [0, 400], [200, 100])
        + profile("ok", "b", "2000-06-01", 11, 179, [8, 50, 180, 220], [210, 160, 120, 100])
        + profile("single", "c", "2000-06-01", 11, 179, [190], [90])
        + profile("far", "d", "2000-06-01", 11, 179, [150], [90])
    )
    samples, groups, coverage = grid_samples(table, grid, YEARS)
    level = grid.level_of[samples.cell]
    oxygen = samples.values["oxygen"]
    found = {groups[g]: dict(zip(level[samples.group == g], oxygen[samples.group == g])) for g in range(3)}
    assert found["a"] == {0: 200}
    assert set(found["b"]) == {1, 2, 3}
    assert found["b"][2] == 160
    assert 100 < found["b"][3] < 120
    assert found["c"] == {3: 90}
    assert coverage.casts == 4
    wide, names, _ = grid_samples(table, grid, YEARS, gap=500.0)
    assert sorted(grid.level_of[wide.cell[wide.group == names.index("a")]]) == [0, 1, 2, 3]


def test_bins_average_between_edges(grid: Grid):
    table = casts(profile("x", "a", "2000-06-01", 11, 179, [1, 4, 5, 29, 30, 300], [1, 3, 10, 20, 7, 9]))
    samples, _, _ = grid_samples(table, grid, YEARS, vertical="bin")
    assert dict(zip(grid.level_of[samples.cell], samples.values["oxygen"])) == {0: 2, 1: 15, 2: 7}


def test_samples_are_robust_means_per_cruise_cell_and_step(grid: Grid):
    rows = []
    for i, oxygen in enumerate([200, 204, 290]):
        rows += profile(f"a{i}", "a", f"2001-0{i + 1}-01", 11, 179.5 + 0.1 * i, [0], [oxygen])
    rows += profile("b0", "b", "2001-05-01", 11, 179.5, [0], [220]) + profile(
        "b1", "b", "2001-06-01", 11, 179, [0], [230]
    )
    rows += profile("b2", "b", "2002-05-01", 11, 179.5, [0], [250])
    rows += profile("old", "b", "1999-12-31", 11, 179.5, [0], [1]) + profile(
        "off", "b", "2001-05-01", 15, 179, [0], [2]
    )
    rows += profile("east", None, "2001-05-01", 13, -176.5, [0], [3])
    samples, groups, coverage = grid_samples(casts(rows), grid, YEARS)
    assert groups == ["a", "b", "made/east"]
    np.testing.assert_array_equal(samples.group, [0, 1, 1, 2])
    np.testing.assert_array_equal(samples.step, [1, 1, 2, 1])
    np.testing.assert_array_equal(samples.values["oxygen"], [204, 225, 250, 3])
    np.testing.assert_array_equal(samples.count, [3, 2, 1, 1])
    np.testing.assert_allclose(samples.spread["oxygen"], [1.4826 * 4, 1.4826 * 5, np.nan, np.nan])
    np.testing.assert_array_equal(samples.cell, [0, 0, 0, grid.number[0, 1, 2]])
    assert (coverage.casts, coverage.casts_inside, coverage.samples) == (9, 7, 4)
    assert coverage.observed == pytest.approx(3 / (24 * 4))


def test_bad_flags_duplicates_and_land_are_left_out():
    wet = np.ones((4, 2, 3), bool)
    wet[0, 0, 0] = False
    grid = make_grid(REGION, wet=wet)
    rows = [(f"{i}", "a", "2001-05-01", 13, 179, 0, 200 + i) for i in range(4)] + [
        ("l", "a", "2001-05-01", 11, 179, 0, 9)
    ]
    table = casts(
        rows, oxygen_flag=np.array([1, 2, 3, 1, 1], np.int8), duplicate_of=[None, None, None, "glodap/7", None]
    )
    samples, _, coverage = grid_samples(table, grid, YEARS)
    np.testing.assert_array_equal(samples.values["oxygen"], [200.5])
    assert coverage.values_on_land == 1
    strict, _, _ = grid_samples(table.to_pandas(), grid, YEARS, accept_flags=(1,))
    np.testing.assert_array_equal(strict.values["oxygen"], [200])
    none, groups, _ = grid_samples(table, grid, YEARS, accept_flags=(4,))
    assert len(none) == 0
    assert groups == []
    with pytest.raises(InputError, match="duplicate_of"):
        grid_samples(table.drop_columns(["duplicate_of"]), grid, YEARS)


def test_gridding_does_not_depend_on_the_order_of_rows(grid: Grid):
    table = random_casts(300, 12, seed=3)
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    (a, names_a, cover_a), (b, names_b, cover_b) = grid_samples(table, grid, YEARS), grid_samples(shuffled, grid, YEARS)
    assert names_a == names_b
    assert cover_a == cover_b
    for field in ("cell", "step", "group", "count"):
        np.testing.assert_allclose(getattr(a, field), getattr(b, field))
    np.testing.assert_allclose(a.values["oxygen"], b.values["oxygen"])
    np.testing.assert_allclose(a.spread["oxygen"], b.spread["oxygen"])


def random_casts(n: int, levels: int, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    cast = np.repeat(np.arange(n), levels)
    depth = np.tile(np.linspace(0, 220, levels), n)
    spread = [
        np.repeat(v, levels) for v in (rng.uniform(10, 14, n), rng.uniform(-180, -176, n), rng.integers(0, 1400, n))
    ]
    oxygen = 200 + 30 * spread[0] - depth / 2
    return schema.from_columns(
        {
            "source": "made", "file": "f", "cast": cast, "cruise": cast // 10, "depth": depth, "oxygen": oxygen,
            "latitude": spread[0], "longitude": spread[1], "temperature": 20 - depth / 20,
            "time": np.datetime64("2000-01-01", "ms") + spread[2] * np.timedelta64(86_400_000, "ms"),
        },
        "test",
    )  # fmt: skip


def test_fifty_thousand_casts_are_gridded_in_seconds(grid: Grid):
    table = random_casts(50_000, 15)
    start = time.process_time()
    samples, _, _ = grid_samples(table, grid, YEARS)
    assert time.process_time() - start < 20
    cell = samples.cell
    level, row, _ = np.nonzero(grid.wet)
    truth = 200 + 30 * grid.latitude[row] - grid.depth[level] / 2
    assert np.abs(samples.values["oxygen"] - truth[cell]).max() < 31


def test_observed_covariates_and_their_smooth_fill(grid: Grid):
    table = random_casts(40, 12)
    found = grid_covariates(table, grid, YEARS, ("temperature",))
    assert found.shape == (4, grid.cells, 1)
    seen = np.isfinite(found[..., 0])
    assert 0 < seen.sum() < seen.size
    expected = np.broadcast_to(20 - grid.depth[grid.level_of] / 20, seen.shape)
    np.testing.assert_allclose(found[..., 0][seen], expected[seen], atol=0.01)
    found[:, grid.level_of == 3] = np.nan
    filled = climatology_covariates(found, grid, YEARS)
    assert np.isfinite(filled).all()
    shallow = grid.level_of < 3
    np.testing.assert_allclose(filled[..., 0][:, shallow], expected[:, shallow], atol=0.01)
    np.testing.assert_allclose(filled[..., 0][:, ~shallow], 17.5, atol=0.01)
    with pytest.raises(InputError, match="never observed"):
        climatology_covariates(np.full((4, grid.cells, 1), np.nan), grid, YEARS)


def test_the_fill_keeps_seasons_and_forgets_years(grid: Grid):
    seasons = TimeAxis.regular(2000, 2003, "season")
    rng = np.random.default_rng(0)
    cycle = np.array([0.0, 2.0, 4.0, -6.0])
    values = (15 + np.tile(cycle, 4)[:, None] + np.zeros(grid.cells))[..., None]
    values[rng.random(values.shape) < 0.3] = np.nan
    values[:, grid.number[0, 0, 0]] = np.nan
    filled = climatology_covariates(values, grid, seasons)
    np.testing.assert_array_equal(filled[:4], filled[8:12])
    assert np.abs(filled[:4, :, 0].mean(axis=1) - 15 - cycle).max() < 0.7


@pytest.mark.parametrize("west", [-180.0, 0.0, 20.0])
def test_fields_are_read_in_any_longitude_convention(grid: Grid, west):
    latitude, longitude, depth = np.arange(-89.5, 90), west + np.arange(0.5, 360), np.array([5.0, 100.0, 300.0])
    lam = np.radians(longitude)
    value = 10 + np.cos(lam) + latitude[:, None] / 10 - depth[:, None, None] / 100
    field = xr.Dataset(
        {"temperature": (("depth", "lat", "lon"), value)}, {"depth": depth, "lat": latitude[::1], "lon": longitude}
    )
    read = field_covariates(field, grid, YEARS, ("temperature",))
    level, row, place = np.nonzero(grid.wet)
    z = np.maximum(grid.depth[level], 5)
    truth = 10 + np.cos(np.radians(grid.longitude[place])) + grid.latitude[row] / 10 - z / 100
    np.testing.assert_allclose(read[:, :, 0], np.broadcast_to(truth, (4, grid.cells)), atol=2e-3)
    flipped = field.isel(lat=slice(None, None, -1))
    np.testing.assert_allclose(field_covariates(flipped, grid, YEARS, ("temperature",)), read)


def test_fields_with_time_are_read_by_year_and_gaps_stay_missing(grid: Grid):
    latitude, longitude = np.arange(9.5, 13), np.arange(176.5, 186)
    when = pd.to_datetime(["2000-03-01", "2000-09-01", "2002-07-01"])
    value = np.ones((3, latitude.size, longitude.size)) * np.array([1.0, 3.0, 5.0])[:, None, None]
    value[:, :, longitude > 183] = np.nan
    field = xr.Dataset({"sst": (("time", "lat", "lon"), value)}, {"time": when, "lat": latitude, "lon": longitude})
    read = field_covariates(field, grid, YEARS, ("sst",))[..., 0]
    place = np.nonzero(grid.wet)[2]
    np.testing.assert_allclose(read[0, place < 2], 2)
    assert np.isnan(read[[1, 3]]).all()
    np.testing.assert_allclose(read[2, place < 2], 5)
    seasonal = field_covariates(field, grid, TimeAxis.regular(2000, 2002, "season"), ("sst",))[:, 0, 0]
    np.testing.assert_allclose(seasonal, [1, 2, 3, 2, np.nan, np.nan, np.nan, np.nan, 5, 5, 5, 5])
    with pytest.raises(InputError, match="no variable salt"):
        field_covariates(field, grid, YEARS, ("salt",))


def test_a_domain_knows_its_columns(grid: Grid):
    domain = make_domain(grid, YEARS, np.zeros((4, grid.cells, 1)), ("temperature",))
    assert domain.column.max() == 5
    np.testing.assert_allclose(domain.volume.sum(), grid.volume.sum())
    for column in range(6):
        inside = domain.column == column
        assert np.unique(domain.latitude[inside]).size == np.unique(domain.longitude[inside]).size == 1
        np.testing.assert_array_equal(domain.level[inside], [0, 1, 2, 3])


def test_the_real_relief_covers_seventy_one_percent_of_the_globe(data_root):
    with xr.open_dataset(data_root / "gridded" / "bathymetry" / "etopo60.cdf") as relief:
        config = GridConfig(
            latitude=(-90.0, 90.0), longitude=(0.0, 360.0), resolution=2.0, levels=(0.0, 1000.0, 4000.0)
        )
        grid = make_grid(config, relief["ROSE"])
    share = (grid.area * grid.wet).sum(axis=(1, 2)) / grid.area.sum()
    assert share[0] == pytest.approx(0.71, abs=0.04)  # cells are wet from three tenths of water on
    assert 0.35 < share[2] < share[1] < 0.68
    for latitude, longitude, wet in ((0, -150, True), (45, 90, False), (-75, 0, False), (80, 0, True), (23, 10, False)):
        row, place = grid.locate(np.array([latitude + 0.5]), np.array([longitude + 0.5]))
        assert grid.wet[0, row[0], place[0]] == wet


def test_a_real_climatology_is_read_at_its_own_points_exactly(data_root):
    with xr.open_dataset(data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc") as field:
        depth = field["depth"].to_numpy()
        edges = np.concatenate([field["depth_bnds"].to_numpy()[:, 0], field["depth_bnds"].to_numpy()[-1:, 1]])
        wet = field["wet"].to_numpy() > 0
        grid = Grid(np.linspace(-90, 90, 92), np.linspace(-180, 180, 181), edges, depth, np.roll(wet, 90, axis=2))
        assert grid.cells == 200_160
        read = field_covariates(field, grid, TimeAxis.regular(2000, 2000, "static"), ("temperature", "oxygen_mmol_m3"))
        for channel, name in enumerate(("temperature", "oxygen_mmol_m3")):
            own = grid.gather(np.roll(field[name].to_numpy(), 90, axis=2))
            np.testing.assert_allclose(read[0, :, channel], own, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("entry", "period"), [("calcofi", (1990, 1999)), ("kodc", (1990, 1999))])
def test_real_surveys_fall_onto_their_grids(data_root, entry, period):
    settings = yaml.safe_load((Path(__file__).parents[3] / "data_catalog.yaml").read_text())
    settings = settings.get("entries", settings)[entry]
    spec = readers.TableSpec.model_validate(settings["table"])
    files = sorted(f for pattern in settings["files"] for f in data_root.glob(pattern))
    files = files if entry == "calcofi" else [f for f in files if "199" in f.name]
    table = pa.concat_tables([readers.read(file, spec) for file in files]).unify_dictionaries()
    region = {"calcofi": ((28.0, 40.0), (-128.0, -116.0)), "kodc": ((30.0, 40.0), (122.0, 134.0))}[entry]
    config = GridConfig(
        latitude=region[0], longitude=region[1], resolution=0.5, levels=(0.0, 20.0, 50.0, 100.0, 200.0, 400.0)
    )
    with xr.open_dataset(data_root / "gridded" / "bathymetry" / "etopo60.cdf") as relief:
        grid = make_grid(config, relief["ROSE"])
    years = TimeAxis.regular(*period, "year")
    samples, groups, coverage = grid_samples(table, grid, years)
    assert coverage.casts_inside > 1000
    assert coverage.values_on_land < 0.15 * coverage.values
    assert len(samples) > 3000
    assert len(groups) == samples.group.max() + 1
    surface, deep = (samples.values["oxygen"][grid.level_of[samples.cell] == level] for level in (0, 5))
    assert 200 < np.median(surface) < 300
    assert np.median(deep) < {"calcofi": 60, "kodc": 280}[entry]
    temperature = grid_covariates(table, grid, years, ("temperature",))
    filled = climatology_covariates(temperature, grid, years)
    assert np.isfinite(filled).all()
    seen = np.isfinite(temperature)
    assert np.corrcoef(temperature[seen], filled[seen])[0, 1] > 0.9
