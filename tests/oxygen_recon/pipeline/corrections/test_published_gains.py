"""Gains of real Argo floats, estimated from their raw oxygen, against those that their operators published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import oxygen_recon as ox
from experiments.benchmarks.float_gains import PUBLISHED
from experiments.benchmarks.float_gains import raw as raw_copy
from qc.readers.registry import read

FIRST_FIVE = ["2902746", "2902883", "2902884"]  # by their operator from the first five cycles and a climatology


@pytest.fixture(scope="module")
def raw(data_root, tmp_path_factory) -> Path:
    """A table of the floats with their raw oxygen: the modes of the files say real time instead of adjusted."""
    folder = tmp_path_factory.mktemp("floats")
    for name in PUBLISHED:
        (path,) = (data_root / "observations" / "argo").glob(f"{name}_Sprof.nc*")
        raw_copy(path, folder)
    return ox.ingest(str(folder), out=folder / "table")


@pytest.fixture(scope="module")
def climatology(data_root) -> Path:
    return data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc"


def departure(gains: pd.DataFrame) -> pd.Series:
    """Relative departure from the published gain, by float."""
    gain = gains["gain"]
    return gain / pd.Series(PUBLISHED)[gain.index] - 1


def test_gains_by_a_climatology_are_those_published_within_one_percent(raw, climatology, tmp_path):
    found = ox.estimate_gains(raw, tmp_path / "all", climatology=climatology)
    off = departure(found)
    assert off.drop("2902746").abs().max() < 0.01
    assert 0 < off["2902746"] < 0.02, "drifts by 0.6 % a year, and the published gain is that of its first casts"
    first = departure(ox.estimate_gains(raw, tmp_path / "first", climatology=climatology, casts=5))
    assert first[FIRST_FIVE].abs().max() < 0.01
    assert (off.abs() < 2 * found["slope_error"]).all() and found["slope_error"].between(0.009, 0.02).all()


def test_taken_for_saturated_the_surface_gives_gains_within_three_percent(raw, tmp_path):
    found = ox.estimate_gains(raw, tmp_path / "all")
    assert departure(found).abs().max() < 0.03 and (departure(found).abs() < 2 * found["slope_error"]).all()


def test_corrected_oxygen_is_the_adjusted_oxygen_of_the_operator_within_one_percent(
    raw, climatology, data_root, tmp_path
):
    ox.correct_gains(raw, tmp_path / "new", climatology=climatology)
    corrected = ox.read_table(tmp_path / "new").to_pandas()
    keys = ["cast", "row"]
    for name in ("2902883", "2902884", "4901784"):
        (path,) = (data_root / "observations" / "argo").glob(f"{name}_Sprof.nc*")
        published = read(path).to_pandas()
        adjusted = published[published["oxygen_original_unit"].astype(str).str.contains("adjusted")]
        both = adjusted.merge(corrected[corrected["cruise"] == name], on=keys, suffixes=("", "_here"))
        both = both[(both["oxygen"] > 20) & both["oxygen_here"].notna()]
        assert len(both) > 9000
        assert np.abs(both["oxygen_here"] / both["oxygen"] - 1).quantile(0.99) < 0.01
        assert (both["oxygen_here"] - both["oxygen"]).abs().le(2 * both["oxygen_uncertainty_here"]).mean() > 0.99
        assert (both["oxygen_flag_here"] == 2).mean() > 0.99, "to be evaluated, no longer suspect for being raw"


def test_oxygen_that_its_operator_adjusted_stays_as_it_is(data_root, climatology, tmp_path):
    path = data_root / "observations" / "argo" / "2902746_Sprof.nc"
    table = ox.ingest(str(path), out=tmp_path / "table")
    changes = ox.correct_gains(table, tmp_path / "new", climatology=climatology)
    assert changes["step"].tolist() == ["none: adjusted by its operator"] and changes["left"].tolist() == [9219]
    before, after = (ox.read_table(folder)["oxygen"].to_numpy() for folder in (table, tmp_path / "new"))
    np.testing.assert_array_equal(before, after)
