"""Export of a table of a folder: flagged or not, and the same values and flags when it is ingested again."""

import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

import oxygen_recon as ox
from qc.errors import InputError
from qc.table import schema

LABELS = "Cruise,Station,Type,yyyy-mm-ddThh:mm,Longitude [degrees_east],Latitude [degrees_north],Depth [m],"
NEEDED = {
    "Conventions",
    "featureType",
    "title",
    "summary",
    "source",
    "history",
    "date_created",
    "creator_name",
    "references",
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [f"{LABELS}Oxygen [umol/kg]", "A1,1,B,2001-05-01T10:00,-179.5,20,10,210", ",,,,,,100,1800"]
    (tmp_path / "casts.csv").write_text("\n".join([*rows, "A1,2,B,2001-05-02T10:00,179.5,20,10,"]))
    ox.ingest(tmp_path / "casts.csv", out=tmp_path / "table")
    ox.quality_control(tmp_path / "table", page=False)
    return tmp_path / "table"


def test_flags_of_quality_control_come_back(table: Path, tmp_path: Path) -> None:
    before = ox.read_table(table)
    assert before["oxygen_flag"].to_pylist() == [1, 4, 9]
    for form, name in (("cf-dsg", "out.nc"), ("odv", "out.txt"), ("csv", "out.csv")):
        ox.export_table(table, tmp_path / name, format=form)
        described = tmp_path / "out.csv.yaml" if form == "csv" else None
        again = ox.read_table(ox.ingest(tmp_path / name, out=tmp_path / form, table=described))
        for column in ("time", "latitude", "longitude", "pressure", "oxygen", "oxygen_flag"):
            np.testing.assert_array_equal(again[column].to_numpy(), before[column].to_numpy(), f"{form} {column}")
    ox.export_table(table, tmp_path / "whp", format="whp-exchange")
    again = ox.read_table(ox.ingest(tmp_path / "whp", out=tmp_path / "again"))
    assert again["oxygen_flag"].to_pylist() == [1, 4, 9] and again["cruise"].to_pylist() == ["A1"] * 3


def test_cf_profiles_are_described(table: Path, tmp_path: Path) -> None:
    ox.export_table(table, tmp_path / "out.nc", format="cf-dsg", title="Two stations")
    with netCDF4.Dataset(tmp_path / "out.nc") as dataset:
        assert set(dataset.ncattrs()) >= NEEDED and dataset.title == "Two stations" and dataset.featureType == "profile"
        assert dataset["profile"].cf_role == "profile_id" and dataset["row_size"].sample_dimension == "obs"
        assert dataset["row_size"][:].tolist() == [2, 1]
        for name in schema.VARIABLES:
            flag = dataset[f"{name}_flag"]
            assert dataset[name].units == schema.UNITS[name] and flag.name in dataset[name].ancillary_variables
            assert flag.flag_values.dtype == flag.dtype and flag.flag_meanings.split()[3] == "fail"
        failed = dataset["oxygen_failed_checks"]
        meaning = dict(zip(failed.flag_values.tolist(), failed.flag_meanings.split()))
        assert {"range", "plausible"} <= set(meaning[failed[1].item()].split("+")) and meaning[
            failed[2].item()
        ] == "none"
    checker = Path(sys.executable).with_name("compliance-checker")
    words = [checker, "--test=cf:1.8", "--criteria=strict", str(tmp_path / "out.nc")]
    report = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert "All tests passed!" in report.stdout, report.stdout + report.stderr


def test_mistakes_are_one_line(table: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format 'nc'; choose from cf-dsg, odv"):
        ox.export_table(table, tmp_path / "x", format="nc")
    with pytest.raises(InputError, match="no observation table here; run ingest first"):
        ox.export_table(tmp_path / "nowhere", tmp_path / "x", format="csv")
    with pytest.raises(InputError, match="is a folder already"):
        ox.export_table(table, table, format="csv")
    assert not (tmp_path / "x").exists()
