"""What is hidden: tokens that the encoder does not read, the others in raster order; cells that are not seen."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from graphs.types import Mask

Shape = Literal["patches", "tracks"]


def kept_tokens(batch: int, tokens: int, ratio: float, generator: torch.Generator) -> Tensor | None:
    """Draw the tokens that the encoder reads.

    A Fourier layer over the sequence depends on its order, so the kept tokens stay in raster order, and where none is
    hidden nothing is drawn: two calls give the same result.

    Parameters
    ----------
    batch : int
        Samples, each with tokens of its own.
    tokens : int
        Tokens of a sample.
    ratio : float
        Share that is hidden, 0 to 1; int(tokens (1 - ratio)) are kept, at least one.
    generator : torch.Generator
        Decides which.

    Returns
    -------
    int64 tensor, shape (batch, kept), or None
        Numbers of the kept tokens, increasing; None where all are kept.

    Examples
    --------
    >>> kept = kept_tokens(2, 16, 0.75, torch.Generator().manual_seed(0))
    >>> kept.shape, bool((kept.diff(dim=1) > 0).all())
    (torch.Size([2, 4]), True)
    """
    if ratio == 0.0:
        return None
    count = max(1, int(tokens * (1 - ratio)))
    order = torch.rand(batch, tokens, generator=generator).argsort(dim=1)
    return order[:, :count].sort(dim=1).values


def take_tokens(tokens: Tensor, kept: Tensor | None) -> Tensor:
    """Take the kept tokens.

    Parameters
    ----------
    tokens : tensor, shape (batch, token, width)
        All tokens.
    kept : int64 tensor, shape (batch, kept), or None
        As from `kept_tokens`.

    Returns
    -------
    tensor, shape (batch, kept, width)
    """
    return tokens if kept is None else tokens.gather(1, kept[..., None].expand(-1, -1, tokens.shape[-1]))


def put_tokens(tokens: Tensor, kept: Tensor | None, empty: Tensor, count: int) -> Tensor:
    """Put kept tokens back to their places.

    Parameters
    ----------
    tokens : tensor, shape (batch, kept, width)
        The kept tokens.
    kept : int64 tensor, shape (batch, kept), or None
        Their numbers.
    empty : tensor, shape (width,)
        What stands where a token is hidden.
    count : int
        Tokens of a sample.

    Returns
    -------
    tensor, shape (batch, count, width)
    """
    if kept is None:
        return tokens
    everywhere = empty.to(tokens.dtype).expand(tokens.shape[0], count, -1)
    return everywhere.scatter(1, kept[..., None].expand_as(tokens), tokens)


def seen_cells(
    rows: int, columns: int, share: float, generator: np.random.Generator, shape: Shape = "patches", size: int = 4
) -> Mask:
    """Draw the cells of a day that are seen.

    Parameters
    ----------
    rows, columns : int
        Of the grid.
    share : float
        Of its cells, land among them, 0 to 1.
    generator : numpy.random.Generator
        Decides which.
    shape : {"patches", "tracks"}
        Squares, as between clouds, or lines one cell wide from edge to edge, as below a satellite.
    size : int
        Cells a side of a square, whose corners may lie anywhere.

    Returns
    -------
    bool array, shape (rows, columns)
        Squares: the share to within one of them, and those at the edges are cut. Tracks: at most the share, for they
        cross.

    Examples
    --------
    >>> bool(seen_cells(8, 8, 1.0, np.random.default_rng(0)).all())
    True
    >>> tracks = seen_cells(20, 40, 0.1, np.random.default_rng(0), "tracks")
    >>> tracks.any(axis=1).all(), 0.05 < tracks.mean() <= 0.1
    (np.True_, np.True_)
    """
    if share >= 1:
        return np.ones((rows, columns), bool)
    if shape == "tracks":
        seen, row = np.zeros((rows, columns), bool), np.arange(rows)
        for _ in range(max(1, round(share * columns))):
            slope = generator.uniform(0.3, 1.2) * generator.choice((-1, 1))
            seen[row, np.round(generator.uniform(0, columns) + slope * row).astype(int) % columns] = True
        return seen
    height, width = -(-rows // size) + 1, -(-columns // size) + 1
    order = generator.random((height, width)).argsort(axis=None).argsort().reshape(height, width)
    blocks = np.kron(order < round(share * height * width), np.ones((size, size), bool))
    top, left = generator.integers(size, size=2)
    return blocks[top : top + rows, left : left + columns]
