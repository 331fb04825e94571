"""Significant wave height from the wind alone, along the tracks of an altimeter.

    python experiments/altimeter_waves.py DATA/gridded/daily/waves/s3a

Sentinel-3A, level 3 of Copernicus Marine (WAVE_GLO_PHY_SWH_L3_NRT_014_001): wave height VAVH, filtered along the
track, and the wind speed of the same echo, once a second. The product holds valid data only, edited by its producer
(surface, ice, quality of the echo), and no flag; rows without a wind are left out and counted. A pass is half an orbit,
from one turn of the satellite to the next: no pass has rows on both sides of a split, and averages along a track end
with its pass.
Prints a Markdown table: RMSE in m, with intervals of 90 % (1,000 draws of passes), of simple formulas, of ridge
regression and of boosted trees on growing sets of inputs, for several splits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from graphs.types import Floats, Mask
from oxygen_recon.report.table import Table
from qc.errors import InputError

COLUMNS = {"VAVH": ("height", 30.0), "WIND_SPEED": ("wind", 60.0), "latitude": ("latitude", 90.0)}  # at most
PACE = 6.7  # km s-1, of the point below the satellite
REACH = (50, 100, 200, 400, 800, 1600)  # km to each side, over which the wind is averaged
LONGEST_GAP = 1200.0  # s: after a longer one another pass begins
POINT = ["wind", "square"]
TRACK = [*POINT, *(f"{part}_{reach}" for reach in REACH for part in ("mean", "spread", "square"))]
WATER = [*TRACK, *(f"water_{reach}" for reach in REACH)]
INPUTS = {
    "wind at the point": POINT,
    "wind along the track": TRACK,
    "and where there is water along it": WATER,
    "and latitude": [*WATER, "sine", "cosine", "sine_of_twice"],
}
Model = Callable[[pd.DataFrame, pd.DataFrame], Floats]  # learned from, asked: heights


def read(folder: Path) -> tuple[pd.DataFrame, int]:
    """Read the files of a folder.

    Parameters
    ----------
    folder : Path
        Files of level 3.

    Returns
    -------
    DataFrame
        time, latitude, height (m), wind (m s-1), in the order of time.
    int
        Rows left out, which lack a value.

    Raises
    ------
    InputError
        If there is no file, one lacks a variable, a value is impossible, or a time is repeated.
    """
    files = sorted(folder.glob("*.nc"))
    if not files:
        raise InputError("no netCDF file", str(folder), "name the folder of the tracks")
    parts = []
    for path in files:
        with xr.open_dataset(path) as data:
            if missing := [name for name in COLUMNS if name not in data]:
                raise InputError(f"no {', '.join(missing)}", str(path), "give level 3 of significant wave height")
            values = {name: data[column].to_numpy() for column, (name, _) in COLUMNS.items()}
            parts.append(pd.DataFrame({"time": data["time"].to_numpy()} | values))
        for name, most in COLUMNS.values():
            low = -most if name == "latitude" else 0.0
            if (bad := parts[-1][name][(parts[-1][name] < low) | (parts[-1][name] > most)]).size:
                raise InputError(f"{name} of {bad.iloc[0]:g}", str(path), f"correct its unit: {low:g} to {most:g}")
    table = pd.concat(parts).sort_values("time", ignore_index=True)
    if table["time"].duplicated().any():
        raise InputError("a time is there twice", str(folder), "leave out the repeated file")
    known = table.dropna(ignore_index=True)
    return known, len(table) - len(known)


def with_inputs(table: pd.DataFrame) -> pd.DataFrame:
    """Add the pass of each row and what models read.

    Parameters
    ----------
    table : DataFrame
        As of `read`.

    Returns
    -------
    DataFrame
        With pass, square, sine, cosine and sine_of_twice (of the latitude), and for each reach the mean, spread and
        mean square of the wind within it, and the share of its seconds that have a value.
    """
    seconds, latitude = table["time"].to_numpy().astype("datetime64[s]").astype(np.int64), table["latitude"].to_numpy()
    step, moved = np.diff(seconds, append=seconds[-1]), np.diff(latitude, append=latitude[-1])
    north = np.where((step > 0) & (step < 60), moved, np.roll(moved, 1)) > 0
    new = (np.diff(seconds, prepend=seconds[0]) > LONGEST_GAP) | (np.diff(north, prepend=north[0]))
    angle = np.radians(latitude)
    table = table.assign(
        square=table["wind"] ** 2, sine=np.sin(angle), cosine=np.cos(angle), sine_of_twice=np.sin(2 * angle),
        second=seconds, **{"pass": np.cumsum(new)},
    )  # fmt: skip
    around = [_around(part["second"].to_numpy(), part["wind"].to_numpy()) for _, part in table.groupby("pass")]
    return pd.concat([table, pd.concat(around, ignore_index=True)], axis=1)


def _around(second: NDArray[np.int64], wind: Floats) -> pd.DataFrame:
    """Average the wind of one pass around each of its rows."""
    place = second - second[0]
    sums = np.zeros((3, place[-1] + 2))
    for row, values in enumerate((np.ones_like(wind), wind, wind**2)):
        np.add.at(sums[row], place + 1, values)
    sums = sums.cumsum(axis=1)
    found: dict[str, Floats] = {}
    for reach in REACH:
        half = max(1, round(reach / PACE))
        last, first = np.minimum(place + half, place[-1]) + 1, np.maximum(place - half, 0)
        number, total, squares = sums[:, last] - sums[:, first]
        found[f"mean_{reach}"], found[f"square_{reach}"] = total / number, squares / number
        found[f"spread_{reach}"] = np.sqrt(np.maximum(squares / number - (total / number) ** 2, 0.0))
        found[f"water_{reach}"] = number / (2 * half + 1)
    return pd.DataFrame(found)


def models() -> dict[str, Model]:
    """List the methods by name."""
    found: dict[str, Model] = {
        "mean height": lambda learned, asked: np.full(len(asked), learned["height"].mean()),
        "Pierson-Moskowitz, 0.0246 U²": lambda learned, asked: 0.0246 * asked["square"].to_numpy(),
        "a + b U²": polynomial((0, 2)),
        "a + b U + c U²": polynomial((0, 1, 2)),
    }
    for name, columns in INPUTS.items():
        found[f"ridge: {name}"] = learning(columns, ridge)
    for name, columns in INPUTS.items():
        found[f"boosted trees: {name}"] = learning(columns, trees)
    return found


def polynomial(powers: tuple[int, ...]) -> Model:
    """Make a least-squares fit of powers of the wind at the point."""

    def model(learned: pd.DataFrame, asked: pd.DataFrame) -> Floats:
        terms = [np.stack([part["wind"].to_numpy() ** power for power in powers], axis=1) for part in (learned, asked)]
        fit: Floats = np.linalg.lstsq(terms[0], learned["height"].to_numpy(), rcond=None)[0]
        return np.asarray(terms[1] @ fit)

    return model


def learning(columns: list[str], make: Callable[[pd.DataFrame, list[str]], Pipeline]) -> Model:
    """Make a model of some inputs."""
    return lambda learned, asked: np.asarray(make(learned, columns).predict(asked[columns]))


def ridge(learned: pd.DataFrame, columns: list[str]) -> Pipeline:
    """Fit a ridge regression, its penalty by five groups of passes among what is learned from."""
    search = GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0, 1e1, 1e2, 1e3, 1e4]},
        scoring="neg_mean_squared_error", cv=GroupKFold(5),
    )  # fmt: skip
    return search.fit(learned[columns], learned["height"], groups=learned["pass"]).best_estimator_


def trees(learned: pd.DataFrame, columns: list[str]) -> Pipeline:
    """Fit boosted trees, small ones, of leaves with many rows: neighbours along a track are alike."""
    model = HistGradientBoostingRegressor(
        max_iter=150,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=1000,
        l2_regularization=10.0,
        random_state=0,
    )
    return make_pipeline(model).fit(learned[columns], learned["height"])


def splits(table: pd.DataFrame) -> Iterator[tuple[str, list[tuple[Mask, Mask]]]]:
    """Divide the passes in several ways.

    Parameters
    ----------
    table : DataFrame
        As of `with_inputs`.

    Yields
    ------
    str
        Name of the split.
    list of (bool array, bool array)
        Rows that are learned from and rows that are scored, of each part.
    """
    number, time = table["pass"].to_numpy(), table["time"].to_numpy()
    gap = np.diff(time, prepend=time[0]) > np.timedelta64(30, "D")
    first = ~np.cumsum(gap).astype(bool)  # the days in a row that the series begins with
    middle = number[first][int(first.sum()) // 2]
    yield "second half from the first", [(first & (number < middle), first & (number > middle))]
    date = time.astype("datetime64[D]")
    day = pd.Series(date).groupby(number).transform("first").to_numpy().astype("datetime64[D]")
    yield "each day from the others", [(first & (day != one), first & (day == one)) for one in np.unique(day[first])]
    yield (
        "every fifth pass from the others",
        [(first & (number % 5 != one), first & (number % 5 == one)) for one in range(5)],
    )
    if not first.all():
        yield f"{date[~first][0]} from the days before", [(first, ~first)]


def interval(error: Floats, number: NDArray[np.int64]) -> tuple[float, float, float]:
    """Root mean square of errors, and 90 % of draws over passes."""
    squares = pd.Series(error**2).groupby(number).agg(["sum", "size"]).to_numpy()
    drawn = np.random.default_rng(0).integers(len(squares), size=(1000, len(squares)))
    total = squares[drawn].sum(axis=1)
    low, high = np.quantile(np.sqrt(total[:, 0] / total[:, 1]), (0.05, 0.95))
    return float(np.sqrt(np.mean(error**2))), float(low), float(high)


def main(arguments: list[str]) -> None:
    """Print the tables.

    Parameters
    ----------
    arguments : list of str
        Folder of the files.

    Raises
    ------
    InputError
        If there is not one argument, or files are at fault.
    """
    if len(arguments) != 1:
        raise InputError(f"unknown arguments {arguments}", "altimeter_waves", "give the folder of the tracks")
    table, left_out = read(Path(arguments[0]))
    table = with_inputs(table)
    print(f"{len(table):,} rows of {table['pass'].nunique()} passes; {left_out:,} rows without a wind left out")
    print(f"height {table['height'].mean():.2f} m, standard deviation {table['height'].std():.2f} m\n")
    methods, columns, rows = models(), ["method"], {name: [name] for name in models()}
    for split, parts in splits(table):
        scored = [table[tested] for _, tested in parts]
        columns.append(f"{split} ({sum(map(len, scored)):,} rows)")
        for name, method in methods.items():
            errors = [
                method(table[learned], part) - part["height"].to_numpy()
                for (learned, _), part in zip(parts, scored, strict=True)
            ]
            numbers = np.concatenate([part["pass"].to_numpy() for part in scored])
            rows[name].append("{:.3f} [{:.2f}, {:.2f}]".format(*interval(np.concatenate(errors), numbers)))
    print(Table.of_text(columns, list(rows.values())).markdown())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
