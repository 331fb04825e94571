"""Totals of a run: tables of zones, inventory and trends with the interval of its members, and the page."""

import numpy as np
import pandas as pd
import xarray as xr

import oxygen_recon as ox
from oxygen_recon.products.files import open_series


def test_a_run_leaves_intervals_of_zones_inventory_and_trends(undisturbed):
    folder, names = ox.open_run(undisturbed).folder, ("members_median", "members_low", "members_high")
    zones, inventory, trends = (pd.read_csv(folder.product(f"{name}.csv")) for name in ("omz", "inventory", "trends"))
    for name in names:
        assert zones[f"omz_area_{name} (m2)"].notna().all() and inventory[f"inventory_{name} (Pmol)"].notna().all()
    low, expected, high = (zones[f"omz_area_{name} (m2)"] for name in ("members_low", "expected", "members_high"))
    assert (low <= expected * (1 + 1e-9)).all() and (expected <= high * (1 + 1e-9)).all()
    assert list(zones)[3:6] == [f"omz_area_{name} (m2)" for name in ("expected", "members_low", "members_high")]
    assert {"omz_area", "omz_volume", "inventory", "inventory_aou", "oxygen_per_heat"} <= set(trends["quantity"])
    known = trends[trends["quantity"].isin(["omz_area", "omz_volume", "inventory"])]
    assert (known["low"] <= known["high"]).all() and ox.open_run(undisturbed).omz().attrs["members"] == 20
    assert set(trends["region"]) == set(zones["region"]) == set(inventory["region"]) > {"all", "Pacific", "Atlantic"}
    assert set(trends["period"]) == {"1990-2004"}
    assert "interval of 90 % of 20 members" in folder.page.read_text()


def test_areas_and_volumes_by_hand_from_the_field_of_a_run_equal_its_series(undisturbed):
    with xr.open_dataset(undisturbed / "reconstruct" / "oxygen.nc") as field:
        oxygen, wet = field["oxygen"].to_numpy(), field["wet"].to_numpy() > 0
        south, north = np.radians(field["latitude_bnds"].to_numpy().T)
        width, thick = (np.diff(field[f"{name}_bnds"].to_numpy())[:, 0] for name in ("longitude", "depth"))
        observed = field["observation_count"].to_numpy() > 0
    area = 6_371_000.0**2 * (np.sin(north) - np.sin(south))[:, None] * np.radians(width)
    with open_series(undisturbed / "omz" / "omz.nc") as series:
        for threshold in (30.0, 60.0):
            below, found = wet & (oxygen < threshold), series.sel(threshold=threshold, region="all")
            volume = (below * thick[:, None, None]).sum(axis=1) * area
            np.testing.assert_allclose(found["omz_area"], (below.any(axis=1) * area).sum(axis=(1, 2)), rtol=1e-12)
            np.testing.assert_allclose(found["omz_volume_whole_cells"], volume.sum(axis=(1, 2)), rtol=1e-12)
            seen = ((below & observed) * thick[:, None, None]).sum(axis=1) * area
            with np.errstate(invalid="ignore"):
                share = 100 * seen.sum(axis=(1, 2)) / volume.sum(axis=(1, 2))
            np.testing.assert_allclose(found["omz_observed_percent"], share, rtol=1e-12)
        for name in ("omz_area", "omz_volume", "omz_area_expected", "omz_volume_whole_cells"):
            parts = series[name].isel(region=slice(1, None)).sum("region")
            np.testing.assert_allclose(parts, series[name].sel(region="all"), rtol=1e-12)


def test_the_inventory_of_a_run_has_parts_that_sum_to_it(undisturbed):
    with open_series(undisturbed / "omz" / "inventory.nc") as found:
        assert (found["without_water_percent"] < 1e-9).all()
        parts = found["inventory_solubility"] - found["inventory_aou"]
        np.testing.assert_allclose(parts, found["inventory"], rtol=1e-9)
        basins = found["inventory"].isel(region=slice(1, None)).sum("region")
        np.testing.assert_allclose(basins, found["inventory"].sel(region="all"), rtol=1e-12)
        low, high = found["inventory_members_low"], found["inventory_members_high"]
        assert (low < found["inventory"]).all() and (found["inventory"] < high).all()
