"""Archive files behind names; delimited tables, recognised by their header or described by the user."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pytest
import yaml

from oxygen_recon.observations import catalog, collection, discover
from qc.errors import InputError
from qc.readers import registry
from qc.table import schema
from tests.support.bottle_files import archive, cli

KODC_HEADER = (
    "Area\tLine\tStation\tDate(YYYY-MM-DD)\tLatitude\tLongitude\tVertical change chart\tDepth(m)\t"
    "Water Temperature(℃)\tT QC flag\tSalinity(psu)\tS QC flag\tDO(ml/L)\tD QC flag\tQC Level\tPO４(μmol/L)\t"
    "NO２(μmol/L)\tNO３(μmol/L)\tSiO２(μmol/L)\tpH\tWater Transparency(m)\tBaro(hPa)\tResearch Vessel\r\n"
)
KODC_LINE = (
    "East Sea\t102\t00\t2010-02-28 11:24\t36.0\t129.5\tChart\t0\t11.8\t1\t34.2\t1\t5.5\t1\t1"
    "\t\t\t\t\t\t\t1,025\tTAMGU 3\r\n"
)
BOTTLES = b"Cst_Cnt,Sta_ID,Depthm,T_degC,Salnty,O2ml_L\n7,x,0,20,35,5\n"
CASTS = "Cst_Cnt,Date,Year,Quarter,Lat_Dec,Lon_Dec\n7,01/02/2000,2000,1,33,-120\n"
MINE = """\
archive: mine
columns: {latitude: Lat, longitude: Lon, depth: Depth, temperature: T, salinity: S, oxygen: O2}
units: {oxygen: ml/l}
time: {columns: [Date], format: "%Y-%m-%d"}
cast: "{Station}"
cruise: "{Cruise}"
"""
MY_TABLE = "Cruise,Station,Date,Lat,Lon,Depth,T,S,O2\nA,1,2001-05-01,10,20,5,20,35,5\nA,1,2001-05-01,10,20,50,15,35,4\n"


def test_a_table_is_read_by_the_entry_whose_columns_it_has_whatever_it_is_called(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "some").write_text(KODC_HEADER + KODC_LINE, newline="")
    (tmp_path / "in" / "b.csv.gz").write_bytes(gzip.compress(BOTTLES))
    (tmp_path / "in" / "other.csv").write_text(MY_TABLE)
    done = cli("ingest", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    assert done.exit_code == 1 and "b.csv.gz: needs cast.csv.gz beside it" in done.stderr
    rows = {Path(row.file).name: row for row in collection.rows_of(tmp_path / "out")}
    assert rows["some"].state == "read" and rows["some"].key.startswith("kodc-some-")
    assert rows["other.csv"].state == "passed over"
    cited = cli("cite", tmp_path / "out").stdout
    assert "Korea Oceanographic Data Center (KODC)" in cited and "CalCOFI" not in cited
    assert "with columns Cruise, Station, Date, Lat, Lon, Depth, T, S and 1 more" in rows["other.csv"].message
    assert "--table FILE.yaml, or --table ENTRY" in rows["other.csv"].message
    (tmp_path / "in" / "cast.csv").write_text(CASTS)
    done = cli(
        "ingest", tmp_path / "in" / "b.csv.gz", tmp_path / "in" / "cast.csv", "--out", tmp_path / "both", "--workers", 1
    )
    assert done.exit_code == 0, done.stderr
    assert [row.key.split("-")[0] for row in collection.rows_of(tmp_path / "both")] == ["calcofi"]
    assert schema.read(tmp_path / "both" / "parts")["latitude"].to_pylist() == [33.0]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_table_is_recognised_by_its_header(pack, tmp_path):
    (tmp_path / "packed").write_bytes(pack((KODC_HEADER + KODC_LINE * 3000).encode()))
    (item,) = discover.find([str(tmp_path / "packed")])
    assert item.key.startswith("kodc-") and item.read([]).num_rows == 3000
    (tmp_path / "packed").write_bytes((tmp_path / "packed").read_bytes()[:-9])
    with pytest.raises(InputError, match=r"broken (gzip|bzip2|xz) file"):
        item.read([])


def test_a_table_that_two_entries_fit_is_a_question(tmp_path, monkeypatch):
    known = catalog.load()
    twins = {"kodc": known.entries["kodc"], "sold": known.entries["kodc"]}
    monkeypatch.setattr(catalog, "load", lambda own=None: catalog.Catalog(entries=twins))
    (tmp_path / "some.txt").write_text(KODC_HEADER + KODC_LINE, newline="")
    (item,) = discover.find([str(tmp_path / "some.txt")])
    with pytest.raises(InputError, match=r"fits 2 entries .*; which\? write --table kodc or --table sold"):
        item.read([])
    (item,) = discover.find([str(tmp_path / "some.txt")], ["sold"])
    assert item.read([]).num_rows == 1


def test_a_description_of_ones_own_reads_ones_own_table(tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "casts.csv").write_text(MY_TABLE)
    command = ("ingest", tmp_path / "casts.csv", "--out", tmp_path / "out", "--workers", 1, "--table")
    done = cli(*command, tmp_path / "mine.yaml")
    assert done.exit_code == 0, done.stderr
    table = schema.read(tmp_path / "out" / "parts").to_pandas()
    assert table.cast.tolist() == ["1", "1"] and table.oxygen_original.tolist() == [5.0, 4.0]
    assert table.oxygen.between(170, 225).all()
    wrong = (
        (MINE.replace("Depth", "Deep"), "no column Deep"),
        ("a: [", "not a YAML file"),
        ("", "expected keys with values"),
    )
    for text, message in wrong:
        (tmp_path / "mine.yaml").write_text(text)
        done = cli(*command, tmp_path / "mine.yaml")
        assert done.exit_code == 1 and message in done.stderr, done.stderr
    done = cli(*command, tmp_path / "none.yaml")
    assert done.exit_code == 1 and "none.yaml: no such description of a table" in done.stderr


def test_the_description_in_the_documentation_is_one(tmp_path):
    text = (Path(__file__).parents[3] / "docs" / "archives.md").read_text(encoding="utf-8")
    block = text.split("### A table of your own")[1].split("```yaml\n")[1].split("```")[0]
    spec = registry.TableSpec.model_validate(yaml.safe_load(block))
    assert 6 <= len(block.strip().split("\n")) <= 10
    names = sorted(spec.used_columns)
    values = {"Date": "2001-05-01", "Lat": "10", "Lon": "20", "Station": "7", "Cruise": "A"}
    (tmp_path / "mine.yaml").write_text(block)
    delimiter = spec.layout.delimiter
    rows = (names, [values.get(name, "5") for name in names])
    (tmp_path / "casts.csv").write_text("\n".join(delimiter.join(row) for row in rows) + "\n")
    words = ("ingest", tmp_path / "casts.csv", "--table", tmp_path / "mine.yaml", "--out", tmp_path / "out")
    done = cli(*words, "--workers", 1)
    assert done.exit_code == 0, done.stderr
    table = schema.read(tmp_path / "out" / "parts")
    assert table["oxygen_original"].to_pylist() == [5.0] and table["cast"].to_pylist() == ["A-7"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "casts.csv").rename(tmp_path / "folder" / "casts.csv")
    (tmp_path / "folder" / "README.txt").write_text("What lies beside the table.\n")
    beside = ("ingest", tmp_path / "folder", "--table", tmp_path / "mine.yaml", "--out", tmp_path / "both")
    done = cli(*beside, "--workers", 1)
    assert done.exit_code == 0 and "1 files passed over" in done.stderr, "a note beside the table is no fault"
    named = cli("ingest", tmp_path / "folder" / "README.txt", *beside[2:-1], tmp_path / "third", "--workers", 1)
    assert named.exit_code == 1 and "README.txt" in named.stderr, "unless it was named itself"


def test_text_tables_are_read_as_the_catalogue_says(tmp_path):
    path = tmp_path / "observations" / "kodc" / "nso_2000.txt.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    by_pattern, by_name = discover.find([str(tmp_path)]), discover.find([str(path)], ["kodc"])
    assert by_pattern[0].key.startswith("kodc-nso_2000-") and by_pattern[0].read.spec is not None
    assert by_name[0].read.fallback == by_pattern[0].read.spec and by_name[0].named and not by_pattern[0].named
    other = tmp_path / "mine.txt"
    other.write_bytes(b"x")
    assert discover.find([str(other)])[0].read.spec is None
    for words, message in ((([str(path)], ["wod"]), "no delimited table"), ((["nowhere/*.csv"],), "no file here")):
        with pytest.raises(InputError, match=message):
            discover.find(*words)


def test_what_lies_beside_an_archive_decides_its_key(tmp_path, monkeypatch):
    path, summary = archive(tmp_path / "a.hyd", 0), tmp_path / "a.sum"
    summary.write_text("one")
    monkeypatch.setattr(registry, "companions", lambda path, spec=None: [summary])
    before = discover.Archive(path).key("file")
    assert discover.Archive(path).key("file") == before
    summary.write_text("another")
    assert discover.Archive(path).key("file") != before


def test_a_file_that_may_not_be_looked_at_does_not_stop_the_search(tmp_path, monkeypatch):
    path = archive(tmp_path / "in" / "a_hy1.csv", 0)
    looked = Path.is_file

    def forbidden(self):
        if self.name == "a_hy1.csv":
            raise PermissionError(13, "Permission denied", str(self))
        return looked(self)

    monkeypatch.setattr(Path, "is_file", forbidden)  # a folder that may be listed but not entered
    (item,) = discover.find([str(tmp_path / "in")])
    with pytest.raises(PermissionError):
        item.read([])
    assert item.file == str(path)


def test_a_folder_is_listed_once_for_all_of_its_files_and_again_when_it_has_changed(tmp_path, monkeypatch):
    listed, iterdir = [], Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: listed.append(path) or iterdir(path))
    for seed in range(5):
        archive(tmp_path / f"cruise{seed}_hy1.csv", seed)
    os.utime(tmp_path, (1e9, 1e9))
    before = [item.key for item in discover.find([str(tmp_path)])]
    assert listed == [tmp_path]
    woce = tmp_path / "p01hy.txt"
    woce.write_text("EXPOCODE 31 WHP-ID P1 CRUISE DATES 010185 TO 020185\nSTNNBR CASTNO SAMPNO CTDPRS OXYGEN QUALT1\n")
    for text in ("EXPOCODE one", "EXPOCODE another"):
        (tmp_path / "p01su.txt").write_text(text)
        assert registry.companions(woce) == [tmp_path / "p01su.txt"], "found, although the folder has just changed"
    assert [item.key for item in discover.find([str(tmp_path / "*.csv")])] == before


def test_a_mistyped_name_is_refused_beside_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(os, "scandir", forbidden)
    assert len(discover.find([str(tmp_path / "closed")] * 2)) == 1
    with pytest.raises(InputError, match=r"mistyped\.nc: no file here"):
        discover.find([str(tmp_path / "closed"), str(tmp_path / "mistyped.nc")])
