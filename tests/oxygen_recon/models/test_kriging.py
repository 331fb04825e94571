import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.kriging import _JITTER, ResidualKriging, _offset, _solve


def places(k: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    visits = torch.randint(0, 3, (20, 1 + k)).double()  # averaged; 0 is a single moment
    visits[:, 0] = 0
    return (
        torch.randn(20, 1 + k, 3).double() * 0.2,
        torch.randn(20, 1 + k).double() * 0.2,
        visits,
        torch.randn(20, 1 + k, 3).double(),
        0.3 * torch.randn(20, 1 + k, 2).double(),
        torch.randn(20, k).double(),
    )


@torch.no_grad()
def test_residual_kriging_equals_textbook_kriging() -> None:
    """Against the normal equations (Rasmussen & Williams 2006, eqs 2.25 and 2.26), written out per receiver."""
    model = ResidualKriging(3).double()
    position, years, visits, embedding, local, residual = places(6)
    there = torch.rand(20, 6) > 0.3
    mean, scale = model(position, years, visits, embedding, local, residual, there)

    def covariance(i: int, a: int, b: int) -> float:
        total = 0.0
        for part in range(2):
            square = float((position[i, a] - position[i, b]).square().sum() / model.log_length[part].exp() ** 2)
            square += float((embedding[i, a] - embedding[i, b]).square().sum())
            square += float((years[i, a] - years[i, b]) ** 2 / model.log_years[part].exp() ** 2)
            if part == 1 and (visits[i, a] > 0 or visits[i, b] > 0):
                continue  # a mean has no part in what passes
            r = np.sqrt(3 * square + 1e-6)
            total += float((2 * model.log_amplitude[part]).exp()) * (1 + r) * np.exp(-r)
        return total * float(torch.exp(0.5 * (local[i, a, 0] + local[i, b, 0])))

    for i in range(20):
        at = [1 + j for j in range(6) if there[i, j]]
        noise = []
        for a in (0, *at):
            count, own = float(visits[i, a]), float(torch.exp(2 * model.log_noise + local[i, a, 1])) + _JITTER
            passing = float(torch.exp(2 * model.log_amplitude[1] + local[i, a, 0]))
            noise.append((own + passing) / count + _JITTER if count > 0 else own)
        full = np.array([[covariance(i, a, b) for b in at] for a in at]).reshape(len(at), len(at)) + np.diag(noise[1:])
        cross = np.array([covariance(i, 0, a) for a in at])
        weights = np.linalg.solve(full, cross)
        expected = weights @ residual[i][there[i]].numpy()
        np.testing.assert_allclose(mean[i].item(), expected, atol=1e-10)
        np.testing.assert_allclose(scale[i].item() ** 2, covariance(i, 0, 0) - weights @ cross + noise[0], atol=1e-10)


@torch.no_grad()
def test_without_observations_nothing_is_added_and_the_error_is_largest() -> None:
    model = ResidualKriging(3).double()
    *where, residual = places(4)
    none, every = torch.zeros(20, 4, dtype=torch.bool), torch.ones(20, 4, dtype=torch.bool)
    mean, scale = model(*where, residual, none)
    assert torch.equal(mean, torch.zeros(20).double())
    assert (scale > model(*where, residual, every)[1]).all()


@torch.no_grad()
def test_the_correlation_is_that_of_the_lasting_kernel_with_the_observation_most_alike() -> None:
    model = ResidualKriging(3).double()
    position, years, _, embedding, *_ = places(5)
    there = torch.rand(20, 5) > 0.5
    there[0] = False
    found = model.correlation(position, years, embedding, there)
    every = model._matern(_offset(position, years, embedding), torch.zeros(1, 6, 1).double(), 0)[:, 0, 1:]
    expected = torch.where(there, every / torch.exp(2 * model.log_amplitude[0]), 0.0).amax(dim=1)
    torch.testing.assert_close(found, expected)
    assert found[0] == 0 and (found[there.any(dim=1)] > 0).all()
    for value in (position, years, embedding):  # an observation at the place itself
        value[:, 1] = value[:, 0]
    there[:, 0] = True
    one = model.correlation(position, years, embedding, there)
    torch.testing.assert_close(one, torch.ones(20).double(), rtol=0, atol=1e-6)


@torch.no_grad()
@given(near=st.floats(0, 2), further=st.floats(0, 2), seed=st.integers(0, 99))
def test_the_correlation_never_grows_with_distance(near: float, further: float, seed: int) -> None:
    torch.manual_seed(seed)
    model, way = ResidualKriging(3).double(), torch.randn(1, 3, 3).double()
    same = torch.zeros(1, 4).double(), torch.zeros(1, 4, 3).double(), torch.ones(1, 3, dtype=torch.bool)
    found = []
    for far in (near, near + further):
        place = torch.cat([torch.zeros(1, 1, 3).double(), far * way], dim=1)
        found.append(float(model.correlation(place, *same)))
    assert 0 <= found[1] <= found[0] + 1e-12 <= 1 + 1e-12


def test_missing_observations_do_not_count_whatever_they_hold() -> None:
    model = ResidualKriging(3).double()
    *where, residual = places(5)
    there = torch.rand(20, 5) > 0.5
    other = torch.where(there, residual, 1e6)
    assert torch.equal(model(*where, residual, there)[0], model(*where, other, there)[0])


@torch.no_grad()
def test_repeated_observations_keep_the_float32_factor_positive() -> None:
    model = ResidualKriging(3)
    position, years = torch.zeros(4, 17, 3), torch.zeros(4, 17)
    embedding, local, residual = torch.zeros(4, 17, 3), torch.zeros(4, 17, 2), torch.ones(4, 16)
    mean, scale = model(position, years, years, embedding, local, residual, residual > 0)
    assert mean.isfinite().all() and (scale > 0).all()
    assert ((mean > 0.9) & (mean <= 1.0)).all()


def test_slopes_of_solutions_and_their_slopes_are_those_of_differences() -> None:
    torch.manual_seed(0)
    factor, right = torch.randn(3, 4, 4).double().requires_grad_(), torch.randn(3, 4).double().requires_grad_()

    def solution(factor: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return _solve(factor @ factor.mT + torch.eye(4).double(), right)

    matrix = factor @ factor.mT + torch.eye(4).double()
    assert torch.allclose(solution(factor, right), torch.linalg.solve(matrix, right), atol=1e-12)
    assert torch.autograd.gradcheck(solution, (factor, right))
    assert torch.autograd.gradgradcheck(solution, (factor, right))
