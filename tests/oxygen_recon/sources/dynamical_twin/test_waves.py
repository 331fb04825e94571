from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin
from oxygen_recon.sources.dynamical_twin.ocean.weather import RECORDS, Atmosphere
from oxygen_recon.sources.dynamical_twin.waves import DIRECTIONS, PERIODS, STEPS, Waves, fully_developed

BASIN = Basin.of(32)
OPEN = replace(BASIN, wet=np.ones_like(BASIN.wet))


def steady(east, north=0.0):
    """Weather of one wind everywhere."""
    calm = Atmosphere(BASIN, 0).weather()
    shape = calm.eastward_wind.shape
    return [replace(calm, eastward_wind=np.full(shape, east), northward_wind=np.full(shape, north))] * (RECORDS + 1)


def test_a_lasting_wind_makes_a_fully_developed_sea():
    waves = Waves(OPEN)
    for _ in range(40):
        height = waves.day(steady(10.0))
    assert height[8, 16] == pytest.approx(2.46, rel=0.15)
    energy = waves.energy[:, :, 8, 16].sum(1)
    assert energy.argmax() == 0 and energy[6] < 1e-3 * energy[0]  # towards the east, as the wind


@pytest.mark.parametrize("wind", [(7.0, 0.0), (-3.0, 12.0), (0.0, -20.0)])
def test_the_spectrum_has_the_height_of_pierson_and_moskowitz(wind):
    energy = fully_developed(np.array(wind).reshape(2, 1))
    assert 4 * np.sqrt(energy.sum()) == pytest.approx(0.0246 * np.hypot(*wind) ** 2, rel=1e-6)
    mean = (np.exp(1j * DIRECTIONS) * energy.sum((1, 2))).sum()
    assert np.angle(mean) == pytest.approx(np.arctan2(wind[1], wind[0]), abs=0.05)
    assert (energy >= 0).all()


def test_swell_travels_at_the_group_speed_and_decays_slowly():
    waves = Waves(OPEN)
    waves.energy[0, 1, 8, 4:7] = 1.0  # ten seconds, eastwards
    before = waves.energy.sum(dtype=float)
    days = 3
    for _ in range(days):
        waves.day(steady(0.0))
    row = waves.energy[0, 1, 8]
    centre = (row * np.arange(row.size)).sum() / row.sum()
    cells = 9.81 * PERIODS[1] / (4 * np.pi) * 86400 * days / (4.003e7 / row.size)
    assert centre - 5 == pytest.approx(cells, rel=0.05)
    assert waves.energy.sum() == pytest.approx(before * np.exp(-1), rel=0.05)


def test_energy_is_carried_without_loss_and_never_negative():
    waves = Waves(OPEN)
    rng = np.random.default_rng(0)
    waves.energy[:, :, 6:10] = rng.random((12, 3, 4, 32)).astype(np.float32)
    before = waves.energy.sum(dtype=float)
    for _ in range(2 * STEPS):
        waves._carry()
        assert waves.energy.min() >= 0
    assert waves.energy.sum(dtype=float) == pytest.approx(before, rel=1e-3)


def test_land_absorbs_waves():
    waves = Waves(BASIN)
    for _ in range(3):
        waves.day(steady(12.0, 5.0))
    assert not waves.energy[..., ~waves.wet].any() and waves.height()[waves.wet].min() > 0.1


def test_waves_are_of_the_earths_size_and_remember_more_than_a_day():
    waves, air, heights = Waves(BASIN), Atmosphere(BASIN, 1), []
    for _ in range(60):
        records = [air.weather()]
        for _ in range(RECORDS):
            air.advance()
            records.append(air.weather())
        heights.append(waves.day(records)[waves.wet])
    height = np.array(heights[10:])
    assert 0.8 < height.mean() < 2.5 and height.max() < 18
    anomaly = height - height.mean(0)
    assert (anomaly[1:] * anomaly[:-1]).mean() > 0.6 * (anomaly**2).mean()
