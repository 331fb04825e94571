import pytest
import xarray as xr

from oxygen_recon.sources.twin import TwinConfig, make
from qc.errors import InputError


def test_all_files_are_written(config, twin):
    names = {path.name for path in twin.iterdir()}
    assert names == {"archives", "relief.nc", "analysis.nc", "truth", "twin.json", "cmip6"}
    files = [path.name for path in (twin / "archives").iterdir()]
    for part in ("wod_osd_1970s.nc", "wod_ctd_", "_Sprof.nc", "GLODAP_twin_merged.csv", "_hy1.csv"):
        assert any(part in name for name in files)
    assert TwinConfig.model_validate_json((twin / "twin.json").read_text()) == config


def test_the_same_configuration_gives_the_same_files(config, twin, tmp_path):
    again = make(config, tmp_path / "again")
    for name in ("archives/GLODAP_twin_merged.csv", "archives/wod_osd_1970s.nc", "truth/planted.parquet"):
        if name.endswith(".nc"):
            with (
                xr.open_dataset(twin / name, decode_times=False) as a,
                xr.open_dataset(again / name, decode_times=False) as b,
            ):
                xr.testing.assert_identical(a, b)
        else:
            assert (twin / name).read_bytes() == (again / name).read_bytes()


def test_an_interruption_leaves_no_files(config, tmp_path):
    def interrupted(part: str) -> None:
        if part == "archives":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(config, tmp_path / "ocean", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_a_period_without_casts_is_refused(tmp_path):
    with pytest.raises(InputError, match="no cast"):
        make(TwinConfig(casts=1, start=1921, end=1921, resolution=30.0, levels=(0.0,)), tmp_path / "ocean")
    assert not (tmp_path / "ocean").exists()
