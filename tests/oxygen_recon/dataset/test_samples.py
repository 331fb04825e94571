from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xarray as xr
import yaml

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import cast_values, climatology_covariates, measured, season_of
from oxygen_recon.dataset.samples import grid_samples, with_quantities
from oxygen_recon.fields.grids import GridConfig, make_grid
from qc.errors import InputError
from qc.readers import registry as readers
from tests.support.gridded_casts import REGION, YEARS, casts, profile, random_casts


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


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


def test_casts_without_a_known_position_or_time_are_counted_and_no_samples(grid: Grid):
    rows = []
    for name, day, latitude in (("a", "2001-05-01", 11), ("b", "NaT", 11), ("c", "2001-05-01", np.nan)):
        rows += profile(name, "x", day, latitude, 179.5, [0, 10], [200, 190])
    rows += [row for name in "de" for row in profile(name, "x", "2001-05-01", 11, 179.5, [0, 10], [200, 190])]
    position_flag, time_flag = np.full(10, 1, np.int8), np.full(10, 1, np.int8)
    position_flag[4:], time_flag[2:] = [9, 9, 4, 4, 3, 3], [9, 9, 1, 1, 1, 1, 4, 1]  # e: one row has a time
    samples, _, coverage = grid_samples(casts(rows, position_flag=position_flag, time_flag=time_flag), grid, YEARS)
    found = (coverage.casts, coverage.casts_without_position, coverage.casts_without_time, coverage.casts_inside)
    assert found == (5, 2, 1, 2)
    assert samples.count.tolist() == [1, 2]  # at 0 m only of a; at 10 m of a and e


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


def test_fifty_thousand_casts_are_gridded_without_a_loop_over_casts(grid: Grid):
    table = random_casts(50_000, 15)
    samples, _, _ = grid_samples(table, grid, YEARS)
    cell = samples.cell
    level, row, _ = np.nonzero(grid.wet)
    truth = 200 + 30 * grid.latitude[row] - grid.depth[level] / 2
    assert np.abs(samples.values["oxygen"] - truth[cell]).max() < 31


@pytest.mark.parametrize(("name", "period"), [("calcofi", (1990, 1999)), ("kodc", (1990, 1999))])
def test_real_surveys_fall_onto_their_grids(data_root, name, period):
    settings = yaml.safe_load((Path(__file__).parents[3] / "data_catalog.yaml").read_text())
    settings = settings.get("entries", settings)[name]
    spec = readers.TableSpec.model_validate(settings["table"])
    files = sorted(f for pattern in settings["files"] for f in data_root.glob(pattern))
    files = files if name == "calcofi" else [f for f in files if "199" in f.name]
    table = pa.concat_tables([readers.read(file, spec) for file in files]).unify_dictionaries()
    region = {"calcofi": ((28.0, 40.0), (-128.0, -116.0)), "kodc": ((30.0, 40.0), (122.0, 134.0))}[name]
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
    assert np.median(deep) < {"calcofi": 60, "kodc": 280}[name]
    temperature = measured(cast_values(table, grid, years, ("temperature",), []), grid.cells, len(years))
    filled = climatology_covariates(temperature, grid, years)[season_of(years)]
    assert np.isfinite(filled).all()
    observed = np.isfinite(temperature)
    assert np.corrcoef(temperature[observed], filled[observed])[0, 1] > 0.9


def test_nutrients_stand_beside_oxygen_where_the_cruise_measured_them(grid: Grid):
    rows = profile("a", "a", "2000-06-01", 11, 179, [0, 50, 200], [200, 190, 100])
    rows += profile("b", "b", "2000-06-01", 11, 179, [0, 50], [220, 200])
    rows += profile("c", "c", "2000-06-01", 11, 179, [0], [np.nan])
    phosphate = np.array([0.5, np.nan, 2.0, 0.7, 0.9, 0.6])
    table = casts(rows, phosphate=phosphate, phosphate_flag=np.where(np.isnan(phosphate), 9, 1).astype(np.int8))
    samples, groups, _ = grid_samples(table, grid, YEARS)
    found = with_quantities(samples, cast_values(table, grid, YEARS, ("phosphate", "nitrate"), groups))
    np.testing.assert_array_equal(found.values["oxygen"], samples.values["oxygen"])
    level = grid.level_of[found.cell]
    known = {(groups[g], int(z)): value for g, z, value in zip(found.group, level, found.values["phosphate"])}
    assert known[("a", 0)] == 0.5 and known[("a", 3)] == 2.0 and known[("b", 0)] == 0.7
    assert np.isnan(known[("a", 2)]) and set(groups) == {"a", "b"}
    assert np.isnan(found.values["nitrate"]).all() and found.spread.keys() == found.values.keys()
