import shutil
from dataclasses import replace

import numpy as np
import pandas as pd

from oxygen_recon.observations import collection, parts
from oxygen_recon.observations.cross_profile_flags import CrossProfileFlags
from oxygen_recon.observations.quality_run import QualityRun, cross_profile_tests
from qc.battery import battery, cruises, run
from qc.duplicates import search as duplicates
from qc.table import schema
from tests.support.bottle_files import cli


def test_part_by_part_gives_what_the_whole_table_gives(archives, tmp_path):
    cli("ingest", archives, "--out", tmp_path / "out", "--workers", 1)
    cli("qc", tmp_path / "out", "--workers", 1)
    whole = run.run_battery(schema.read(tmp_path / "out" / "parts"))
    whole = cruises.check_cruises(duplicates.mark(whole, battery.load_battery().duplicates))
    assert whole["duplicate_of"].null_count < len(whole)
    parts = schema.read(tmp_path / "out" / "qc" / "parts")
    schema.check(parts, "parts")
    pd.testing.assert_frame_equal(parts.to_pandas(), whole.to_pandas())


def test_bottles_are_compared_with_the_sensor_of_their_stop_part_by_part(data_root, tmp_path):
    """Both measurements of a stop are paired by the row of their file, which the parts have to be read with."""
    for name in ("hydro__p02.csv.gz", "pycchdo__example_hy1.csv.gz"):
        (tmp_path / "in").mkdir(exist_ok=True)
        shutil.copy(data_root / "observations/cchdo" / name, tmp_path / "in")
    cli("ingest", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    cli("qc", tmp_path / "out", "--workers", 1)
    whole = run.run_battery(schema.read(tmp_path / "out" / "parts"))
    (bit,) = [check.bit for check in battery.load_battery().checks if check.name == "winkler_sensor"]
    found, expected = (
        table["oxygen_checks"].to_numpy() >> np.uint64(bit) & np.uint64(1)
        for table in (schema.read(tmp_path / "out" / "qc" / "parts"), whole)
    )
    assert expected.sum() > 10
    np.testing.assert_array_equal(found, expected)


def test_a_part_is_written_again_when_its_cross_profile_flags_change_and_only_then(archives, tmp_path):
    out = tmp_path / "out"
    cli("ingest", archives, "--out", out, "--workers", 1)
    cli("qc", out, "--workers", 1)
    this = QualityRun(out / "parts", out / "qc", battery.load_battery(), None, np.datetime64("now", "ms"))
    keys = sorted({row.part for row in collection.rows_of(out) if row.state == collection.READ})
    found = cross_profile_tests(this, keys)
    assert [flags.key for flags in found] == keys and all(map(this.is_written, found))
    assert sum(len(flags.copies) for flags in found) == 6, "the cruise that lies in two files"
    other = replace(found[0], bits=found[0].bits | np.uint64(1 << 31))
    assert not this.is_written(other) and this.write(other) == 72 and this.is_written(other)
    assert not this.is_written(found[0]), "the part has the flags of the other"
    parts.part(out / "qc" / "by_cast", found[1].key).unlink()
    assert not this.is_written(found[1])


def test_the_hash_depends_on_every_flag():
    one = CrossProfileFlags("a", np.zeros(2, np.uint64), np.array([1]), ["b:1"], "regions", "members")
    assert one.hash == replace(one, key="b").hash, "of the flags, not of the part"
    changed = {"bits": np.array([0, 4], np.uint64), "copies": np.array([0]), "copy_of": ["b:2"], "regions": "others"}
    changed["members"] = "others"
    assert len({replace(one, **{name: value}).hash for name, value in changed.items()} | {one.hash}) == 6
