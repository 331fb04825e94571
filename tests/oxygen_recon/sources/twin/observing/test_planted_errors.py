import numpy as np

from oxygen_recon.sources.twin.observing.planted_errors import SHIP_ERRORS, plant


def test_planting_changes_a_copy_and_only_the_listed_levels(record):
    before = record.levels["oxygen"].to_numpy().copy()
    planted = plant(record, (1, 2), SHIP_ERRORS, 0.5)
    np.testing.assert_array_equal(record.levels["oxygen"], before)
    changed = planted.record.levels["oxygen"].to_numpy() != before
    changed &= np.isfinite(before)
    assert set(np.flatnonzero(changed)) <= set(planted.errors["level"])
    moved = planted.errors["class"].str.startswith(("position", "date"))
    assert not changed[planted.errors["level"][moved]].any() and moved.any()
    assert plant(record, (1, 2), SHIP_ERRORS, 0.0).errors.empty
