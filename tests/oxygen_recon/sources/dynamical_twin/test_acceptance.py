import math

import numpy as np
import pytest
from typer.testing import CliRunner

from oxygen_recon.sources.dynamical_twin import __main__ as command
from oxygen_recon.sources.dynamical_twin.acceptance import Figure, _height, flow_figures
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.tracer_acceptance import bloom_lag, tracer_figures


@pytest.mark.parametrize(
    ("figure", "passed"),
    [
        (Figure("a", 0.7, 0.7), True),
        (Figure("a", 0.69, 0.7), False),
        (Figure("a", 2.6, most=2.5), False),
        (Figure("a", math.nan, 0, 1), False),
        (Figure("a", math.inf, 3, 20), False),
    ],
)
def test_limits(figure, passed):
    assert figure.passed is passed
    assert str(figure).startswith("pass" if passed else "FAIL")


def test_every_figure_is_measured():
    lines = []
    figures = flow_figures(DynamicalTwinConfig(rows=16, spin_up=5), days=40, starts=2, lead=15, report=lines.append)
    assert len(figures) == 11 and len(lines) == 3
    assert {figure.name for figure in figures if math.isnan(figure.value)} == set()
    by_name = {figure.name: figure for figure in figures}
    assert by_name["volume drift without sources, % a year"].passed
    assert not by_name["second radius of deformation at 40 degrees, cells"].passed  # on cells of 80 km


def test_the_command_fails_where_a_figure_does(monkeypatch):
    for figure, code in ((Figure("depth, m", 3, least=2), 0), (Figure("depth, m", 3, least=4), 1)):
        monkeypatch.setattr(command, "flow_figures", lambda *args, figure=figure, **kwargs: [figure])
        monkeypatch.setattr(command, "tracer_figures", lambda *args, **kwargs: [Figure("salt", 0, most=0.1)])
        result = CliRunner().invoke(command.app, ["accept", "--rows", "32"])
        assert result.exit_code == code
        assert "depth, m" in result.stdout and "salt" in result.stdout


def test_tracers_are_measured_and_kept():
    figures = tracer_figures(DynamicalTwinConfig(rows=16, spin_up=5), days=40)
    by_name = {figure.name: figure for figure in figures}
    assert len(by_name) == 6
    assert by_name["least value of a tracer but temperature"].passed
    assert all(figure.passed for name, figure in by_name.items() if name.startswith("drift"))


def test_a_bloom_before_the_deepest_mixed_layer_has_a_negative_lag():
    day = 2 * np.pi * np.arange(365) / 365
    noise = np.random.default_rng(0).normal(0, 0.1, 365)
    assert bloom_lag(np.cos(day) + noise, np.cos(day + 0.5)) == pytest.approx(-29, abs=12)


def test_a_season_is_taken_off_without_the_memory_of_eddies():
    days, cells, rows = 365, 300, 6
    lag = np.minimum(np.arange(4 * days), 4 * days - np.arange(4 * days))
    spectrum = np.sqrt(np.maximum(np.fft.rfft(np.exp(-((lag / 22.3) ** 1.32))).real, 0))  # 0.87 and 0.42 at 5 and 20
    noise = np.random.default_rng(0).normal(size=(4 * days, cells))
    eddies = np.fft.irfft(spectrum[:, None] * np.fft.rfft(noise, axis=0), 4 * days, axis=0)[:days]
    row = np.arange(cells) % rows
    season = np.cos(2 * np.pi * np.arange(days)[:, None] / 365.25 + row)
    spread, five, twenty = (figure.value for figure in _height(0.1 * eddies + 0.3 * season, row))
    assert 8.5 < spread < 10
    assert five == pytest.approx(0.86, abs=0.03) and twenty == pytest.approx(0.38, abs=0.1)


@pytest.mark.slow
def test_the_bloom_follows_the_deepest_mixed_layer_within_months():
    figures = tracer_figures(DynamicalTwinConfig(rows=32), days=365)
    assert [str(figure) for figure in figures if not figure.passed] == []
