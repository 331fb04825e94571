import numpy as np
import pytest
import torch

from oxygen_recon.models.oxygraph.batch import CastTensors, ColumnBatch
from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import CastsConfig, ColumnTrainingConfig, OxyGraphConfig
from oxygen_recon.models.oxygraph.estimator import build
from oxygen_recon.models.oxygraph.profiles import Profiles
from oxygen_recon.models.oxygraph.sampler import HoldoutBatches


@pytest.fixture
def batches(small_ocean) -> HoldoutBatches:
    domain, samples, *_ = small_ocean()
    casts = Casts.of(domain, samples)
    training = ColumnTrainingConfig(columns=16, without_covariates=0.3)
    return HoldoutBatches(
        Profiles(domain, samples), casts, Anomalies(casts, False), CastsConfig(casts=6), training, seed=3
    )


def network_of(batches: HoldoutBatches) -> torch.nn.Module:
    return build(OxyGraphConfig(), len(batches.profiles.names), batches.profiles.levels, seed=0)


def test_noise_on_time_moves_what_is_read_of_time_anew_in_each_step_and_nothing_else(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    casts, profiles = Casts.of(domain, samples), Profiles(domain, samples)
    plain, noisy = (
        HoldoutBatches(profiles, casts, Anomalies(casts, False), CastsConfig(casts=6), training, seed=3)
        for training in (ColumnTrainingConfig(columns=16), ColumnTrainingConfig(columns=16, time_noise=20.0))
    )
    year = profiles.names.index("year")
    others = np.arange(len(profiles.names)) != year
    moved = []
    for step in range(20):
        one, other, again = plain[step], noisy[step], noisy[step]
        assert torch.equal(other.inputs, again.inputs) and torch.equal(other.casts.inputs, again.casts.inputs)
        for before, after in ((one.inputs, other.inputs), (one.casts.inputs, other.casts.inputs)):
            assert torch.equal(before[..., others], after[..., others])
            moved += (after - before)[:, 0, year].tolist()
        assert torch.equal(one.years, other.years) and torch.equal(one.target, other.target)
    assert 0.9 < np.std(moved) < 1.1 and abs(np.mean(moved)) < 0.1  # 20 years are one unit


def test_what_a_step_hides_informs_nothing(batches) -> None:
    for step in range(30):
        batch = batches[step]
        assert not np.isin(batch.hidden, batch.shown).any()
        assert batch.sender.max() < len(batch.casts.oxygen)
        again = batches[step]
        assert torch.equal(batch.target, again.target) and torch.equal(batch.inputs, again.inputs)


def test_fewer_casts_inform_while_it_is_trained_where_so_wanted(batches) -> None:
    training = batches.training.model_copy(update={"casts": 3})
    fewer = HoldoutBatches(
        batches.profiles, batches.casts, Anomalies(batches.casts, False), CastsConfig(casts=6), training, seed=3
    )[4]
    assert fewer.sender.shape[1] == 3 and batches[4].sender.shape[1] == 6
    assert torch.equal(fewer.target, batches[4].target), "what is hidden does not depend on it"


def test_a_batch_that_shows_its_target_is_refused(batches) -> None:
    batch = batches[0]
    own = {
        name: getattr(batch, name) for name in ("inputs", "position", "years", "profile", "level", "sender", "casts")
    }
    with pytest.raises(ValueError, match="leaks"):
        ColumnBatch(**own, target=batch.target, hidden=batch.hidden, shown=batch.hidden)
    with pytest.raises(ValueError, match="missing at a target"):
        ColumnBatch(**own, target=torch.full_like(batch.target, torch.nan))


def test_casts_encoded_before_give_the_same_as_casts_in_the_batch(batches) -> None:
    network, batch = network_of(batches).eval(), batches[1]
    with torch.no_grad():
        inside = network(batch)
        before = network(batch, network.backbone.observe(batch.casts))
    for one, other in zip(inside, before):
        assert torch.equal(one, other)


def test_oxygen_where_a_cast_has_none_does_not_count(batches) -> None:
    network, batch = network_of(batches).eval(), batches[2]
    used = torch.zeros_like(batch.casts.oxygen, dtype=torch.bool)
    there = batch.sender >= 0
    used[batch.sender[there], batch.level[:, None].expand_as(batch.sender)[there]] = True
    assert not used.all()
    filled = batch.casts._replace(oxygen=torch.where(used, batch.casts.oxygen, 99.0))
    with torch.no_grad():
        one, other = network(batch)[0], network(batch, network.backbone.observe(filled))[0]
    assert torch.equal(one, other)


def test_every_weight_learns(batches) -> None:
    network = network_of(batches)
    network.loss(batches[0]).backward()
    network.head.mean.weight.data.normal_()  # begins with zeros, behind which nothing would be seen
    network.loss(batches[0]).backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None and torch.isfinite(weight.grad).all(), name
        assert weight.grad.abs().sum() > 0, name


def test_departures_vanish_far_from_casts() -> None:
    network = build(OxyGraphConfig(), 41, 4, seed=0, departures=True).eval()
    batch = ColumnBatch(
        torch.randn(2, 4, 41), torch.eye(3)[:2], torch.zeros(2), torch.tensor([0, 1]), torch.tensor([0, 0]),
        torch.full((2, 6), -1),
    )  # fmt: skip
    casts = CastTensors(torch.randn(3, 4, 41), torch.randn(3, 4), torch.eye(3), torch.zeros(3))
    observed = network.backbone.observe(casts)
    with torch.no_grad():
        mean, scale = network(batch, observed)
    assert (mean == 0).all() and (scale > 0).all()
