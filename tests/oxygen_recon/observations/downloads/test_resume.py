import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.observations.downloads import download, resume
from oxygen_recon.observations.downloads.download import Item
from oxygen_recon.observations.downloads.resume import RetryPolicy
from qc.errors import InputError
from tests.support.downloads import CONTENT, QUICK, bring, whole


@pytest.mark.parametrize("tag", ["strong", "date"])
def test_a_broken_download_goes_on_where_it_broke(archive, tmp_path, tag) -> None:
    received: list[int] = []
    item = Item(archive.put("a.nc", CONTENT, breaks=[300_000, 300_000], tag=tag), tmp_path / "a.nc")
    assert len(download.download([item], 1, QUICK, received.append).results) == 1
    whole(item)
    spans = archive.gets("a.nc")
    assert spans[0] == "" and spans[1] == "bytes=300000-" and spans[2] == "bytes=600000-"
    assert sum(received) == len(CONTENT)


def test_a_part_left_by_an_earlier_run_is_resumed(archive, tmp_path) -> None:
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
def test_two_versions_are_not_mixed_where_the_server_ignores_if_range(archive, tmp_path, tag, newer) -> None:
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9, tag=tag), tmp_path / "a.nc")
    assert bring(item).failed and resume.size_of(item.part) == 400_000
    archive.requests.clear()
    archive.put("a.nc", newer, tag=tag, honours_if_range=False)
    assert bring(item).results
    whole(item, newer)
    assert archive.gets("a.nc") == ["bytes=400000-", ""]


@pytest.mark.parametrize("unversioned", [True, False])
def test_a_rest_of_no_version_or_of_another_length_is_not_trusted(archive, tmp_path, unversioned) -> None:
    same = {"headers": {} if unversioned else {"ETag": '"same"'}, "honours_if_range": False}
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000] + [0] * 9, **same), tmp_path / "a.nc")
    assert bring(item).failed and resume.size_of(item.part) == 400_000
    newer = CONTENT if unversioned else CONTENT[::-1][:-7]
    archive.requests.clear()
    archive.put("a.nc", newer, unversioned=unversioned, **same)
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
def test_a_server_that_cannot_resume_sends_all_again(archive, tmp_path, fault) -> None:
    received: list[int] = []
    item = Item(archive.put("a.nc", CONTENT, breaks=[400_000]), tmp_path / "a.nc")
    file = archive.files["/a.nc"]
    file.ranges, file.wrong_start = fault != "ignores ranges", fault == "starts elsewhere"
    if fault == "range not satisfiable":
        file.statuses = [200, 416]
    assert len(download.download([item], 1, QUICK, received.append).results) == 1
    whole(item)
    assert sum(received) == len(CONTENT)


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


def test_a_silent_line_counts_as_broken(archive, tmp_path) -> None:
    url = archive.put("a.nc", CONTENT, breaks=[500_000], hold=threading.Event())
    item = Item(url, tmp_path / "a.nc")
    assert bring(item, RetryPolicy(tries=9, wait=0.001, longest=0.01, timeout=2.0)).results
    archive.files["/a.nc"].hold.set()
    whole(item)
    resumed = int(archive.gets("a.nc")[1].removeprefix("bytes=").rstrip("-"))
    assert 400_000 < resumed <= 500_000  # what had not filled a block is sent again


def test_a_slow_line_is_waited_for(archive, tmp_path) -> None:
    item = Item(archive.put("a.nc", CONTENT, chunk=1_000), tmp_path / "a.nc")
    assert bring(item, RetryPolicy(tries=1, wait=0.001, timeout=30.0)).results
    whole(item)
    assert archive.gets("a.nc") == [""]


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


@settings(max_examples=25)
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
