"""Residual kriging: what observations add to a first estimate of the network, interpolated with learned kernels."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

_PIECE = 512  # receivers at a time: their covariance matrices then stay in a processor's cache
_JITTER = 1e-3  # standardised variance on the diagonal; float32 factors of near-equal observations stay positive


class Places(NamedTuple):
    """Places of receivers and their observations: unit-sphere position, years, visits averaged, learned embedding."""

    position: Tensor
    years: Tensor
    visits: Tensor
    embedding: Tensor


class ResidualKriging(nn.Module):
    """Best linear unbiased prediction of a residual from k observations, all constants learned by gradient.

    The covariance of two places is the sum of a lasting part and a passing one, each a Matern kernel of order 3/2
    (Rasmussen & Williams 2006, eq. 4.17) of a scaled distance: through the Earth, in time, and between learned
    embeddings of both places, so that what is similar water is near. Amplitude and noise vary from place to place.
    A mean over n visits sees the lasting part only; the passing part is noise to it, and its noise is divided by n.

    Parameters
    ----------
    embedding : int
        Length of the embedding.
    """

    def __init__(self, embedding: int) -> None:
        super().__init__()
        self.log_length = nn.Parameter(torch.tensor([-1.2, -1.6]))  # Earth radii: 1900 and 1300 km to begin with
        self.log_years = nn.Parameter(torch.tensor([4.0, 1.1]))  # 55 and 3 years
        self.log_amplitude = nn.Parameter(torch.tensor([-1.0, -1.5]))
        self.log_noise = nn.Parameter(torch.tensor(-2.0))
        self.stretch = nn.Parameter(torch.ones(2, embedding))  # how much each embedding counts in either part

    def forward(
        self,
        position: Tensor,
        years: Tensor,
        visits: Tensor,
        embedding: Tensor,
        local: Tensor,
        residual: Tensor,
        there: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Predict the residual of receivers, some at a time.

        Parameters
        ----------
        position : tensor, shape (receiver, 1 + k, 3)
            Unit-sphere x, y, z of the receiver, then of its observations.
        years, visits : tensor, shape (receiver, 1 + k)
            Decimal years, and number of visits averaged (0: a single moment).
        embedding : tensor, shape (receiver, 1 + k, embedding)
            Learned coordinates of the water at each place.
        local : tensor, shape (receiver, 1 + k, 2)
            Logarithms by which variance and noise variance differ from the common ones.
        residual : tensor, shape (receiver, k)
            Observation minus first estimate, standardised; anything finite where `there` is False.
        there : bool tensor, shape (receiver, k)
            Which observations exist.

        Returns
        -------
        mean, scale : tensor, shape (receiver,)
            Expected residual, and standard deviation of a new measurement; 0 and the full one without observations.
        """
        some = [position, years, visits, embedding, local, residual, there]
        device = residual.device.type
        if torch.is_autocast_enabled(device):  # Cholesky factors need single precision
            some = [x.float() if x.is_floating_point() else x for x in some]
        with torch.autocast(device, enabled=False):
            pieces = zip(*(torch.split(x, _PIECE) for x in some))
            mean, scale = zip(*(self._some(Places(*piece[:4]), *piece[4:]) for piece in pieces))
        return torch.cat(mean), torch.cat(scale)

    def correlation(self, position: Tensor, years: Tensor, embedding: Tensor, there: Tensor) -> Tensor:
        """Tell how alike the lasting part is at each receiver and at the observation that is most alike.

        Parameters
        ----------
        position : tensor, shape (receiver, 1 + k, 3)
            Unit-sphere x, y, z of the receiver, then of its observations.
        years : tensor, shape (receiver, 1 + k)
            Decimal years.
        embedding : tensor, shape (receiver, 1 + k, embedding)
            Learned coordinates of the water at each place.
        there : bool tensor, shape (receiver, k)
            Which observations exist.

        Returns
        -------
        tensor, shape (receiver,)
            Correlation, 0 to 1; 0 without observations.
        """
        points = self._scaled(position, years, embedding, 0)
        distance = _distance((points[:, 1:] - points[:, :1]).square().sum(dim=-1))
        return ((1 + distance) * torch.exp(-distance) * there).amax(dim=1)

    def _some(self, places: Places, local: Tensor, residual: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        factor = torch.exp(0.5 * local[..., 0])
        present = torch.cat([torch.ones_like(there[:, :1]), there], dim=1)
        weight = factor * present
        covariance = self._kernel(places, present) * weight[:, :, None] * weight[:, None, :]
        noise = torch.exp(2 * self.log_noise + local[..., 1]) + _JITTER
        visits = places.visits[:, 1:]
        passing = torch.exp(2 * self.log_amplitude[1]) * factor[:, 1:].square()
        averaged = torch.where(visits > 0, (noise[:, 1:] + passing) / visits.clamp(min=1.0) + _JITTER, noise[:, 1:])
        diagonal = torch.where(there, averaged, 1.0)
        cross, among = covariance[:, 1:, 0], covariance[:, 1:, 1:].clone()
        torch.diagonal(among, dim1=1, dim2=2).add_(diagonal)
        weights = _solve(among, cross)
        mean = (weights * residual * there).sum(dim=1)
        variance = covariance[:, 0, 0] - (weights * cross).sum(dim=1)
        return mean, torch.sqrt(variance.clamp(min=0.0) + noise[:, 0])

    def _kernel(self, places: Places, present: Tensor) -> Tensor:
        """Covariance of all pairs, shape (receiver, 1 + k, 1 + k), before local factors."""
        total = self._matern(places, 0)
        now = present & (places.visits == 0)
        reach = int(now.any(dim=0).nonzero().max()) + 1  # the means come last: no moment among them, nothing passing
        passing = self._matern(Places(*(values[:, :reach] for values in places)), 1)
        both = now[:, :reach, None] & now[:, None, :reach]
        total[:, :reach, :reach] += torch.where(both, passing, 0.0)
        return total

    def _matern(self, places: Places, part: int) -> Tensor:
        """Covariance of all pairs by one of the two kernels, shape (receiver, point, point)."""
        distance = _distance(_squared(self._scaled(places.position, places.years, places.embedding, part)))
        return (1 + distance) * torch.exp(2 * self.log_amplitude[part] - distance)

    def _scaled(self, position: Tensor, years: Tensor, embedding: Tensor, part: int) -> Tensor:
        """Points between which one of the two kernels sees the distance, shape (receiver, point, 4 + embedding)."""
        sphere, time = position * torch.exp(-self.log_length[part]), years[..., None] * torch.exp(-self.log_years[part])
        return torch.cat([sphere, time, embedding * self.stretch[part]], dim=-1)


def _distance(square: Tensor) -> Tensor:
    """Distance that a Matern kernel of order 3/2 sees; the root has no slope at 0."""
    return torch.sqrt(3 * square + 1e-6)


class _Solve(torch.autograd.Function):
    """x of A x = b for symmetric positive definite A; slopes come from solutions with the same Cholesky factor.

    Through the factor itself they take three times as long: 6.3 and 2.1 ms of 512 systems of 24, four times as long
    where slopes of slopes are wanted.
    """

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, right: Tensor, root: Tensor) -> Tensor:
        """Solve by the factor."""
        solution = torch.cholesky_solve(right[..., None], root)[..., 0]
        ctx.save_for_backward(matrix, root, solution)
        return solution

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, None]:
        """Slopes of A and b; A is symmetric, so one solution serves both."""
        matrix, root, solution = ctx.saved_tensors
        right = cast(Any, _Solve).apply(matrix, slope, root)
        return -right[..., :, None] * solution[..., None, :], right, None


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve symmetric positive definite systems, shape (system, k, k) and (system, k)."""
    root, _ = torch.linalg.cholesky_ex(matrix.detach())
    solution: Tensor = cast(Any, _Solve).apply(matrix, right, root)
    return solution


def _squared(points: Tensor) -> Tensor:
    """Squared distances of all pairs, shape (receiver, point, point).

    By inner products of offsets from the receiver: one matrix product instead of an array of all differences, and
    offsets are small where distances matter, so little is lost to rounding.
    """
    offset = points - points[:, :1]
    square = offset.square().sum(dim=-1)
    apart = torch.baddbmm(square[:, :, None] + square[:, None, :], offset, offset.transpose(1, 2), alpha=-2)
    return apart.clamp(min=0.0)
