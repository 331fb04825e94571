import numpy as np

from qc.checks import position
from qc.physics import sphere


def test_places_and_dates():
    latitude, longitude = np.array([0.0, 91, np.nan, -90]), np.array([0.0, 0, 0, 359.9])
    assert sphere.off_globe(latitude, longitude).tolist() == [False, True, True, False]
    assert position.null_island(latitude, longitude).tolist() == [True, False, False, False]
    time = np.array(["1869-12-31", "1870-01-01", "NaT", "2030-01-01"], "datetime64[ms]")
    earliest, latest = np.datetime64("1870-01-01"), np.datetime64("2025-01-01")
    assert position.impossible_date(time, earliest, latest).tolist() == [True, False, False, True]
    assert position.no_date(time).tolist() == [False, False, True, False]


def test_land_is_looked_up_once_for_the_casts_on_the_globe():
    looked_up = []

    def is_land(latitude, longitude):
        looked_up.append(latitude.tolist())
        return latitude > 45

    latitude = np.array([50.0, 50, 40, np.nan])
    failed = position.on_land(latitude, np.zeros(4), np.array([0, 0, 1, 2]), np.array([0, 2, 3]), is_land)
    assert failed.tolist() == [True, True, False, False]
    assert looked_up == [[50.0, 40.0]]
