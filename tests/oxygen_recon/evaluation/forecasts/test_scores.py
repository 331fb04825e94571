from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.evaluation.forecasts.bootstrap import resamples, rmse_interval
from oxygen_recon.evaluation.forecasts.scores import of_method, score, spread_starts
from oxygen_recon.evaluation.forecasts.table import oceanbench_rows, score_table
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.daily_baselines.persistence import Persistence
from qc.errors import InputError

DAYS = np.arange("2001-01-01", "2001-07-01", dtype="datetime64[D]")
TRAINING, TESTED = DAYS[:130], DAYS[130:]
CHANNELS = (
    Channel("temperature", 0.0, "degC"),
    Channel("temperature", 100.0, "degC"),
    Channel("sea_surface_height", None, "m"),
)


def fields() -> DailyFields:
    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=(DAYS.size, 3, 4, 6)), axis=0).astype(np.float32)
    ocean = np.ones((3, 4, 6), bool)
    ocean[:, 0, 0] = False
    return DailyFields(values, ocean, DAYS, np.array([-30.0, -10.0, 10.0, 30.0]), np.arange(6.0), CHANNELS)


def test_every_start_is_scored_at_the_day_of_its_lead() -> None:
    truth, starts = fields(), np.array([129, 140, 175])
    beyond = np.zeros((10, 3, 4, 6), np.float32)  # after the last day

    def perfect(start: int, leads: int) -> np.ndarray:
        return np.concatenate([truth.values, beyond])[start + 1 : start + 1 + leads]

    scores = score({"perfect": perfect, "persistence": of_method(Persistence(), truth)}, truth, starts, 10, TRAINING)
    assert scores.square["perfect"].shape == (3, 10, 3)
    np.testing.assert_array_equal(np.isnan(scores.square["perfect"][:, :, 0]).sum(axis=1), [0, 0, 5])
    assert np.nanmax(scores.square["perfect"]) == 0.0
    assert np.nanmin(scores.seasonal["perfect"]) == pytest.approx(1.0)
    error = truth.values[145] - truth.values[140]
    assert scores.plain["persistence"][1, 4, 0] == pytest.approx(np.square(error[0][truth.ocean[0]]).mean())


def test_days_that_were_learned_from_are_not_scored() -> None:
    methods = {"persistence": of_method(Persistence(), fields())}
    with pytest.raises(InputError, match="forecasts: 2 of its training days are test days, 2001-05-09 first"):
        score(methods, fields(), np.array([127]), 5, TRAINING)
    with pytest.raises(InputError, match="no day to score on"):
        score(methods, fields(), np.array([180]), 5, TRAINING)


def test_a_forecast_that_blows_up_or_has_another_shape_is_refused() -> None:
    def wrong(start: int, leads: int) -> np.ndarray:
        result = np.zeros((leads, 3, 4, 6), np.float32)
        result[2, 1, 2, 2] = np.inf
        return result

    with pytest.raises(InputError, match="wrong: temperature at 100 m is not finite at 3 days"):
        score({"wrong": wrong}, fields(), np.array([140]), 5, TRAINING)
    with pytest.raises(InputError, match=r"wrong: a forecast of shape \(4, 3, 4, 6\)"):
        score({"wrong": lambda start, leads: np.zeros((4, 3, 4, 6))}, fields(), np.array([140]), 5, TRAINING)


def test_land_of_a_forecast_may_be_anything() -> None:
    truth = fields()

    def forecast(start: int, leads: int) -> np.ndarray:
        result = np.repeat(truth.values[start][None], leads, axis=0)
        result[:, ~truth.ocean] = np.nan
        return result

    scores = score({"a": forecast, "b": of_method(Persistence(), truth)}, truth, np.array([140]), 5, TRAINING)
    np.testing.assert_array_equal(scores.square["a"], scores.square["b"])


def test_starts_are_spread_and_their_targets_are_tested_days_without_a_gap() -> None:
    starts = spread_starts(fields(), TESTED, 30, 12)
    assert starts[0] == 129 and starts[-1] == 150 and starts.size == 12
    gap = replace(fields(), values=np.delete(fields().values, 150, axis=0), dates=np.delete(DAYS, 150))
    assert all(start + 10 < 150 or start >= 150 for start in spread_starts(gap, TESTED, 10, 100))
    with pytest.raises(InputError, match="no start with 60 test days in a row"):
        spread_starts(fields(), TESTED, 60, 12)


def test_the_table_has_a_row_for_each_method_channel_and_lead() -> None:
    truth, methods = fields(), {}
    for kind, make in KINDS.items():
        method = make()
        method.fit(truth, TRAINING)
        methods[kind] = of_method(method, truth)
    scores = score(methods, truth, spread_starts(truth, TESTED, 30, 8), 30, TRAINING)
    table = score_table(scores, "damped_persistence")
    assert len(table) == 4 * 3 * 30
    own = table[table["method"] == "damped_persistence"]
    assert (own["relative"] == 1).all() and (own["relative_low"] == 1).all() and (own["starts"] == 8).all()
    assert ((table["rmse_low"] <= table["rmse"]) & (table["rmse"] <= table["rmse_high"])).mean() > 0.95
    assert table[table["method"] == "day_of_year"]["acc"].isna().all()
    together = score_table(scores, "damped_persistence", by_variable=True)
    assert sorted(together["variable"].unique()) == ["sea_surface_height", "temperature"]
    first = [one[(one["method"] == "persistence") & (one["lead"] == 1)] for one in (table, together)]
    squares = first[0][first[0]["variable"] == "temperature"]["rmse"] ** 2
    assert first[1][first[1]["variable"] == "temperature"]["rmse"].item() == pytest.approx(np.sqrt(squares.mean()))
    bench = oceanbench_rows(table)
    assert bench[bench["variable"] == "temperature"].groupby("nearest_to")["depth"].first().to_dict() == {
        0.5: 0.0, 47.0: 0.0, 92.0: 100.0, 223.0: 100.0, 318.0: 100.0, 541.0: 100.0
    }  # fmt: skip


def test_an_interval_of_a_ratio_is_narrow_where_errors_go_together() -> None:
    difficult = np.random.default_rng(0).uniform(0.1, 10.0, (20, 3))
    low, high = rmse_interval(0.81 * difficult, difficult)
    np.testing.assert_allclose([low, high], 0.9)
    wide = rmse_interval(difficult)
    assert (wide[1] - wide[0] > 0.3).all()


def test_blocks_widen_intervals_of_starts_that_are_alike_and_gaps_are_left_out() -> None:
    alike = np.repeat(np.random.default_rng(0).uniform(0.1, 10.0, 8), 5)[:, None]
    single, blocks = rmse_interval(alike), rmse_interval(alike, block=5)
    assert (blocks[1] - blocks[0] > 1.3 * (single[1] - single[0])).all()
    assert np.isnan(rmse_interval(np.array([[1.0], [np.nan]]))).all()
    drawn = resamples(6, 500, 3)
    assert drawn.shape == (500, 6) and ((np.diff(drawn[:, :3]) % 6) == 1).all()
