from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.dataset.daily.land import fill_land
from oxygen_recon.models.fourier.batch import assemble
from oxygen_recon.models.fourier.config import (
    AnyDailyConfig,
    FourCastNetConfig,
    FourierMaskedAutoencoderConfig,
    UNetConfig,
)
from oxygen_recon.models.fourier.estimator import build
from oxygen_recon.models.fourier.land import zonal_mean
from oxygen_recon.models.fourier.statistics import measure

SMALL = {"patch": 3, "width": 16, "blocks": 1, "groups": 4}
KINDS: list[AnyDailyConfig] = [
    FourierMaskedAutoencoderConfig.model_validate({"network": {**SMALL, "decoder_width": 16}}),
    FourCastNetConfig.model_validate({"network": SMALL}),
    UNetConfig.model_validate({"network": {"width": 8, "levels": 2}}),
]


def changed(config: AnyDailyConfig, **step: Any) -> AnyDailyConfig:
    return config.model_copy(update={"step": config.step.model_copy(update=step)})


def moved(model: torch.nn.Module) -> Any:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return model


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_a_new_model_is_damped_persistence(config: AnyDailyConfig, fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 3)
    batch = assemble(fields, statistics, 10, 1, 3)
    found = build(config, statistics, 0).roll_out(batch)[0].detach().numpy()
    normal = statistics.normal[0]
    anomaly = np.where(fields.ocean, batch.state[0, 0].numpy() - normal, 0.0)
    for lead in range(3):
        expected = normal + (1 - statistics.damping[:, None, None]) ** (lead + 1) * anomaly
        assert np.allclose(found[lead], expected, atol=1e-4)


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
@pytest.mark.parametrize("step", [{}, {"output": "absolute"}, {"history": 2}, {"anomaly": False, "places": False}])
def test_the_gradient_reaches_every_parameter(config: AnyDailyConfig, step: Any, fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 2)
    config = changed(config, **step)
    model = moved(build(config, statistics, 0))
    model.loss(assemble(fields, statistics, 10, config.step.history, 2)).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert idle == (["network.mask_token"] if config.kind == "fourier_mae" else []), "no patch is hidden here"


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_nothing_on_land_and_nothing_after_the_start_matters(config: AnyDailyConfig, fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 3)
    model = moved(build(config, statistics, 0))
    batch = assemble(fields, statistics, 10, 1, 3)
    found = model.roll_out(batch)
    state = torch.where(model.ocean, batch.state, 50.0)
    assert torch.equal(model.roll_out(replace(batch, state=state)), found)
    assert batch.target is not None
    assert torch.equal(model.roll_out(replace(batch, target=batch.target + 9.0)), found)
    assert bool(torch.isfinite(found).all()) and torch.equal(model.roll_out(batch), found)


def test_land_is_the_climatology_or_the_zonal_mean_of_each_day(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 3)
    batch = assemble(fields, statistics, 10, 1, 3)
    for land in ("climatology", "zonal_mean"):
        model = moved(build(changed(KINDS[0], land=land), statistics, 0))
        days = model.roll_out(batch)[0].detach()
        for day in days:
            on_land = fill_land(day.numpy(), fields.ocean) if land == "zonal_mean" else statistics.normal[0]
            assert np.allclose(day[~model.ocean], on_land[~fields.ocean], atol=1e-5)


def test_zonal_means_are_those_of_the_data() -> None:
    rng = np.random.default_rng(0)
    ocean = rng.random((2, 5, 6)) > 0.5
    ocean[:, 2] = False
    values = rng.normal(size=(3, 2, 5, 6)).astype(np.float32)
    found = torch.where(
        torch.from_numpy(ocean), torch.from_numpy(values), zonal_mean(*map(torch.from_numpy, (values, ocean)))
    )
    assert np.allclose(found, fill_land(values, ocean), atol=1e-6)


def test_hidden_patches_are_hidden_at_the_first_step_alone(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 2)
    model = moved(build(KINDS[0], statistics, 0))
    batch = replace(assemble(fields, statistics, 10, 1, 2), kept=torch.arange(0, 12, 2)[None])
    found = model.roll_out(batch)
    assert not torch.allclose(found, model.roll_out(replace(batch, kept=None)))
    seen = model.network.grid.cells(batch.kept)[:, None, None]
    assert torch.equal(model.roll_out(replace(batch, state=torch.where(seen, batch.state, 9.0))), found)


def test_features_are_those_that_the_next_day_is_made_of(fields: DailyFields) -> None:
    statistics = measure(fields, fields.dates, 1)
    for config in KINDS:
        model = moved(build(config, statistics, 0))
        batch = assemble(fields, statistics, 10, 1, 1)
        encoded = model(batch)
        assert encoded.prior is None and encoded.features.shape[-1] == model.width
        anomaly = (batch.state[:, 0] - model.normal[0]) * model.ocean * (1 - model.damping.sigmoid()[:, None, None])
        following = model.normal[0] + anomaly + model.change[0][:, None, None] * model.network.recover(encoded.features)
        found = model.roll_out(batch)[:, 0]
        assert torch.allclose(torch.where(model.ocean, following, model.normal[0]), found, atol=1e-5)


def test_masking_is_refused_of_networks_that_read_everything() -> None:
    with pytest.raises(ValueError, match="reads all patches"):
        UNetConfig.model_validate({"training": {"masking": [{"until": 0.5, "ratio": 0.5}]}})
    with pytest.raises(ValueError, match=r"did you mean network\.patch"):
        FourierMaskedAutoencoderConfig.model_validate({"patch": 8})
