"""Regressions that a user would pick, optimal interpolation and the column model, in the same folds.

    python experiments/rivals.py EXPERIMENT.yaml --data FOLDER [--work DIR] [--modes years casts] [--kinds mlp]
                                 [--covariates none] [--folds 1] [--seeds 0 1 2]

Hidden is what a mode says (`hiding_modes.MODES`). A seed draws folds, initial weights and settings that are tried;
`--folds 1` takes one fold of each seed, another each time, and rows are over the folds of all seeds together.
`--covariates at_casts`: casts keep their own temperature and salinity, and each regression is fitted twice in each
fold, without the water column, and with it for its tuning to choose or not; `delivered` and `mapped`: what the field
has of them without the casts that are hidden; `none`: place and time only. Every regression may choose to krige its
residuals; the estimate without any observation around is the same without kriging, the control. Prints a Markdown
table: RMSE at held-out samples, and what it is more (+) or less than that of the first row, each with an interval of 95
% by a bootstrap over years; the RMSE seed by seed; the median of absolute errors; in how many folds column and kriging
were chosen; processor time of a fold. The column model (`oxygraph`, last of the kinds) is compared with the best of the
others. Estimates are kept beside the run: those that are there are read.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from hiding_modes import MODES, kept_arrays, rmse_interval

import oxygen_recon as ox
from oxygen_recon.models.interface import Method, tuned
from oxygen_recon.models.registry import BASELINES
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.report.table import Table
from qc.errors import InputError

OURS = "oxygraph"
PLAIN = ("climatology", "optimal_interpolation")  # methods that read no covariates
KINDS = (*PLAIN, "extra_trees", "lightgbm", "catboost", "mlp", OURS)
COVARIATES: dict[str, dict[str, object]] = {
    "at_casts": {"kind": "observed", "mode": "at_casts"},
    "delivered": {"kind": "observed", "mode": "delivered"},
    "mapped": {"kind": "mapped", "mode": "delivered"},
    "none": {"kind": "observed", "names": [], "surface": None},
}
HEAD = ["hidden", "method", "column", "kriging", "n", "RMSE", "against the first", "by seed", "median", "chosen"]
HEAD += ["CPU s a fold"]


def variant(experiment: Experiment, mode: str, covariates: str = "at_casts", seed: int = 0) -> Experiment:
    """Return the experiment with the folds of a mode, one of `COVARIATES`, and a seed."""
    words = [mode, *([] if covariates == "at_casts" else [covariates]), *([f"seed{seed}"] if seed else [])]
    settings = experiment.model_dump() | {"name": "_".join([experiment.name, "rivals", *words]), "seed": seed}
    hides = covariates in ("delivered", "mapped")  # covariates that are made from casts
    settings["folds"] = {key: value for key, value in MODES[mode].items() if hides or key != "hide"}
    settings["covariates"] |= COVARIATES[covariates]
    if settings["model"]["kind"] != OURS:
        settings["model"] = {"kind": OURS}
    return Experiment.model_validate(settings)


def built(data: RunData, kind: str, column: bool, fold: int) -> Method:
    """Make the method of a kind as a run of these data would."""
    if kind == OURS:
        return data.model(fold)
    config = BASELINES[kind].model_validate({"kind": kind} | ({} if kind in PLAIN else {"column": column}))
    return replace(data, experiment=data.experiment.model_copy(update={"baselines": [config]})).baseline(kind)


def estimate(data: RunData, kind: str, column: bool, fold: int) -> dict[str, np.ndarray]:
    """Fit one kind without a fold and estimate its samples."""
    return estimate_by(built(data, kind, column, fold), data, fold)


def estimate_by(method: Method, data: RunData, fold: int, together: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Fit a method without a fold and estimate its samples, from nothing around and from all other samples.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    data : RunData
        Of the run.
    fold : int
        Held out.
    together : int array, shape (sample,), optional
        What training hides together, in place of what the run holds out together.

    Returns
    -------
    dict of str to array
        Estimates alone and with what is around (`kriged`), place, time and truth, what was chosen, processor time.
    """
    start, domain, samples = time.process_time(), data.domain_without(fold), data.samples
    held, context = samples.take(data.fold == fold), samples.take(data.fold != fold)
    seen = context if together is None else replace(context, unit=together[data.fold != fold])
    method.fit(domain, seen, data.experiment.seed + fold)
    means: dict[str, np.ndarray] = {
        name: np.maximum(np.asarray(method.predict(domain, around, held.cell, held.step).mean)[:, 0], 0.0)
        for name, around in {"alone": context.take(np.zeros(0, int)), "kriged": context}.items()
    }
    values = getattr(tuned(method), "values", {})
    chosen = [int(values.get(name, 0)) for name in ("column", "residual_kriging")]
    spent = np.array(time.process_time() - start)
    year = np.floor(domain.years[held.step]).astype(int)
    place = {"cell": held.cell, "step": held.step, "truth": held.values["oxygen"], "year": year}
    return means | place | {"chosen": np.array(chosen), "spent": spent}


