import pandas as pd
import pytest

from oxygen_recon.observations import parts, summaries
from oxygen_recon.observations.parts import Member
from qc.battery import battery
from qc.errors import InputError
from qc.readers import registry
from tests.support.bottle_files import CAST, archive


def test_counts_have_their_header_where_the_first_part_has_no_level(tmp_path):
    some = registry.read(archive(tmp_path / "cruise_hy1.csv", 0))
    for key, table in (("a", some.slice(0, 0)), ("b", some)):
        parts.write(table, tmp_path / f"{key}.parquet", None, [Member(key, key, "read", len(table))])
    summaries.count(tmp_path, ["a", "b"], tmp_path / "counts.csv", lambda line: None)
    assert pd.read_csv(tmp_path / "counts.csv").levels.eq(6 * CAST).all()


def test_parts_of_another_version_are_named_and_not_counted_with_the_rest(tmp_path):
    table = registry.read(archive(tmp_path / "cruise_hy1.csv", 0))
    parts.write(table, tmp_path / "b.parquet", None, [Member("b", "b", "read", len(table))])
    parts.write(
        table, tmp_path / "a.parquet", battery.load_battery(), [Member("a", "a", "read", len(table))]
    )  # it counts more
    with pytest.raises(InputError, match=r"b\.parquet: was made by another version .* into a new folder"):
        summaries.count(tmp_path, ["a", "b"], tmp_path / "counts.csv", lambda line: None)
    assert not (tmp_path / "counts.csv").exists()
