import gzip
import hashlib
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oxygen_recon.observations import download, resume
from oxygen_recon.observations.download import Item, Report, Result
from oxygen_recon.observations.resume import Missing, RetryPolicy
from qc.errors import InputError
from tests.support import archive_server

QUICK = RetryPolicy(tries=3, wait=0.001, longest=0.01, timeout=5.0)
CONTENT = np.random.default_rng(0).bytes(1_000_000)


@pytest.fixture(scope="module")
def server() -> Iterator[archive_server.Archive]:
    with archive_server.running() as archive:
        yield archive


@pytest.fixture
def archive(server: archive_server.Archive) -> archive_server.Archive:
    server.files.clear()
    server.asked.clear()
    return server


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bring(item: Item, retry: RetryPolicy = QUICK) -> Report:
    return download.download([item], 1, retry)


def whole(item: Item, content: bytes = CONTENT) -> None:
    """The file is there, is right, and nothing else is."""
    assert item.path.read_bytes() == content
    assert [path.name for path in item.path.parent.iterdir()] == [item.path.name]


def test_a_file_arrives_whole_and_is_not_fetched_twice(archive, tmp_path) -> None:
    seen: list[int] = []
    item = Item(archive.put("a.nc", CONTENT), tmp_path / "deep" / "a.nc")
    (result,) = download.download([item], 1, QUICK, seen.append).results
    whole(item)
    assert (result.size, result.sha256, result.fresh) == (len(CONTENT), sha256(CONTENT), True)
    assert sum(seen) == len(CONTENT)
    (again,) = bring(item).results
    assert not again.fresh and again.sha256 == result.sha256 and len(archive.gets("a.nc")) == 1


@pytest.mark.parametrize("tag", ["strong", "date"])
def test_a_broken_download_goes_on_where_it_broke(archive, tmp_path, tag) -> None:
    seen: list[int] = []
    item = Item(archive.put("a.nc", CONTENT, breaks=[300_000, 300_000], tag=tag), tmp_path / "a.nc")
    assert len(download.download([item], 1, QUICK, seen.append).results) == 1
    whole(item)
    spans = archive.gets("a.nc")
    assert spans[0] == "" and spans[1] == "bytes=300000-" and spans[2] == "bytes=600000-"
    assert sum(seen) == len(CONTENT)


def test_a_part_left_by_an_earlier_run_is_gone_on_with(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9), tmp_path / "a.nc")
    (error,) = bring(item).failed
    assert "fetch again to go on from here" in str(error) and "\n" not in str(error)
    assert not item.path.exists() and item.part.read_bytes() == CONTENT[:400_000]
    archive.files["/a.nc"].breaks.clear()
    assert bring(item).results
    whole(item)
    assert archive.gets("a.nc")[-1] == "bytes=400000-"


def test_a_part_of_an_older_version_is_thrown_away(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9), tmp_path / "a.nc")
    assert bring(item).failed
    newer = CONTENT[::-1]
    archive.put("a.nc", newer)
    assert bring(item).results
    whole(item, newer)


@pytest.mark.parametrize("tag", ["strong", "date"])
@pytest.mark.parametrize("newer", [CONTENT[::-1], CONTENT[:700_000][::-1]])
def test_two_versions_are_not_mixed_where_the_server_does_not_heed_if_range(archive, tmp_path, tag, newer) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9, tag=tag), tmp_path / "a.nc")
    assert bring(item).failed and resume.size_of(item.part) == 400_000
    archive.asked.clear()
    archive.put("a.nc", newer, tag=tag, honours_if_range=False)
    assert bring(item).results
    whole(item, newer)
    assert archive.gets("a.nc") == ["bytes=400000-", ""]


