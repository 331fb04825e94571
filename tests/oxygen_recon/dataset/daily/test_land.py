import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.daily.land import fill_land


@given(st.integers(0, 1000))
def test_the_ocean_is_kept_and_land_has_the_mean_of_its_row_or_level(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ocean = rng.random((2, 5, 6)) < 0.5
    ocean[:, 2] = False  # a row that is all land
    ocean[:, 0, 0] = True
    values = np.where(ocean, rng.normal(20.0, 5.0, (3, 2, 5, 6)), np.nan).astype(np.float32)
    filled = fill_land(values, ocean)
    np.testing.assert_array_equal(filled[:, ocean], values[:, ocean])
    for day in range(3):
        for channel in range(2):
            level = values[day, channel][ocean[channel]].mean(dtype=np.float64)
            for row in range(5):
                wet = ocean[channel, row]
                mean = values[day, channel, row][wet].mean(dtype=np.float64) if wet.any() else level
                np.testing.assert_allclose(filled[day, channel, row][~wet], mean, rtol=1e-6)


def test_land_takes_the_mean_over_longitude_not_over_latitude() -> None:
    values = np.array([[[1.0, 1.0, np.nan], [5.0, 5.0, 5.0]]])
    assert fill_land(values, np.isfinite(values))[0, 0, 2] == 1.0


def test_what_stood_on_land_does_not_matter() -> None:
    ocean = np.array([[[True, False], [True, True]]])
    first, second = np.array([[[1.0, np.nan], [2.0, 3.0]]]), np.array([[[1.0, 1e20], [2.0, 3.0]]])
    np.testing.assert_array_equal(fill_land(first, ocean), fill_land(second, ocean))
