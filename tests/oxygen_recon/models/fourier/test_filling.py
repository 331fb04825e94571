"""Starts that are seen in part: what is seen stays, the rest is filled from it, day after day."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.batch import Starts, assemble
from oxygen_recon.models.fourier.config import FourierMaskedAutoencoderConfig, UNetConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster, build
from oxygen_recon.models.fourier.losses import filling_loss
from oxygen_recon.models.fourier.networks.masking import seen_cells
from oxygen_recon.models.fourier.networks.spreading import Spreading
from oxygen_recon.models.fourier.statistics import measure
from qc.errors import InputError
from tests.oxygen_recon.models.fourier.conftest import waves

DAYS = 50
STEP: dict[str, Any] = {"filling": True}
TRAINING: dict[str, Any] = {"steps": 6, "batch": 2, "seen": 0.1, "roll_out": [{"until": 1.0, "days": 3}]}
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


def test_before_training_what_is_seen_spreads_and_days_before_count(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates[:DAYS], 3)
    new = DailyForecaster(CONFIG)
    new.statistics, new.model = statistics, build(CONFIG, statistics, 0).eval()
    errors = []
    for days in (1, 3):
        values, known = fields.values[DAYS - days + 1 : DAYS + 1], np.zeros((days, *fields.ocean.shape), bool)
        known[-1, :, ::3, ::3], known[:-1, :, 1::3, 1::3] = True, True
        found = new.fill(values, fields.dates[DAYS], known=known)
        errors.append(np.abs(found - values[-1])[~known[-1] & fields.ocean].mean())
    normal = statistics.climatology.at(fields.dates[[DAYS]])[0]
    usual = np.abs(normal - fields.values[DAYS])[~known[-1] & fields.ocean].mean()
    assert errors[1] < errors[0] < usual


def test_the_gradient_reaches_every_parameter(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates[:DAYS], 3)
    unet = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "step": STEP, "training": TRAINING})
    for config in (CONFIG, unet):
        model = build(config, statistics, 0)
        torch.manual_seed(0)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.05 * torch.randn(parameter.shape))
        batches = Starts(fields, statistics, fields.dates[:DAYS], config.training, 1, model.network.tokens, 3)
        model.loss(next(one for one in batches if one.known is not None and not one.known[:, 0].all())).backward()
        idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
        assert idle == (["network.mask_token"] if config is CONFIG else [])


def test_a_quarter_of_the_starts_is_seen_whole_and_the_others_at_least_in_the_share(fields: DailyFields) -> None:
    settings = CONFIG.training.model_copy(update={"steps": 60, "seen": 0.2})
    statistics = measure(fields, fields.dates[:DAYS], 3)
    batches = Starts(fields, statistics, fields.dates[:DAYS], settings, 1, 12, 0)
    known = torch.cat([one.known[:, :, 0] for one in map(batches.__getitem__, range(60)) if one.known is not None])
    first = known[:, 0].double().mean(dim=(1, 2))
    assert 0.15 < float((first == 1).double().mean()) < 0.4 and 0.35 < float(first[first < 1].mean()) < 0.65
    assert float(known[first == 1][:, 1:].flatten(1).any(dim=1).double().mean()) < 0.3
    batch = batches[0]
    assert batch.observed is not None and batch.target is not None
    assert torch.equal(batch.observed[:, 1:], batch.target[:, :-1])


def test_errors_count_in_units_of_the_days_since_a_cell_was_seen() -> None:
    truth, known = torch.zeros(1, 3, 1, 1, 2), torch.tensor([True, False]).expand(1, 1, 1, 1, 2)
    weight, units = torch.full((1, 1, 2), 0.5), (torch.tensor([[2.0], [3.0]]), torch.tensor([10.0]))
    days = [
        (torch.tensor([[[[9.0, 5.0]]]]), torch.tensor([[[[4.0, 20.0]]]])),
        (truth[:, 1], torch.full((1, 1, 1, 2), 6.0)),
    ]
    found = filling_loss(days, truth, known, weight, units)
    filled, first, second = 0.5 * 0.25, 0.5 * (4.0 + 4.0), 0.5 * (4.0 + 0.36)
    assert float(found) == pytest.approx((filled + first + second) / 2)


def test_one_value_spreads_as_optimal_interpolation_does() -> None:
    spreading = Spreading(1)
    with torch.no_grad():
        spreading.share[1] = 0.0
        spreading.share[0] = 1.0
    seen = torch.zeros(1, 1, 9, 9, dtype=torch.bool)
    seen[..., 4, 4] = True
    found = spreading(torch.where(seen, 2.0, 0.0), seen)[0, 0]
    kernel = torch.exp(-0.5 * (torch.arange(5) / 1.5) ** 2)
    assert torch.allclose(found[4, 4:], 2 * kernel / (kernel + 0.3), atol=1e-5)
    assert not spreading(torch.zeros(1, 1, 9, 9), torch.zeros_like(seen)).any()
    at_edge = torch.zeros(1, 1, 9, 9, dtype=torch.bool)
    at_edge[..., 4, 0] = True
    round_the_globe = Spreading(1, periodic=True)(torch.where(at_edge, 2.0, 0.0), at_edge)[0, 0]
    assert torch.allclose(round_the_globe[4, 1:5], round_the_globe[4, 5:].flip(0), atol=1e-5)


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
    for wrong, what in (
        ({"training": {"seen": 0.5}}, "which only a network with step.filling fills"),
        ({"step": {"filling": True, "history": 2}}, "filling goes with history 1"),
        ({"step": STEP, "training": {"masking": [{"until": 0.5, "ratio": 0.5}]}}, "leave training.masking"),
    ):
        with pytest.raises(ValueError, match=what):
            FourierMaskedAutoencoderConfig.model_validate(wrong)


def test_a_batch_says_all_that_is_seen_in_finite_values(fields: DailyFields) -> None:
    batch = assemble(fields, measure(fields, fields.dates, 2), 5, 1, 2)
    with pytest.raises(ValueError, match="fill land"):
        replace(batch, observed=torch.full_like(batch.state, torch.nan), known=torch.ones_like(batch.state, dtype=bool))
