"""Settings of zones, inventories and trends: what is refused in one line, regions on a grid, periods."""

import re

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from graphs.basins import BASINS
from graphs.grid import Grid
from oxygen_recon.products.omz.settings import OmzConfig
from qc.errors import InputError


def grid_of(south=-90.0, north=90.0, west=-180.0, east=180.0) -> Grid:
    edges = np.arange(south, north + 1, 5.0), np.arange(west, east + 1, 5.0)
    shape = (1, edges[0].size - 1, edges[1].size - 1)
    return Grid(*edges, np.array([0.0, 10.0]), np.array([5.0]), np.ones(shape, bool))


@pytest.mark.parametrize(
    "settings, said",
    [
        (
            {"thresholds": [0.06]},
            "0.06 umol kg-1 is no threshold of seawater; 1.4 ml/l are 60.9 umol kg-1, 2 mg/l are 60.9",
        ),
        ({"thresholds": [62000.0]}, "62000 umol kg-1 is no threshold of seawater"),
        ({"thresholds": [60.0, 60.0]}, "a threshold twice"),
        ({"regions": ["pacific"]}, "no such region; did you mean Pacific?"),
        ({"regions": {"all": "Pacific"}}, "two regions of one name, or one named all"),
        ({"layers": [[1000, 0]]}, "no layer from 1000 to 0.0 m"),
        ({"periods": [[2000, 1990]]}, "the period 2000-1990 has no trend"),
        ({"count": "whole"}, "Input should be 'subcell' or 'whole cells'"),
    ],
)
def test_a_mistake_is_one_line(settings, said):
    with pytest.raises(ValidationError) as caught:
        OmzConfig(**settings)
    (fault,) = caught.value.errors()
    assert re.search(re.escape(said), fault["msg"]) and "\n" not in fault["msg"]


def test_the_basins_that_a_grid_holds_are_its_regions_and_cover_it():
    masks = OmzConfig().masks(grid_of())
    assert list(masks) == list(BASINS)
    np.testing.assert_array_equal(np.sum(list(masks.values()), axis=0), 1)
    assert list(OmzConfig().masks(grid_of(-30, 30, -160, 20))) == ["Atlantic", "Pacific"]
    assert OmzConfig().masks(grid_of(-30, 30, -160, -110)) == {}  # one basin is the whole


def test_regions_have_names_of_their_own_and_those_without_ocean_are_refused(tmp_path):
    mask = xr.DataArray(np.ones((4, 4), int), {"latitude": [0, 5, 10, 15], "longitude": [0, 5, 10, 15]}, name="m")
    mask.to_netcdf(tmp_path / "mask.nc")
    box = "POLYGON ((-150 0, -140 0, -140 10, -150 10, -150 0))"
    assert list(OmzConfig(regions=[f"{tmp_path}/mask.nc:m=1", "red_sea"]).masks(grid_of())) == [
        "mask.nc:m=1",
        "red_sea",
    ]
    named = OmzConfig(regions={"station": box})
    assert named.masks(grid_of())["station"].sum() == 4
    with pytest.raises(InputError) as caught:
        named.masks(grid_of(-30, 30, 0, 60))
    assert str(caught.value) == (
        "omz.regions station: no ocean cell of the run in it; the run covers -30 to 30 N, 0 to 60 E: leave it out"
    )
    moved = [OmzConfig(regions={"a": f"{folder}/mask.nc:m=1"}).identity for folder in (tmp_path, f"{tmp_path}/.")]
    assert moved[0] == moved[1] != named.identity


def test_periods_lie_in_that_of_the_run():
    assert OmzConfig().periods_of(1965, 2015) == [(1965, 2015)]
    with pytest.raises(InputError, match=r"omz.periods 1900-1950: the run has 1920-2023; choose years of it"):
        OmzConfig(periods=[(1900, 1950)]).periods_of(1920, 2023)


def test_a_bottom_of_null_is_the_sea_floor():
    assert OmzConfig(layers=[[0, 700], [700, None]]).depths == [(0.0, 700.0), (700.0, np.inf)]
