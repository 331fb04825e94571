"""Regions by name, polygon and mask: the box around one, what lies inside, and what is refused in one line."""

import json
import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from graphs.basins import BASINS
from graphs.grid import Grid
from oxygen_recon.fields import regions
from oxygen_recon.fields.grids import GridConfig, make_grid
from oxygen_recon.fields.regions.boxes import around
from qc.errors import InputError

LEVELS = {"resolution": 1.0, "levels": (0.0, 100.0)}
SQUARE = "POLYGON ((170 -5, 190 -5, 190 5, 170 5, 170 -5))"
HALVES = {
    "type": "MultiPolygon",  # the same square, as RFC 7946 cuts it
    "coordinates": [
        [[[170, -5], [180, -5], [180, 5], [170, 5], [170, -5]]],
        [[[-180, -5], [-170, -5], [-170, 5], [-180, 5], [-180, -5]]],
    ],
}


def deep(latitude=(-89.5, 90), longitude=(0.5, 360)):
    axes = {"latitude": np.arange(*latitude), "longitude": np.arange(*longitude)}
    return xr.DataArray(np.full((axes["latitude"].size, axes["longitude"].size), -5000.0), axes, list(axes))


def world() -> Grid:
    edges = np.linspace(-90, 90, 91), np.linspace(-180, 180, 181), np.array([0.0, 10.0])
    return Grid(*edges, np.array([5.0]), np.ones((1, 90, 180), bool))


def test_every_named_region_has_a_sound_box_and_some_cells_of_the_world():
    for name in regions.named():
        west, south, east, north = regions.box_of(name)
        assert -180 <= west < east <= 360 and east - west <= 360 and -90 <= south < north <= 90, name
        assert regions.inside(name, world()).any(), name
        config = GridConfig(region=name, **LEVELS)
        assert make_grid(config, relief=deep()).wet.all(), name


def test_longitudes_across_the_dateline_are_those_beyond_180():
    crossing = GridConfig(latitude=(0, 5), longitude=(140, -120), **LEVELS)
    assert crossing == GridConfig(latitude=(0, 5), longitude=(140, 240), **LEVELS)
    grid = make_grid(crossing, relief=deep())
    _, place = grid.locate(np.array([2.0, 2.0, 2.0]), np.array([-170.0, 150.0, 10.0]))
    assert (place >= 0).tolist() == [True, True, False]


@given(st.integers(-180, 180), st.integers(1, 179))
def test_a_box_that_crosses_180_is_the_same_in_both_conventions(west, width):
    east = west + width
    wrapped = east - 360 if east > 180 else east
    box = GridConfig(latitude=(0, 5), longitude=(west, wrapped), **LEVELS)
    assert box.longitude == (west, east)


def test_numbers_in_the_wrong_order_are_no_box_across_the_dateline():
    for longitude in ((20, 10), (10, -10), (-120, -130)):
        with pytest.raises(ValidationError, match="longitude must be"):
            GridConfig(latitude=(0, 5), longitude=longitude, **LEVELS)


@pytest.mark.parametrize("form", ["wkt", "file.wkt", "file.geojson", "feature.geojson"])
def test_a_polygon_is_the_same_in_every_form(tmp_path, form):
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": HALVES}]}
    texts = {"file.wkt": SQUARE, "file.geojson": json.dumps(HALVES), "feature.geojson": json.dumps(feature)}
    region = SQUARE if form == "wkt" else str(tmp_path / form)
    if form != "wkt":
        (tmp_path / form).write_text(texts[form])
    config = GridConfig(region=region, **LEVELS)
    assert (config.latitude, config.longitude) == ((-5, 5), (170, 190))
    inside = regions.inside(region, world())
    assert inside.sum() == 6 * 10  # centres on the boundary are inside
    np.testing.assert_array_equal(inside, regions.inside(SQUARE, world()))


def test_cells_outside_a_polygon_are_land():
    triangle = "POLYGON ((0 0, 10 0, 0 10, 0 0))"
    grid = make_grid(GridConfig(region=triangle, **LEVELS), relief=deep())
    assert grid.shape[1:] == (10, 10) and grid.wet[0].sum() == 55  # centres on the diagonal are inside
    wide = GridConfig(region=triangle, latitude=(-10, 10), longitude=(-10, 10), **LEVELS)
    assert make_grid(wide, relief=deep()).cells == grid.cells


def test_a_mask_is_read_by_its_variable(tmp_path):
    mask = (deep().latitude > 80) & (deep().longitude > 350) | (deep().latitude > 80) & (deep().longitude < 10)
    xr.Dataset({"arctic": mask, "all": mask | True}).astype("int8").to_netcdf(tmp_path / "masks.nc")
    region = f"{tmp_path / 'masks.nc'}:arctic"
    assert regions.box_of(region) == (350.0, 80.0, 370.0, 90.0)
    assert make_grid(GridConfig(region=region, **LEVELS), relief=deep()).wet[0].sum() == 10 * 20
    with pytest.raises(InputError, match=r"2 masks in it instead of one; name one: .*masks.nc:arctic"):
        regions.box_of(str(tmp_path / "masks.nc"))


@pytest.mark.parametrize(
    "region, said",
    [
        ("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))", r"polygon: the polygon is not valid: Self-intersection\[5 5\]"),
        ("POLYGON ((0 0, 10 10", "no polygon in it"),
        ("POLYGON ((0 0, 0 120, 10 120, 10 0, 0 0))", "give longitude before latitude"),
        ("arabian see", "no such region; did you mean arabian_sea?"),
        ("nowhere.geojson", "no such file of a region"),
    ],
)
def test_what_is_no_region_is_one_line(region, said):
    with pytest.raises(ValidationError) as caught:
        GridConfig(region=region, **LEVELS)
    (fault,) = caught.value.errors()
    assert re.search(said.replace("?", r"\?"), fault["msg"]) and "\n" not in fault["msg"]


