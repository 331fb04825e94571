import gzip
from pathlib import Path

import netCDF4
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read
from tests.support.archive_files.seaglider import write_dive

# oxygen values, the two extremes, and how many of each IODE flag
DIVES = {
    "p5420306.nc.gz": (744, (59.8, 7596.4), {1: 744}),
    "p5420309.nc.gz": (785, (161.3, 284.6), {1: 784, 3: 1}),  # one of them interpolated by the basestation
    "p5420312.nc.gz": (1145, (-5419.2, 379.0), {1: 1144, 3: 1}),
}


@pytest.mark.parametrize("name", DIVES)
def test_dives(name: str, data_root: Path) -> None:
    path = data_root / "observations" / "gliders" / name
    count, extremes, flags = DIVES[name]
    assert detect_format(path) == "seaglider"
    frame = read(path).to_pandas()
    given = frame.dropna(subset="oxygen")
    assert len(given) == count and (given.oxygen.min(), given.oxygen.max()) == pytest.approx(extremes, abs=0.05)
    assert given.oxygen_flag.value_counts().to_dict() == flags
    assert given.oxygen.median() == pytest.approx(225, abs=30)  # the uncorrected value is some 75 umol/kg higher
    dive = name[5:8].lstrip("0")
    assert sorted(frame.cast.unique()) == [f"SG542_{dive}_down", f"SG542_{dive}_up"]
    assert frame.cruise.eq("SG542_12").all() and frame.instrument.eq("glider").all()
    assert frame.time.dt.year.eq(2016).all() and frame.time.is_monotonic_increasing
    down = frame[frame.cast.str.endswith("down")]
    assert down.pressure.iloc[-1] == frame.pressure.max() > 1000
    assert frame.longitude.between(8.3, 8.6).all() and frame.latitude.between(-43.2, -42.9).all()


def test_flags_turning_point_and_name(tmp_path: Path) -> None:
    path = write_dive(tmp_path / "p0010007.nc", "sbe43_dissolved_oxygen")
    frame = read(path).to_pandas()
    assert frame.cast.tolist() == ["SG1_7_down", "SG1_7_down", "SG1_7_up", "SG1_7_up"]
    assert frame.oxygen_flag.tolist() == [1, 4, 9, 2] and frame.cruise.eq("SG1").all()
    assert frame.longitude.eq(-170).all()
    packed = tmp_path / "p0010007.nc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed).to_pandas().drop(columns="file").equals(frame.drop(columns="file"))


def test_a_dive_without_corrected_oxygen_is_refused(tmp_path: Path) -> None:
    path = write_dive(tmp_path / "p.nc", "aanderaa4330_instrument_dissolved_oxygen")
    assert detect_format(path) == "unknown"
    with pytest.raises(InputError, match="content of no known archive"):
        read(path)


def test_oxygen_on_a_clock_of_its_own_is_refused(tmp_path: Path) -> None:
    path = write_dive(tmp_path / "p.nc", "sbe43_dissolved_oxygen")
    with netCDF4.Dataset(str(path), "a") as dataset:
        dataset.createDimension("aa4831_data_point", 9)
        dataset.createVariable("aanderaa4831_dissolved_oxygen", "f8", ("aa4831_data_point",))[:] = 200.0
    with pytest.raises(InputError, match=r"p\.nc.*not sampled with the CTD|not sampled with the CTD"):
        read(path)
