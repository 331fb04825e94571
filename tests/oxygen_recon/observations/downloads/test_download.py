import gzip
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oxygen_recon.observations.downloads import download, resume
from oxygen_recon.observations.downloads.download import LOCK_NAME, Item, LockEntry
from oxygen_recon.observations.downloads.resume import Missing, RetryPolicy
from oxygen_recon.runtime import resources
from qc.errors import InputError
from tests.support.downloads import CONTENT, QUICK, bring, sha256, whole


def test_a_file_arrives_whole_and_is_not_fetched_twice(archive, tmp_path) -> None:
    received: list[int] = []
    item = Item(archive.put("a.nc", CONTENT), tmp_path / "deep" / "a.nc")
    (result,) = download.download([item], 1, QUICK, received.append).results
    whole(item)
    assert (result.size, result.sha256, result.fresh) == (len(CONTENT), sha256(CONTENT), True)
    assert sum(received) == len(CONTENT)
    (again,) = bring(item).results
    assert not again.fresh and again.sha256 == result.sha256 and len(archive.gets("a.nc")) == 1


def test_a_length_that_promises_too_little_is_caught_by_the_checksum(archive, tmp_path) -> None:
    url = archive.put("a.nc", CONTENT, extra=-10)
    (error,) = bring(Item(url, tmp_path / "a.nc", sha256(CONTENT), "the catalogue")).failed
    assert "another file than the one that the catalogue requires" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_what_the_archive_lacks_is_reported_apart(archive, tmp_path) -> None:
    report = bring(Item(archive.root + "none.nc", tmp_path / "none.nc"))
    assert isinstance(report.missing[0], Missing) and not report.failed and not report.results
    assert archive.gets("none.nc") == [""] and list(tmp_path.iterdir()) == []


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


def test_a_changed_file_is_not_taken_for_the_required_one(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT[:-1] + b"?"), tmp_path / "a.nc", sha256(CONTENT), "my.lock")
    (error,) = bring(item).failed
    assert "another file than the one that my.lock requires; if it is a new version you want, remove" in str(error)
    assert list(tmp_path.iterdir()) == []  # nothing of it is resumed next time


def test_a_damaged_file_on_disk_is_reported_and_left(archive, tmp_path) -> None:
    (tmp_path / "a.nc").write_bytes(CONTENT[:100])
    url = archive.put("a.nc", CONTENT)
    (error,) = bring(Item(url, tmp_path / "a.nc", sha256(CONTENT), "the catalogue")).failed
    assert "is not the file that the catalogue requires; remove the file and fetch again" in str(error)
    (error,) = bring(Item(url, tmp_path / "a.nc", size=len(CONTENT))).failed
    assert "has 100 bytes, in the archive 1000000" in str(error)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT[:100] and archive.requests == []


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
    for result in report.results:
        assert result.item.path.read_bytes() == contents[result.item.path.name]


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


def test_without_hard_links_an_interrupted_verification_keeps_the_download(archive, tmp_path, monkeypatch) -> None:
    item = Item(archive.put("a.nc", CONTENT), tmp_path / "a.nc")

    def refuse(*_: object) -> None:
        raise OSError("this file system has no hard links")

    def interrupt(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(download.os, "link", refuse)
    with monkeypatch.context() as busy, pytest.raises(KeyboardInterrupt):
        busy.setattr(download, "checksum", interrupt)
        download.download([item], 1, QUICK)
    assert not item.path.exists() and item.part.read_bytes() == CONTENT
    bring(item)
    whole(item)


def test_two_at_work_on_one_file_do_not_mix_their_bytes(archive, tmp_path) -> None:
    pytest.importorskip("fcntl")
    url = archive.put("a.nc", CONTENT, breaks=[500_000], hold=threading.Event())
    item, begun = Item(url, tmp_path / "a.nc"), threading.Event()
    patient = RetryPolicy(timeout=600.0)  # the line is silent for as long as this test needs it to be
    first = threading.Thread(target=download.download, args=([item], 1, patient, lambda n: n > 0 and begun.set()))
    first.start()
    assert begun.wait(60)
    (error,) = bring(item).failed
    assert "another fetch is at work on it; wait" in str(error)
    archive.files["/a.nc"].hold.set()
    first.join()
    whole(item)


def test_a_file_has_its_name_before_another_fetch_may_look(archive, tmp_path, monkeypatch) -> None:
    pytest.importorskip("fcntl")
    item, second = Item(archive.put("a.nc", CONTENT), tmp_path / "a.nc"), []
    checksum = download.checksum

    def look(path):
        if path != item.path:  # verified, but without its final name
            monkeypatch.setattr(download, "checksum", checksum)
            second.extend(bring(item).failed)  # a second fetch while the first computes the checksum
        return checksum(path)

    monkeypatch.setattr(download, "checksum", look)
    assert bring(item).results[0].fresh and "another fetch is at work on it" in str(second[0])
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


def test_sizes_are_found_before(archive, tmp_path) -> None:
    urls = [archive.put("a.nc", CONTENT), archive.put("b.nc", b"", heads=False), archive.root + "none.nc"]
    urls += [archive.put("c.nc", b"", redirect=archive.root + "a.nc")]
    found = download.probe([Item(url, tmp_path / "x") for url in urls], 3, QUICK)
    assert [(a.size, a.exists) for a in found] == [
        (len(CONTENT), True),
        (None, True),
        (None, False),
        (len(CONTENT), True),
    ]
    archive.requests.clear()
    silent = [Item("http://127.0.0.1:9/x", tmp_path / "x"), Item(urls[0], tmp_path / "a.nc")]
    assert [a.reached for a in download.probe(silent, 1, QUICK)] == [False, False]
    assert archive.requests == []  # an archive that does not answer gets no request for each file


def test_a_lock_file_is_read_back_and_only_added_to(tmp_path: Path) -> None:
    path = tmp_path / LOCK_NAME
    assert download.read_lock(path) == {}
    first, other = (LockEntry(size=n, sha256=f"{n:064x}", date="2026-11-21") for n in (1, 2))
    download.add_to_lock(path, {"https://b": first})
    download.add_to_lock(path, {"https://b": other, "https://a": other})
    assert download.read_lock(path) == {"https://a": other, "https://b": first}
    assert path.read_text().startswith("# ") and path.read_text().count("\n") == 4
    download.read_lock(resources.find(LOCK_NAME))


@pytest.mark.parametrize(
    "text", ["- a", "https://a: {size: 1}", "https://a: [", "https://a: {size: -1, sha256: a, date: b}"]
)
def test_a_broken_lock_file_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / LOCK_NAME
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        download.read_lock(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_what_a_killed_verification_left_is_not_taken_for_the_file(archive, tmp_path) -> None:
    """A kill while pooch verifies leaves its folder, and the whole unfinished file."""
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9), tmp_path / "a.nc")
    assert bring(item).failed
    (tmp_path / ".partial-a.nc").mkdir()
    (tmp_path / ".partial-a.nc" / "a.nc").write_bytes(b"older")
    item.part.write_bytes(CONTENT)
    archive.requests.clear()
    assert bring(item).results[0].fresh and archive.requests == []
    whole(item)
