import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.biology.ecosystem import NITROGEN
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.twin import Twin
from qc.errors import InputError

CONFIG = DynamicalTwinConfig(rows=32, seed=2)


@pytest.fixture(scope="module")
def run():
    """A twin after eight days, its state then, and two days more."""
    twin = Twin(CONFIG)
    for _ in range(8):
        twin.day()
    return twin, twin.state(), [twin.day(), twin.day()]


def test_a_state_leads_on_to_the_same_days(run):
    _, state, days = run
    resumed = Twin(CONFIG, state)
    for day in days:
        again = resumed.day()
        assert np.array_equal(again.mixed, day.mixed) and np.array_equal(again.wave_height, day.wave_height)
        assert all(np.array_equal(again.tracers[name], day.tracers[name]) for name in day.tracers)


def test_tracers_are_those_of_an_ocean(run):
    twin, _, days = run
    wet = twin.basin.wet
    for name, least, most in (
        ("temperature", -1.85, 31),
        ("salinity", 31, 39),
        ("nitrate", 0, 35),
        ("oxygen", 100, 420),
        ("iron", 0, 2),
        ("diatoms", 0, 10),
    ):
        values = days[-1].tracers[name][:, wet]
        assert least <= values.min() and values.max() <= most, name
    assert (days[-1].mixed[wet] >= 10 - 1e-3).all() and days[-1].mixed[wet].max() < 500


def total(twin, names):
    wet = twin.basin.wet
    boxes = twin.basin.square(twin.tracers.boxes)[:, wet].astype(float)
    return float(sum((twin.basin.square(twin.tracers.of(name))[:, wet] * boxes).sum() for name in names))


def test_without_sources_nitrogen_heat_and_salt_are_kept():
    twin = Twin(CONFIG)
    twin.sources = twin.ocean.slow.restoring = False
    before = [total(twin, names) for names in (NITROGEN, ("salinity",), ("temperature",))]
    for _ in range(20):
        twin.day()
    after = [total(twin, names) for names in (NITROGEN, ("salinity",), ("temperature",))]
    assert after == pytest.approx(before, rel=1e-5)
    assert (twin.tracers.concentration[2:][:, :, twin.basin.flat(twin.basin.wet.astype(float)) > 0] >= 0).all()


def test_without_an_ecosystem_there_are_temperature_and_salinity_only():
    twin = Twin(CONFIG.model_copy(update={"ecosystem": False, "waves": False}))
    day = twin.day()
    assert set(day.tracers) == {"temperature", "salinity"} and day.wave_height is None


def test_water_below_the_mixed_layer_is_renewed():
    usual, other = (Twin(CONFIG.model_copy(update={"waves": False})) for _ in range(2))
    wet = usual.basin.flat(usual.basin.wet.astype(float)) > 0
    names = ("temperature", "nitrate", "oxygen")
    for name in names:
        other.tracers.of(name)[1:] += 4
    for _ in range(10):
        usual.day()
        other.day()
    for name in names:
        left = (other.tracers.of(name)[2] - usual.tracers.of(name)[2])[wet].mean() / 4
        assert 0.6 < left < 0.9, name  # exp(-10 / 60) = 0.85


def test_a_tracer_that_is_no_number_is_an_error():
    twin = Twin(CONFIG.model_copy(update={"waves": False}))
    twin.tracers.of("iron")[0, :] = np.nan
    with pytest.raises(InputError, match="a tracer became unstable on day 0"):
        twin.day()
