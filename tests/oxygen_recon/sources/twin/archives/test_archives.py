from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import ValidationError

from oxygen_recon.sources.twin import TwinConfig, make, truth
from oxygen_recon.sources.twin.climate_model import CurvilinearGrid
from oxygen_recon.sources.twin.observing import planted_errors as defects
from oxygen_recon.sources.twin.observing.cruises import casts as draw
from oxygen_recon.sources.twin.observing.instruments import Record, measure
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean
from qc.errors import InputError
from qc.readers import registry as readers

CONFIG = TwinConfig(casts=700, resolution=15.0, levels=(0.0, 200.0, 1000.0), defects=0.2)


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Path:
    return make(CONFIG, tmp_path_factory.mktemp("twin") / "world")


@pytest.fixture(scope="module")
def observed(twin) -> pd.DataFrame:
    tables = [readers.read(path).to_pandas() for path in sorted((twin / "archives").iterdir())]
    table = pd.concat(tables, ignore_index=True)
    return table.astype({name: str for name in ("source", "file", "cast", "cruise", "instrument")})


@pytest.fixture(scope="module")
def planted(twin) -> pd.DataFrame:
    return pd.read_parquet(twin / "truth" / "planted.parquet")


def test_everything_is_there_and_nothing_half_made(twin):
    names = {path.name for path in twin.iterdir()}
    assert names == {"archives", "relief.nc", "analysis.nc", "truth", "twin.json", "cmip6"}
    files = [path.name for path in (twin / "archives").iterdir()]
    for part in ("wod_osd_1970s.nc", "wod_ctd_", "_Sprof.nc", "GLODAP_twin_merged.csv", "_hy1.csv"):
        assert any(part in name for name in files)
    assert TwinConfig.model_validate_json((twin / "twin.json").read_text()) == CONFIG


def test_the_readers_read_every_archive(observed):
    assert set(observed["source"]) == {"wod", "argo", "glodap", "cchdo"}
    assert set(observed["instrument"]) == {"bottle", "ctd", "float"}
    assert observed["oxygen"].notna().mean() > 0.85
    assert observed["time"].notna().all()
    assert observed["depth"].between(0, 6000).all()


def test_planted_errors_are_where_the_list_says(observed, planted):
    joined = planted.merge(observed, on=["source", "file", "row"], how="left", suffixes=("_listed", ""))
    assert (joined["cast"] == joined["cast_listed"]).all()
    assert (joined["depth"] - joined["depth_listed"]).abs().max() < 0.2
    got = {name: group for name, group in joined.groupby("class")}
    assert {"unit", "spike", "stuck", "range", "zero", "supersaturation"} < set(got)
    assert (got["zero"]["oxygen"].dropna() == 0).all()
    unit = got["unit"]
    np.testing.assert_allclose(unit["oxygen"], unit["oxygen_before"] / 43.57, atol=0.02)
    spike = got["spike"].dropna(subset=["oxygen"])
    assert ((spike["oxygen"] - spike["oxygen_before"]).abs() > 25).all()
    seen = joined[joined["flagged"] & (joined["source"] != "glodap")]
    assert seen["oxygen_flag"].isin([4, 9]).all()


def test_what_was_not_spoilt_is_the_measurement(observed, planted):
    spoilt = planted[["source", "file", "row"]].drop_duplicates().assign(spoilt=True)
    table = observed.merge(spoilt, on=["source", "file", "row"], how="left")
    table = table[table["spoilt"].isna() & table["oxygen"].notna()]
    time = table["time"].to_numpy()
    whole = time.astype("datetime64[Y]")
    year = 1970 + whole.astype(float) + (time - whole) / ((whole + 1).astype("M8[ms]") - whole.astype("M8[ms]"))
    columns = [table[name].to_numpy() for name in ("latitude", "longitude", "depth")]
    true = twin_ocean(0).at(*columns, year, eddies=True)
    error = table["oxygen"] - true["oxygen"]
    for source, limit in (("glodap", 1.5), ("cchdo", 1.5), ("wod", 3.5), ("argo", 4.5)):
        assert error[table["source"] == source].std() < limit
    assert -3 < error[table["source"] == "argo"].median() < 0  # adjusted floats read low
    assert abs(error[table["source"] != "argo"].mean()) < 0.5
    assert np.nanstd(table["temperature"] - true["temperature"]) < 0.03


