import numpy as np
import pandas as pd

from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean


def test_the_readers_read_every_archive(observed):
    assert set(observed["source"]) == {"wod", "argo", "glodap", "cchdo"}
    assert set(observed["instrument"]) == {"bottle", "ctd", "float"}
    assert observed["oxygen"].notna().mean() > 0.85
    assert observed["time"].notna().all()
    assert observed["depth"].between(0, 6000).all()


def test_planted_errors_are_listed_with_their_rows(observed, planted):
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
    by_originator = joined[joined["flagged"] & (joined["source"] != "glodap")]
    assert by_originator["oxygen_flag"].isin([4, 9]).all()


def test_values_without_planted_errors_are_the_measurements(observed, planted):
    planted_here = planted[["source", "file", "row"]].drop_duplicates().assign(planted_here=True)
    table = observed.merge(planted_here, on=["source", "file", "row"], how="left")
    table = table[table["planted_here"].isna() & table["oxygen"].notna()]
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
