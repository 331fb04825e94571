import json
import subprocess
import sys
from datetime import date

import pytest

from oxygen_recon.observations import catalog
from oxygen_recon.observations.catalog import Catalog, Download, Entry, Index
from oxygen_recon.observations.downloads import fetch
from oxygen_recon.observations.downloads.download import LockEntry, add_to_lock, read_lock
from oxygen_recon.observations.downloads.resume import RetryPolicy
from oxygen_recon.observations.downloads.selection import EVERYTHING, Selection
from qc.errors import InputError
from tests.oxygen_recon.observations.downloads.test_argo_index import COLUMNS, HEAD, ROWS

QUICK = RetryPolicy(tries=2, wait=0.001, longest=0.01, timeout=30.0)
REPORTED: list[str] = []


@pytest.fixture(autouse=True)
def no_reports() -> None:
    REPORTED.clear()


def known(archive, **entry) -> Catalog:
    """A catalogue of one dataset at an unencrypted address, which no catalogue file may name."""
    default = {"title": "t", "licence": "l", "citation": "c", "reader": "wod", "files": ["w/*.nc"]}
    if "urls" in entry:
        entry["downloads"] = [
            Download.model_construct(url=archive.root + url, folder="w", years=None, verified=i == 0)
            for i, url in enumerate(entry.pop("urls"))
        ]
    return Catalog.model_construct(entries={"mine": Entry.model_construct(**(default | entry))})


def run(known, root, selection=EVERYTHING, **how):
    how = {"lock": root / "my.lock", "retry": QUICK, "report": REPORTED.append} | how
    return [path.name for path in fetch.fetch(known, "mine", root, selection, **how)]


def test_years_are_fetched_locked_and_found_again(archive, tmp_path) -> None:
    mine, before = known(archive, urls=["w_{year}.nc"]), date.today().isoformat()
    for year in (1990, 1991, 1993):  # the archive has nothing of 1992
        archive.put(f"w_{year}.nc", str(year).encode())
    assert run(mine, tmp_path, Selection.of("1990-1993", None, None)) == ["w_1990.nc", "w_1991.nc", "w_1993.nc"]
    lock, days = read_lock(tmp_path / "my.lock"), {before, date.today().isoformat()}
    assert sorted(url.rsplit("/", 1)[-1] for url in lock) == ["w_1990.nc", "w_1991.nc", "w_1993.nc"]
    assert {entry.date for entry in lock.values()} <= days and {entry.size for entry in lock.values()} == {4}
    assert any("w_1992.nc: the archive has no such file (404)" in line for line in REPORTED)
    assert any(line.startswith("mine: 4 of 4 files to fetch, 12 bytes") for line in REPORTED)
    assert len(mine.resolve("mine", tmp_path)) == 3
    archive.requests.clear()
    assert run(mine, tmp_path, Selection.of("1990-1991", None, None)) == ["w_1990.nc", "w_1991.nc"]
    assert archive.requests == []  # files in the lock file are verified without the archive
    assert "0 files fetched (0 bytes), 2 were there and are right" in REPORTED


def test_a_file_that_changed_since_it_was_first_fetched(archive, tmp_path) -> None:
    mine = known(archive, urls=["a.nc"])
    archive.put("a.nc", b"first")
    run(mine, tmp_path)
    (tmp_path / "w" / "a.nc").unlink()
    archive.put("a.nc", b"other")
    with pytest.raises(
        InputError, match=r"a\.nc: the archive serves another file than the one that .*my\.lock requires; .* remove"
    ):
        run(mine, tmp_path)
    assert list((tmp_path / "w").iterdir()) == []
    (tmp_path / "my.lock").unlink()  # to accept the new version
    assert run(mine, tmp_path) == ["a.nc"]
    (tmp_path / "w" / "a.nc").write_bytes(b"spoilt")
    with pytest.raises(
        InputError, match=r"a\.nc: is not the file that .*my\.lock requires; remove the file and fetch again"
    ):
        run(mine, tmp_path)


def test_a_published_checksum_goes_before_the_lock(archive, tmp_path) -> None:
    archive.put("a.nc", b"hello")
    published = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    add_to_lock(tmp_path / "my.lock", {archive.root + "a.nc": LockEntry(size=1, sha256="0" * 64, date="2020-01-01")})
    assert run(known(archive, urls=["a.nc"], sha256={"a.nc": published}), tmp_path) == ["a.nc"]
    (tmp_path / "w" / "a.nc").unlink()
    archive.put("a.nc", b"hell")
    with pytest.raises(InputError, match="than the one that the catalogue requires"):
        run(known(archive, urls=["a.nc"], sha256={"a.nc": published}), tmp_path)


def test_a_cut_file_on_disk_gets_no_lock_entry(archive, tmp_path) -> None:
    archive.put("a.nc", b"0123456789")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.nc").write_bytes(b"01234")
    with pytest.raises(InputError, match="has 5 bytes, in the archive 10; remove it"):
        run(known(archive, urls=["a.nc"]), tmp_path)
    assert not (tmp_path / "my.lock").exists()
    archive.files["/a.nc"].heads = False  # the archive gives no size: kept, but not verified
    assert run(known(archive, urls=["a.nc"]), tmp_path) == ["a.nc"]
    assert not (tmp_path / "my.lock").exists()


