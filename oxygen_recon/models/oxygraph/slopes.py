"""Slopes of estimated oxygen against phosphate and nitrate, and how far they are from those of remineralisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphs.types import Ints, Mask
from oxygen_recon.models.oxygraph.batch import ColumnBatch, Slopes
from oxygen_recon.models.oxygraph.profiles import Profiles

RATIOS = {"phosphate": -170.0, "nitrate": -170.0 / 16}  # mol O2 per mol (Anderson & Sarmiento 1994): -10.6 of nitrate
SUBOXIC = 5.0  # umol kg-1, below which nitrate is respired in place of oxygen


def choose(
    profiles: Profiles,
    spread: float,
    inputs: NDArray[np.float32],
    node: tuple[Ints, Ints],
    may: Mask,
    random: np.random.Generator,
) -> Slopes | None:
    """Choose where slopes are taken: one node of each profile, since levels of a profile read each other.

    Parameters
    ----------
    profiles : Profiles
        Standard units of the nutrients.
    spread : float [umol kg-1]
        Standard unit of oxygen.
    inputs : float32 array, shape (profile, level, feature)
        As `Profiles.inputs` returns them.
    node : tuple of int arrays (profile, level), shape (node,)
        Which level of which profile a node is.
    may : bool array, shape (node,)
        Nodes that may be chosen, where a nutrient is known.
    random : numpy Generator
        Chooses.

    Returns
    -------
    Slopes or None
        None where neither phosphate nor nitrate is a covariate.
    """
    names = [name for name in RATIOS if name in profiles.channels]
    if not names:
        return None
    profile, level = node
    known = inputs[..., [profiles.names.index(f"{name}_known") for name in names]][profile, level] > 0
    some = random.permutation(np.flatnonzero(may & known.any(axis=1)))
    some = some[np.unique(profile[some], return_index=True)[1]]
    own = inputs[profile[some], level[some]]
    features, rates = [], []
    for name, there in zip(names, known[some].T):
        numbers, grow = profiles.rates(name, own, level[some])
        features += numbers
        rates.append(np.where(there[:, None], spread * grow / RATIOS[name], 0.0))
    rate = torch.from_numpy(np.concatenate(rates, axis=1)).float()
    return Slopes(torch.from_numpy(some), torch.tensor(features), rate)


def relative_slopes(estimate: Callable[[ColumnBatch], Tensor], batch: ColumnBatch) -> Tensor:
    """Differentiate estimates by the nutrients of their own level; temperature and salinity stay.

    Remineralisation changes both nutrients, 16 mol of nitrate per mol of phosphate: where both are known, either
    contributes to the slope.

    Parameters
    ----------
    estimate : callable
        Estimates the nodes of a batch, shape (node,), standard units.
    batch : ColumnBatch
        Names the nodes (`ColumnBatch.slopes`).

    Returns
    -------
    tensor, shape (slope,)
        1 where oxygen falls by 170 mol per mol of phosphate, or 10.6 per mol of nitrate; can be differentiated again.

    Raises
    ------
    ValueError
        If the batch names no nodes.
    """
    if batch.slopes is None:
        raise ValueError("ColumnBatch without slopes")
    node, feature, rate = batch.slopes
    if not node.numel():
        return rate.sum(dim=1)
    inputs = batch.inputs.detach().requires_grad_()
    profile, level, sender = batch.profile[node], batch.level[node], batch.sender[node]
    some = replace(batch, inputs=inputs, profile=profile, level=level, sender=sender, target=None, slopes=None)
    (gradient,) = torch.autograd.grad(estimate(some).sum(), inputs, create_graph=True)
    slopes: Tensor = (gradient[profile, level][:, feature] * rate).sum(dim=1)
    return slopes


def penalty(slopes: Tensor, form: Literal["variance", "ratio"]) -> Tensor:
    """Measure how far slopes are from a fixed stoichiometry (Lu et al. 2024), or from that of remineralisation.

    Parameters
    ----------
    slopes : tensor, shape (slope,)
        Relative to remineralisation, as of `relative_slopes`.
    form : {"variance", "ratio"}
        As of `oxygen_recon.models.oxygraph.config.SlopeConfig`.

    Returns
    -------
    tensor, shape ()
        Unbiased variance, or mean squared departure from 1; 0 of too few slopes.

    Examples
    --------
    >>> slopes = torch.tensor([-170.0, -340.0]) / -170.0
    >>> penalty(slopes, "variance"), penalty(slopes, "ratio")
    (tensor(0.5000), tensor(0.5000))
    """
    if slopes.numel() < (2 if form == "variance" else 1):
        return slopes.new_zeros(())
    return slopes.var() if form == "variance" else (slopes - 1).square().mean()