@pytest.mark.parametrize("mute", [True, False])
def test_a_rest_of_no_version_or_of_another_length_is_not_trusted(archive, tmp_path, mute) -> None:
    same = {"headers": {} if mute else {"ETag": '"same"'}, "honours_if_range": False}
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9, **same), tmp_path / "a.nc")
    assert bring(item).failed and resume.size_of(item.part) == 400_000
    newer = CONTENT if mute else CONTENT[::-1][:-7]
    archive.asked.clear()
    archive.put("a.nc", newer, mute=mute, **same)
    assert bring(item).results
    whole(item, newer)
    assert archive.gets("a.nc") == ["bytes=400000-", ""]


@pytest.mark.parametrize("tag", ["weak", None])
def test_without_a_strong_version_a_part_is_not_trusted(archive, tmp_path, tag) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000], tag=tag), tmp_path / "a.nc")
    assert bring(item).results
    whole(item)
    assert archive.gets("a.nc") == ["", ""]


@pytest.mark.parametrize("fault", ["ignores ranges", "starts elsewhere", "range not satisfiable"])
def test_a_server_that_cannot_resume_is_asked_for_all(archive, tmp_path, fault) -> None:
    seen: list[int] = []
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000]), tmp_path / "a.nc")
    file = archive.files["/a.nc"]
    file.ranges, file.wrong_start = fault != "ignores ranges", fault == "starts elsewhere"
    if fault == "range not satisfiable":
        file.statuses = [200, 416]
    assert len(download.download([item], 1, QUICK, seen.append).results) == 1
    whole(item)
    assert sum(seen) == len(CONTENT)


def test_a_server_that_never_gets_far_is_given_up(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[1000] * 99, ranges=False), tmp_path / "a.nc")
    (error,) = bring(item).failed
    assert "download failed" in str(error) and len(archive.gets("a.nc")) == QUICK.tries
    assert not item.path.exists()


def test_a_length_that_promises_too_much_never_makes_a_file(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, extra=10), tmp_path / "a.nc")
    (error,) = bring(item).failed
    assert "download failed" in str(error)
    assert not item.path.exists()


def test_a_length_that_promises_too_little_is_caught_by_the_pin(archive, tmp_path) -> None:
    url = archive.put("a.nc", CONTENT, extra=-10)
    (error,) = bring(Item(url, tmp_path / "a.nc", sha256(CONTENT), "the catalogue")).failed
    assert "another file than the one the catalogue pins" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_line_counts_as_broken(archive, tmp_path) -> None:
    url = archive.put("a.nc", CONTENT, breaks=[500_000], hold=threading.Event())
    item = Item(url, tmp_path / "a.nc")
    assert bring(item, RetryPolicy(tries=3, wait=0.001, longest=0.01, timeout=0.15)).results
    whole(item)
    resumed = int(archive.gets("a.nc")[1].removeprefix("bytes=").rstrip("-"))
    assert 400_000 < resumed <= 500_000  # what had not filled a block is asked for again


def test_a_slow_line_is_waited_for(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, chunk=1_000), tmp_path / "a.nc")
    assert bring(item, RetryPolicy(tries=1, wait=0.001, timeout=0.5)).results
    whole(item)


@pytest.mark.parametrize("statuses", [[500], [503, 503], [429], [408, 502]])
def test_a_passing_fault_of_the_server_is_waited_out(archive, tmp_path, statuses) -> None:
    item = Item(archive.put("a.nc", CONTENT, statuses=list(statuses)), tmp_path / "a.nc")
    assert bring(item).results
    whole(item)
    assert len(archive.gets("a.nc")) == len(statuses) + 1


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (403, 1), (401, 1), (400, 1)])
def test_a_lasting_fault_is_one_line(archive, tmp_path, status, tries) -> None:
    (error,) = bring(Item(archive.put("a.nc", CONTENT, statuses=[status] * 9), tmp_path / "a.nc")).failed
    assert str(status) in str(error) and "\n" not in str(error)
    assert len(archive.gets("a.nc")) == tries and not list(tmp_path.glob("*.nc"))


def test_what_the_archive_lacks_is_told_apart(archive, tmp_path) -> None:
    report = bring(Item(archive.root + "none.nc", tmp_path / "none.nc"))
    assert isinstance(report.missing[0], Missing) and not report.failed and not report.results
    assert archive.gets("none.nc") == [""] and list(tmp_path.iterdir()) == []


