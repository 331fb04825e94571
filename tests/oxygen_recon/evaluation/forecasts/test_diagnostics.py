from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.evaluation.forecasts.diagnostics import (
    geostrophic_velocity,
    mixed_layer_depth,
    possible,
)
from oxygen_recon.evaluation.forecasts.scores import of_method, score
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.models.daily_baselines.persistence import Persistence
from qc.errors import InputError

DEPTH = np.array([0.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 800.0])


def column(temperature: np.ndarray, kind: str = "potential") -> float:
    field = temperature.reshape(-1, 1, 1)
    return float(mixed_layer_depth(field, np.full_like(field, 35.0), DEPTH, np.array([30.0]), kind)[0, 0])  # type: ignore[arg-type]


def test_a_mixed_layer_ends_within_its_thermocline_and_at_the_cap_where_there_is_none() -> None:
    stratified = np.array([20.0, 20.0, 20.0, 20.0, 10.0, 8.0, 6.0, 4.0])
    assert 50.0 < column(stratified) < 53.0
    assert column(np.full(8, 5.0)) == 600.0
    assert column(stratified + np.array([3.0, *[0.0] * 7])) == pytest.approx(column(stratified))  # a warm skin
    assert column(stratified, "conservative") == pytest.approx(column(stratified, "in situ"), abs=0.2)
    with pytest.raises(InputError, match="one level"):
        mixed_layer_depth(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), np.array([0.0]), np.array([0.0]))


def test_geostrophic_currents_of_the_global_map_are_those_delivered(data_root: Path) -> None:
    """DUACS differs in its stencil only: 0.25 degrees, nine points, beta plane within 5 degrees of the equator."""
    path = data_root / "gridded" / "daily" / "duacs" / "nrt_global_allsat_phy_l4_20190223_20190226.nc"
    data = open_daily(path).isel(time=0)
    latitude, longitude = data["latitude"].values, data["longitude"].values
    found = geostrophic_velocity(data["sea_surface_height"].values, latitude, longitude)
    away = (np.abs(latitude) > 6.0)[:, None]
    for ours, name in zip(found, ("eastward_velocity", "northward_velocity")):
        theirs = data[name].values
        known = np.isfinite(ours) & np.isfinite(theirs) & away
        assert known.sum() > 300_000
        error = np.sqrt(np.mean((ours[known] - theirs[known]) ** 2)) / theirs[known].std()
        assert np.corrcoef(ours[known], theirs[known])[0, 1] > 0.98 and error < 0.2
    seam = np.isfinite(data["sea_surface_height"].values[:, [0, 1, -1]]).all(axis=1) & away[:, 0]
    assert seam.any() and np.isfinite(found[1][seam, 0]).all()
    assert np.isnan(found[0][(np.abs(latitude) < 0.5)]).all()


def state() -> DailyFields:
    rng = np.random.default_rng(0)
    days = np.arange("2001-01-01", "2001-03-01", dtype="datetime64[D]")
    depths = (0.0, 10.0, 50.0, 150.0)
    channels = [Channel(name, depth, "") for name in ("temperature", "salinity") for depth in depths]
    mean = np.array([20.0, 20.0, 15.0, 10.0, 35.0, 35.0, 35.0, 35.0, 0.0])[:, None, None]
    values = mean + 0.1 * rng.normal(size=(days.size, 9, 6, 7))
    ocean = np.ones((9, 6, 7), bool)
    ocean[3, 0], ocean[2, 1, 1] = False, False
    axes = np.linspace(30.0, 35.0, 6), np.arange(7.0), (*channels, Channel("sea_surface_height", None, "m"))
    return DailyFields(values.astype(np.float32), ocean, days, *axes)


def test_diagnostics_are_scored_beside_the_channels_where_they_are_defined() -> None:
    fields = state()
    diagnostics = possible(fields)
    assert diagnostics[0].ocean.sum() == 42 - 1 and diagnostics[1].ocean.sum() == 4 * 7
    scores = score(
        {"persistence": of_method(Persistence(), fields)}, fields, np.array([40]), 3, fields.dates[:40], diagnostics
    )
    assert [channel.name for channel in scores.channels[-3:]] == [
        "mixed_layer_depth", "geostrophic_eastward_velocity", "geostrophic_northward_velocity"
    ]  # fmt: skip
    assert np.isfinite(scores.square["persistence"]).all() and (scores.square["persistence"][..., -3] > 0).all()
    assert np.isnan(scores.seasonal["persistence"][..., -3:]).all()
