"""The table of trends: regions, periods, units, errors and intervals, and oxygen against heat."""

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.omz import omz_series
from oxygen_recon.products.omz.trend_table import COLUMNS, trend_table

GRID = Grid(
    np.linspace(-20, 20, 3), np.linspace(-160, -110, 5), np.array([0.0, 400, 1000]), np.array([200.0, 700]),
    np.ones((2, 2, 4), bool),
)  # fmt: skip
WEST = {"west": np.tile(np.arange(4) < 2, (2, 1))}
LAYERS = [(0.0, 1000.0)]


def cube(values: np.ndarray, unit: str) -> xr.DataArray:
    """The same value in all cells, by year from 1990."""
    time = (np.datetime64("1990", "Y") + np.arange(values.size)).astype("datetime64[ns]") + np.timedelta64(182, "D")
    axes = {"time": time, "depth": GRID.depth, "latitude": GRID.latitude, "longitude": GRID.longitude}
    whole = np.broadcast_to(values[:, None, None, None], (values.size, *GRID.shape)).copy()
    return xr.DataArray(whole, axes, tuple(axes), attrs={"units": unit})


def made(years: int = 30, warming: float = 0.02, loss: float = 0.2):
    """Zones and inventory of water that warms and loses oxygen by so much a year, with years that depart together."""
    wave = np.sin(np.arange(years) * 2.4)
    oxygen = cube(100.0 - loss * (np.arange(years) + wave), "umol kg-1")
    temperature = cube(10.0 + warming * (np.arange(years) + wave), "degC")
    water = {"temperature": temperature, "salinity": xr.full_like(temperature, 35.0)}
    zones = omz_series(oxygen, [60.0, 99.0], xr.full_like(oxygen, 2.0), grid=GRID, regions=WEST)
    return zones, oxygen_inventory(oxygen, LAYERS, WEST, grid=GRID, **water)


def test_every_row_names_its_region_period_unit_and_error():
    zones, inventory = made()
    table = trend_table(zones, inventory, None, [(1990, 2019), (2000, 2009)])
    assert list(table) == list(COLUMNS) and set(table["region"]) == {"all", "west"}
    assert set(table["period"]) == {"1990-2019", "2000-2009"}
    keys = ["quantity", "region", "of", "period"]
    units = table.groupby("quantity")["unit"].unique()
    assert {name: list(one) for name, one in units.items()} == {
        "omz_area": ["m2 decade-1"], "omz_volume": ["m3 decade-1"], "inventory": ["Pmol decade-1"],
        "mean": ["umol kg-1 decade-1"], "inventory_solubility": ["Pmol decade-1"], "inventory_aou": ["Pmol decade-1"],
        "mean_solubility": ["umol kg-1 decade-1"], "mean_aou": ["umol kg-1 decade-1"], "oxygen_per_heat": ["nmol J-1"],
    }  # fmt: skip
    one = table.set_index(keys).loc[("mean", "all", "0-1000 m", "1990-2019")]
    assert one["trend"] == pytest.approx(-2.0, rel=0.02) and one["n"] == 30
    assert one["standard_error"] > 0 and one["p_value"] < 0.01
    assert table[["low", "high", "median"]].isna().all(axis=None)
    halves = table.set_index(keys)["trend"].xs("1990-2019", level="period")["inventory"]
    assert halves["west"].item() == pytest.approx(halves["all"].item() / 2)


def test_the_trend_is_that_of_the_number_to_publish_and_beside_it_that_of_the_best_estimate():
    zones, inventory = made()
    table = trend_table(zones, inventory, None, [(1990, 2019)]).set_index(["quantity", "region", "of"])
    area = table.loc[("omz_area", "all", 99.0)]
    by_hand = [np.polyfit(np.arange(30), zones[name][0, 1], 1)[0] * 10 for name in ("omz_area_expected", "omz_area")]
    assert [area["trend"], area["of_best_estimate"]] == pytest.approx(by_hand, rel=2e-3)
    assert area["trend"] != pytest.approx(area["of_best_estimate"], rel=0.05)


def test_oxygen_per_heat_is_the_slope_of_one_against_the_other():
    _, inventory = made()
    table = trend_table(*made(), None, [(1990, 2019)])
    found = table[(table["quantity"] == "oxygen_per_heat") & (table["region"] == "all")].iloc[0]
    # by hand: -0.2 umol kg-1 and 0.02 K a year, with the heat capacity of sea water
    assert found["trend"] == pytest.approx(-0.2e-6 / (0.02 * 3992) * 1e9, rel=0.01)
    ratio = inventory["inventory"][0, 0].diff("time").sum() / inventory["heat"][0, 0].diff("time").sum()
    assert found["trend"] == pytest.approx(float(ratio) * 1e24, rel=1e-3)


def test_two_steps_have_no_trend():
    assert trend_table(*made(2), None, [(1990, 1991)]).empty


def test_the_interval_of_a_trend_is_that_of_members_about_the_number_and_the_best_estimate():
    """Members that are rougher than the ocean find larger trends; their mean is not where the interval is."""
    from oxygen_recon.products.omz.ensemble import moved_interval

    random = np.random.default_rng(0)
    members = 5.0 + random.normal(0.0, 1.0, (39, 2))
    number, best = np.array([1.0, 2.0]), np.array([1.5, 1.0])
    low, middle, high = moved_interval(members, [number, best])
    assert (low < np.minimum(number, best) - 0.5).all() and (high > np.maximum(number, best) + 0.5).all()
    assert (np.abs(middle - 5.0) < 0.6).all() and (high < 4.5).all()


def test_oxygen_has_no_slope_against_heat_that_is_the_same_in_every_year():
    zones, inventory = made(warming=0.0)
    still = inventory.assign(heat=inventory["heat"] * 0 + 1e24 + np.arange(inventory.sizes["time"]) * 1e8)
    table = trend_table(zones, still, None, [(1990, 2019)])
    rows = table[table["quantity"] == "oxygen_per_heat"]
    assert len(rows) and rows["trend"].isna().all() and rows["p_value"].isna().all()