def test_a_dry_run_reports_everything_and_does_nothing(archive, tmp_path) -> None:
    mine = known(archive, urls=["a.nc", "b.nc"])
    archive.put("a.nc", b"x" * 2_500_000)
    assert run(mine, tmp_path, dry_run=True) == []
    assert list(tmp_path.iterdir()) == [] and not archive.gets("a.nc")
    assert any("a.nc -> " in line and "(2.5 MB)" in line for line in REPORTED)
    assert any("b.nc -> " in line and "(not in the archive)" in line for line in REPORTED)
    assert any("unverified address" in line and "b.nc" in line for line in REPORTED)
    assert any("2.5 MB and more, for not every size is known" in line and "free in" in line for line in REPORTED)


def test_what_the_disk_cannot_hold_is_not_begun(archive, tmp_path, monkeypatch) -> None:
    archive.put("a.nc", b"x" * 1000)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 999})())
    with pytest.raises(InputError, match=r"1\.0 kB to fetch, but 999 bytes free; free some, or name another --data"):
        run(known(archive, urls=["a.nc"]), tmp_path / "not" / "made")
    assert not archive.gets("a.nc") and list(tmp_path.iterdir()) == []


def test_one_failure_is_raised_after_the_rest_is_saved(archive, tmp_path) -> None:
    archive.put("a.nc", b"a", statuses=[403])
    archive.put("b.nc", b"b")
    with pytest.raises(InputError, match=r"a\.nc: the server answered 403"):
        run(known(archive, urls=["a.nc", "b.nc"]), tmp_path)
    assert (tmp_path / "w" / "b.nc").read_bytes() == b"b"
    assert list(read_lock(tmp_path / "my.lock")) == [archive.root + "b.nc"]


def test_nothing_of_it_in_the_archive(archive, tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        run(known(archive, urls=["w_{year}.nc"]), tmp_path, Selection(years=(1990, 1991)))


@pytest.fixture
def argo(archive) -> Catalog:
    archive.put("index.txt", (HEAD + COLUMNS + "\n".join(ROWS) + "\n").encode())
    for row in ROWS:
        file = row.split(",")[0]
        archive.put("dac/" + file, file.encode())
        stem = file.split("/profiles/")[0]
        archive.put(f"dac/{stem}/{stem.split('/')[1]}_Sprof.nc", stem.encode())
    index = Index.model_construct(url=archive.root + "index.txt", root=archive.root + "dac", folder="argo")
    return known(archive, index=index, reader="argo", files=["argo/*.nc"])


def test_argo_floats_are_chosen_from_the_index(archive, argo, tmp_path) -> None:
    selection = Selection.of("2009-2010", "170,-170,-20,20", "dr")
    assert run(argo, tmp_path, selection) == ["1_Sprof.nc"]
    assert (tmp_path / "argo" / "1_Sprof.nc").read_bytes() == b"aoml/1"
    assert any(line.startswith("index of 2021-01-20: 2 profiles with oxygen chosen") for line in REPORTED)
    assert not (tmp_path / "my.lock").exists()  # the archive goes on rewriting them
    assert run(argo, tmp_path, Selection(mode="D")) == ["1_Sprof.nc", "2_Sprof.nc"]
    assert len(archive.gets("index.txt")) == 1 and len(archive.gets("dac/aoml/1/1_Sprof.nc")) == 1


def test_argo_profiles_one_by_one(archive, argo, tmp_path) -> None:
    names = run(argo, tmp_path, Selection(mode="A", profiles=True))
    assert names == ["SR1_003D.nc"]
    with pytest.raises(InputError, match="nothing to fetch for that selection; widen"):
        run(argo, tmp_path, Selection(mode="A", years=(1950, 1951)))


def test_a_float_with_new_profiles_is_fetched_anew(archive, argo, tmp_path) -> None:
    run(argo, tmp_path, Selection(mode="A"))
    later = [row.rsplit(",", 1)[0] + ",21000101000000" if "SD1_001" in row else row for row in ROWS]
    (tmp_path / "argo/index/index.txt").write_text(HEAD + COLUMNS + "\n".join(later) + "\n")
    archive.put("dac/aoml/1/1_Sprof.nc", b"longer")
    assert run(argo, tmp_path, Selection(mode="A")) == ["1_Sprof.nc"]
    assert (tmp_path / "argo" / "1_Sprof.nc").read_bytes() == b"longer"


@pytest.mark.parametrize(
    ("entry", "selection", "message"),
    [
        ({"access": "write to them"}, Selection(), "mine: has no public address; write to them"),
        ({}, Selection(), r"put its files below the data folder: w/\*\.nc"),
        ({"urls": ["w_{year}.nc"]}, Selection(), "has one file a year; give the years"),
        ({"urls": ["a.nc"]}, Selection(years=(1990, 1991)), "not split by years"),
        ({"urls": ["a.nc"]}, Selection(mode="D"), "not chosen from an index"),
        ({"urls": ["a.nc"]}, Selection(profiles=True), "not chosen from an index"),
    ],
)
def test_a_selection_that_does_not_fit_is_refused(archive, entry, selection, message, tmp_path) -> None:
    with pytest.raises(InputError, match=message):
        run(known(archive, **entry), tmp_path, selection)
    assert archive.requests == []


def test_the_overview_names_every_dataset() -> None:
    lines = fetch.overview(catalog.load()).split("\n")
    assert [line.split()[0] for line in lines] == list(catalog.load().entries)


def test_importing_opens_no_connection() -> None:
    code = (
        "import socket, sys, json\n"
        "def refuse(*a, **k): raise AssertionError('a connection at import')\n"
        "socket.socket.connect = refuse\n"
        "import oxygen_recon.cli, oxygen_recon.observations.catalog\n"
        "print(json.dumps([m for m in ('requests', 'urllib3') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
