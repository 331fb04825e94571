import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.observations.downloads.selection import Region, Selection
from qc.errors import InputError


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, -1, 1),
        (0, 10, 1, -1),
        (-200, 0, 0, 1),
        (0, 400, 0, 1),
        (-180, 360, 0, 1),
        (0, 1, -91, 0),
        (0, float("nan"), 0, 1),
    ],
)
def test_what_is_no_region(box) -> None:
    with pytest.raises(InputError, match="region"):
        Region(*box)


@given(
    west=st.integers(-180, 179),
    width=st.integers(1, 359),
    turn=st.sampled_from([0, 360]),
    longitude=st.integers(-180, 179),
)
def test_a_region_is_the_same_however_its_east_is_written(west, width, turn, longitude) -> None:
    east = (west + width + 180) % 360 - 180
    here = np.array([float(longitude)]), np.array([0.0])
    inside = (longitude - west) % 360 <= width
    boxes = [Region(west, east, -1, 1)] + (
        [Region(west, east + 360, -1, 1)] if west < east + 360 <= min(360, west + 360) else []
    )
    assert all(bool(box.holds(here[1], here[0])[0]) == inside for box in boxes)


@pytest.mark.parametrize(
    ("years", "region"),
    [
        *(("199", None), ("1999-1990", None), ("x", None), ("1990-19999", None)),
        *((None, "1,2,3"), (None, "a,b,c,d"), (None, "0,10,20,10")),
    ],
)
def test_options_that_cannot_be_parsed(years, region) -> None:
    with pytest.raises(InputError):
        Selection.of(years, region, None)


def test_options_are_parsed() -> None:
    assert Selection.of("1990", None, None).years == (1990, 1990)
    assert Selection.of("1990-1999", "150,-110,-20,20", "ad", True) == Selection(
        (1990, 1999), Region(150, -110, -20, 20), "AD", True
    )
