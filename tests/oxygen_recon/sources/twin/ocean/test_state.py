import gsw
import numpy as np
import pytest

from oxygen_recon.sources.twin.ocean.state import Ocean


def test_oxygen_is_saturation_less_what_was_used_and_nutrients_follow(ocean, points):
    fields = ocean.at(*points, np.full(points[0].shape, 1995.3))
    saturation = gsw.O2sol_SP_pt(fields["salinity"], fields["theta"])
    assert (fields["oxygen"] > 0).all() and (fields["oxygen"] < 1.15 * saturation).all()
    assert (fields["temperature"] > -2.1).all() and (fields["temperature"] < 33).all()
    for name in ("nitrate", "phosphate", "silicate"):
        assert (fields[name] > 0).all()
    pressure = gsw.p_from_z(-points[2], points[0])
    theta = gsw.pt0_from_t(gsw.SR_from_SP(fields["salinity"]), fields["temperature"], pressure)
    np.testing.assert_allclose(theta, fields["theta"], atol=1e-4)


def test_phosphate_rises_by_one_for_170_of_oxygen_used(ocean):
    years = np.arange(1920.0, 2024)
    deep = ocean.annual(np.array([-30.0]), np.array([-120.0]), np.array([3000.0]), years)
    aou = gsw.O2sol_SP_pt(deep["salinity"], deep["theta"])[:, 0] - deep["oxygen"][:, 0]
    slope = np.polyfit(aou, deep["phosphate"][:, 0], 1)[0]
    assert 1 / slope == pytest.approx(170, rel=0.06)


def test_the_yearly_mean_is_the_mean_of_the_year(ocean, points):
    some = tuple(x[:150] for x in points)
    months = 2004 + (np.arange(48) + 0.5) / 48
    through = np.mean([ocean.at(*some, np.full(150, t))["oxygen"] for t in months], axis=0)
    yearly = ocean.annual(*some, np.array([2004.0]))["oxygen"][0]
    assert np.abs(through - yearly).max() < 1.0
    assert np.sqrt(np.mean((through - yearly) ** 2)) < 0.3


def test_the_ocean_is_continuous_at_the_dateline(ocean):
    latitude, depth = np.linspace(-70, 65, 60), np.full(60, 250.0)
    west, east = (ocean.at(latitude, np.full(60, lon), depth, np.full(60, 1980.0))["oxygen"] for lon in (-180, 179.999))
    np.testing.assert_allclose(west, east, atol=0.1)


def test_oxygen_lies_within_the_observed_range_of_each_layer(ocean, points):
    oxygen = ocean.at(*points, np.full(points[0].shape, 2000.0))["oxygen"]
    for top, bottom, low, high in ((0, 20, 180, 390), (150, 600, 0, 345), (2500, 4500, 90, 330)):
        layer = oxygen[(points[2] >= top) & (points[2] < bottom)]
        assert layer.size > 50 and low <= layer.min() and layer.max() <= high


def test_the_ocean_loses_one_or_two_percent_of_its_oxygen(ocean, points):
    years = np.array([1958.0, 1960, 1962, 2014, 2016, 2018])
    latitude, longitude, depth = points
    thick = depth + 100  # volume each point stands for: even in stretched depth
    mean = (ocean.annual(latitude, longitude, depth, years)["oxygen"] * thick).sum(1) / thick.sum()
    loss = 1 - mean[3:].mean() / mean[:3].mean()
    assert 0.007 < loss < 0.027
    assert 130 < mean[0] < 220


def test_ventilation_cannot_be_read_from_temperature_and_salinity(ocean, points):
    inside = (points[2] > 150) & (points[2] < 600) & (np.abs(points[0]) < 60)
    some = tuple(x[inside][:400] for x in points)
    years = np.arange(1960.0, 2020, 3)
    fields = ocean.annual(*some, years)
    change = {name: (f - f.mean(0)).ravel() for name, f in fields.items()}
    inputs = np.stack([change["temperature"], change["salinity"], np.repeat(years - years.mean(), some[0].size)], 1)
    fit = inputs @ np.linalg.lstsq(inputs, change["oxygen"], rcond=None)[0]
    assert change["oxygen"].std() > 5
    assert np.var(change["oxygen"] - fit) > 0.6 * np.var(change["oxygen"])


def test_eddies_are_noise_of_a_few_units_without_mean(ocean, points):
    year = np.full(points[0].shape, 2001.6)
    difference = ocean.at(*points, year, eddies=True)["oxygen"] - ocean.at(*points, year)["oxygen"]
    thermocline = (points[2] > 100) & (points[2] < 500)
    assert 1 < difference[thermocline].std() < 6
    assert abs(difference.mean()) < 0.5


def test_each_seed_gives_another_ocean(points):
    some = tuple(x[:50] for x in points)
    year = np.full(50, 1990.0)
    first, again, other = (Ocean(seed).at(*some, year)["oxygen"] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1
