import gsw
import numpy as np
import pytest

from oxygen_recon.sources.twin.observing import cruises as history
from oxygen_recon.sources.twin.observing.sections import LINES
from oxygen_recon.sources.twin.ocean import atlas, geography
from oxygen_recon.sources.twin.ocean import low_oxygen as zones
from oxygen_recon.sources.twin.ocean.omz_growth import low_share, twin_ocean
from oxygen_recon.sources.twin.ocean.random_fields import Waves
from oxygen_recon.sources.twin.ocean.state import Ocean


@pytest.fixture(scope="module")
def ocean() -> Ocean:
    return twin_ocean(0)


@pytest.fixture(scope="module")
def places() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the wet ocean, evenly over the sphere and the stretched depth."""
    rng = np.random.default_rng(4)
    latitude, longitude = np.degrees(np.arcsin(rng.uniform(-1, 1, 4000))), rng.uniform(-180, 180, 4000)
    depth = 100 * np.expm1(rng.uniform(0, atlas.stretch(np.array(5500.0)), 4000))
    wet = geography.floor_depth(latitude, longitude) > depth
    return latitude[wet], longitude[wet], depth[wet]


def test_land_and_sea():
    share, height = geography.sea_fraction(), geography.relief()
    assert share.shape == height.shape == (180, 360)
    np.testing.assert_array_equal(height < 0, share >= 0.5)
    area = np.cos(np.radians(geography.LATITUDE))[:, None] * np.ones(360)
    assert (area * (height < 0)).sum() / area.sum() == pytest.approx(0.70, abs=0.02)
    known = {(0, -150): True, (24, 10): False, (42, 51): False, (35, 18): False, (20, 65): True, (-89, 0): False}
    for (latitude, longitude), sea in known.items():  # Pacific, Sahara, Caspian, Mediterranean, Arabian Sea, South Pole
        assert (geography.floor_depth(np.array(latitude + 0.5), np.array(longitude + 0.5)) > 0) == sea
    sea_floor = -height[height < 0]
    assert 30 <= sea_floor.min() and 3500 < np.average(sea_floor, weights=area[height < 0]) < 4300


def test_the_floor_is_the_same_in_both_conventions_of_longitude():
    latitude, longitude = np.array([10.2, -40.7, 55.0]), np.array([-179.9, -20.3, 0.0])
    np.testing.assert_array_equal(
        geography.floor_depth(latitude, longitude), geography.floor_depth(latitude, longitude + 360)
    )


def test_the_wet_share_adds_up_over_coarser_cells():
    fine = geography.wet_share(np.arange(-89.5, 90), np.arange(-179.5, 180), np.array([1000.0]))[0]
    coarse = geography.wet_share(np.arange(-87.5, 90, 5), np.arange(-177.5, 180, 5), np.array([1000.0]))[0]
    weight = np.cos(np.radians(np.arange(-89.5, 90)))[:, None] * np.ones(360)
    blocks = (fine * weight).reshape(36, 5, 72, 5).sum((1, 3)) / weight.reshape(36, 5, 72, 5).sum((1, 3))
    np.testing.assert_allclose(coarse, blocks, atol=1e-12)


def test_every_place_belongs_to_the_basins_once(places):
    share = atlas.weights(places[0], places[1])
    total = sum(share.values())
    np.testing.assert_allclose(total, 1, atol=1e-9)
    known = {
        (30, -40): "atlantic",
        (-10, 75): "indian",
        (5, -140): "pacific",
        (9.7, -79): "atlantic",
        (7.5, -80): "pacific",
    }
    for (latitude, longitude), basin in known.items():  # the last two: either side of Panama
        assert atlas.weights(np.array([float(latitude)]), np.array([float(longitude)]))[basin][0] > 0.8


def test_waves_have_unit_variance_and_one_value_however_they_are_asked(places):
    waves = Waves.draw(np.random.default_rng(1), 200, (300, 600), 0.5, (5, 20))
    years = np.array([1931.2, 1977.0, 2015.5])
    table = waves(*places, years[:, None])
    assert table.std() == pytest.approx(1, abs=0.1)
    for year, row in zip(years, table):
        np.testing.assert_allclose(waves(*places, np.full(places[0].shape, year)), row, atol=1e-9)


def test_waves_forget_with_distance():
    longitude, depth = np.array([-170.0, -166.0, -140.0]), np.full(3, 300.0)
    fields = [
        Waves.draw(np.random.default_rng(seed), 50, (500, 500), 0.5, None).still(np.zeros(3), longitude, depth)
        for seed in range(600)
    ]
    correlation = np.corrcoef(np.array(fields).T)
    assert correlation[0, 1] == pytest.approx(np.exp(-0.5 * (444.8 / 500) ** 2), abs=0.1)  # 4 degrees
    assert abs(correlation[0, 2]) < 0.12


def test_oxygen_is_saturation_less_what_was_used_and_nutrients_follow(ocean, places):
    fields = ocean.at(*places, np.full(places[0].shape, 1995.3))
    saturation = gsw.O2sol_SP_pt(fields["salinity"], fields["theta"])
    assert (fields["oxygen"] > 0).all() and (fields["oxygen"] < 1.15 * saturation).all()
    assert (fields["temperature"] > -2.1).all() and (fields["temperature"] < 33).all()
    for name in ("nitrate", "phosphate", "silicate"):
        assert (fields[name] > 0).all()
    pressure = gsw.p_from_z(-places[2], places[0])
    theta = gsw.pt0_from_t(gsw.SR_from_SP(fields["salinity"]), fields["temperature"], pressure)
    np.testing.assert_allclose(theta, fields["theta"], atol=1e-4)


def test_phosphate_rises_by_one_for_170_of_oxygen_used(ocean):
    years = np.arange(1920.0, 2024)
    deep = ocean.annual(np.array([-30.0]), np.array([-120.0]), np.array([3000.0]), years)
    aou = gsw.O2sol_SP_pt(deep["salinity"], deep["theta"])[:, 0] - deep["oxygen"][:, 0]
    slope = np.polyfit(aou, deep["phosphate"][:, 0], 1)[0]
    assert 1 / slope == pytest.approx(170, rel=0.06)


def test_the_yearly_mean_is_the_mean_of_the_year(ocean, places):
    some = tuple(x[:150] for x in places)
    months = 2004 + (np.arange(48) + 0.5) / 48
    through = np.mean([ocean.at(*some, np.full(150, t))["oxygen"] for t in months], axis=0)
    yearly = ocean.annual(*some, np.array([2004.0]))["oxygen"][0]
    assert np.abs(through - yearly).max() < 1.0
    assert np.sqrt(np.mean((through - yearly) ** 2)) < 0.3


def test_the_dateline_is_no_place(ocean):
    latitude, depth = np.linspace(-70, 65, 60), np.full(60, 250.0)
    west, east = (ocean.at(latitude, np.full(60, lon), depth, np.full(60, 1980.0))["oxygen"] for lon in (-180, 179.999))
    np.testing.assert_allclose(west, east, atol=0.1)


def test_the_size_of_oxygen_in_each_layer(ocean, places):
    oxygen = ocean.at(*places, np.full(places[0].shape, 2000.0))["oxygen"]
    for top, bottom, low, high in ((0, 20, 180, 390), (150, 600, 0, 345), (2500, 4500, 90, 330)):
        layer = oxygen[(places[2] >= top) & (places[2] < bottom)]
        assert layer.size > 50 and low <= layer.min() and layer.max() <= high


def test_low_oxygen_zones_lie_where_they_do(ocean):
    zone = {
        "North Pacific": (15, -108, 400),
        "South Pacific": (-9, -84, 350),
        "Arabian Sea": (17, 64, 400),
        "Bengal": (15, 88, 250),
    }
    at = np.array(list(zone.values()), float).T
    oxygen = ocean.annual(*at, np.arange(2005.0, 2020))["oxygen"].mean(0)
    assert (oxygen < 15).all() and oxygen.min() < 5
    atlantic = ocean.annual(np.array([11.0]), np.array([-22.0]), np.array([430.0]), np.arange(2005.0, 2020))[
        "oxygen"
    ].mean()
    assert 25 < atlantic < 110


def test_omz30_grew_about_threefold(ocean):
    share = low_share(ocean, np.concatenate([np.arange(1920.0, 1930), np.arange(2010.0, 2020)]), step=3.0)
    assert 2.5 < share[10:].mean() / share[:10].mean() < 3.5
    assert 0.03 < share[:10].mean() < 0.07 and 0.12 < share[10:].mean() < 0.18


def test_the_ocean_loses_one_or_two_percent_of_its_oxygen(ocean, places):
    years = np.array([1958.0, 1960, 1962, 2014, 2016, 2018])
    latitude, longitude, depth = places
    thick = depth + 100  # volume each point stands for: even in stretched depth
    mean = (ocean.annual(latitude, longitude, depth, years)["oxygen"] * thick).sum(1) / thick.sum()
    loss = 1 - mean[3:].mean() / mean[:3].mean()
    assert 0.007 < loss < 0.027
    assert 130 < mean[0] < 220


def test_ventilation_cannot_be_read_from_temperature_and_salinity(ocean, places):
    inside = (places[2] > 150) & (places[2] < 600) & (np.abs(places[0]) < 60)
    some = tuple(x[inside][:400] for x in places)
    years = np.arange(1960.0, 2020, 3)
    fields = ocean.annual(*some, years)
    change = {name: (f - f.mean(0)).ravel() for name, f in fields.items()}
    inputs = np.stack([change["temperature"], change["salinity"], np.repeat(years - years.mean(), some[0].size)], 1)
    fit = inputs @ np.linalg.lstsq(inputs, change["oxygen"], rcond=None)[0]
    assert change["oxygen"].std() > 5
    assert np.var(change["oxygen"] - fit) > 0.6 * np.var(change["oxygen"])


def test_eddies_are_noise_of_a_few_units_and_no_part_of_the_truth(ocean, places):
    year = np.full(places[0].shape, 2001.6)
    difference = ocean.at(*places, year, eddies=True)["oxygen"] - ocean.at(*places, year)["oxygen"]
    thermocline = (places[2] > 100) & (places[2] < 500)
    assert 1 < difference[thermocline].std() < 6
    assert abs(difference.mean()) < 0.5


def test_a_seed_is_an_ocean(places):
    some = tuple(x[:50] for x in places)
    year = np.full(50, 1990.0)
    first, again, other = (Ocean(seed).at(*some, year)["oxygen"] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1


def test_the_ramp_and_the_seasons():
    assert zones.ramp(np.array(1920.0)) == pytest.approx(0) and zones.ramp(np.array(2020.0)) == pytest.approx(1)
    assert (np.diff(zones.ramp(np.arange(1920.0, 2024))) > 0).all()
    north, south = np.array([40.0]), np.array([-40.0])
    august, february = np.array(0.66), np.array(0.16)
    assert zones.season(north, np.array([0.0]), august)[0] > 3 > -1 > zones.season(south, np.array([0.0]), august)[0]
    assert zones.season(south, np.array([0.0]), february)[0] > 1
    assert zones.season(north, np.array([500.0]), august)[0] == 0


def test_history_has_the_shape_of_the_record():
    casts = history.casts(3, 4000, 1920, 2023)
    assert len(casts) == pytest.approx(4000, rel=0.05)
    year = casts["year"].to_numpy()
    rate = {
        (a, b): ((year >= a) & (year < b)).sum() / (b - a)
        for a, b in ((1920, 1950), (1955, 1965), (1970, 1995), (2000, 2012))
    }
    quiet, rising, peak, fewer = rate.values()
    assert quiet < 0.25 * rising and rising < peak and fewer < peak
    floats = casts[casts["instrument"] == "float"]
    assert floats["year"].min() > 2004 and (floats["year"] > 2015).mean() > 0.5
    assert floats["bottom"].max() <= 2000
    assert set(casts["line"]) == {line.name for line in LINES} | {""}
    assert (casts["latitude"] > 0).mean() > 0.5


def test_casts_stay_above_the_sea_floor_and_within_the_axes():
    casts = history.casts(1, 1500, 1950, 1999)
    assert (casts["bottom"] < casts["floor"]).all() and (casts["bottom"] > 30).all()
    assert casts["longitude"].between(-180, 180, inclusive="left").all()
    assert casts["year"].between(1950, 2000, inclusive="left").all()
    assert not casts.duplicated(["cruise", "station"]).any()