def test_copies_hold_the_same_measurements(twin, observed):
    copies = pd.read_parquet(twin / "truth" / "copies.parquet")
    pairs = copies.merge(copies, on="station")
    pairs = pairs[(pairs["source_x"] == "cchdo") & (pairs["source_y"] == "glodap")]
    assert len(pairs) > 10
    median = observed.groupby(["source", "cast"])["temperature"].median()
    left, right = (median.loc[list(zip(pairs[f"source_{s}"], pairs[f"cast_{s}"]))].to_numpy() for s in "xy")
    np.testing.assert_allclose(left, right, atol=1e-3)


def test_the_text_archives_have_the_real_layout(twin):
    merged = (twin / "archives" / "GLODAP_twin_merged.csv").read_text().splitlines()
    assert len(merged[0].split(",")) == 109 == len(merged[1].split(","))
    assert merged[0].startswith("G2expocode,G2cruise,G2station") and "-9999" in merged[1]
    exchange = next((twin / "archives").glob("*_hy1.csv")).read_text().splitlines()
    assert exchange[0].startswith("BOTTLE,") and exchange[-1] == "END_DATA"
    assert "UMOL/KG" in exchange[3]


def test_argo_files_hold_raw_and_adjusted_oxygen(twin):
    with xr.open_dataset(next((twin / "archives").glob("*_Sprof.nc")), decode_times=False) as profile:
        raw, adjusted = profile["DOXY"].to_numpy(), profile["DOXY_ADJUSTED"].to_numpy()
        both = np.isfinite(raw) & np.isfinite(adjusted) & (adjusted > 20)
        assert np.median(raw[both] / adjusted[both]) == pytest.approx(0.93, abs=0.05)
        qc = profile["DOXY_QC"].to_numpy().astype("S1")
        assert set(np.unique(qc[np.isfinite(raw)])) == {b"3"}


def test_the_truth_file_is_the_function(twin):
    with xr.open_dataset(twin / "truth" / "truth.nc") as file:
        again = truth(CONFIG, file.latitude, file.longitude, file.depth, np.array([1950.0, 2020.0]))
        picked = file["oxygen"].sel(time=["1950-07-02", "2020-07-02"])
        np.testing.assert_allclose(again["oxygen"], picked, rtol=1e-6)
        assert bool((file["oxygen"].isel(time=0).notnull() == (file["wet_fraction"] > 0)).all())
        assert file["oxygen"].attrs["units"] == "umol kg-1"


def test_truth_at_another_resolution_is_the_same_ocean():
    coarse = truth(CONFIG, np.array([-12.5, -7.5]), np.array([-142.5, -137.5]), np.array([300.0]), np.array([2000]))
    fine = truth(CONFIG, np.array([-12.5, -12.25]), np.array([217.5, 217.75]), np.array([300.0]), np.array([2000]))
    assert float(fine["oxygen"][0, 0, 0, 0]) == pytest.approx(float(coarse["oxygen"][0, 0, 0, 0]), abs=1e-3)


def test_the_analysis_knows_the_present_better_than_the_past(twin):
    with xr.open_dataset(twin / "truth" / "truth.nc") as true, xr.open_dataset(twin / "analysis.nc") as guess:
        error = (guess["temperature"] - true["temperature"]).isel(depth=1)
        early, late = (
            float(np.sqrt((error.sel(time=slice(a, b)) ** 2).mean())) for a, b in (("1920", "1935"), ("2005", "2023"))
        )
        assert 0.1 < late < 0.8 * early < 1.0
        assert guess["phosphate"].dims == ("depth", "latitude", "longitude")
        relative = guess["phosphate"].isel(depth=2) / true["phosphate"].isel(depth=2).mean("time") - 1
        assert 0.01 < float(relative.std()) < 0.08


