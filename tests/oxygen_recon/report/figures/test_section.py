"""Sections run through the requested line, with their depth axis split."""

import numpy as np
import pytest

from oxygen_recon.report import figures
from oxygen_recon.report.figures.section import choose_line
from qc.errors import InputError


def test_section_runs_through_the_lowest_oxygen(globe):
    low = globe.copy(deep=True)
    low["oxygen"] = globe["oxygen"] + 100.0
    low["oxygen"].loc[{"longitude": -55.0, "depth": 400.0}] = 1.0
    assert choose_line(low.mean("time"), "lowest") == ("longitude", -55.0)
    figure = figures.section(low)
    assert "55°W" in figure.get_suptitle()
    top, bottom = figure.axes[:2]
    assert top.get_ylabel() == "depth (m)" and bottom.get_xlabel() == "latitude"
    assert top.get_ylim()[0] > top.get_ylim()[1] == 0.0


def test_section_through_the_most_observations_and_by_hand(globe):
    dense = globe.copy(deep=True)
    dense["observation_count"].loc[{"latitude": -35.0}] = 50
    assert "35°S" in figures.section(dense, through="densest").get_suptitle()
    assert "115°W" in figures.section(globe, along=("longitude", -112.0)).get_suptitle()


def test_section_gives_the_upper_500_m_half_of_the_axis(globe):
    axes = figures.section(globe).axes[0]
    bottom, top = (axes.transData.transform((0.0, z))[1] for z in axes.get_ylim())
    middle = axes.transData.transform((0.0, 500.0))[1]
    assert abs((top - middle) - (middle - bottom)) < 1e-6 * (top - bottom)


def test_a_section_without_estimates_is_refused(globe):
    with pytest.raises(InputError, match="no oxygen estimate"):
        figures.section(globe.assign(oxygen=globe["oxygen"] * np.nan))


def test_the_note_on_a_split_axis_is_there_only_where_it_is_split(globe):
    assert "take half of the axis" in figures.section(globe).get_supxlabel()
    assert "half" not in figures.section(globe.sel(depth=slice(0, 400))).get_supxlabel()
