"""Skill table: every method at all of its own targets, pooled and by layer; and at those that all methods share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.dataset.domain import LAYERS, layer_of
from oxygen_recon.evaluation.metrics import score
from oxygen_recon.evaluation.predictions import Predictions

Found = Mapping[tuple[str, str], Predictions]
"""Predictions of each split and method."""


def skill(predictions: Found, depth: Floats) -> pd.DataFrame:
    """Score every method at all of its own targets, pooled and by layer: no score depends on another method.

    Parameters
    ----------
    predictions : mapping of (split, method) to Predictions
        A target without an estimate (a climate model without ocean there) is left out for that method only.
    depth : array, shape (cell,)
        Depth of the domain's cells, m.

    Returns
    -------
    pandas.DataFrame
        One row a split, method and layer ("all" first), with n, bias, MAE, RMSE, MAPE, R2, coverage and CRPS
        (`oxygen_recon.evaluation.metrics`), and the standard deviation of RMSE over folds as RMSE_spread.
    """
    rows = []
    splits = list(dict.fromkeys(split for split, _ in predictions))
    for (split, method), p in sorted(predictions.items(), key=lambda one: splits.index(one[0][0])):
        rows += _rows(split, method, p.take(np.isfinite(p.mean)), depth)
    return pd.DataFrame(rows)


def common(predictions: Found) -> dict[tuple[str, str], Predictions]:
    """Restrict predictions to the targets that all methods of a split estimate.

    Parameters
    ----------
    predictions : mapping of (split, method) to Predictions
        Within a split all have the same targets, in one order.

    Returns
    -------
    dict of (split, method) to Predictions
        A method without any estimate in a split is not here, nor does it leave out the targets of the others.

    Raises
    ------
    ValueError
        If the targets of two methods differ.
    """
    found: dict[tuple[str, str], Predictions] = {}
    for split in dict.fromkeys(split for split, _ in predictions):
        methods = {m: p for (s, m), p in predictions.items() if s == split and np.isfinite(p.mean).any()}
        first = next(iter(methods.values()), None)
        for p in methods.values():
            if first is not None and not all(
                np.array_equal(getattr(p, name), getattr(first, name)) for name in ("cell", "step", "fold", "truth")
            ):
                raise ValueError(f"{split}: the methods have different targets")
        known = np.all([np.isfinite(p.mean) for p in methods.values()], axis=0)
        found |= {(split, method): p.take(known) for method, p in methods.items()}
    return found


def left_out(predictions: Found, reasons: Mapping[tuple[str, str], Mapping[str, int]]) -> pd.DataFrame:
    """Count the targets that a method has no estimate at, and why.

    Parameters
    ----------
    predictions : mapping of (split, method) to Predictions
        Scored by `skill`.
    reasons : mapping of (split, method) to (mapping of str to int)
        Number of targets by reason, where it is known; the rest is "no estimate".

    Returns
    -------
    pandas.DataFrame
        One row a split, method and reason: split, method, targets (all of the split), left_out, reason. Empty, with
        these columns, where every method estimates every target.
    """
    rows = []
    for (split, method), p in predictions.items():
        known = {reason: n for reason, n in reasons.get((split, method), {}).items() if n}
        rest = int((~np.isfinite(p.mean)).sum()) - sum(known.values())
        known |= {"no estimate": rest} if rest else {}
        rows += [(split, method, p.mean.size, number, reason) for reason, number in known.items()]
    return pd.DataFrame(rows, columns=["split", "method", "targets", "left_out", "reason"])


def _rows(split: str, method: str, predictions: Predictions, depth: Floats) -> list[dict[str, str | float]]:
    """Score one method in one split: a row over all depths and one a layer."""
    layer = layer_of(depth[predictions.cell])
    rows = []
    for i, name in enumerate(("all", *LAYERS)):
        inside = np.ones(layer.shape, bool) if i == 0 else layer == i - 1
        if i > 0 and not inside.any():
            continue
        p = predictions.take(inside)
        scale = p.scale if p.scale.size and np.isfinite(p.scale).all() else None
        folds = [np.sqrt(np.mean((p.mean - p.truth)[p.fold == f] ** 2)) for f in np.unique(p.fold)]
        spread = float(np.std(folds, ddof=1)) if len(folds) > 1 else np.nan
        rows.append(
            {"split": split, "method": method, "layer": name} | score(p.truth, p.mean, scale) | {"RMSE_spread": spread}
        )
    return rows
