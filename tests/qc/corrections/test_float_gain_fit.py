"""One gain a float from those of its casts: annual cycle, ice, selection of casts, uncertainty."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.corrections.float_gain_fit import Choice, Reference, of_floats, reasons

ALL = Choice()
EXACT = Reference(0.0, 0.0, 0.0)


def casts(n: int, seed: int = 0, days: int = 10, cycle: float = 0.02, noise: float = 0.005, **columns) -> pd.DataFrame:
    """Casts of one float of gain 1.07, in an annual cycle and with noise."""
    time = pd.date_range("2015-04-01", periods=n, freq=f"{days}D")
    annual = cycle * np.cos(2 * np.pi * time.day_of_year / 365.25)
    gain = 1.07 + annual + np.random.default_rng(seed).normal(0, noise, n)
    return pd.DataFrame({"cruise": "1", "time": time, "gain": gain, "above_freezing": 20.0} | columns)


def fitted(table: pd.DataFrame, choice: Choice = ALL, reference: Reference = EXACT) -> pd.Series:
    return of_floats(table, choice, reference).loc["1"]


@given(st.integers(0, 1000), st.integers(40, 90))
def test_the_annual_cycle_is_no_part_of_the_gain(seed, n):
    table = casts(n, seed)
    table.loc[[3, 17], "gain"] = 1.5  # outliers
    found = fitted(table)
    assert found["gain"] == pytest.approx(1.07, abs=0.005) and found["annual"] == pytest.approx(0.02, abs=0.007)
    assert found["casts"] == n


def test_where_casts_do_not_cover_a_year_no_cycle_is_made_up():
    found = fitted(casts(20))
    assert np.isnan(found["annual"]) and found["gain"] < 1.065, "half a year: the cycle stays in the gain"
    stated = fitted(casts(20), reference=Reference(0.0, 0.0, 0.014))["slope_error"]
    assert stated == pytest.approx(np.hypot(found["slope_error"], 0.014 * found["gain"])), "and in its uncertainty"


def test_the_uncertainty_covers_the_truth_about_as_often_as_it_says():
    off = [(found["gain"] - 1.07) / found["slope_error"] for found in (fitted(casts(60, seed)) for seed in range(200))]
    assert 0.8 < np.std(off) < 1.25


def test_casts_that_repeat_each_other_do_not_sharpen_the_gain():
    once = casts(40, cycle=0, days=3)
    twelve = once.loc[once.index.repeat(12)].reset_index(drop=True)
    assert fitted(twelve)["slope_error"] > 0.7 * fitted(once)["slope_error"]


def test_the_uncertainty_of_the_reference_is_added_and_is_larger_at_the_ice():
    reference = Reference(0.01, 0.05, 0.03)
    plain, table = fitted(casts(40), reference=reference), casts(40)
    assert plain["slope_error"] == pytest.approx(np.hypot(0.0107, fitted(casts(40))["slope_error"]), rel=1e-2)
    table.loc[:9, ["above_freezing", "gain"]] = 0.1, 1.3
    found = fitted(table, reference=reference)
    assert found[["casts", "in_ice"]].tolist() == [30, 10] and found["slope_error"] > 0.05
    assert found["gain"] == pytest.approx(1.07, abs=0.03)


def test_a_float_without_a_cast_to_use_has_no_gain_and_stays_in_the_table():
    found = of_floats(casts(5, above_freezing=0.0), Choice(), EXACT)
    assert np.isnan(found.loc["1", "gain"]) and found.loc["1", ["casts", "in_ice"]].tolist() == [0, 5]


def test_few_casts_do_not_tell_their_own_scatter():
    assert fitted(casts(1))["slope_error"] == pytest.approx(0.02)
    assert fitted(casts(3, noise=0))["slope_error"] > 0.01


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from([np.nan, 1.0, 1.1]), st.floats(-1, 3), st.integers(0, 700)),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([None, 1, 5]),
    st.sampled_from([(), (1, 2), (7,)]),
)
def test_every_cast_is_used_or_has_one_reason(rows, first, months):
    table = pd.DataFrame(rows, columns=["cruise", "gain", "above_freezing", "day"])
    table["time"] = pd.Timestamp("2015-01-01") + pd.to_timedelta(table.pop("day"), "D")
    choice = Choice(first, months)
    reason = reasons(table, choice)
    assert set(reason) <= {"", "no value", "ice", "month", "later"} and len(reason) == len(rows)
    used = table[reason == ""]
    assert used["gain"].notna().all() and (used["above_freezing"] >= 0.5).all()
    assert not months or used["time"].dt.month.isin(months).all()
    found = of_floats(table, choice, EXACT)
    assert found["casts"].sum() == len(used) and set(found.index) == set(table["cruise"])
    assert first is None or (found["casts"] <= first).all()


def test_the_first_casts_are_the_first_in_time():
    table = casts(10, cycle=0, noise=0)
    table["gain"] = np.linspace(1, 2, 10)
    assert fitted(table.iloc[::-1], Choice(casts=3))["gain"] == pytest.approx(table["gain"][:3].mean())
