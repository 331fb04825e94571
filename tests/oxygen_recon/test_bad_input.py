"""Bad input at the command line ends as one line that says what is wrong, where, and what to do."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

from oxygen_recon.cli import app
from tests.support import own_table

BOW_TIE = "POLYGON ((-126 30, -122 34, -122 30, -126 34, -126 30))"  # crosses itself


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def product(name: str, east: float = -120.5, first: str = "1990-01", months: int = 72, **of_time) -> str:
    """Monthly temperature and salinity off California as far east as this."""
    time = np.arange(np.datetime64(first, "M"), np.datetime64(first, "M") + months).astype("datetime64[ns]")
    axes = {"time": time, "depth": [0.0, 50.0, 150.0], "lat": np.arange(28.5, 38), "lon": np.arange(-129.5, east + 1)}
    shape = tuple(map(len, axes.values()))
    data = {
        f"{q}": (tuple(axes), np.full(shape, v), {"units": u}) for q, v, u in (("t_an", 9, "degC"), ("so", 34, "1"))
    }
    made = xr.Dataset(data, axes)
    made["time"].attrs = of_time
    made.to_netcdf(name)
    return name


def said(verb: str, **changes) -> str:
    """What a command that fails says, its last line the error."""
    done = CliRunner().invoke(app, [verb, str(own_table.write(Path(), **changes))])
    assert done.exit_code == 1, done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("oxygen-recon: ") and "Traceback" not in done.stderr
    return done.stderr


def with_product(name: str) -> dict:
    return {"covariates": {"kind": "product", "paths": [name], "names": ["temperature", "salinity"]}}


def test_a_product_of_half_the_region_or_half_the_period(here):
    line = said("grid", **with_product(product("west.nc", east=-125.5)))
    assert "west.nc: it covers too little, temperature: 25.0 % of the cells and 100.0 % of the steps" in line
    assert "name a product that covers more, or a smaller region or period" in line
    line = said("grid", name="late", **with_product(product("late.nc", first="1993-07", months=30)))
    assert "late.nc: it covers too little, temperature: 100.0 % of the cells and 41.7 % of the steps" in line
    assert "its years are 1993 to 1995" in line


def test_bounds_that_a_file_names_and_lacks(here):
    line = said("grid", **with_product(product("cut.nc", bounds="time_bnds")))
    assert "cut.nc: no variable time_bnds, which its times name as their bounds; " in line


@pytest.mark.parametrize(
    "changes, expected",
    [
        (
            {"grid": {"region": BOW_TIE, "resolution": 1, "levels": [0, 50]}},
            "polygon: the polygon is not valid: Self-int",
        ),
        ({"folds": {"by": "year", "n": 1}}, "folds.n: "),
        ({"folds": 1}, "folds: expected keys with values"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "ingest"])
def test_settings_that_cannot_be(here, verb, changes, expected):
    assert expected in said(verb, **changes)


@pytest.mark.parametrize("verb", ["check", "ingest"])
def test_a_table_of_ones_own_without_oxygen(here, verb):
    own_table.write(here)
    rows = Path("casts.csv").read_text().splitlines()
    Path("bare.csv").write_text("\n".join(row.rpartition(",")[0] for row in rows) + "\n")
    source = own_table.SETTINGS["source"]
    assert "bare.csv: no column O2; its columns are Cruise, Station" in said(
        verb, source=source | {"paths": ["bare.csv"]}
    )
    described = yaml.safe_load(Path("mine.yaml").read_text())
    del described["columns"]["oxygen"]
    Path("bare.yaml").write_text(yaml.safe_dump(described))
    said_then = said(verb, name="other", source=source | {"tables": ["bare.yaml"]})
    assert "bare.yaml: columns must name oxygen" in said_then
