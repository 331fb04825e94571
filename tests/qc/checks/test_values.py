import numpy as np
import pytest

from qc.checks import values


def test_bounds_are_allowed_and_missing_passes():
    assert values.outside(np.array([-5.1, -5, 600, 600.1, np.nan]), -5, 600).tolist() == [
        True,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("ratio", [0.0230, 0.0328, 0.0020])
@pytest.mark.parametrize("saturation", [0.75, 1.0, 1.3])
def test_other_units_are_distinguished_from_umol_per_kg_by_the_surface(ratio, saturation):
    pressure = np.array([0.0, 10, 20, 200, 1000])
    true = np.array([saturation * 250, 245, 240, 20, 2])
    cast = np.zeros(5, int)
    reference = np.full(5, 250.0)
    find = (pressure, cast, (0.0230, 0.0328, 0.0020), 1.6, 20)
    assert values.unit_misreport(true * ratio, reference, *find).all()
    assert not values.unit_misreport(true, reference, *find).any()


def test_true_anoxia_is_no_unit_error():
    pressure = np.tile([5.0, 15, 250, 400, 1000], 2)
    basin = np.array([205.0, 210, 3, 0, 0, np.nan, np.nan, 6, 5, 7])  # the second cast has no surface
    cast = np.repeat([0, 1], 5)
    assert not values.unit_misreport(basin, np.full(10, 210.0), pressure, cast, (0.0230, 0.0328), 1.6, 20).any()


def test_calculated_saturation_is_distinguished_from_measured():
    solubility = np.array([230.0, 235, 250, 300, 330, 340])
    cast = np.zeros(6, int)
    rules = (cast, 5, 0.8, 1.0, 10.0)
    assert values.equals_solubility(solubility * 1.003, solubility, *rules).all()
    measured = solubility * np.array([1.03, 1.02, 0.98, 0.9, 0.7, 0.66])
    assert not values.equals_solubility(measured, solubility, *rules).any()
    mixed = np.linspace(250, 255, 6)
    assert not values.equals_solubility(mixed, mixed, *rules).any(), "a mixed layer is at saturation"
    assert not values.equals_solubility(solubility * 1.1, solubility, *rules).any()
    few = np.where(np.arange(6) < 2, np.nan, solubility)
    assert not values.equals_solubility(few, solubility, *rules).any()
    one = np.where(np.arange(6) == 0, 320.0, solubility)
    assert values.equals_solubility(one, solubility, *rules).all(), "one level may be another's"