def test_an_archive_that_is_not_there(tmp_path) -> None:
    (error,) = bring(Item("http://127.0.0.1:9/a.nc", tmp_path / "a.nc")).failed
    assert "download failed" in str(error) and "\n" not in str(error)


def test_redirects_are_followed_but_not_out_of_encryption(archive, tmp_path, monkeypatch) -> None:
    target = archive.put("b.nc", CONTENT)
    item = Item(archive.put("a.nc", b"", redirect=target), tmp_path / "a.nc")
    assert bring(item).results
    whole(item)

    class Fallen:
        status_code, url, headers = 200, target, {}

        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(resume, "_session", lambda: type("S", (), {"get": lambda *_, **__: Fallen()})())
    (error,) = bring(Item("https://safe.example/a.nc", tmp_path / "c.nc")).failed
    assert "not encrypted" in str(error)


def test_a_web_page_in_place_of_the_file_is_refused(archive, tmp_path) -> None:
    url = archive.put("a.nc", b"<html>we moved</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    (error,) = bring(Item(url, tmp_path / "a.nc")).failed
    assert "web page" in str(error) and list(tmp_path.iterdir()) == []


def test_archives_stay_as_they_are(archive, tmp_path) -> None:
    packed = gzip.compress(CONTENT[:5000])
    item = Item(archive.put("a.txt.gz", packed, headers={"Content-Encoding": "gzip"}), tmp_path / "a.txt.gz")
    assert bring(item).results
    whole(item, packed)  # not unpacked though the server calls it an encoding
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as bundle:
        bundle.writestr("inside.nc", CONTENT[:100])
    content = (tmp_path / "made.zip").read_bytes()
    (tmp_path / "z").mkdir()
    item = Item(archive.put("b.zip", content), tmp_path / "z" / "b.zip")
    assert bring(item).results
    whole(item, content)


def test_a_changed_file_is_not_taken_for_the_pinned_one(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT[:-1] + b"?"), tmp_path / "a.nc", sha256(CONTENT), "my.lock")
    (error,) = bring(item).failed
    assert "another file than the one my.lock pins; if it is a new version you want, remove" in str(error)
    assert list(tmp_path.iterdir()) == []  # nothing of it is gone on with next time


def test_a_damaged_file_on_disk_is_told_and_left(archive, tmp_path) -> None:
    (tmp_path / "a.nc").write_bytes(CONTENT[:100])
    url = archive.put("a.nc", CONTENT)
    (error,) = bring(Item(url, tmp_path / "a.nc", sha256(CONTENT), "the catalogue")).failed
    assert "is not the file the catalogue pins; remove the file and fetch again" in str(error)
    (error,) = bring(Item(url, tmp_path / "a.nc", size=len(CONTENT))).failed
    assert "has 100 bytes, in the archive 1000000" in str(error)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT[:100] and archive.asked == []


def test_what_the_archive_has_changed_since_is_fetched_anew(archive, tmp_path) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"old")
    url, now = archive.put("a.nc", CONTENT), datetime.now(UTC)
    assert not bring(Item(url, path, newer_than=now - timedelta(days=1))).results[0].fresh
    assert bring(Item(url, path, newer_than=now + timedelta(days=1))).results[0].fresh
    assert path.read_bytes() == CONTENT


def test_several_at_a_time_and_one_failure_stops_no_other(archive, tmp_path) -> None:
    contents = {f"{i}.nc": CONTENT[i : i + 50_000] for i in range(12)}
    files = [Item(archive.put(name, content), tmp_path / name) for name, content in contents.items()]
    archive.files["/3.nc"].statuses = [403]
    del archive.files["/5.nc"]
    report = download.download(files, 4, QUICK)
    assert (len(report.results), len(report.missing), len(report.failed)) == (10, 1, 1)
    for got in report.results:
        assert got.item.path.read_bytes() == contents[got.item.path.name]


