import numpy as np
import pandas as pd
import pytest

from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.evaluation.classes import SEASONS, Classes, Divided, divide, skill_by_class
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.models.nearness import Nearness


def quarters(steps=24) -> Domain:
    cells = 6
    latitude, longitude = np.array([40.0, 40, 0, -60, 80, 38]), np.array([-40.0, 170, 80, 0, 0, 18])
    depth = np.array([0.0, 50, 200, 500, 10, 10])
    number = np.arange(cells)
    return Domain(
        latitude, longitude, depth, number, number * 0, np.ones(cells), 1998 + (np.arange(steps) + 0.5) / 4,
        np.zeros((steps, cells, 0)), (),
    )  # fmt: skip


def near(distance, lag=None, error=None, names=()) -> Nearness:
    distance = np.asarray(distance, float)
    unknown = np.zeros((distance.size, 0)) if error is None else error
    return Nearness(distance, 0 * distance if lag is None else lag, unknown, names)


def test_targets_are_divided_by_place_time_and_how_near_observations_are():
    domain = quarters()
    cell, step = np.arange(6), np.array([0, 1, 2, 3, 8, 23])
    lag, error = np.array([0.0, 0.25, 1, 1.25, 5.25, np.inf]), np.array([[0.1], [0.2], [0.3], [0.4], [0.5], [np.nan]])
    by = divide(domain, cell, step, near([0.0, 49, 50, 999, 1000, np.inf], lag, error, ("temperature",)))
    named = {name: [classes.names[number] for number in classes.number] for name, classes in by.items()}
    assert named["basin"] == ["Atlantic", "Pacific", "Indian", "Southern", "Arctic", "Mediterranean"]
    assert named["layer"] == ["0-50 m", "50-200 m", "200-500 m", ">500 m", "0-50 m", "0-50 m"]
    assert named["decade"] == ["1990s"] * 4 + ["2000s"] * 2
    assert named["season"] == [*SEASONS, SEASONS[0], SEASONS[3]]
    assert named["distance"] == [
        "0-50 km", "0-50 km", "50-100 km", "500-1000 km", "1000 km and more", "none within two years",
    ]  # fmt: skip
    assert named["lag"] == [
        "same step", "up to 1 year", "up to 1 year", "1-5 years", "5 years and more", "none within 200 km",
    ]  # fmt: skip
    thirds = ["lowest third"] * 2 + ["middle third"] + ["highest third"] * 2 + ["unknown"]
    assert named["error of temperature"] == thirds


def test_a_lag_of_whole_years_is_of_one_class_whatever_the_leap_years():
    domain = quarters()
    years = TimeAxis.regular(1960, 2010, "year").years
    for apart, name in ((1, "up to 1 year"), (2, "1-5 years"), (5, "1-5 years"), (6, "5 years and more")):
        lag = years[apart:] - years[:-apart]
        none = np.zeros(lag.size, int)
        classes = divide(domain, none, none, near(np.zeros(lag.size), lag))["lag"]
        assert {classes.names[number] for number in classes.number} == {name}


def test_steps_of_years_have_no_season_and_one_step_no_decade():
    domain = quarters()
    yearly = Domain(**vars(domain) | {"years": 1990.5 + np.arange(24)})
    one = Domain(**vars(domain) | {"years": np.array([2000.5]), "covariates": np.zeros((1, 6, 0))})
    cell, step = np.arange(6), np.zeros(6, int)
    ways = {"basin", "layer", "distance", "lag"}
    assert set(divide(yearly, cell, step, near(np.zeros(6)))) == ways | {"decade"}
    assert set(divide(one, cell, step, near(np.zeros(6)))) == ways


def bootstrapped(errors: np.ndarray, group: np.ndarray) -> pd.Series:
    number, truth = np.arange(errors.size), np.full(errors.size, 200.0)
    p = Predictions(number, number, number, truth, truth + errors, np.full(errors.size, 10.0))
    table = skill_by_class({("held out", "a"): p}, {"held out": Divided({}, group, 0 * group)}, 0)
    assert table["class"][0] == "all"
    return table.iloc[0]


def test_the_interval_is_that_of_the_groups_not_of_the_targets():
    """Errors shared by the 100 targets of a group: the interval is as wide as that of the groups' own errors."""
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 10, 50)
    row = bootstrapped(np.repeat(shared, 100), np.repeat(np.arange(50), 100))
    single = bootstrapped(shared, np.arange(50))
    assert row["groups"] == single["groups"] == 50 and row["n"] == 5000
    assert row["RMSE_low"] < row["RMSE"] < row["RMSE_high"] and row["bias_low"] < row["bias"] < row["bias_high"]
    expected = 2 * 1.96 * 10 / np.sqrt(50)
    assert row["bias_high"] - row["bias_low"] == pytest.approx(expected, rel=0.25)
    assert row["RMSE_high"] - row["RMSE_low"] == pytest.approx(single["RMSE_high"] - single["RMSE_low"], rel=0.05)
    assert row["coverage_68"] < row["coverage_90"] <= 1
    assert row["CRPS_low"] < row["CRPS"] < row["CRPS_high"]
    assert row["CRPS_high"] - row["CRPS_low"] == pytest.approx(single["CRPS_high"] - single["CRPS_low"], rel=0.05)


def test_an_interval_of_95_percent_holds_the_truth_in_about_as_many_cases():
    rng, held = np.random.default_rng(1), 0
    for _ in range(40):
        row = bootstrapped(rng.normal(0, 10, 60), np.arange(60))
        held += row["RMSE_low"] < 10 < row["RMSE_high"]
    assert 34 <= held <= 40


def test_one_group_has_no_interval_and_a_class_without_targets_no_row():
    assert np.isnan(bootstrapped(np.ones(9), np.zeros(9, int))["RMSE_low"])
    number, truth = np.arange(4), np.full(4, 200.0)
    p = Predictions(number, number, number, truth, truth + 1, np.full(4, np.nan))
    divided = {"held out": Divided({"basin": Classes(("a", "b", "c"), np.array([0, 0, 2, 2]))}, number, number)}
    table = skill_by_class({("held out", "model"): p}, divided, 0)
    assert table["class"].tolist() == ["all", "a", "c"] and table["n"].tolist() == [4, 2, 2]
    assert table["coverage_68"].isna().all()


def test_the_worst_year_is_each_methods_own_among_years_with_enough_targets():
    rng = np.random.default_rng(2)
    year = np.repeat([1990, 1991, 1992], [400, 400, 100])
    number, truth, error = np.arange(900), np.full(900, 200.0), rng.normal(0, 10, 900)
    found = {}
    for method, bad in (("a", 1990), ("b", 1991)):
        blow = np.where((year == bad) | (year == 1992), 3.0, 1.0)
        found["held out", method] = Predictions(number, number, number, truth, truth + blow * error, np.full(900, 10.0))
    table = skill_by_class(found, {"held out": Divided({}, year, year)}, 0)
    worst = table[table["division"] == "worst year"]
    assert worst[["method", "class", "n"]].to_numpy().tolist() == [["a", "1990", 400], ["b", "1991", 400]]
    assert (worst["coverage_90"] < 0.6).all()
