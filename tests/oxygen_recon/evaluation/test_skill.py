"""Every method is scored at all of its own targets: no score depends on the other methods of the table."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.evaluation.classes import Classes, Divided, skill_by_class
from oxygen_recon.evaluation.skill import common, left_out, skill
from tests.support.predictions import predictions

DEPTH = np.linspace(0, 1000, 40)
SPLIT = "held-out cruises"


def gapped(p, gaps):
    return replace(p, mean=np.where(gaps, np.nan, p.mean))


def three(n=400, first=100):
    """Three methods, one of them, a climate model, without the first targets."""
    found = {(SPLIT, name): predictions(n, blow) for name, blow in (("graph", 1.0), ("trees", 3.0), ("model", 5.0))}
    found = {name: replace(p, truth=found[SPLIT, "graph"].truth) for name, p in found.items()}
    found[SPLIT, "model"] = gapped(found[SPLIT, "model"], np.arange(n) < first)
    return found


def test_each_method_is_scored_at_its_own_targets_and_all_at_those_they_share():
    found = three(4000)
    own, shared = (skill(some, DEPTH) for some in (found, common(found)))
    pooled = own[own.layer == "all"].set_index("method")
    assert pooled.n.to_dict() == {"graph": 4000, "trees": 4000, "model": 3900}
    assert pooled.RMSE["graph"] == pytest.approx(10, rel=0.05) and pooled.RMSE["trees"] == pytest.approx(30, rel=0.05)
    assert (pooled.RMSE_spread > 0).all()
    layers = own[(own.layer != "all") & (own.method == "graph")]
    assert layers.n.sum() == 4000 and len(layers) == 4
    assert (shared[shared.layer == "all"].n == 3900).all()


@settings(max_examples=15)
@given(st.integers(0, 400), st.integers(0, 2**16))
def test_no_score_depends_on_the_other_methods(first, seed):
    """Methods and models are taken away one by one and two by two."""
    found = three(first=first)
    rng = np.random.default_rng(seed)
    found[SPLIT, "trees"] = gapped(found[SPLIT, "trees"], rng.random(400) < 0.1)
    by = {"basin": Classes(("a", "b"), rng.integers(0, 2, 400))}
    divided = {SPLIT: Divided(by, rng.integers(0, 9, 400), np.full(400, 1990))}
    everything = skill(found, DEPTH), skill_by_class(found, divided, 0)
    for number in (1, 2):
        for kept in combinations(found, number):
            some = {name: found[name] for name in kept}
            for all_rows, rows in zip(everything, (skill(some, DEPTH), skill_by_class(some, divided, 0))):
                theirs = all_rows[all_rows.method.isin([method for _, method in kept])].reset_index(drop=True)
                pd.testing.assert_frame_equal(rows.reindex(columns=theirs.columns), theirs)


@given(st.lists(st.booleans(), min_size=400, max_size=400), st.integers(0, 400))
def test_every_target_is_scored_or_counted_as_left_out(gaps, outside):
    found = three(first=0)
    found[SPLIT, "model"] = gapped(found[SPLIT, "model"], np.array(gaps))
    known = {(SPLIT, "model"): {"outside its years 1990-1995": min(outside, sum(gaps)), "no ocean of its there": 0}}
    table, out = skill(found, DEPTH), left_out(found, known)
    scored = table[table.layer == "all"].set_index("method").n
    missing = out.groupby("method").left_out.sum().reindex(scored.index, fill_value=0)
    assert (scored + missing == 400).all() and (out.left_out > 0).all()
    assert set(out.reason) <= {"outside its years 1990-1995", "no estimate"}


def test_a_method_without_any_estimate_stays_in_the_table_and_takes_no_target_from_the_others():
    found = three(first=400)
    pooled = skill(found, DEPTH).query("layer == 'all'").set_index("method")
    assert pooled.n.to_dict() == {"graph": 400, "trees": 400, "model": 0} and np.isnan(pooled.RMSE["model"])
    assert list(common(found)) == [(SPLIT, "graph"), (SPLIT, "trees")]
    assert len(common(found)[SPLIT, "graph"].truth) == 400


def test_methods_of_other_targets_are_not_compared():
    found = three()
    found[SPLIT, "trees"] = found[SPLIT, "trees"].take(np.arange(400)[::-1])
    with pytest.raises(ValueError, match="different targets"):
        common(found)
