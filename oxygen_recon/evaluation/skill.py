"""Skill table: every method at the same targets, pooled and by layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.dataset.domain import LAYERS, layer_of
from oxygen_recon.evaluation.metrics import score
from oxygen_recon.evaluation.predictions import Predictions


def skill(predictions: dict[tuple[str, str], Predictions], depth: Floats) -> pd.DataFrame:
    """Score every method at the same targets, pooled and by layer.

    Parameters
    ----------
    predictions : dict
        (split, method) to predictions. Within a split all methods have the same targets; those where any of them has no
        estimate (a climate model without ocean there) are left out for all.
    depth : array, shape (cell,)
        Depth of the domain's cells, m.

    Returns
    -------
    pandas.DataFrame
        One row a split, method and layer ("all" first), with n, bias, MAE, RMSE, MAPE, R2, coverage and CRPS
        (`oxygen_recon.evaluation.metrics`), and the standard deviation of RMSE over folds as RMSE_spread.
    """
    rows = []
    for split in dict.fromkeys(split for split, _ in predictions):
        methods = {method: p for (s, method), p in predictions.items() if s == split}
        known = np.all([np.isfinite(p.mean) for p in methods.values()], axis=0)
        for method, p in methods.items():
            rows += _rows(split, method, p.take(known), depth)
    return pd.DataFrame(rows)


def _rows(split: str, method: str, predictions: Predictions, depth: Floats) -> list[dict[str, str | float]]:
    """Score one method in one split: a row over all depths and one a layer."""
    layer = layer_of(depth[predictions.cell])
    rows = []
    for i, name in enumerate(("all", *LAYERS)):
        inside = np.ones(layer.shape, bool) if i == 0 else layer == i - 1
        if not inside.any():
            continue
        p = predictions.take(inside)
        scale = p.scale if np.isfinite(p.scale).all() else None
        folds = [np.sqrt(np.mean((p.mean - p.truth)[p.fold == f] ** 2)) for f in np.unique(p.fold)]
        spread = float(np.std(folds, ddof=1)) if len(folds) > 1 else np.nan
        rows.append(
            {"split": split, "method": method, "layer": name} | score(p.truth, p.mean, scale) | {"RMSE_spread": spread}
        )
    return rows
