import errno
import re
import sys

import numpy as np
import pyarrow as pa
import pytest

from oxygen_recon.report import quality_report
from qc.battery import battery, run
from qc.errors import InputError
from qc.table import flags, schema
from tests.support.quality_results import results


def observations(cruise: str, spike: bool, casts: int = 12, levels: int = 15):
    """Casts of a smooth profile; with `spike`, every second one has a spike at 100 dbar."""
    p = np.tile(np.linspace(5, 300, levels), casts)
    cast = np.repeat(np.arange(casts), levels)
    oxygen = 250 - 0.3 * p + cast % 3
    if spike:
        oxygen[(cast % 2 == 0) & (np.arange(p.size) % levels == 5)] += 120
    columns = {
        "source": "wod", "file": cruise, "cast": np.char.add(f"{cruise}-", cast.astype(str)), "cruise": cruise,
        "instrument": "ctd", "time": np.full(p.size, np.datetime64("2001-05-01")), "latitude": np.full(p.size, 10.0),
        "longitude": np.full(p.size, -150.0), "pressure": p, "oxygen": oxygen,
    }  # fmt: skip
    return run.run_battery(schema.from_columns(columns, "test"))


@pytest.fixture
def both(tmp_path):
    return results(tmp_path / "both", {"A1": observations("A1", True), "B2": observations("B2", False)})


@pytest.fixture
def sound(tmp_path):
    return results(tmp_path / "sound", {"B2": observations("B2", False)})


def test_the_page_shows_what_was_found_where_and_by_which_rule(both, tmp_path):
    text = quality_report.write(both, battery.load_battery(), tmp_path / "page", "Two cruises").read_text()
    assert "<td>360</td>" in text, "all levels of both"
    spike = text[text.index('<th scope="row">spike</th>') :].split("</tr>")[0]
    assert ">fail</td><td>6</td><td>1.7 %</td>" in spike and "Argo" in spike
    assert '<th scope="row">wod/A1</th><td>180</td><td>' in text and "3.3 % spike" in text
    assert 'src="casts.svg"' in text
    assert "wod/B2" not in text, "nothing of it was rejected"
    assert (tmp_path / "page" / "spike.svg").stat().st_size > 2000 and 'src="spike.svg"' in text


def test_values_that_only_the_archive_flags_have_their_row(tmp_path):
    table = observations("A1", spike=True)
    flag = table["oxygen_flag"].to_numpy().copy()
    flag[:15] = flags.FAIL  # all of the first cast, whose spike fails a check too
    place = table.schema.get_field_index("oxygen_flag")
    table = table.set_column(place, table.schema.field(place), pa.array(flag))
    text = quality_report.write(
        results(tmp_path / "qc", {"A1": table}), battery.load_battery(), tmp_path / "page", "One cruise"
    ).read_text()
    row = text[text.index("flag of the archive</th>") :].split("</tr>")[0]
    assert "<td>14</td><td>7.8 %</td>" in row
    by_archive = text[text.index("By archive") :].split("</table>")[0]
    assert re.findall(r"<td>(\d+)</td>", by_archive) == ["20", "14", "6"], "in all; by the archive; by the spike check"
    assert "7.8 % flag of the archive, 3.3 % spike" in text


def test_a_cast_off_its_track_is_shown_on_a_map(tmp_path):
    table = observations("A1", spike=False)
    speed = next(check for check in battery.load_battery().cruises if check.name == "speed")
    bits = table["oxygen_checks"].to_numpy().copy()
    bits[15:30] |= np.uint64(1 << speed.bit)
    place = table.schema.get_field_index("oxygen_checks")
    table = table.set_column(place, table.schema.field(place), pa.array(bits))
    calls = []

    def is_land(north, east):
        calls.append(len(north))
        return east > -150

    home = tmp_path / "page"
    text = quality_report.write(results(tmp_path / "qc", {"A1": table}), battery.load_battery(), home, "One", is_land)
    text = text.read_text()
    assert "the cruises with most casts that failed" in text and "</svg>" in (home / "speed.svg").read_text()
    assert len(calls) == 2, "land on the map of all casts and on that of the cruise"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 7, "0 %"), (7, 7, "100 %"), (1, 10**6, "< 0.01 %"), (9, 10**5, "< 0.01 %"), (1, 1000, "0.10 %"),
        (17, 1000, "1.7 %"), (99949, 10**5, "99.9 %"), (999960, 10**6, "99.9 %"),
        (996, 1000, "99.6 %"), (33, 100, "33 %"), (1, 0, "–"),
    ],
)  # fmt: skip
def test_shares_are_plain_numbers(part, whole, text):
    assert quality_report._percent(part, whole) == text


