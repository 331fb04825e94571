"""Damaged files of every format are read into a valid table, or refused in one line that names the file.

A sample of the files that `experiments/benchmarks/mutations.py` makes in thousands.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import scipy.io

from qc.errors import InputError
from qc.readers.delimited.description import TableSpec
from qc.readers.registry import read
from tests.support import mutant_arrays, mutants, sound_files
from tests.support.sound_files import Seed

ROOT = Path(__file__).parents[3]
EACH = 10  # damaged files of each sound one


def damaged(seeds: Iterator[Seed], folder: Path) -> tuple[dict[str, int], list[str]]:
    """Count results, and list the faults with the numbers that reproduce them."""
    counts, faults = dict.fromkeys(("read", "refused"), 0), []
    for seed in seeds:
        assert mutants.result_of(folder, seed, seed.name, seed.data) == "read", seed
        for number in range(EACH):
            try:
                _, name, data = mutants.mutate(seed, mutants.rng(seed, number))
            except mutants.NOT_MADE:
                continue
            result = mutants.result_of(folder, seed, name, data)
            if result in counts:
                counts[result] += 1
            else:
                faults.append(f"{seed.format} {seed.name} {number}: {result}")
    return counts, faults


def test_damaged_files_made_after_published_formats(tmp_path: Path) -> None:
    counts, faults = damaged(sound_files.made(), tmp_path)
    assert not faults
    assert min(counts.values()) > 10 and sum(counts.values()) > 80


def test_damaged_real_files(tmp_path: Path, data_root: Path) -> None:
    counts, faults = damaged(sound_files.real(data_root), tmp_path)
    assert not faults
    assert min(counts.values()) > 60 and sum(counts.values()) > 250


def changed(archive: str, variable: str, change: str) -> bytes:
    """Write a sound netCDF file again with one variable changed."""
    data = sound_files.made_as(archive).data
    with netCDF4.Dataset("sound", memory=data) as old:
        new = netCDF4.Dataset("damaged", "w", format=old.data_model, memory=len(data))
        mutant_arrays.copy(old, new, {variable: change}, np.random.default_rng(0))
        if change == "emptied":
            new[variable].set_auto_maskandscale(True)
            new[variable][:] = np.ma.masked
        return bytes(new.close())


def refused(path: Path, data: bytes, message: str, **how: Any) -> None:
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read(path, **how)
    assert str(caught.value).startswith(path.name) and str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("archive", "variable", "change", "message"),
    [
        ("geotraces", "var35", "scalar", "oxygen is not stations x samples"),
        ("woce_netcdf", "bottle_oxygen", "longer", "bottle_oxygen has 7 values|OXYGEN has 7 values"),
        ("seaglider", "ctd_time", "scalar", "ctd_time is not sampled with the CTD|is not sampled with the CTD"),
        ("seaglider", "temperature", "longer", "is not sampled with the CTD"),
        ("wod", "wod_unique_cast", "emptied", "a cast without a number wod_unique_cast"),
        ("wod", "lat", "scalar", "not have the type and shape"),
        ("wod", "time", "text", "not have the type and shape"),
    ],
)
def test_variables_of_another_shape_are_refused(
    archive: str, variable: str, change: str, message: str, tmp_path: Path
) -> None:
    refused(tmp_path / "damaged.nc", changed(archive, variable, change), message)


def test_flags_of_another_shape_are_none(tmp_path: Path) -> None:
    path = tmp_path / "damaged.nc"
    path.write_bytes(changed("geotraces", "var35_qc", "scalar"))
    assert set(read(path)["oxygen_flag"].to_pylist()) <= {1, 2, 3, 4, 9}


def rewritten(archive: str, change: Callable[[netCDF4.Dataset], None]) -> bytes:
    data = sound_files.made_as(archive).data
    with netCDF4.Dataset("sound", memory=data) as old:
        new = netCDF4.Dataset("damaged", "w", format=old.data_model, memory=len(data))
        mutant_arrays.copy(old, new, {}, np.random.default_rng(0))
        change(new)
        return bytes(new.close())


def test_a_row_size_beyond_the_file_takes_no_memory(tmp_path: Path) -> None:
    def change(file: netCDF4.Dataset) -> None:
        file["z_row_size"][:] = 2**31 - 1

    refused(tmp_path / "damaged.nc", rewritten("wod", change), "z_row_size adds up to 6442450941, z has 9 levels")


def test_flags_of_depth_for_other_levels_are_refused(tmp_path: Path) -> None:
    def change(file: netCDF4.Dataset) -> None:
        file.createVariable("z_WODflag", "i1", ("odd",))[:] = 1

    refused(tmp_path / "damaged.nc", rewritten("wod", change), "not have the type and shape")


def test_a_variable_far_larger_than_its_file_is_refused(tmp_path: Path) -> None:
    new = netCDF4.Dataset("bomb", "w", memory=1024)
    new.createDimension("n", 1 << 34)
    for name in ("wod_unique_cast", "lat", "lon", "time", "z"):
        new.createVariable(name, "f8", ("n",), zlib=True, chunksizes=(1 << 20,))
    refused(tmp_path / "bomb.nc", bytes(new.close()), "of 17179869184 values in a file of")


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    columns = {f"G2{name}": np.ones(3) for name in ("station", "year", "month", "day", "latitude", "longitude")}
    file = io.BytesIO()
    scipy.io.savemat(file, columns | {"G2pressure": np.ones(3), "G2oxygen": np.ones(3) + 1j})
    refused(tmp_path / "cruise.mat", file.getvalue(), "column oxygen holds complex numbers")


@pytest.mark.parametrize("cut", [0, 1])
def test_a_table_without_data_lines_is_refused(cut: int, tmp_path: Path) -> None:
    text = sound_files.made_as("odv").data
    header = text[: text.index(b"\nA1") + 1 - cut]
    refused(tmp_path / "table.txt", header, "no data below the header")


def test_a_glodap_file_without_data_lines_is_refused(tmp_path: Path) -> None:
    header = b"G2station,G2year,G2month,G2day,G2latitude,G2longitude,G2pressure,G2oxygen"
    for rest in (b"", b"\n"):
        refused(
            tmp_path / "merged.csv", header + rest, "no data below the header|incomplete|content of no known archive"
        )


def test_a_quoted_table_cut_in_its_last_line_is_refused(tmp_path: Path) -> None:
    spec = TableSpec.model_validate(
        {
            "archive": "own",
            "columns": {"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "o2"},
            "units": {"oxygen": "umol/kg"},
            "time": {"columns": ["day"], "format": "%Y-%m-%d"},
            "cast": "{day}",
            "cruise": "{ship}",
        }
    )
    text = 'day,lat,lon,z,o2,ship\n2001-02-03,1,2,10,200,"a, b"\n2001-02-03,1,2,20,210,"a, b"\n'
    path = tmp_path / "own.csv"
    for end in (len(text), len(text) - 1):
        path.write_text(text[:end])
        assert read(path, spec).num_rows == 2
    for cut in set(range(2, 27)) - {7}:  # there all fields are begun, the last is empty
        refused(path, text[:-cut].encode(), r"\d fields instead of 6|a quote is not closed", spec=spec)


def test_numbers_too_long_for_an_integer_are_numbers(tmp_path: Path) -> None:
    text = sound_files.made_as("odv").data
    path = tmp_path / "table.txt"
    path.write_bytes(text.replace(b"\t20\t1\t-1.5", b"\t99999999999999999999\t1\t1e308"))
    assert read(path).num_rows == 5
