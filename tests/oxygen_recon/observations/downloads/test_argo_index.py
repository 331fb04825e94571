import gzip
from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.observations.downloads import argo_index
from oxygen_recon.observations.downloads.selection import Region
from qc.errors import InputError

HEAD = "# Title : Synthetic-Profile directory file\n# Date of update : 20210120202413\n"
COLUMNS = "file,date,latitude,longitude,ocean,profiler_type,institution,parameters,parameter_data_mode,date_update\n"
ROWS = [
    "aoml/1/profiles/SD1_001.nc,20091231235959,-10.0,179.5,P,846,AO,PRES TEMP PSAL DOXY,DDDD,20201030133005",
    "aoml/1/profiles/SD1_002.nc,20100101000000,-10.0,-179.5,P,846,AO,PRES TEMP PSAL DOXY,DDDR,20201030133006",
    "aoml/1/profiles/SR1_003D.nc,,-10.0,-179.5,P,846,AO,PRES DOXY TEMP,RAR,20201030133007",
    "bodc/2/profiles/SR2_001.nc,20101231235959,,,A,846,BO,PRES TEMP DOXY DOXY2,RRDA,20191030133007",
    "bodc/2/profiles/SR2_002.nc,20110101000000,99999.000,99999.000,A,846,BO,PRES TEMP DOXY,RRD,20181030133007",
    "bodc/3/profiles/SR3_001.nc,20110101000000,5,5,A,846,BO,PRES TEMP CHLA DOXY2,RRRD,20181030133007",
    "bodc/3/profiles/SR3_002.nc,20110101000000,5,5,A,846,BO,PRES TEMP DOXY,RR,20181030133007",
]


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> argo_index.Index:
    path = tmp_path_factory.mktemp("index") / "argo_synthetic-profile_index.txt"
    path.write_text(HEAD + COLUMNS + "\n".join(ROWS) + "\n")
    return argo_index.read(path)


@pytest.fixture(scope="module")
def real(data_root: Path) -> argo_index.Index:
    return argo_index.read(data_root / "observations/argo/index/argo_synthetic-profile_index.txt.gz")


def test_mode_is_that_of_oxygen_and_of_no_other_parameter(small) -> None:
    assert small.mode.tolist() == ["D", "R", "A", "D", "D", "", "?"]
    assert small.of == "2021-01-20"
    assert np.isnat(small.time).tolist() == [False, False, True, False, False, False, False]
    assert np.isnan(small.longitude).tolist() == [False, False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 6]),
        ({"mode": "D"}, [0, 3, 4]),
        ({"mode": "AR"}, [1, 2]),
        ({"years": (2010, 2010)}, [1, 3]),  # both ends of a year; no date, no year
        ({"years": (2009, 2010)}, [0, 1, 3]),
        ({"region": Region(170, -170, -20, 20)}, [0, 1, 2]),
        ({"region": Region(170, 190, -20, 20)}, [0, 1, 2]),
        ({"region": Region(-180, 179, -20, 20)}, [1, 2, 6]),
        ({"region": Region(179.5, -179.5, -10, 0), "mode": "D"}, [0]),
        ({"region": Region(-180, 180, -90, 90)}, [0, 1, 2, 6]),
        ({"region": Region(0, 360, -90, 90)}, [0, 1, 2, 6]),
    ],
)
def test_selection(small, selection, expected) -> None:
    assert np.flatnonzero(argo_index.select(small, **selection)).tolist() == expected


def test_floats_of_the_chosen_profiles(small) -> None:
    files, updated = argo_index.floats_of(small, argo_index.select(small, years=(2010, 2010)))
    assert files.tolist() == ["aoml/1/1_Sprof.nc", "bodc/2/2_Sprof.nc"]
    # the last change of any profile of the float, chosen or not
    assert updated.astype(str).tolist() == ["2020-10-30T13:30:07", "2019-10-30T13:30:07"]
    assert len(argo_index.floats_of(small, np.zeros(len(small.file), bool))[0]) == 0


@pytest.mark.parametrize("mode", ["", "X", "AX", "a"])
def test_what_is_no_mode(small, mode) -> None:
    with pytest.raises(InputError, match="not a mode of Argo data"):
        argo_index.select(small, mode=mode)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<html></html>", (HEAD + "file,date\na,b\n").encode(), b"# only\n"]
)
def test_what_is_no_index_is_refused_in_one_line(content, tmp_path) -> None:
    for name, data in (
        ("i.txt", content),
        ("i.txt.gz", gzip.compress(content)),
        ("cut.gz", gzip.compress(content)[:-6]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="not an index") as caught:
            argo_index.read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_the_real_index(real) -> None:
    assert len(real.file) == 213_814 and real.of == "2021-01-20"
    chosen = argo_index.select(real)
    assert chosen.sum() == 197_597
    assert {mode: int(argo_index.select(real, mode=mode).sum()) for mode in "DAR"} == {
        "D": 136_180,
        "A": 28_971,
        "R": 32_446,
    }
    assert np.isnat(real.time[chosen]).sum() == 28
    assert np.isnan(real.latitude[chosen]).sum() == 779
    whole = argo_index.select(real, Region(-180, 180, -90, 90), (2002, 2021))
    assert whole.sum() == (chosen & ~np.isnat(real.time) & ~np.isnan(real.longitude)).sum()


def test_real_regions_join_at_the_dateline(real) -> None:
    boxes = ((150, 179.9999), (180, -120), (150, -120))
    west, east, both = (argo_index.select(real, Region(*box, -60, 60)) for box in boxes)
    assert west.sum() > 1000 and east.sum() > 1000
    assert not (west & east).any() and ((west | east) == both).all()
    assert (np.abs(real.longitude[both]) >= 120).all()
    files, _ = argo_index.floats_of(real, both)
    assert 0 < len(files) < 600 and len(set(files.tolist())) == len(files)
