"""Estimates of a run at places and along a section: those of its reconstruction at centres, and between them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from qc.errors import InputError
from tests.support.compliance import keeps_the_conventions


def centres(run, every: int = 37) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Some centres of wet cells at middles of steps, and the reconstruction there."""
    field = run.field().load()
    step, level, row, column = (index[::every] for index in np.nonzero(field["oxygen"].notnull().to_numpy()))
    places = {
        "Latitude [degrees_north]": field["latitude"].to_numpy()[row],
        "lon": field["longitude"].to_numpy()[column],
        "depth": field["depth"].to_numpy()[level],
        "time": field["time"].to_numpy()[step],
        "cruise": [f"C{i}" for i in range(step.size)],
    }
    values = (field[name].to_numpy()[step, level, row, column] for name in ("oxygen", "oxygen_standard_error"))
    return pd.DataFrame(places), *values


def test_at_centres_of_cells_and_middles_of_steps_it_is_the_reconstruction(undisturbed):
    run = ox.open_run(undisturbed)
    table, mean, error = centres(run)
    found = run.predict(points=table)
    np.testing.assert_allclose(found["oxygen"], mean, rtol=1e-6)
    np.testing.assert_allclose(found["oxygen_standard_error"], error, rtol=1e-6)
    assert (found["status"] == 0).all() and found["cruise"].values.tolist() == table["cruise"].tolist()
    near = found["observations_near"].to_numpy()
    assert found.attrs["far_share"] == (near == 0).mean() and 0 < found.attrs["observed_share"] < 1


def test_models_give_what_is_read(undisturbed, unfinished):
    rng = np.random.default_rng(3)
    columns = {"latitude": rng.uniform(-70, 70, 40), "longitude": rng.uniform(-180, 180, 40)}
    columns |= {"pressure": rng.uniform(0, 1900, 40), "date": [f"{y}-05-15" for y in rng.integers(1990, 2005, 40)]}
    read, computed = (ox.open_run(home).predict(points=pd.DataFrame(columns)) for home in (undisturbed, unfinished))
    assert 5 < int(read["oxygen"].notnull().sum()) < 40
    for name in read.data_vars:
        np.testing.assert_allclose(computed[name], read[name], rtol=1e-5)


