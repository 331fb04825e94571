"""`experiments/coastline.py`: what is kept is what it makes."""

import numpy as np

from tests.support.scripts import script


def test_the_coastline_that_is_kept_is_made_from_the_mask() -> None:
    coastline = script("coastline")
    with np.load(coastline.KEPT, allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["sea"], coastline.sea_points())
