import numpy as np

from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin
from oxygen_recon.sources.dynamical_twin.ocean.climate import FREEZING, Climate, force, heat_flux, mixed_layer
from oxygen_recon.sources.dynamical_twin.ocean.tracers import LEAST, MIXED, TracerState, split
from oxygen_recon.sources.dynamical_twin.ocean.weather import Atmosphere, insolation


def test_the_climate_is_that_of_an_ocean():
    basin = Basin.of(32)
    climate = Climate.of(basin)
    temperature = basin.square(climate.temperature)[:, basin.wet]
    assert (np.diff(temperature, axis=0) <= 0.01).mean() > 0.8  # colder below, but for the poles
    assert temperature.min() >= FREEZING - 1e-6 and 25 < temperature.max() < 31
    salinity = basin.square(climate.salinity)[:, basin.wet]
    assert 32 < salinity.min() and salinity.max() < 38


def test_the_mixed_layer_is_deep_in_storms_and_under_loss_of_heat_and_remembers():
    def after(wind, heat, days):
        depth = np.float32(40)
        for _ in range(27 * days):
            depth = mixed_layer(depth, np.float32(wind), np.float32(heat), 1 / 27)
        return float(depth)

    assert after(5, 0, 60) < after(15, 0, 60)
    assert after(8, 150, 60) < 25 < 100 < after(8, -150, 60)
    assert after(0, 250, 200) >= LEAST - 1e-3
    assert 40 < after(8, -150, 1) < 90  # not at once


def test_heat_warms_a_thin_mixed_layer_more_and_nothing_is_colder_than_freezing():
    basin = Basin.of(16)
    climate = Climate.of(basin)
    fields = np.stack([climate.temperature[:3], climate.salinity[:3]])
    mixed = np.where(np.arange(basin.size) % 2, 20, 80).astype(np.float32)
    boxes = split(np.full((2, basin.size), 300, np.float32), mixed)
    state = TracerState(("temperature", "salinity"), fields.copy(), boxes)
    force(state, climate, np.full(basin.size, 100, np.float32), 1.0)
    warmed = state.of("temperature")[MIXED] - fields[0, MIXED]
    assert np.isclose(warmed[1], 4 * warmed[0], rtol=0.02)
    force(state, climate, np.full(basin.size, -250, np.float32), 300.0)
    assert state.of("temperature").min() >= FREEZING - 1e-5
    assert heat_flux(np.array(-30.0), np.array(FREEZING), np.array(0.0)) > -200  # under ice


def test_the_sun_heats_the_sea_in_summer_where_the_air_is_no_warmer():
    latitude = np.array([45.0])
    winter, summer = (heat_flux(np.array(10.0), np.array(10.0), insolation(latitude, day))[0] for day in (355, 172))
    assert winter < -20 and 80 < summer < 200
    year = [heat_flux(np.array(10.0), np.array(10.0), insolation(latitude, day))[0] for day in range(365)]
    assert abs(np.mean(year)) < 50  # a sea as warm as the air is near its balance


def test_the_mean_air_over_the_sea_is_as_warm_as_the_sea_that_it_stands_over():
    basin = Basin.of(32)
    air = Atmosphere(basin, seed=0)
    air.amplitudes[:] = 0  # no storms
    year = []
    for record in range(0, 1461, 73):
        air.record = record
        year.append(air.weather().air_temperature)
    gap = np.mean(year, axis=0) - basin.square(Climate.of(basin).temperature)[MIXED]
    assert np.abs(gap[basin.wet & (np.abs(basin.latitude) < 65)[:, None]]).max() < 0.5
