"""Members in are members read and members refused, whatever is cut from a bundle or changed in it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError, Refused
from qc.readers.registry import read
from tests.support.archive_files.bundles import EXCHANGE

MEMBERS = 4
OXYGEN = [200.0 + number for number in range(MEMBERS)]
TEXTS = {f"{i}_hy1.csv": EXCHANGE.replace("4.7,250", f"4.7,{200 + i}").encode() for i in range(MEMBERS)}


class Pipe(io.BytesIO):
    """A file in which one cannot go back: the sizes of the members of a zip follow them."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError("a pipe")

    def tell(self) -> int:
        raise OSError("a pipe")


def zipped(members: dict[str, bytes], file: io.BytesIO, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(file, "w", method) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as bundle:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            bundle.addfile(info, io.BytesIO(data))
    return file.getvalue()


def nested() -> bytes:
    inner = [dict(list(TEXTS.items())[:2]), dict(list(TEXTS.items())[2:])]
    return tarred({"a.zip": zipped(inner[0], io.BytesIO()), "b.tar.gz": gzip.compress(tarred(inner[1]))})


def stored() -> bytes:
    """Make a zip with a zip inside that is not compressed again: its list of members ends up near the end of both."""
    inner = zipped(dict(list(TEXTS.items())[1:]), io.BytesIO())
    return zipped({"0_hy1.csv": TEXTS["0_hy1.csv"], "rest.zip": inner}, io.BytesIO(), zipfile.ZIP_STORED)


BUNDLES: dict[str, Callable[[], bytes]] = {
    "zip": lambda: zipped(TEXTS, io.BytesIO()),
    "zip, sizes behind": lambda: zipped(TEXTS, Pipe()),
    "zip of a zip": stored,
    "tar": lambda: tarred(TEXTS),
    "tar.gz": lambda: gzip.compress(tarred(TEXTS)),
    "tar.bz2": lambda: bz2.compress(tarred(TEXTS)),
    "tar.xz": lambda: lzma.compress(tarred(TEXTS)),
    "nested": nested,
}


def result(path: Path, content: bytes) -> tuple[list[float], list[Refused]]:
    """Return the oxygen that is read and what is refused; an error counts as one refusal."""
    path.write_bytes(content)
    refused: list[Refused] = []
    try:
        return read(path, refused=refused)["oxygen"].to_pylist(), refused
    except InputError as error:
        assert str(error).isprintable() and str(error).startswith(path.name)
        return [], [Refused(error.what, error.where)]


@pytest.mark.parametrize("kind", BUNDLES)
def test_a_whole_bundle_is_read(kind: str, tmp_path: Path) -> None:
    assert result(tmp_path / "bundle", BUNDLES[kind]()) == (OXYGEN, [])


@settings(max_examples=250)
@given(kind=st.sampled_from(sorted(BUNDLES)), share=st.floats(0, 1, exclude_max=True))
def test_a_cut_bundle_has_its_first_members_and_names_the_damage(tmp_path: Path, kind: str, share: float) -> None:
    whole = BUNDLES[kind]()
    found, refused = result(tmp_path / "cut", whole[: max(1, int(share * len(whole)))])
    assert found == OXYGEN[: len(found)]
    assert refused or found == OXYGEN


@pytest.mark.parametrize(
    ("kind", "end"),
    [("zip", -40), ("zip, sizes behind", -40), ("tar", 2500), ("tar.gz", -6), ("tar.bz2", -6), ("tar.xz", -6)],
)
def test_the_members_before_a_cut_are_read(kind: str, end: int, tmp_path: Path) -> None:
    found, refused = result(tmp_path / "cut", BUNDLES[kind]()[:end])
    assert refused and (found or kind == "tar.bz2"), kind  # bzip2 decompresses whole blocks of 900 kB


@settings(max_examples=250)
@given(
    kind=st.sampled_from(sorted(set(BUNDLES) - {"tar"})), share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7)
)
def test_a_changed_bit_never_changes_a_value(tmp_path: Path, kind: str, share: float, bit: int) -> None:
    changed = bytearray(BUNDLES[kind]())
    changed[int(share * len(changed))] ^= 1 << bit
    found, refused = result(tmp_path / "changed", bytes(changed))
    assert found == [value for value in OXYGEN if value in found]
    assert refused or found == OXYGEN


@settings(max_examples=100)
@given(bad=st.lists(st.booleans(), min_size=1, max_size=8), tar=st.booleans())
def test_members_in_are_members_read_and_members_refused(tmp_path: Path, bad: list[bool], tar: bool) -> None:
    members = {f"{i}_hy1.csv": EXCHANGE.encode()[: -20 if broken else None] for i, broken in enumerate(bad)}
    content = tarred(members) if tar else zipped(members, io.BytesIO())
    path, refused = tmp_path / "bundle", []
    path.write_bytes(content)
    if all(bad):
        with pytest.raises(InputError, match=f"first of {len(bad)} faults" if len(bad) > 1 else "END_DATA"):
            read(path, refused=refused)
        return
    table = read(path, refused=refused)
    assert table.num_rows + len(refused) == len(bad)
    assert {one.where.split("#")[1][0] for one in refused} == {str(i) for i, broken in enumerate(bad) if broken}
