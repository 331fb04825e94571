"""Starts that are seen in part: what is seen stays, the rest is filled from it, day after day."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.config import FourierMaskedAutoencoderConfig, UNetConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster, build
from oxygen_recon.models.fourier.filling.first_guess import FirstGuess, days_up_to
from oxygen_recon.models.fourier.filling.gaps import GappyStarts
from oxygen_recon.models.fourier.losses import LEAST, filling_loss
from oxygen_recon.models.fourier.networks.masking import seen_cells
from oxygen_recon.models.fourier.statistics import measure
from qc.errors import InputError
from tests.oxygen_recon.models.fourier.conftest import waves

DAYS = 50
STEP: dict[str, Any] = {"filling": True}
TRAINING: dict[str, Any] = {
    "steps": 6, "batch": 2, "seen": 0.1, "seen_days": 4, "cases": 8, "roll_out": [{"until": 1.0, "days": 3}],
}  # fmt: skip
NETWORK = {"patch": 3, "width": 16, "decoder_width": 16, "blocks": 1, "groups": 4}
CONFIG = FourierMaskedAutoencoderConfig.model_validate({"network": NETWORK, "step": STEP, "training": TRAINING})
FIELDS = waves()


@pytest.fixture(scope="module")
def filler() -> DailyForecaster:
    found = DailyForecaster(CONFIG)
    found.fit(FIELDS, FIELDS.dates[:DAYS], seed=1)
    return found


def test_a_start_that_is_seen_whole_gives_the_forecast_without_a_mask(filler: DailyForecaster) -> None:
    start, date = FIELDS.values[DAYS], FIELDS.dates[DAYS]
    plain = filler.forecast(start, date, 4)
    for shape in (start.shape[1:], start.shape, (1, *start.shape)):
        assert np.array_equal(filler.forecast(start, date, 4, known=np.ones(shape, bool)), plain)
    filled = filler.fill(start, date)
    assert np.allclose(filled[FIELDS.ocean], start[FIELDS.ocean], atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.05, 0.9))
def test_what_is_seen_stays_and_what_is_not_seen_has_no_part(seed: int, days: int, share: float) -> None:
    rng, filler = np.random.default_rng(seed), _fitted()
    values, date = FIELDS.values[DAYS - days + 1 : DAYS + 1].copy(), FIELDS.dates[DAYS]
    known = rng.random(values.shape) < share
    known[0] |= not (known & FIELDS.ocean).any()
    filled = filler.fill(values, date, known=known)
    seen = known[-1] & FIELDS.ocean
    assert np.isfinite(filled).all() and np.allclose(filled[seen], values[-1][seen], atol=1e-4)
    hidden = np.where(known, values, np.float32(rng.normal(0, 50)))
    gappy = np.where(known, values, np.float32(np.nan))
    assert np.array_equal(filler.fill(hidden, date, known=known), filled)
    assert np.array_equal(filler.fill(gappy, date), filled)
    ahead = filler.forecast(gappy, date, 2)
    assert ahead.shape == (2, *values.shape[1:]) and np.isfinite(ahead).all()
    assert np.array_equal(filler.forecast(hidden, date, 2, known=known), ahead)


_KEPT: list[DailyForecaster] = []


def _fitted() -> DailyForecaster:
    if not _KEPT:
        _KEPT.append(DailyForecaster(CONFIG))
        _KEPT[0].fit(FIELDS, FIELDS.dates[:DAYS], seed=1)
    return _KEPT[0]


def test_before_training_a_start_is_its_interpolation_and_days_before_count(fields: DailyFields) -> None:
    new, errors = untrained(fields), []
    for days in (1, 3):
        values, known = fields.values[DAYS - days + 1 : DAYS + 1], np.zeros((days, *fields.ocean.shape), bool)
        known[-1, :, ::3, ::3], known[:-1, :, 1::3, 1::3] = True, True
        found = new.fill(values, fields.dates[DAYS], known=known)
        errors.append(np.abs(found - values[-1])[~known[-1] & fields.ocean].mean())
        normal = new.fitted()[0].climatology.at(fields.dates[[DAYS]])[0]
    usual = np.abs(normal - fields.values[DAYS])[~known[-1] & fields.ocean].mean()
    assert errors[1] < errors[0] < usual


def untrained(fields: DailyFields) -> DailyForecaster:
    new = DailyForecaster(CONFIG)
    new.statistics = measure(fields, fields.dates[:DAYS], 3)
    new.model = build(CONFIG, new.statistics, 0).eval()
    new.guess = FirstGuess.fit(fields, new.statistics, fields.dates[:DAYS], 4, 0)
    return new


def test_a_first_guess_is_each_channels_own_interpolation(fields: DailyFields) -> None:
    guess = untrained(fields).guess
    assert guess is not None and len(set(guess.scales)) <= 2
    rng, anomaly = np.random.default_rng(0), guess.anomalies(fields, slice(DAYS - 1, DAYS + 1))
    known = (rng.random(anomaly.shape) < 0.3) & fields.ocean
    found, trust = guess(anomaly, known)
    assert ((trust == 1) == (known[-1] | ~fields.ocean)).all() and (trust >= 0).all()
    assert np.array_equal(found[known[-1]], anomaly[-1][known[-1]])
    for channel, one in enumerate(guess.scales):
        day, row, column = np.nonzero(known[:, channel])
        at, along = np.nonzero(fields.ocean[channel] & ~known[-1, channel])
        points = np.column_stack([column, row, day - 1]).astype(float)
        targets = np.column_stack([along, at, np.zeros(at.size)]).astype(float)
        expected = one(points, anomaly[:, channel][known[:, channel]][:, None], targets)[:, 0]
        assert np.allclose(found[channel][at, along], expected, atol=1e-3)
    for exact in (True, False):
        made, (other, _) = guess(anomaly, known, exact)[0], guess(np.where(known, anomaly, 99.0), known, exact)
        assert np.array_equal(other, made) and np.array_equal(made[known[-1]], anomaly[-1][known[-1]])


def test_the_gradient_reaches_every_parameter(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates[:DAYS], 3)
    unet = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "step": STEP, "training": TRAINING})
    for config in (CONFIG, unet):
        model = build(config, statistics, 0)
        torch.manual_seed(0)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.05 * torch.randn(parameter.shape))
        guess = FirstGuess.fit(fields, statistics, fields.dates[:DAYS], 4, 0)
        given = fields, statistics, fields.dates[:DAYS], config.training, 1, model.network.tokens, 3
        model.loss(GappyStarts(guess, *given)[0]).backward()
        idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
        assert idle == (["network.mask_token"] if config is CONFIG else [])


def test_batches_are_the_same_whenever_they_are_made_and_the_truth_is_beside_the_guess(fields: DailyFields) -> None:
    guess, batches = untrained(fields).guess, []
    assert guess is not None
    for _ in range(2):
        batches.append(GappyStarts(guess, fields, guess.statistics, fields.dates[:DAYS], CONFIG.training, 1, 12, 5))
    for i in (4, 1):
        one, other = batches[0][i], batches[1][i]
        assert one.trust is not None and other.trust is not None and one.truth is not None
        assert torch.equal(one.state, other.state) and torch.equal(one.trust, other.trust)
        place = (one.day[:, 0] - fields.dates[0].astype(int)).numpy()
        assert np.array_equal(one.truth.numpy(), guess.statistics.scaling.apply(fields.values[place]))
        seen = (one.trust == 1) & torch.from_numpy(fields.ocean)
        assert torch.allclose(one.state[:, 0][seen], one.truth[seen], atol=2e-2)  # cases are kept in half precision
    whole = [bool((batches[0][i].trust[j] == 1).all()) for i in range(6) for j in range(2)]  # type: ignore[index]
    assert any(whole) and not all(whole)


def test_what_is_seen_before_a_case_is_of_training_days_too(fields: DailyFields) -> None:
    training = np.setdiff1d(fields.dates, fields.dates[[3, 20, 21, 40]])
    places = days_up_to(fields, training, 6, 2)
    every = places[:, None] + np.arange(-5, 3)
    assert np.isin(fields.dates[every], training).all() and {9, 19 - 2, 22 + 5} <= set(places.tolist())
    with pytest.raises(InputError, match=r"no 21 training days in a row; lower training\.seen_days"):
        days_up_to(fields, training[:36], 19, 2)


def test_errors_count_in_units_of_what_is_not_known_of_the_start() -> None:
    truth, trust = torch.zeros(1, 2, 1, 1, 2), torch.tensor([[[[1.0, 0.36]]]])
    weight, units = torch.full((1, 1, 2), 0.5), (torch.tensor([[2.0]]), torch.tensor([10.0]))
    day = torch.tensor([[[[9.0, 5.0]]]]), torch.tensor([[[[4.0, 20.0]]]])
    found = filling_loss([day], truth, trust, weight, units)
    filled, ahead = 0.5 * 25 / (64 + 100 * LEAST), 0.5 * (16 / 4 + 400 / (64 + 4))
    assert float(found) == pytest.approx(filled + ahead)


@pytest.mark.parametrize("shape", ["patches", "tracks"])
def test_cells_that_are_seen_are_drawn_in_the_share_that_is_asked_for(shape: Any) -> None:
    rng = np.random.default_rng(0)
    for share in (0.05, 0.25):
        found = np.mean([seen_cells(64, 128, share, rng, shape).mean() for _ in range(20)])
        assert 0.75 * share < found < 1.1 * share


def test_what_cannot_be_is_one_clear_line(filler: DailyForecaster) -> None:
    start, date = FIELDS.values[DAYS], FIELDS.dates[DAYS]
    with pytest.raises(InputError, match="nothing is seen of the start"):
        filler.forecast(np.full_like(start, np.nan), date, 1)
    with pytest.raises(InputError, match="0 known cells"):
        filler.fill(start, date, known=np.zeros(start.shape, bool))
    with pytest.raises(InputError, match="a start of shape"):
        filler.forecast(start[:1], date, 1)
    plain = DailyForecaster(FourierMaskedAutoencoderConfig.model_validate({"network": NETWORK}))
    plain.statistics, plain.model = filler.fitted()
    with pytest.raises(InputError, match="does not fill gaps"):
        plain.fill(start, date)
    with pytest.raises(InputError, match="values of the start are missing over the ocean"):
        plain.forecast(np.where(FIELDS.ocean, np.float32(np.nan), start), date, 1)
    for wrong, what in (
        ({"training": {"seen": 0.5}}, "which only a network with step.filling fills"),
        ({"step": {"filling": True, "history": 2}}, "filling goes with history 1"),
        ({"step": STEP, "training": {"masking": [{"until": 0.5, "ratio": 0.5}]}}, "leave training.masking"),
    ):
        with pytest.raises(ValueError, match=what):
            FourierMaskedAutoencoderConfig.model_validate(wrong)
