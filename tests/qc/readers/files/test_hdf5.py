"""Structure of HDF5 files: valid heaps of strings pass, damaged ones are refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from qc.readers.files import hdf5, netcdf3
from tests.support import sound_files


def test_damage_to_the_strings_of_hdf5_does_not_kill_the_process(tmp_path: Path) -> None:
    """Each word of the heap that holds attributes of text, in a process of its own: netCDF-C 4.10.1 died of them."""
    seed = sound_files.made_as("cchdo_cf")
    script = """
import gc, sys
from pathlib import Path
from qc.readers.registry import InputError, read
data = Path(sys.argv[1]).read_bytes()
start, path, refused = data.index(b"GCOL"), Path(sys.argv[1]).with_name("damaged.nc"), 0
for at in range(start + 16, start + 900, 8):
    path.write_bytes(data[:at] + bytes([180, 83]) + data[at + 2 :])
    try:
        read(path)
    except InputError:
        refused += 1
    gc.collect()
print(refused)
"""
    path = tmp_path / "sound.nc"
    path.write_bytes(seed.data)
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, cwd=Path(__file__).parents[4]
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) > 10


def test_heaps_of_strings_are_checked_to_their_ends(data_root: Path) -> None:
    for seed in (*sound_files.made(), *sound_files.real(data_root)):
        if seed.data.startswith(b"\x89HDF"):
            hdf5.check_structure(seed.data)
    data = sound_files.made_as("cchdo_cf").data
    heap = data.index(b"GCOL")
    for at, value in ((heap + 8, 8), (heap + 8, 1 << 40), (heap + 24, 1 << 20), (heap + 16, 0)):
        with pytest.raises(netcdf3.Damaged):  # the last led the library round for ever: no object, and no size
            hdf5.check_structure(
                data[:at]
                + value.to_bytes(8, "little")
                + (bytes(8) if not value else data[at + 8 : at + 16])
                + data[at + 16 :]
            )
