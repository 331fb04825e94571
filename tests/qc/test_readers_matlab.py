"""MATLAB 5 files whose packed elements are damaged or hostile."""

import struct
import zlib
from pathlib import Path

import pytest
import scipy.io

from qc import readers
from qc.errors import InputError
from qc.readers import matlab, unpack
from qc.readers.source import Source


def mat(path: Path, n: int) -> Source:
    scipy.io.savemat(path, {"zeros": [0.0] * n}, do_compression=True)
    return Source(path.name, path=path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "LIMITS", unpack.Limits(free=1 << 20))
    assert matlab.arrays(mat(tmp_path / "sound.mat", 100_000), ["zeros"])["zeros"].shape == (100_000,)
    bomb = mat(tmp_path / "bomb.mat", 1_000_000)
    assert bomb.path is not None and 8_000_000 > 300 * bomb.path.stat().st_size
    for read in (matlab.names, lambda source: matlab.arrays(source, ["zeros"])):
        with pytest.raises(InputError, match=r"bomb\.mat: unpacks to more than 300 times its size"):
            read(bomb)
    with pytest.raises(InputError, match="unpacks to more than 300 times"):
        readers.sniff(bomb.path)


def test_elements_share_one_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "LIMITS", unpack.Limits(free=1 << 20, ratio=1))
    packed = zlib.compress(bytes(600_000))
    element = struct.pack("<2I", 15, len(packed)) + packed
    header = mat(tmp_path / "one.mat", 1).bytes()[:128]
    (tmp_path / "two.mat").write_bytes(header + 2 * element)
    with pytest.raises(InputError, match=r"two\.mat: unpacks to more than 1 times"):
        matlab.names(Source("two.mat", path=tmp_path / "two.mat"))


def test_a_damaged_element_is_refused_in_one_line(tmp_path: Path) -> None:
    source = mat(tmp_path / "m.mat", 50)
    raw = bytearray(source.bytes())
    raw[140] ^= 255
    with pytest.raises(InputError, match=r"m\.mat: not a readable MATLAB 5 file") as caught:
        matlab.names(Source("m.mat", data=bytes(raw)))
    assert "\n" not in str(caught.value)
