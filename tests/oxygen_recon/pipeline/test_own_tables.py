"""A table of one's own enters an experiment by its description, and every row of it is accounted for."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oxygen_recon.observations import discover
from oxygen_recon.pipeline.setup.init import template
from qc.errors import InputError

HEADER = "Cruise,Station,Date,Lat,Lon,Depth_m,T,S,O2"


def table(folder: Path, rows: list[str], name: str = "casts.csv") -> str:
    (folder / "mine.yaml").write_text(template("description"))
    (folder / name).write_text("\n".join([HEADER, *rows]) + "\n")
    return str(folder / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5000), st.floats(0, 9)), min_size=1, max_size=20))
def test_every_row_of_it_is_a_level_at_its_place(tmp_path, rows):
    text = [f"A,{station},2001-05-01,{10 + station},150,{depth},,,{value:.3f}" for station, depth, value in rows]
    (item,) = discover.find([table(tmp_path, text)], [str(tmp_path / "mine.yaml")])
    read = item.read([])
    assert read.num_rows == len(rows)
    assert sorted(read["depth"].to_pylist()) == sorted(depth for _, depth, _ in rows)
    assert sorted(read["latitude"].to_pylist()) == sorted(10.0 + station for station, _, _ in rows)


def test_a_row_that_does_not_fit_is_refused_by_its_line_and_none_is_shifted(tmp_path):
    good = "A,1,2001-05-01,10,150,5,,,5.0"
    (item,) = discover.find(
        [table(tmp_path, [good, "A,1,2001-05-01,10,150,5,0,,,,5,0", good])], [str(tmp_path / "mine.yaml")]
    )
    refused: list = []
    assert item.read(refused).num_rows == 2
    assert [one.lines for one in refused] == [(3,)]


def test_two_descriptions_that_fit_equally_are_a_question(tmp_path):
    path = table(tmp_path, ["A,1,2001-05-01,10,150,5,,,5.0"])
    (tmp_path / "other.yaml").write_text(template("description"))
    (item,) = discover.find([path], [str(tmp_path / "mine.yaml"), str(tmp_path / "other.yaml")])
    with pytest.raises(InputError, match=r"which\?"):
        item.read([])


def test_each_table_is_read_by_the_description_that_fits_it(tmp_path):
    first = table(tmp_path, ["A,1,2001-05-01,10,150,5,,,5.0"])
    (tmp_path / "other.yaml").write_text(template("description").replace("oxygen: O2", "oxygen: Oxygen"))
    (tmp_path / "second.csv").write_text(f"{HEADER.replace('O2', 'Oxygen')}\nA,1,2001-05-01,10,150,5,,,5.0\n")
    items = discover.find(
        [first, str(tmp_path / "second.csv")], [str(tmp_path / f"{n}.yaml") for n in ("mine", "other")]
    )
    assert [item.read([]).num_rows for item in items] == [1, 1]
