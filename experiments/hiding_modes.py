"""An experiment scored in several ways of hiding, each method with covariates and without them.

    python experiments/hiding_modes.py EXPERIMENT.yaml --data FOLDER [--work DIR] [--modes columns casts]

Hidden are water columns at all steps ("columns"), whole years ("years"), single casts ("casts"), the last five years
("last_years"), or the oxygen of whole years whose temperature and salinity are known ("oxygen_free_years"). Each mode
is one run with the experiment's covariates and one without any, in the same folds, so that every method that uses
covariates has itself without them beside it. Prints a Markdown table: RMSE at held-out casts, and what it is more (+)
or less than that of climatology, of optimal interpolation and of the method itself without covariates, each with an
interval of 95 % by a bootstrap over years (1000 draws of as many years, Efron 1979). Runs that are finished are read,
not made again.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import oxygen_recon as ox
from graphs.types import Floats, Ints
from oxygen_recon.dataset import store
from oxygen_recon.evaluation import predictions
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.report.table import Table
from qc.errors import InputError
from qc.files import replacing

MODES = {
    "columns": {"by": "column", "n": 5},
    "years": {"by": "year", "n": 3},
    "casts": {"by": "cast", "n": 5},
    "last_years": {"by": "last_years", "years": 5},
    "oxygen_free_years": {"by": "year", "n": 3, "hide": "oxygen"},
}
WITHOUT = ("climatology", "optimal_interpolation")  # methods that use no covariates
REPEATS = 1000


def variant(experiment: Experiment, mode: str, covariates: bool) -> Experiment:
    """Return the experiment with the folds of a mode, and without covariates if so wanted.

    Parameters
    ----------
    experiment : Experiment
        Its covariates are kept or all left out, its methods that use none are in the first kind of run only.
    mode : str
        One of `MODES`.
    covariates : bool
        Whether they are kept.

    Returns
    -------
    Experiment
    """
    settings = experiment.model_dump()
    settings |= {"name": f"{experiment.name}_{mode}", "folds": MODES[mode]}
    if not covariates:  # nothing but oxygen is hidden then
        folds = {key: value for key, value in MODES[mode].items() if key != "hide"}
        settings |= {"name": f"{experiment.name}_{folds['by']}_without", "folds": folds}
        settings["covariates"] = {"kind": "observed", "names": []}
        settings["baselines"] = [one for one in settings["baselines"] if one["kind"] not in WITHOUT]
    return Experiment.model_validate(settings)


def errors_of(run: ox.Run) -> tuple[dict[str, Floats], Ints]:
    """Read the errors of every method at held-out casts, umol/kg, and the calendar year of each.

    Parameters
    ----------
    run : Run
        Validated.

    Returns
    -------
    dict of str to array, shape (target,)
        Estimate minus truth, method by method.
    int array, shape (target,)
    """
    _, time_axis = store.load_grid(run.folder.grid)
    methods = [run.experiment.model.kind, *(one.kind for one in run.experiment.baselines)]
    points = {method: predictions.load(run.folder.points("held_out", method)) for method in methods}
    year = np.floor(time_axis.years[points[methods[0]].step]).astype(np.int64)
    return {method: found.mean - found.truth for method, found in points.items()}, year


def rmse_interval(error: Floats, other: Floats | None, year: Ints) -> str:
    """Say by how much the RMSE of one method exceeds another's, with its interval; or one method's RMSE.

    Parameters
    ----------
    error, other : array, shape (target,)
        Errors of both at the same targets; None for one method alone.
    year : int array, shape (target,)
        What is drawn again together.

    Returns
    -------
    str

    Examples
    --------
    >>> rmse_interval(np.tile([3.0, -3.0], 10), np.full(20, 2.0), np.arange(20) // 2)
    '+1.00 [+1.00, +1.00]'
    """
    _, member = np.unique(year, return_inverse=True)
    draws = np.random.default_rng(0).multinomial(
        member.max() + 1, np.full(member.max() + 1, 1 / (member.max() + 1)), REPEATS
    )
    count = draws @ np.bincount(member)

    def rmse(one: Floats) -> Floats:
        return np.append(np.sqrt(draws @ np.bincount(member, one**2) / count), np.sqrt(np.mean(one**2)))

    value = rmse(error) - (0.0 if other is None else rmse(other))
    low, high = np.quantile(value[:-1], (0.025, 0.975))
    sign = "" if other is None else "+"
    return f"{value[-1]:{sign}.2f} [{low:{sign}.2f}, {high:{sign}.2f}]"


def kept_arrays(path: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Read arrays from an .npz file, or make and keep them there.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    make : callable
        Called where there is no file yet.

    Returns
    -------
    dict of str to array
    """
    if not path.exists():
        found = make()
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as partial, partial.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **found)
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def rows_of(mode: str, given: ox.Run, without: ox.Run) -> list[list[str]]:
    """Compare the methods of one mode.

    Parameters
    ----------
    mode : str
        One of `MODES`.
    given, without : Run
        With covariates and without.

    Returns
    -------
    list of list of str
        One row a method.
    """
    found, year = errors_of(given)
    alone, _ = errors_of(without)
    rows = []
    for method, error in found.items():
        rivals = [*(found[name] for name in WITHOUT), alone.get(method)]
        shown = ["–" if other is None or other is error else rmse_interval(error, other, year) for other in rivals]
        rows.append([mode.replace("_", " "), method, f"{error.size:,}", rmse_interval(error, None, year), *shown])
    return rows


def main(experiment: Experiment, data: Path | None, work: Path, modes: list[str]) -> None:
    """Run what is missing and print the table."""
    rows = []
    for mode in modes:
        runs = [ox.run(variant(experiment, mode, kept), data=data, work=work, to="validate") for kept in (True, False)]
        rows += rows_of(mode, *runs)
    head = ["hidden", "method", "n", "RMSE", "against climatology", "against optimal interpolation", "against itself"]
    print(Table.of_text(head, rows).markdown())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score an experiment in several ways of hiding.")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=[*MODES])
    given = parser.parse_args()
    try:
        main(Experiment.from_yaml(given.experiment), given.data, given.work, given.modes)
    except InputError as mistake:
        sys.exit(str(mistake))