def kept_estimate(data: RunData, kind: str, column: bool, fold: int) -> dict[str, np.ndarray]:
    """Read what is kept of `estimate`, or make and keep it."""
    path = data.folder.root / "rivals" / f"{kind}_{'column' if column else 'plain'}_{fold}.npz"
    return kept_arrays(path, lambda: estimate(data, kind, column, fold))


def rows_of(mode: str, found: dict[tuple[str, bool], list[list[dict[str, np.ndarray]]]]) -> list[list[str]]:
    """Lay out the scores of one mode.

    Parameters
    ----------
    mode : str
        One of `MODES`.
    found : dict of (kind, column) to list
        Estimates of each seed's folds.

    Returns
    -------
    list of list of str
        Two rows each, without kriging and with it.
    """
    rows, first = [], None
    rivals: list[np.ndarray] = []
    for (kind, column), seeds in found.items():
        folds = [one for some in seeds for one in some]
        truth, year = (np.concatenate([one[name] for one in folds]) for name in ("truth", "year"))
        columns, kriged = np.sum([one["chosen"] for one in folds], axis=0)
        for name, label in (("alone", "no"), ("kriged", "yes")):
            error = np.concatenate([one[name] for one in folds]) - truth
            first = error if first is None else first
            other = min(rivals, key=lambda one: np.square(one).mean()) if kind == OURS and rivals else first
            against = "–" if first is error else rmse_interval(error, other, year)
            rivals += [error] if kind != OURS else []
            chosen = [f"column {columns}/{len(folds)}"] * column
            chosen += [f"kriging {kriged}/{len(folds)}"] * (name == "kriged")
            chosen = [] if kind in (OURS, *PLAIN) else chosen  # they have nothing of it to choose
            by_seed = ", ".join(f"{rmse(some, name):.2f}" for some in seeds)
            scores = [rmse_interval(error, None, year), against, by_seed, f"{np.median(np.abs(error)):.2f}"]
            spent = f"{np.mean([one['spent'] for one in folds]):.0f}"
            names = [mode.replace("_", " "), kind, "–" if kind in PLAIN else "yes" if column else "no", label]
            rows.append([*names, f"{error.size:,}", *scores, ", ".join(chosen) or "–", spent])
    return rows


def rmse(folds: list[dict[str, np.ndarray]], name: str) -> float:
    """RMSE over some folds."""
    return float(np.sqrt(np.square(np.concatenate([one[name] - one["truth"] for one in folds])).mean()))


def folds_of(data: RunData, number: int | None) -> list[int]:
    """Numbers of the folds that are scored: other ones for another seed, for whole years are the same in every seed."""
    first = data.experiment.seed % len(data.folds)
    return [*data.folds[first:], *data.folds[:first]][:number]


def main(given: argparse.Namespace) -> None:
    """Make what is missing and print the table."""
    rows, experiment = [], Experiment.from_yaml(given.experiment)
    for mode in given.modes:
        made = [variant(experiment, mode, given.covariates, seed) for seed in given.seeds]
        last = "covariates" if made[0].covariates.from_other_groups else "graph"
        runs = [ox.run(one, data=given.data, work=given.work, to=last) for one in made]
        seeds = [RunData(run.folder, "rivals", run.experiment) for run in runs]
        found = {
            (kind, column): [
                [kept_estimate(held, kind, column, fold) for fold in folds_of(held, given.folds)] for held in seeds
            ]
            for kind in given.kinds
            for column in ((False, True) if given.covariates == "at_casts" and kind not in (OURS, *PLAIN) else (True,))
        }
        rows += rows_of(mode, found)
    print(Table.of_text(HEAD, rows).markdown())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score regressions without and with the water column.")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["years"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["extra_trees", "lightgbm", "mlp"])
    parser.add_argument("--covariates", choices=COVARIATES, default="at_casts")
    parser.add_argument("--folds", type=int, help="only so many of each seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    try:
        main(parser.parse_args())
    except InputError as mistake:
        sys.exit(str(mistake))
