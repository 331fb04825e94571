import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin
from oxygen_recon.sources.dynamical_twin.ocean.weather import RECORDS, Atmosphere


@pytest.fixture(scope="module")
def winds():
    air = Atmosphere(Basin.of(32), seed=3)
    fields = []
    for _ in range(120 * RECORDS):
        fields.append(air.weather())
        air.advance()
    return fields


def storms(winds, every=1):
    return np.stack([np.stack([w.eastward_wind, w.northward_wind]) - w.mean_wind for w in winds[::every]])


def test_winds_are_of_the_earths_size(winds):
    storm = storms(winds)
    track = np.abs(np.abs(Basin.of(32).latitude) - 50) < 8
    assert 3 < storm[:, 0, track].std() < 8 and 3 < storm[:, 1, track].std() < 8
    assert np.abs(storm).max() < 40
    pressure = np.stack([w.pressure for w in winds])
    assert 95000 < pressure.min() and pressure.max() < 106000


def test_storms_travel_eastwards_and_are_half_gone_after_a_day_or_two(winds):
    daily = storms(winds, RECORDS)[:, 1, 24]  # northward wind near 48 N
    here = (daily[1:] * daily[:-1]).mean() / (daily**2).mean()
    moved = (daily[1:] * np.roll(daily[:-1], 2, axis=1)).mean() / (daily**2).mean()  # two cells: 11 degrees
    assert 0.1 < here < 0.85 and moved > here


def test_a_seed_gives_the_same_weather_and_another_seed_another():
    basin = Basin.of(16)
    first, again, other = Atmosphere(basin, 1), Atmosphere(basin, 1), Atmosphere(basin, 2)
    first.advance()
    again.advance()
    other.advance()
    assert np.array_equal(first.weather().eastward_wind, again.weather().eastward_wind)
    assert not np.allclose(first.weather().eastward_wind, other.weather().eastward_wind)


def test_air_is_warmer_in_summer_and_land_follows_the_season_more():
    basin = Basin.of(32)
    air = Atmosphere(basin, 0)
    january = air.weather().air_temperature
    air.record = 181 * RECORDS
    july = air.weather().air_temperature
    north = (basin.latitude > 35) & (basin.latitude < 60)
    change = (july - january)[north]
    assert change[basin.wet[north]].mean() > 5
    assert change[~basin.wet[north]].mean() > change[basin.wet[north]].mean() + 5
