"""What heads are compared with: ridge regression on the same inputs, and bicubic interpolation."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.models.fourier.config import UNetConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.bicubic import Bicubic
from oxygen_recon.models.fourier.heads.ridge import LeadRidge
from oxygen_recon.models.fourier.heads.task import FADES
from oxygen_recon.models.fourier.heads.windows import RollOuts
from oxygen_recon.models.fourier.statistics import measure


def given(starts: int = 9, leads: int = 3, noise: float = 0.0) -> RollOuts:
    """Fields that are linear functions of what is read, another one for each lead, and values on land that are not."""
    drawn = torch.Generator().manual_seed(0)
    state = torch.randn(starts, leads, 2, 4, 5, generator=drawn)
    others = torch.randn(starts, leads, len(FADES) + 1, 4, 5, generator=drawn)
    own = torch.randn(starts, 2, 1, 4, 5, generator=drawn)
    target = torch.zeros(starts, leads, 1, 4, 5)
    for lead in range(leads):
        kept = (1 - 0.2 * lead) * own[:, 0, 0] - 0.4 * own[:, 1, 0]
        target[:, lead, 0] = kept + 0.5 * state[:, lead, 1] + others[:, lead, -1] + 0.3
    target += noise * torch.randn(target.shape, generator=drawn)
    target[..., 0, :] = 99.0  # land
    dates = np.arange("2001-01-01", "2001-01-10", dtype="datetime64[D]")[:starts]
    return RollOuts(dates, torch.zeros(starts, leads, 1, 1, 3), state, others, own, target)


def test_ridge_finds_a_linear_function_of_each_lead_and_does_not_read_land() -> None:
    weight = torch.full((1, 4, 5), 1 / 15)
    weight[:, 0] = 0.0
    rolled = given()
    ridge = LeadRidge.fit(rolled, weight)
    batch = rolled.window(torch.arange(9), 0, 3)
    found = ridge.roll_out(batch)
    assert torch.allclose(found[..., 1:, :], batch.target[..., 1:, :], atol=0.02)


def test_the_penalty_is_larger_where_there_is_more_noise_than_signal() -> None:
    weight = torch.full((1, 4, 5), 1 / 20)
    rolled = given(noise=0.0)
    noise = torch.randn(rolled.target.shape, generator=torch.Generator().manual_seed(1))
    alone = LeadRidge.fit(replace(rolled, target=noise), weight).coefficients[:, :-1]
    assert alone.abs().max() < 0.25  # of 180 cells that tell nothing


def test_days_for_heads_are_those_of_the_forecast(fields: DailyFields) -> None:
    settings = {"steps": 3, "batch": 2, "roll_out": [{"until": 1.0, "days": 1}], "calibration": 8}
    config = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "training": settings})
    method = DailyForecaster(config)
    method.fit(fields, fields.dates[:50])
    whole = method.forecast(fields.values[50], fields.dates[50], 10)
    statistics = method.fitted()[0]
    normal = statistics.climatology.at(fields.dates[50] + np.arange(1, 11).astype("timedelta64[D]"))
    with torch.no_grad():
        days = [anomaly[0].numpy() for _, anomaly in method.days(method.batch(fields.values[50], fields.dates[50], 10))]
    deviation = statistics.scaling.deviation[:, None, None]
    np.testing.assert_allclose(np.stack(days) * deviation + normal, whole, atol=1e-4)


def test_an_interpolated_anomaly_is_added_to_the_climatology_of_the_finer_fields(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates[:50], 1)
    latitude, longitude = (
        (axis[part][:, None] + np.diff(axis[:2]) * np.array([-0.25, 0.25])).ravel()
        for axis, part in ((fields.latitude, slice(4, 8)), (fields.longitude, slice(6, 11)))
    )
    values = np.random.default_rng(0).normal(size=(60, 1, 8, 10)).astype(np.float32)
    fine = DailyFields(values, np.ones((1, 8, 10), bool), fields.dates, latitude, longitude, fields.channels[:1])
    finer = Bicubic(statistics, fine, fields.dates[:50])
    days = fields.dates[51:53]
    usual = DayOfYear.fit(fine, fields.dates[:50]).at(days)
    found = finer.of(statistics.climatology.at(days), fields.dates[50])
    np.testing.assert_allclose(found, usual, atol=1e-4)
    warmer = finer.of(statistics.climatology.at(days) + 2.0, fields.dates[50])
    assert warmer - found == pytest.approx(2.0, abs=1e-4)
    flat = Bicubic(statistics, fine).of(np.full((2, *fields.ocean.shape), 7.0, np.float32), fields.dates[50])
    assert flat == pytest.approx(7.0, abs=1e-4)