def test_the_climate_model_has_the_layout_and_the_errors_of_one(twin):
    path = twin / "cmip6" / "o2_Oyr_TWIN-ESM_historical_r1i1p1f1_gn_192001-202312.nc"
    with xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)) as model:
        assert model["o2"].dims == ("time", "lev", "j", "i") and model["latitude"].dims == ("j", "i")
        assert model["o2"].attrs["units"] == "mol m-3" and model["time"].size == 104
        assert model["time"].to_numpy()[0].calendar == "noleap"
        assert {"lev_bnds", "time_bnds", "vertices_latitude"} <= set(model.variables)
        level = int(np.abs(model["lev"].to_numpy() - 250).argmin())
        oxygen = model["o2"].isel(lev=level, time=slice(-20, None)).mean("time").to_numpy() / 1025e-6
        wet = np.isfinite(oxygen)
        latitude = model["latitude"].to_numpy()[wet]
        longitude = (model["longitude"].to_numpy()[wet] + 180) % 360 - 180
    depth = np.full(wet.sum(), 250.0)
    true = twin_ocean(0).annual(latitude, longitude, depth, np.arange(2004.0, 2024))["oxygen"].mean(0)
    assert 20 < np.sqrt(np.mean((oxygen[wet] - true) ** 2)) < 45
    assert np.corrcoef(oxygen[wet], true)[0, 1] > 0.8


def test_the_curvilinear_grid_covers_the_sphere_once():
    grid = CurvilinearGrid.turned(20, 40)
    assert grid.area.sum() == pytest.approx(4 * np.pi * 6371e3**2, rel=1e-12)
    assert np.ptp(grid.latitude[-1]) > 5  # rows are no parallels
    assert grid.latitude[-1].mean() == pytest.approx(75, abs=2)
    assert (np.abs(grid.latitude_corners.mean(-1) - grid.latitude) < 6).all()


def test_the_same_configuration_gives_the_same_files(twin, tmp_path):
    again = make(CONFIG, tmp_path / "again")
    for name in ("archives/GLODAP_twin_merged.csv", "archives/wod_osd_1970s.nc", "truth/planted.parquet"):
        if name.endswith(".nc"):
            with (
                xr.open_dataset(twin / name, decode_times=False) as a,
                xr.open_dataset(again / name, decode_times=False) as b,
            ):
                xr.testing.assert_identical(a, b)
        else:
            assert (twin / name).read_bytes() == (again / name).read_bytes()


def test_an_interruption_leaves_nothing(tmp_path):
    def interrupted(part: str) -> None:
        if part == "archives":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(CONFIG, tmp_path / "world", interrupted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"sed": 1},
        {"start": 1990, "end": 1980},
        {"start": 1800},
        {"resolution": 7.0},
        {"levels": (5.0, 5.0)},
        {"casts": 0},
    ],
)
def test_a_wrong_configuration_is_refused(wrong):
    with pytest.raises(ValidationError):
        TwinConfig.model_validate(wrong)


def test_levels_may_come_from_yaml():
    assert TwinConfig.model_validate({"levels": [0.0, 10.0]}).levels == (0.0, 10.0)


def test_a_history_without_casts_is_refused(tmp_path):
    with pytest.raises(InputError, match="no cast"):
        make(TwinConfig(casts=1, start=1921, end=1921, resolution=30.0, levels=(0.0,)), tmp_path / "world")
    assert not (tmp_path / "world").exists()


@pytest.fixture(scope="module")
def record() -> Record:
    return measure(twin_ocean(0), draw(5, 300, 1960, 1990), 5)


def test_taking_casts_keeps_their_levels(record):
    which = np.arange(len(record.casts)) % 3 == 0
    part = record.take(which)
    assert len(part.casts) == which.sum() and part.levels["cast"].max() == which.sum() - 1
    kept = record.levels[which[record.levels["cast"]]]
    np.testing.assert_array_equal(part.levels["depth"], kept["depth"])


def test_planting_leaves_the_record_alone_and_touches_only_what_it_lists(record):
    before = record.levels["oxygen"].to_numpy().copy()
    planted = defects.plant(record, (1, 2), defects.SHIP, 0.5)
    np.testing.assert_array_equal(record.levels["oxygen"], before)
    changed = planted.record.levels["oxygen"].to_numpy() != before
    changed &= np.isfinite(before)
    assert set(np.flatnonzero(changed)) <= set(planted.errors["level"])
    moved = planted.errors["class"].str.startswith(("position", "date"))
    assert not changed[planted.errors["level"][moved]].any() and moved.any()
    assert defects.plant(record, (1, 2), defects.SHIP, 0.0).errors.empty
