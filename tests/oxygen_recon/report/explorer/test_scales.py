"""Colours, depth axis and rasters."""

import numpy as np
import pytest

from graphs.grid import Grid
from oxygen_recon.report.explorer.scales import LAND, MISSING, SEA_FLOOR, DepthAxis, colours_of, place_name, raster


@pytest.mark.parametrize("quantity", ["oxygen", "standard_error", "observations", "compared", "difference"])
def test_every_quantity_has_a_palette_a_unit_and_limits(quantity):
    colours = colours_of(quantity, np.array([np.nan, -20.0, 0.0, 30.0, 260.0]), "Model A")
    assert len(colours.palette) == 256 and colours.low < colours.high
    assert "µmol kg⁻¹" in colours.label or quantity == "observations"
    assert not {LAND, SEA_FLOOR, MISSING} & set(colours.palette)
    assert ("Model A" in colours.label) == (quantity in ("compared", "difference"))


def test_differences_have_white_at_zero_and_no_value_needs_no_limits():
    colours = colours_of("difference", np.array([-3.0, 40.0]), "truth")
    assert colours.low == -colours.high
    assert colours_of("difference", np.full(3, np.nan), "truth").high > 0


def test_the_upper_ocean_takes_half_of_the_depth_axis():
    axis = DepthAxis(4500.0)
    assert axis.place(500.0) / axis.place(4500.0) == 0.5
    depth = np.linspace(0.0, 4500.0, 50)
    assert np.allclose(axis.depth(axis.place(depth)), depth)
    shallow = DepthAxis(300.0)
    assert shallow.place(300.0) == 300.0


def test_the_axis_ends_at_the_deepest_water():
    wet = np.ones((3, 2, 2), bool)
    wet[2] = False
    edges = np.array([0.0, 10, 20])
    grid = Grid(edges, edges, np.array([0.0, 100, 1000, 4000]), np.array([50.0, 500, 2500]), wet)
    assert DepthAxis.of(grid).bottom == 1000.0


def test_a_raster_shows_each_cell_in_proportion_to_its_width():
    assert raster(np.arange(5.0)).tolist() == [0, 1, 2, 3]
    uneven = raster(np.array([0.0, 1.0, 1.5, 4.0]))
    assert np.bincount(uneven).tolist() == [2, 1, 5]
    assert raster(np.array([0.0, 1e-6, 1.0])).size == 2000


def test_places_have_names():
    assert place_name(0.0, 0.0) == "0°N, 0°E" and place_name(45.25, -181.0) == "45.25°N, 179°E"