def test_a_file_that_changes_under_its_name_is_another_region(tmp_path):
    path = tmp_path / "a.wkt"
    path.write_text(SQUARE)
    before = regions.content(str(path))
    path.write_text(SQUARE.replace("190", "191"))
    assert regions.content(str(path)) != before
    assert regions.content("baltic_sea") != regions.content("red_sea")


@given(st.sampled_from(sorted(regions.named())), st.sampled_from([0.25, 0.3, 0.5, 0.7, 1.0, 2.0, 2.5, 5.0]))
def test_a_frame_is_whole_cells_that_hold_the_box(name, resolution):
    west, south, east, north = regions.frame(name, resolution)
    box = regions.box_of(name)
    assert south <= box[1] + 1e-6 and north >= min(box[3], 90 - resolution) - 1e-6 and west <= box[0] + 1e-6
    assert east >= min(box[2], west + 360 - resolution) - 1e-6 and east - west <= 360 + 1e-6 and abs(north) <= 90
    GridConfig(region=name, resolution=resolution, levels=(0.0, 100.0))


def test_an_edge_round_most_of_the_globe_is_refused():
    with pytest.raises(InputError, match=r"an edge from 170 to -170 .*write 190 for -170, or split at 180"):
        regions.box_of("POLYGON ((170 -5, -170 -5, -170 5, 170 5, 170 -5))")
    assert regions.box_of("POLYGON ((-180 -5, 180 -5, 180 5, -180 5, -180 -5))") == (-180.0, -5.0, 180.0, 5.0)


def test_a_file_without_a_polygon_or_in_another_encoding_is_one_line(tmp_path):
    for name, held in (("empty.geojson", b'{"type": "FeatureCollection", "features": []}'), ("latin.wkt", b"\xe9\xff")):
        (tmp_path / name).write_bytes(held)
        with pytest.raises(InputError, match=f"{name}: no polygon in it"):
            regions.box_of(str(tmp_path / name))


def test_a_mask_smaller_than_the_grid_does_not_go_on_beyond_its_edge(tmp_path):
    axes = {"latitude": np.arange(0.5, 5), "longitude": np.arange(10.5, 15)}
    xr.Dataset({"mask": (list(axes), np.ones((5, 5), "int8"))}, axes).to_netcdf(tmp_path / "mask.nc")
    wide = GridConfig(region=str(tmp_path / "mask.nc"), latitude=(-10, 10), longitude=(0, 30), **LEVELS)
    assert make_grid(wide, relief=deep()).wet[0].sum() == 25


@given(st.lists(st.tuples(st.integers(-180, 359), st.integers(1, 200)), min_size=1, max_size=6))
def test_the_shortest_stretch_holds_every_span(spans):
    spans = [(float(west), float(west + wide)) for west, wide in spans]
    west, east = around(spans)
    tried = [max((a - one) % 360 + b - a for a, b in spans) for one, _ in spans]
    assert east - west == min([*tried, 360.0])


def test_basins_are_regions_and_together_the_world():
    masks = [regions.inside(name, world()) for name in BASINS]
    np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    assert regions.box_of("Arctic") == (-180.0, 66.5, 180.0, 90.0)
    west, south, east, north = regions.box_of("Pacific")
    assert (south, north) == (-38.0, 66.5) and west < 100 and 290 < east < 300
    with pytest.raises(InputError, match=r"no such region; did you mean Atlantic\?"):
        regions.box_of("atlantic")


def test_codes_choose_parts_of_a_mask(tmp_path):
    basin = xr.where(deep().latitude > 0, 1, xr.where(deep().longitude < 180, 2, 3)).transpose("latitude", "longitude")
    levels = xr.concat([basin, basin * 0], "depth").assign_coords(depth=("depth", [0.0, 10.0], {"units": "m"}))
    xr.Dataset({"basin": levels, "flat": basin}).to_netcdf(tmp_path / "codes.nc")
    name = f"{tmp_path / 'codes.nc'}:basin"
    north, south, both = (regions.inside(f"{name}={code}", world()) for code in ("1", "2", "1+3"))
    assert north.sum() == 45 * 180 and south.sum() == 45 * 90 and both.sum() == 45 * 270
    assert regions.inside(name, world()).all()  # above 0
    assert regions.content(f"{name}=1") != regions.content(f"{name}=2")
    with pytest.raises(InputError, match="a mask without a point inside; give 1 inside and 0 outside, or a code"):
        regions.box_of(f"{name}=7")
    with pytest.raises(InputError, match="'north' is no code; give numbers"):
        regions.box_of(f"{name}=north")


def test_masks_of_reccap2_and_of_the_world_ocean_atlas_are_read(data_root):
    folder = data_root / "gridded/masks"
    biomes, atlas = folder / "RECCAP2_region_masks_all_v20221025.nc", folder / "basin_mask.nc"
    ocean, seas = (regions.inside(f"{biomes}:{name}", world()) for name in ("indian", "indian=1+2"))
    assert 0 < seas.sum() < ocean.sum() and not (seas & ~ocean).any()
    np.testing.assert_array_equal(regions.inside(f"{biomes}:open_ocean=3", world()), ocean)
    indian = regions.inside(f"{atlas}:basin=3", world())
    assert (indian & regions.inside("Indian", world())).sum() > 0.7 * indian.sum()  # it reaches south of 38 S
    assert (indian & ~regions.inside("Southern", world()) & ~regions.inside("Indian", world())).sum() < 20
