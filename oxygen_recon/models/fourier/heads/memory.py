"""What is left at each lead and place of anomalies that are known: regression on neighbouring cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_ROWS, _COLUMNS = 3, 6  # cells on either side that count as the place
_ALIKE = 0.1  # weight of the regression of all places beside that of the place, as a share of the mean variance
_LEAST = 1e-3  # penalty of the regression of all places, as a share of the variance


def local_regression(known: Tensor, target: Tensor, weight: Tensor, periodic: bool) -> Tensor:
    """Regress a field on what is known of it, at each cell on its neighbours, drawn to the regression of all cells.

    Parameters
    ----------
    known : tensor, shape (start, known, field, latitude, longitude)
        Anomalies of which a combination is sought; anything on land.
    target : tensor, shape (start, field, latitude, longitude)
        What it is to give.
    weight : tensor, shape (field, latitude, longitude)
        Share of each ocean cell in the area of its field; 0 on land.
    periodic : bool
        Whether the last column is beside the first.

    Returns
    -------
    tensor, shape (known, field, latitude, longitude)
        Coefficients.

    Examples
    --------
    >>> known = torch.randn(20, 1, 1, 8, 9, generator=torch.Generator().manual_seed(0))
    >>> found = local_regression(known, 0.5 * known[:, 0], torch.full((1, 8, 9), 1 / 72), periodic=False)
    >>> bool((found - 0.5).abs().max() < 1e-3)
    True
    """
    square = torch.einsum("skfhw,slfhw->klfhw", known, known)
    product = torch.einsum("skfhw,sfhw->kfhw", known, target)
    one = torch.eye(len(square), device=known.device)
    whole, wanted = (square * weight).sum(dim=(-2, -1)), (product * weight).sum(dim=(-2, -1))
    size = torch.einsum("kkf->f", whole) / len(square)
    usual = _solved(whole + _LEAST * one[..., None] * size, wanted)
    ocean = (weight > 0).to(known.dtype)
    near, sought = (around(one_sum * ocean, periodic) for one_sum in (square, product))
    share = _ALIKE * size[:, None, None] * ocean.mean(dim=(-2, -1))[:, None, None]
    return _solved(near + one[..., None, None, None] * share, sought + share * usual[..., None, None])


def _solved(square: Tensor, product: Tensor) -> Tensor:
    """Solve for each of the last dimensions; the first are those of the coefficients."""
    found: Tensor = torch.linalg.solve(square.movedim((0, 1), (-2, -1)), product.movedim(0, -1)[..., None])
    return found[..., 0].movedim(-1, 0)


def around(values: Tensor, periodic: bool) -> Tensor:
    """Take the mean over what counts as one place: 7 x 13 cells.

    Parameters
    ----------
    values : tensor, shape (..., latitude, longitude)
        0 on land.
    periodic : bool
        Whether the last column is beside the first.

    Returns
    -------
    tensor of the same shape
        Beyond the edges and on land there is nothing, which counts as 0.
    """
    cells = values.reshape(-1, 1, *values.shape[-2:])
    cells = functional.pad(cells, (_COLUMNS, _COLUMNS, 0, 0), mode="circular" if periodic else "constant")
    cells = functional.pad(cells, (0, 0, _ROWS, _ROWS))
    return functional.avg_pool2d(cells, (2 * _ROWS + 1, 2 * _COLUMNS + 1), stride=1).reshape(values.shape)
