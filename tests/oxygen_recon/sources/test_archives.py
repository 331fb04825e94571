import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.sources.archives import ArchiveSource, ArchiveSourceConfig
from oxygen_recon.sources.interface import SourceSettings
from qc.errors import InputError
from qc.physics import bathymetry


def relief(land):
    """A one-degree relief, longitudes 0.5 ... 359.5, that is land where the mask says so."""
    latitude, longitude = np.arange(-89.5, 90), np.arange(0.5, 360)
    height = np.where(land(latitude[:, None], longitude[None, :]), 10.0, -4000.0)
    return xr.DataArray(height, {"y": latitude, "x": longitude}, ("y", "x"))


def test_only_what_has_land_all_around_is_on_land():
    island = relief(lambda lat, lon: (np.abs(lat) < 5) & (np.abs(lon - 180) < 5))
    latitude = np.array([0.0, 0.0, 0.0, 4.4, 60.0, np.nan, 0.0])
    longitude = np.array([180.0, -180.0, 184.4, 180.0, 180.0, 180.0, np.nan])
    found = bathymetry.on_land(island, latitude, longitude)
    assert found.tolist() == [True, True, False, False, False, False, False]


def test_land_is_found_across_the_seam_of_the_relief():
    greenwich = relief(lambda lat, lon: (lon < 10) | (lon > 350) & (np.abs(lat) < 90))
    assert bathymetry.on_land(greenwich, np.zeros(3), np.array([0.0, -0.4, 359.9])).all()


def test_a_relief_of_the_same_name_is_opened_anew(tmp_path):
    ground, equator = bathymetry.Relief(tmp_path / "relief.nc"), (np.zeros(1), np.array([100.0]))
    for dry in (True, False):
        made = relief(lambda lat, lon, dry=dry: (np.abs(lat) < 95) & (lon < 400) & dry)
        made.rename("relief").to_netcdf(tmp_path / "new.nc")
        os.utime(tmp_path / "new.nc", ns=(int(dry), int(dry)))
        (tmp_path / "new.nc").replace(ground.path)
        assert ground.is_land(*equator).item() is dry


def test_archives_have_no_truth_and_no_product():
    config = ArchiveSourceConfig(kind="archives", entries=["kodc"], relief="etopo")
    settings = SourceSettings("east_sea", 0, 1990, 2000, None)
    with pytest.raises(InputError, match="east_sea: this experiment reads archives; name their folder with --data"):
        config.open(settings, Path("unused"), None)
    source = config.open(settings, Path("unused"), Path("data"))
    assert isinstance(source, ArchiveSource)
    assert not source.has_truth and source.truth(None, None) is None
    with pytest.raises(InputError, match="archives have no gridded product"):
        source.product(None, None, ("nitrate",))
    with pytest.raises(InputError, match='grid "source" needs a field source'):
        settings.region()


def test_what_runs_leave_is_no_archive(tmp_path):
    for place in ("mine", "runs/other/validate", "runs/here/qc"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.csv").write_text("x,y\n1,2\n")

    def read(*paths):
        config = ArchiveSourceConfig(kind="archives", paths=[str(tmp_path / path) for path in paths], relief="r.nc")
        source = config.open(SourceSettings("here", 0, 1990, 2000, None), tmp_path / "runs/here/source", None)
        return [Path(item.file).relative_to(tmp_path).as_posix() for item in source.items()]

    assert read(".") == ["mine/a.csv"]
    assert read("runs/other") == ["runs/other/validate/a.csv"]
