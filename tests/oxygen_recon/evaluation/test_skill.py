import numpy as np
import pytest

from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.evaluation.skill import skill
from tests.support.predictions import predictions


def test_skill_scores_all_methods_at_the_same_predictions():
    a, b = predictions(), predictions(blow=3.0)
    gap = b.mean.copy()
    gap[:100] = np.nan
    b = Predictions(b.cell, b.step, b.fold, b.truth, gap, b.scale)
    table = skill({("held-out cruises", "a"): a, ("held-out cruises", "b"): b}, np.linspace(0, 1000, 40))
    pooled = table[table.layer == "all"].set_index("method")
    assert (pooled.n == 3900).all()
    assert pooled.RMSE["a"] == pytest.approx(10, rel=0.05) and pooled.RMSE["b"] == pytest.approx(30, rel=0.05)
    assert (pooled.RMSE_spread > 0).all()
    layers = table[(table.layer != "all") & (table.method == "a")]
    assert layers.n.sum() == 3900 and len(layers) == 4
