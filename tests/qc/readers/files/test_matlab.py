"""MATLAB 5 files whose packed elements are damaged or hostile."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from qc.errors import InputError
from qc.readers.files import limits, matlab
from qc.readers.files.source import Source
from qc.readers.registry import detect_format


def mat(path: Path, n: int) -> Source:
    scipy.io.savemat(path, {"zeros": [0.0] * n}, do_compression=True)
    return Source(path.name, path=path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", limits.Limits(free=1 << 20))
    assert matlab.arrays(mat(tmp_path / "sound.mat", 100_000), ["zeros"])["zeros"].shape == (100_000,)
    bomb = mat(tmp_path / "bomb.mat", 1_000_000)
    assert bomb.path is not None and 8_000_000 > 300 * bomb.path.stat().st_size
    with pytest.raises(InputError, match=r"bomb\.mat: unpacks to more than 300 times its size"):
        matlab.arrays(bomb, ["zeros"])


def test_names_are_read_without_unpacking_an_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[int] = []

    class Counted:
        def __init__(self) -> None:
            self.stream = inflater()

        def decompress(self, packed: bytes, most: int) -> bytes:
            requested.append(most)
            return self.stream.decompress(packed, most)

    source, inflater = mat(tmp_path / "m.mat", 1_000_000), zlib.decompressobj
    monkeypatch.setattr(matlab.zlib, "decompressobj", Counted)
    assert matlab.names(source) == ["zeros"] and sum(requested) < 2000
    assert source.path is not None and detect_format(source.path) == "unknown" and len(requested) == 2


@pytest.mark.parametrize("packed", [True, False])
def test_names_are_those_that_scipy_lists(tmp_path: Path, packed: bool) -> None:
    given = {"a": 1.0, "four": [1, 2], "fives": "text", "a_name_of_31_characters_at_most_": np.zeros((2, 3, 4, 5))}
    scipy.io.savemat(tmp_path / "m.mat", given | {"cell": {"b": 3}}, do_compression=packed)
    listed = [name for name, _, _ in scipy.io.whosmat(tmp_path / "m.mat")]
    assert matlab.names(Source("m.mat", path=tmp_path / "m.mat")) == listed == [*given, "cell"]


def test_elements_share_one_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", limits.Limits(free=1 << 20, ratio=1))
    packed = zlib.compress(bytes(600_000))
    element = struct.pack("<2I", 15, len(packed)) + packed
    header = mat(tmp_path / "one.mat", 1).bytes()[:128]
    (tmp_path / "two.mat").write_bytes(header + 2 * element)
    with pytest.raises(InputError, match=r"two\.mat: unpacks to more than 1 times"):
        matlab.arrays(Source("two.mat", path=tmp_path / "two.mat"), [])


def test_a_damaged_element_is_refused_in_one_line(tmp_path: Path) -> None:
    source = mat(tmp_path / "m.mat", 50)
    raw = bytearray(source.bytes())
    raw[140] ^= 255
    with pytest.raises(InputError, match=r"m\.mat: not a readable MATLAB 5 file") as caught:
        matlab.names(Source("m.mat", data=bytes(raw)))
    assert "\n" not in str(caught.value)