def test_a_full_disk_or_ctrl_c_stops_all_and_keeps_the_parts(archive, tmp_path) -> None:
    files = [Item(archive.put(f"{i}.nc", CONTENT), tmp_path / f"{i}.nc") for i in range(6)]

    def full(n: int) -> None:
        if n > 0:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        download.download(files, 2, QUICK, full)
    assert not list(tmp_path.glob("*.nc")) and list(tmp_path.glob("*.part"))
    report = download.download(files, 2, QUICK)
    assert len(report.results) == 6


def test_two_at_work_on_one_file_do_not_mix_their_bytes(archive, tmp_path) -> None:
    pytest.importorskip("fcntl")
    url = archive.put("a.nc", CONTENT, breaks=[500_000], hold=threading.Event())
    item, begun = Item(url, tmp_path / "a.nc"), threading.Event()
    first = threading.Thread(target=download.download, args=([item], 1, QUICK, lambda n: n > 0 and begun.set()))
    first.start()
    assert begun.wait(5)
    (error,) = bring(item).failed
    assert "another fetch is at work on it; wait" in str(error)
    archive.files["/a.nc"].hold.set()
    first.join()
    whole(item)


def test_a_file_has_its_name_before_another_fetch_may_look(archive, tmp_path, monkeypatch) -> None:
    pytest.importorskip("fcntl")
    item, seen = Item(archive.put("a.nc", CONTENT), tmp_path / "a.nc"), []
    checksum = download.checksum

    def look(path):
        if path == item.part:
            monkeypatch.setattr(download, "checksum", checksum)
            seen.extend(bring(item).failed)  # a second fetch while the first counts
        return checksum(path)

    monkeypatch.setattr(download, "checksum", look)
    assert bring(item).results[0].fresh and "another fetch is at work on it" in str(seen[0])
    whole(item)


def test_what_another_fetch_has_just_finished_is_not_fetched_again(archive, tmp_path, monkeypatch) -> None:
    item = Item(archive.put("a.nc", CONTENT), tmp_path / "a.nc")
    locked_part = resume.locked_part

    def late(part, url):
        monkeypatch.setattr(resume, "locked_part", locked_part)
        assert bring(item).results[0].fresh
        return locked_part(part, url)

    monkeypatch.setattr(resume, "locked_part", late)
    assert not bring(item).results[0].fresh and len(archive.gets("a.nc")) == 1
    whole(item)


def test_sizes_are_asked_for_before(archive, tmp_path) -> None:
    urls = [archive.put("a.nc", CONTENT), archive.put("b.nc", b"", heads=False), archive.root + "none.nc"]
    urls += [archive.put("c.nc", b"", redirect=archive.root + "a.nc")]
    answers = download.probe([Item(url, tmp_path / "x") for url in urls], 3, QUICK)
    assert [(a.size, a.exists) for a in answers] == [
        (len(CONTENT), True),
        (None, True),
        (None, False),
        (len(CONTENT), True),
    ]
    archive.asked.clear()
    silent = [Item("http://127.0.0.1:9/x", tmp_path / "x"), Item(urls[0], tmp_path / "a.nc")]
    assert [a.reached for a in download.probe(silent, 1, QUICK)] == [False, False]
    assert archive.asked == []  # an archive that does not answer is not asked for every file


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(0, 3000),
    breaks=st.lists(st.integers(0, 1200), max_size=6),
    ranges=st.booleans(),
    tag=st.sampled_from(["strong", "weak", "date", None]),
    old=st.integers(0, 4000),
)
def test_whatever_happens_the_final_name_means_whole(archive, tmp_path_factory, size, breaks, ranges, tag, old) -> None:
    folder = tmp_path_factory.mktemp("wild")
    content = CONTENT[:size]
    item = Item(archive.put("w.nc", content, breaks=list(breaks), ranges=ranges, tag=tag), folder / "w.nc")
    item.part.write_bytes(b"x" * old)  # of unknown origin
    report = bring(item)
    if report.results:
        whole(item, content)
    else:
        assert not item.path.exists() and isinstance(report.failed[0], InputError)
