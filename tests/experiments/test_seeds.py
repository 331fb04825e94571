"""`experiments/seeds.py`: skill over several seeds, from the folders of their runs."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from qc.errors import InputError

SCRIPT = Path(__file__).parents[2] / "experiments" / "seeds.py"


@pytest.fixture(scope="module")
def seeds():
    spec = importlib.util.spec_from_file_location("seeds", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_folder(home: Path, rmse: tuple[float, float], late: float = 2e12) -> Path:
    """A run of two methods whose late oxygen minimum zone has an area of `late`, m2; early 1e12, the truth's double."""
    (home / "validate").mkdir(parents=True)
    (home / "omz").mkdir()
    table = pd.DataFrame(
        {"split": "held out", "method": ["graph_model", "trees"], "layer": "all", "n": [1000.0, 1000.0]}
    )
    table = table.assign(bias=[-0.5, 0.25], MAE=rmse, RMSE=rmse, MAPE=4.0, R2=[0.9, 0.8], coverage_68=[0.7, np.nan])
    table = table.assign(RMSE_spread=5.0)
    pd.concat([table, table.assign(layer="0-50", RMSE=99.0)]).to_csv(home / "validate" / "skill.csv", index=False)
    time = pd.date_range("1980-07-01", periods=30, freq="YS-JUL").to_numpy()
    area = np.where(np.arange(30) < 15, 1e12, late)[None]
    for name, factor in (("omz", 1.0), ("truth", 2.0)):
        data = xr.Dataset(
            {"omz_area": (("region", "threshold", "time"), factor * area[None])},
            {"region": ["all"], "threshold": [30.0], "time": time},
        )
        data.to_netcdf(home / "omz" / f"{name}.nc")
    return home


def cells(text: str, first: str) -> list[list[str]]:
    """The rows of a printed table that begin with a word."""
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith(f"| {first} |")]


def test_scores_are_means_and_standard_deviations_over_runs(seeds, tmp_path, capsys):
    folders = [run_folder(tmp_path / "0", (10.0, 14.0)), run_folder(tmp_path / "1", (12.0, 13.0), late=4e12)]
    seeds.main(folders)
    printed = capsys.readouterr().out
    head, (graph, trees) = cells(printed, "split")[0], cells(printed, "held out")
    column = {name.split(" (")[0]: i for i, name in enumerate(head)}
    assert graph[column["method"]] == "graph model" and graph[column["n"]] == "1,000"
    assert graph[column["RMSE"]] == "**11.00 ± 1.41**", "the spread is over runs, not that over folds"
    assert trees[column["RMSE"]] == trees[column["MAE"]] == "13.50 ± 0.71"
    assert graph[column["bias"]] == "-0.50 ± 0.00" and trees[column["R²"]] == "0.800 ± 0.000"
    assert trees[column["within 68 % range"]] == "–", "unknown is no number"
    (zones,), (later,) = (cells(printed, str(folder)) for folder in folders)
    assert zones[1:] == ["30", "1.00 -> 2.00 million km2 (x 2.00)", "2.00 -> 4.00 million km2 (x 2.00)"]
    assert later[2] == "1.00 -> 4.00 million km2 (x 4.00)"


def test_one_run_has_no_spread_and_a_run_without_zones_has_no_row(seeds, tmp_path, capsys):
    folder = run_folder(tmp_path / "0", (10.0, 14.0))
    (folder / "omz" / "truth.nc").unlink()
    seeds.main([folder])
    printed = capsys.readouterr().out
    assert "±" not in "".join(cells(printed, "held out")[0])
    assert cells(printed, str(folder))[0][-1] == "–", "no truth is known"
    (folder / "omz" / "omz.nc").unlink()
    seeds.main([folder])
    assert "million km2" not in capsys.readouterr().out


def test_a_run_given_twice_or_not_validated_is_refused_before_anything_is_printed(seeds, tmp_path, capsys):
    folder = run_folder(tmp_path / "0", (10.0, 14.0))
    with pytest.raises(InputError, match="given twice"):
        seeds.main([folder, tmp_path / "x" / ".." / "0"])
    with pytest.raises(InputError, match="validate"):
        seeds.main([folder, tmp_path / "1"])
    assert capsys.readouterr().out == ""