def test_without_failures_there_are_no_examples(sound, tmp_path):
    quality_report.write(sound, battery.load_battery(), tmp_path / "page", "One cruise")
    assert [path.name for path in (tmp_path / "page").iterdir() if path.name != "casts.svg"] == ["index.html"]


def test_page_and_figures_are_complete_or_absent(both, sound, tmp_path, monkeypatch):
    home, checks = tmp_path / "page", battery.load_battery()
    whole = quality_report.write(both, checks, home, "Two cruises").read_text()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(quality_report, "render", full)
        with pytest.raises(OSError, match="No space left"):
            quality_report.write(both, checks, home, "Two cruises")
        with pytest.raises(OSError, match="No space left"):
            quality_report.write(both, checks, tmp_path / "other", "Two cruises")
    assert (home / "index.html").read_text() == whole and (home / "spike.svg").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["both", "page", "sound"]
    quality_report.write(sound, checks, home, "One cruise")
    assert sorted(path.name for path in home.iterdir()) == ["casts.svg", "index.html"], "no figure of the older page"


def test_a_table_without_levels_has_a_page(tmp_path):
    home = results(tmp_path / "qc", {"empty": schema.OBSERVATIONS.empty_table()})
    text = quality_report.write(home, battery.load_battery(), tmp_path / "page", "Empty").read_text()
    for words in ("No cast has a valid position", "No observations were counted", "No check failed"):
        assert words in text


def test_values_that_their_archive_interpolated_are_not_counted_as_rejected(tmp_path):
    table = observations("A1", spike=True)
    flag, own = table["oxygen_flag"].to_numpy().copy(), np.full(table.num_rows, "argo:1", object)
    flag[1::3], own[1::3] = flags.SUSPECT, "argo:8"
    flag[0], own[0] = flags.SUSPECT, "argo:3"
    own = pa.array(own).cast(schema.OBSERVATIONS.field("oxygen_original_flag").type)
    for name, column in (("oxygen_flag", pa.array(flag)), ("oxygen_original_flag", own)):
        table = table.set_column(table.schema.get_field_index(name), schema.OBSERVATIONS.field(name), column)
    home = results(tmp_path / "qc", {"A1": table})
    text = quality_report.write(home, battery.load_battery(), tmp_path / "page", "One cruise").read_text()
    row = text[text.index('<th scope="row">interpolated by the archive</th>') :].split("</tr>")[0]
    assert "<td>60</td><td>33 %</td>" in row
    by_archive = text[text.index("By archive") :].split("</table>")[0]
    assert re.findall(r"<td>(\d+)</td>", by_archive) == ["7", "1", "6"], "in all; by the archive; by the spike check"
    assert '<th scope="row">wod/A1</th><td>120</td><td>5.8 %</td>' in text


def test_a_folder_without_results_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match=r"no parts to draw; run qc first"):
        quality_report.write(tmp_path, battery.load_battery(), tmp_path / "page", "Nothing")


def test_the_page_is_drawn_without_matplotlib_which_took_more_time_than_all_checks(both, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"] + ["matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    quality_report.write(both, battery.load_battery(), tmp_path / "page", "Two cruises")
    assert {path.suffix for path in (tmp_path / "page").iterdir()} == {".html", ".svg"}
