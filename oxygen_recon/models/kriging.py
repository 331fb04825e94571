"""Residual kriging: what observations add to a first estimate of the network, interpolated with learned kernels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

_PIECE, _PIECE_GPU = 512, 16_384  # receivers at a time: a processor keeps their matrices in its cache, a GPU is filled
_JITTER = 1e-3  # standardised variance on the diagonal; float32 factors of near-equal observations stay positive
_NEAREST = 1e-6  # squared distance of a place to itself, so that its root has a finite slope
_FAR = 2.0**13  # scaled offset of what is not there: no covariance is left, and squares are exact in float32


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
            pieces = zip(*(torch.split(x, _PIECE if device == "cpu" else _PIECE_GPU) for x in some))
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
        offset = _offset(position, years, embedding)[:, 1:] * self._scale(0)
        distance = torch.sqrt(offset.square().sum(dim=-1) + _NEAREST)
        return ((1 + distance) * torch.exp(-distance) * there).amax(dim=1)

    def _some(self, places: Places, local: Tensor, residual: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        # Both sides are divided by the local factors of the amplitude, for they would multiply the matrix of all pairs.
        factor = torch.exp(0.5 * local[..., 0])
        own, others = factor[:, 0], factor[:, 1:]
        noise = torch.exp(2 * self.log_noise + local[..., 1]) + _JITTER
        visits = places.visits[:, 1:]
        passing = torch.exp(2 * self.log_amplitude[1]) * others.square()
        averaged = torch.where(visits > 0, (noise[:, 1:] + passing) / visits.clamp(min=1.0) + _JITTER, noise[:, 1:])
        covariance = self._kernel(places, there)
        cross, among = covariance[:, 1:, 0], covariance[:, 1:, 1:]
        torch.diagonal(among, dim1=1, dim2=2).add_(torch.where(there, averaged / others.square(), 1.0))
        weights = _solve(among, cross)
        mean = own * (weights * residual * there / others).sum(dim=1)
        variance = own.square() * (covariance[:, 0, 0] - (weights * cross).sum(dim=1))
        return mean, torch.sqrt(variance.clamp(min=0.0) + noise[:, 0])

    def _kernel(self, places: Places, there: Tensor) -> Tensor:
        """Covariance of all pairs, shape (receiver, 1 + k, 1 + k), before local factors; 0 with what is not there."""
        offset = _offset(places.position, places.years, places.embedding)
        away = offset.new_zeros(1, offset.shape[1], 1)
        if not bool(there.all()):
            present = nn.functional.pad(there, (1, 0), value=1)[..., None].to(offset)
            offset, away = offset * present, _FAR * (1 - present)
        total, now = self._matern(offset, away, 0), places.visits == 0
        if bool(now.all()):
            return total + self._matern(offset, away, 1)
        reach = int(now.any(dim=0).nonzero().max()) + 1  # the means come last: no moment among them, nothing passing
        passing = self._matern(offset[:, :reach], away[:, :reach], 1)
        both = now[:, :reach, None] & now[:, None, :reach]
        total[:, :reach, :reach] += torch.where(both, passing, 0.0)
        return total

    def _matern(self, offset: Tensor, away: Tensor, part: int) -> Tensor:
        """Covariance of all pairs by one of the two kernels, shape (receiver, point, point)."""
        offset = torch.addcmul(away, offset, self._scale(part))
        distance = torch.sqrt(_squared(offset))
        decay = torch.exp(2 * self.log_amplitude[part] - distance)
        return torch.addcmul(decay, distance, decay)

    def _scale(self, part: int) -> Tensor:
        """Factors of offsets, so that one of the two kernels sees their length, shape (4 + embedding,)."""
        sphere, time = torch.exp(-self.log_length[part]), torch.exp(-self.log_years[part])
        return math.sqrt(3) * torch.cat([torch.stack([sphere, sphere, sphere, time]), self.stretch[part]])


def _offset(position: Tensor, years: Tensor, embedding: Tensor) -> Tensor:
    """Offsets of places from their receiver, shape (receiver, point, 4 + embedding)."""
    points = torch.cat([position, years[..., None], embedding], dim=-1)
    return points - points[:, :1]


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


def _squared(offset: Tensor) -> Tensor:
    """Squared distances of all pairs, shape (receiver, point, point), not below `_NEAREST`.

    By inner products of offsets from the receiver: one matrix product instead of an array of all differences, and
    offsets are small where distances matter, so little is lost to rounding.
    """
    square = offset.square().sum(dim=-1) + 0.5 * _NEAREST
    apart = torch.baddbmm(square[:, :, None] + square[:, None, :], offset, offset.mT, alpha=-2)
    return apart.clamp(min=_NEAREST)
