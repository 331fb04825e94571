"""Hidden patches: which tokens the encoder reads, always in raster order."""

from __future__ import annotations

import torch
from torch import Tensor


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
