import numpy as np
import pandas as pd
import xarray as xr

from oxygen_recon.evaluation import predictions as evaluate
from oxygen_recon.fields import reconstruction as fields


def test_every_stage_leaves_what_it_should(undisturbed):
    skill = pd.read_csv(undisturbed / "validate" / "skill.csv")
    pooled = skill[skill.layer == "all"].set_index(["split", "method"])
    assert len(pooled) == 8, "four methods, two splits"
    assert np.isfinite(pooled[["bias", "MAE", "RMSE", "R2"]].to_numpy()).all()
    assert pooled.groupby("split").n.nunique().eq(1).all(), "here no method lacks a target"
    common = pd.read_csv(undisturbed / "validate" / "skill_common.csv")
    pd.testing.assert_frame_equal(common, skill)
    classes = pd.read_csv(undisturbed / "validate" / "skill_by_class.csv")
    assert set(classes["division"]) == {"all", "basin", "layer", "decade", "distance", "lag"}
    totals = classes.groupby(["split", "division", "method"]).n.sum().unstack()
    assert totals.eq(totals.iloc[:, 0], axis=0).all().all() and totals.groupby("split").nunique().eq(1).all().all()
    scored = classes[classes["division"] == "all"].set_index(["split", "method"])
    np.testing.assert_allclose(scored["RMSE"], pooled["RMSE"].reindex(scored.index))
    assert scored["RMSE"].between(scored["RMSE_low"], scored["RMSE_high"]).all()
    with xr.open_dataset(undisturbed / "reconstruct" / "oxygen.nc") as field:
        fields.check_reconstruction(field)
    page = (undisturbed / "report" / "index.html").read_text()
    assert "95 % interval" in page and "by distance" in page
    assert "small" in page and page.count("<img") >= 6
    assert all((undisturbed / "report" / f"{name}.png").stat().st_size > 5000 for name in ("maps", "omz", "skill"))


def test_no_held_out_value_was_seen_and_no_never_sampled_cell_was_sampled(undisturbed):
    held = evaluate.load(undisturbed / "validate" / "held_out-oxygenerator.npz")
    unseen = evaluate.load(undisturbed / "validate" / "never_sampled-oxygenerator.npz")
    sampled = set(zip(held.cell.tolist(), held.step.tolist()))
    assert not sampled & set(zip(unseen.cell.tolist(), unseen.step.tolist()))
    assert (unseen.fold == -1).all() and set(np.unique(held.fold)) == {0, 1}
