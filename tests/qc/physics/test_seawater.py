import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.physics import seawater


@pytest.mark.parametrize(
    ("SP", "pt", "expected"),
    [
        (35, 10, 274.5957),
        (35, 0, 347.9029),
        (35, 20, 225.5171),
        (35, 30, 190.7190),
        (34.7, 2, 331.3617),
        (33, -1.5, 367.7202),
        (38.5, 15, 241.8624),
        (5, 5, 384.4851),
        (0, 10, 352.8441),
    ],
)
def test_solubility_check_values(SP: float, pt: float, expected: float) -> None:
    assert float(seawater.O2sol(SP, pt)) == pytest.approx(expected, abs=6e-5)


def test_densities_and_potential_temperature_of_deep_water() -> None:
    where = (34.7, 2.0, 4000.0, -150.0, 0.0)
    assert float(seawater.SA(34.7, 4000, -150, 0)) == pytest.approx(34.87844, abs=1e-5)
    assert float(seawater.potential_density(*where)) == pytest.approx(1.0277694, abs=1e-7)
    assert float(seawater.in_situ_density(*where)) == pytest.approx(1.0458017, abs=1e-7)
    assert float(seawater.to_umol_kg(150, "umol/l", "sample", *where)) == pytest.approx(145.947, abs=1e-3)


def test_millilitres_by_sample_and_by_constant_density() -> None:
    constant = float(seawater.to_umol_kg(6, "ml/l", "constant_1025", np.nan, 0, 0, 0, 0))
    assert constant == pytest.approx(261.420, rel=1e-5)  # the database rounds its factor to 43.570
    # reference salinity 35.16504 g/kg is 35 on the practical scale: 260.925 umol/kg at 10 degC, 0 dbar
    assert float(seawater.to_umol_kg(6, "ml/l", "sample", 35, 10, 0, 0, 0)) == pytest.approx(260.925, abs=1e-3)
    redone = seawater.to_umol_kg(6 * seawater.ML_PER_L_WOD, "umol/kg from ml/l", "sample", 35, 10, 0, 0, 0)
    assert float(redone) == pytest.approx(260.925, abs=1e-3)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_the_constant_density_stands_in_where_there_is_no_own(lost: int) -> None:
    state = [35.0, 10.0, 0.0]
    state[lost] = np.nan
    assert seawater.to_umol_kg(6, "ml/l", "sample", *state, 0, 0) == pytest.approx(267.9576 / 1.025, rel=1e-12)
    assert seawater.to_umol_kg(6, "umol/kg", "sample", *state, 0, 0) == 6
    assert seawater.to_umol_kg(293.90298, "umol/kg from ml/l", "sample", *state, 0, 0) == 293.90298  # not a bit else
    assert np.isnan(seawater.to_umol_kg(np.nan, "ml/l", "sample", *state, 0, 0))


def test_the_constant_density_is_right_within_a_third_of_a_per_cent() -> None:
    for unit, amount, own in (("ml/l", 6.0, 260.925), ("umol/l", 150.0, 145.947)):  # at 35, 10 degC; in deep water
        constant = float(seawater.to_umol_kg(amount, unit, "sample", np.nan, 0, 0, 0, 0))
        assert 0.001 < constant / own - 1 < 0.003


def test_units_agree_with_each_other() -> None:
    amounts = {"ml/l": 1.0, "umol/l": 44.6596, "mmol/m3": 44.6596, "mol/m3": 0.0446596, "mg/l": 1.4290179}
    amounts["mg-at/l"] = 2 * 0.0446596
    for unit, amount in amounts.items():
        value = float(seawater.to_umol_kg(amount, unit, "constant_1025", 0, 0, 0, 0, 0))
        assert value == pytest.approx(44.6596 / 1.025, rel=1e-6), unit
    for unit, amount in {"mol/kg": 2e-4, "mmol/kg": 0.2, "mg-at/kg": 0.4, "umol/kg": 200.0}.items():
        assert float(seawater.to_umol_kg(amount, unit, "refuse", 0, 0, 0, 0, 0)) == pytest.approx(200, rel=1e-12)


def test_refusals() -> None:
    with pytest.raises(InputError, match="needs a density"):
        seawater.to_umol_kg(6, "ml/l", "refuse", 35, 10, 0, 0, 0)
    with pytest.raises(InputError, match="unknown density policy"):
        seawater.to_umol_kg(6, "ml/l", "guess", 35, 10, 0, 0, 0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="unknown oxygen unit"):
        seawater.to_umol_kg(6, "furlong", "sample", 35, 10, 0, 0, 0)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("UMOL/KG", "umol/kg"),
        ("?mol/kg", "umol/kg"),
        ("\ufffdmol/kg", "umol/kg"),
        ("micromole/kg", "umol/kg"),
        ("Micromoles per kilogram", "umol/kg"),
        ("µmol kg-1", "umol/kg"),
        ("μmol.kg^-1", "umol/kg"),
        ("umol L-1", "umol/l"),
        ("micromol per liter", "umol/l"),
        ("umol dm-3", "umol/l"),
        ("ML/L", "ml/l"),
        ("ml/l (milli-iter per liter)", "ml/l"),
        ("ml(STP)/l", "ml/l"),
        ("mg-at/kg", "mg-at/kg"),
        ("mg at/l", "mg-at/l"),
        ("mmol m^-3", "mmol/m3"),
        ("mol/m**3", "mol/m3"),
        ("g/m3", "mg/l"),
        ("mol/kg", "mol/kg"),
        ("umol/kg from ml/l", "umol/kg from ml/l"),
    ],
)
def test_spellings_of_units(spelling: str, unit: str) -> None:
    assert seawater.normalise_unit(spelling) == unit


@pytest.mark.parametrize("spelling", ["", "volts", "umol", "kg/umol", "umol/kg/s", "%"])
def test_unknown_units_name_column_and_file(spelling: str) -> None:
    with pytest.raises(InputError, match=r"cast_1\.csv: .*column CTDOXY"):
        seawater.normalise_unit(spelling, "CTDOXY", "cast_1.csv")


@given(st.floats(0, 8000), st.floats(-85, 85))
def test_depth_and_pressure_are_inverse(depth: float, latitude: float) -> None:
    assert float(seawater.depth(seawater.pressure(depth, latitude), latitude)) == pytest.approx(depth, abs=1e-6)


@given(st.floats(-1.8, 30))
def test_temperature_scales(t90: float) -> None:
    assert float(seawater.t90_from_t68(1.00024 * t90)) == pytest.approx(t90, abs=1e-12)


def test_a_depth_in_the_air_has_no_pressure() -> None:
    p = seawater.pressure([-6.0, -1.0, 0.0, np.nan], 45.0)
    assert np.isnan(p[[0, 3]]).all() and p[2] == 0 and -1.1 < p[1] < 0
