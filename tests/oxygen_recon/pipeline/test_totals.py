"""Totals of a run: tables of zones, inventory and trends with the interval of its members, and the page."""

import pandas as pd

import oxygen_recon as ox


def test_a_run_leaves_intervals_of_zones_inventory_and_trends(undisturbed):
    folder, names = ox.open_run(undisturbed).folder, ("members_median", "members_low", "members_high")
    zones, inventory, trends = (pd.read_csv(folder.product(f"{name}.csv")) for name in ("omz", "inventory", "trends"))
    for name in names:
        assert zones[f"omz_area_{name} (m2)"].notna().all() and inventory[f"inventory_{name} (Pmol)"].notna().all()
    low, expected, high = (zones[f"omz_area_{name} (m2)"] for name in ("members_low", "expected", "members_high"))
    assert (low <= expected * (1 + 1e-9)).all() and (expected <= high * (1 + 1e-9)).all()
    assert set(trends["quantity"]) == {"omz_area", "omz_volume", "inventory"}
    assert (trends["low"] <= trends["high"]).all() and ox.open_run(undisturbed).omz().attrs["members"] == 20
    assert "interval of 90 % of the members" in folder.page.read_text()
