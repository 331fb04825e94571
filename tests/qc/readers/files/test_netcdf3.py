"""Structure of netCDF classic files: valid ones pass, truncated ones are refused."""

from pathlib import Path

import netCDF4
import pytest

from qc.readers.files import netcdf3
from tests.support import sound_files


def test_a_classic_file_is_as_long_as_its_header_says(data_root: Path) -> None:
    for seed in (*sound_files.made(), *sound_files.real(data_root)):
        if seed.data[:3] != b"CDF":
            continue
        netcdf3.check_structure(seed.data)
        end = netcdf3._end(netcdf3._Header(seed.data))
        for cut in (5, 40, end // 2, end - 1):
            with pytest.raises(netcdf3.Damaged):
                netcdf3.check_structure(seed.data[:cut])


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"])
@pytest.mark.parametrize("records", [0, 3])
@pytest.mark.parametrize("several", [False, True])
def test_records_and_padding_of_classic_files(form: str, records: int, several: bool, tmp_path: Path) -> None:
    path = tmp_path / "made.nc"
    new = netCDF4.Dataset(path, "w", format=form)
    new.createDimension("record", None)
    new.createDimension("n", 3)
    new.title = "odd"
    new.createVariable("scalar", "f8", ())[...] = 1.0
    one = new.createVariable("bytes", "i1", ("record", "n"))
    other = new.createVariable("shorts", "i2", ("record", "n")) if several else None
    for variable in (one, other):
        if variable is not None and records:
            variable[:records] = 1
    new.close()
    raw = path.read_bytes()
    netcdf3.check_structure(raw)
    with pytest.raises(netcdf3.Damaged):
        netcdf3.check_structure(raw[:-4])
    assert len(raw) - 4 < netcdf3._end(netcdf3._Header(raw)) <= len(raw)