def test_every_row_comes_back_in_its_order_with_its_columns_and_a_reason(undisturbed, tmp_path):
    rows = [
        "lat,lon,pressure [dbar],date,oxygen,note",
        "0,-140,100,1995-07-02,12.50,first",
        "0,-140,100,1985-07-02,,too early",
        "80,-140,100,1995-07-02,,too far north",
        "0,-140,5000,1995-07-02,,too deep",
        "0,-140,,1995-07-02,,no depth",
        '"10",220,100,19950702,7,"last, but not least"',
    ]
    (tmp_path / "casts.csv").write_text("\n".join(rows))
    out = tmp_path / "found.csv"
    done = CliRunner().invoke(
        app, ["predict", str(undisturbed), "--points", str(tmp_path / "casts.csv"), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "predict: 2 estimates (6 point, 1 outside the region, 1 outside the period," in done.stderr
    table = pd.read_csv(out, dtype=str)
    assert table["note"].tolist() == [
        "first",
        "too early",
        "too far north",
        "too deep",
        "no depth",
        "last, but not least",
    ]
    assert table["oxygen_given"].fillna("").tolist() == ["12.50", "", "", "", "", "7"]
    assert table["status"].tolist() == [
        "ok", "outside the period", "outside the region", "below the deepest level", "no position, depth or date", "ok",
    ]  # fmt: skip
    np.testing.assert_array_equal(table["oxygen"].notna(), table["status"] == "ok")
    assert table["observations_near"].dropna().str.isdigit().all()


def test_points_go_into_a_table_of_the_current_folder_by_default_and_with_members_into_netcdf(
    undisturbed, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "casts.csv").write_text("lat,lon,depth,date\n0,-140,100,1995-07-02\n")
    for more, name in (([], "oxygen.csv"), (["--members", "2"], "oxygen.nc")):
        done = CliRunner().invoke(app, ["predict", str(undisturbed), "--points", "casts.csv", *more])
        assert done.exit_code == 0 and (tmp_path / name).is_file(), done.output


def test_a_further_column_of_dates_stays_dates(undisturbed):
    table, _, _ = centres(ox.open_run(undisturbed))
    dates = [pd.Timestamp("2020-01-02"), pd.Timestamp("2020-01-02T03:04:05"), pd.NaT]
    when = pd.Series([dates[i % 3] for i in range(len(table))])
    found = ox.open_run(undisturbed).predict(points=table.assign(analysed=when, entered=dates[1]))
    assert set(found["entered"].values) == {"2020-01-02T03:04:05"}
    assert found["analysed"].values.tolist() == ["" if pd.isna(one) else one.isoformat() for one in when]


def test_points_as_netcdf_keep_the_conventions(undisturbed, tmp_path):
    run = ox.open_run(undisturbed)
    table, mean, _ = centres(run)
    run.predict(points=table.assign(oxygen=1.0), out=tmp_path / "points.nc")
    keeps_the_conventions(tmp_path / "points.nc", acdd=False)
    with xr.open_dataset(tmp_path / "points.nc") as data:
        assert data.attrs["featureType"] == "point" and data["oxygen_given"].attrs["long_name"] == "oxygen"
        np.testing.assert_allclose(data["oxygen"], mean, rtol=1e-6)
        np.testing.assert_array_equal(data["time"], table["time"])


def test_a_section_is_a_row_of_stations_with_their_distance(undisturbed, tmp_path):
    track = pd.DataFrame({"latitude": [0.0, 0.0, 0.0, 80.0], "longitude": [-172.5, -157.5, -150.0, 0.0]})
    track.to_csv(tmp_path / "track.csv", index=False)
    run, out = ox.open_run(undisturbed), tmp_path / "section.nc"
    words = ["--section", str(tmp_path / "track.csv"), "--date", "1995-07-02", "--levels", "300", "100", "200"]
    done = CliRunner().invoke(app, ["predict", str(undisturbed), *words, "--out", str(out)])
    assert done.exit_code == 0, done.output
    keeps_the_conventions(out, acdd=False)
    with xr.open_dataset(out) as data:
        assert dict(data["oxygen"].sizes) == {"station": 4, "depth": 3}
        np.testing.assert_allclose(data["along_track_distance"][:3], np.radians([0, 15, 22.5]) * 6371)
        field = run.field()["oxygen"].sel(time="1995", depth=[100, 300])[0].interp(latitude=0.0)
        expected = field.sel(longitude=[-172.5, -157.5]).transpose("longitude", "depth")
        np.testing.assert_allclose(data["oxygen"].sel(depth=[100, 300])[:2], expected, rtol=1e-5)
        np.testing.assert_allclose(data["oxygen"][:2, 1], data["oxygen"].sel(depth=[100, 300])[:2].mean("depth"))
        assert (data["status"][3] == 1).all() and data["oxygen"][3].isnull().all()
    whole = run.predict(section=track.assign(date="1995-07-02"))
    assert whole["depth"].values.tolist() == [0, 100, 300, 700, 1500]
    run.predict(section=track, date="1995-07-02", out=tmp_path / "section.csv")
    assert len(pd.read_csv(tmp_path / "section.csv")) == 20


@pytest.mark.parametrize(
    "options, line",
    [
        ({"points": "a.csv", "period": (1995, 1996)}, "period: does not go with points; leave it out"),
        ({"points": "a.csv", "section": "b.csv"}, "section: does not go with points"),
        ({"section": "a.csv", "region": "bering_sea"}, "region: does not go with a section"),
        ({"date": "1995-07-02"}, "date: does not go with a part of the grid"),
        ({"points": "nowhere.csv"}, "nowhere.csv: no such file"),
        ({"section": pd.DataFrame({"lat": [0], "lon": [0]}), "date": "July"}, "--date, row 1: date 'July' is no date"),
        (
            {"section": pd.DataFrame({"lat": [0, None], "lon": [0, 0]}), "date": "1995-07-02"},
            "section, row 2: no position",
        ),
        (
            {"section": pd.DataFrame({"lat": [0], "lon": [0]}), "date": "1995-07-02", "levels": [-5]},
            "levels: a level of -5",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(undisturbed, options, line):
    with pytest.raises(InputError) as caught:
        ox.open_run(undisturbed).predict(**options)
    assert str(caught.value).startswith(line) and "\n" not in str(caught.value)


def maybe(numbers):
    return st.none() | numbers


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            maybe(st.floats(-90, 90)), maybe(st.floats(-180, 360)), maybe(st.floats(0, 6000)),
            maybe(st.dates(date(1985, 1, 1), date(2010, 1, 1))),
        ),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_every_row_has_an_estimate_or_a_reason(undisturbed, rows):
    table = pd.DataFrame(rows, columns=["lat", "lon", "depth", "date"]).assign(row=np.arange(len(rows)))
    found = ox.open_run(undisturbed).predict(points=table)
    assert found["row"].values.tolist() == table["row"].tolist()
    ok = found["status"].to_numpy() == 0
    for name in ("oxygen", "oxygen_standard_error", "distance_to_observation"):
        np.testing.assert_array_equal(np.isfinite(found[name]), ok)
    np.testing.assert_array_equal(found["status"].to_numpy() == 6, table.isna().any(axis=1))
