"""What each part of the column model is worth: one setting changed at a time, in the same folds.

    python experiments/column_ablations.py EXPERIMENT.yaml --data FOLDER [--work DIR] [--mode casts] [--seeds 0 1 2]
                                           [--rows NAME ...]

Casts keep their own temperature and salinity; hidden is what a mode says (`hiding_modes.MODES`), one fold of each seed,
another each time. The first row is one network as it is, averaged with nothing; each other row changes one setting of
it, or is the graph of single cells (`oxygenerator`). Prints a Markdown table: RMSE over the folds of all seeds; what it
is more (+) or less than that of the row it is compared with, with an interval of 95 % by a bootstrap over years, and
the same seed by seed; the RMSE of the same model without any observation around; processor time of a fold. Estimates
are kept beside the run: those that are there are read.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hiding_modes import MODES, kept_arrays, rmse_interval
from rivals import estimate_by, folds_of, rmse, variant

import oxygen_recon as ox
from graphs.types import Ints
from oxygen_recon.dataset.folds import FoldConfig, groups_of
from oxygen_recon.models.graph.config import OxyGeneratorConfig
from oxygen_recon.models.oxygraph.config import OxyGraphConfig
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.report.table import Table
from qc.errors import InputError


class Row(NamedTuple):
    """One row: settings of the model, the row it is compared with, and by what training hides (None: as the run)."""

    settings: dict[str, Any]
    against: str | None = "one network"
    hides: str | None = None


CELLS = "graph of cells (oxygenerator)"
ROWS = {
    "one network": Row({}, None),
    "levels do not mix": Row({"network": {"blocks": 0}}),
    "one learned coordinate of the water": Row({"network": {"embedding": 1}}),
    "two casts around": Row({"context": {"casts": 2}}),
    "sixteen casts around while it is trained": Row({"training": {"casts": 16}}),
    "training hides single casts": Row({}, hides="cast"),
    "training hides whole years": Row({}, hides="year"),
    "training hides a tenth at most": Row({"training": {"hide": 0.1}}),
    "a quarter of the profiles without covariates": Row({"training": {"without_covariates": 0.25}}),
    "no likelihood in the loss": Row({"training": {"likelihood": 0.0}}),
    "dropout 0.2": Row({"network": {"dropout": 0.2}}),
    "two networks": Row({"networks": 2}),
    "one network, boosting": Row({"averaged_with": ["boosting"]}),
    "two networks, boosting": Row({"networks": 2, "averaged_with": ["boosting"]}, "one network, boosting"),
    CELLS: Row({"kind": "oxygenerator"}),
    "graph of cells, one step of history": Row({"kind": "oxygenerator", "context": {"history": 1}}, CELLS),
    "graph of cells, no neighbouring cells": Row({"kind": "oxygenerator", "context": {"neighbours": 0}}, CELLS),
}
HEAD = ["hidden", "row", "n", "RMSE", "compared with", "difference", "seed by seed", "nothing around", "CPU s a fold"]


def model_of(row: Row) -> OxyGraphConfig | OxyGeneratorConfig:
    """Return the settings of the model of a row; a column model is one network alone where nothing else is said."""
    if "kind" in row.settings:
        return OxyGeneratorConfig.model_validate(row.settings)
    return OxyGraphConfig.model_validate({"networks": 1, "averaged_with": []} | row.settings)


def hidden_together(data: RunData, row: Row) -> Ints | None:
    """Return what training hides together, by number, shape (sample,); None where it is what the run holds out."""
    if row.hides is None:
        return None
    return groups_of(FoldConfig.model_validate({"by": row.hides}), data.domain, data.samples)


def estimate(data: RunData, row: Row, fold: int) -> dict[str, np.ndarray]:
    """Train the model of a row without a fold and estimate its samples."""
    own = replace(data, experiment=data.experiment.model_copy(update={"model": model_of(row)}))
    folder = data.folder.fold_model(fold)  # a checkpoint of another row is no start for this one
    shutil.rmtree(folder, ignore_errors=True)
    found = estimate_by(own.model(fold), data, fold, hidden_together(data, row))
    shutil.rmtree(folder, ignore_errors=True)
    return found


def kept_estimate(data: RunData, name: str, fold: int) -> dict[str, np.ndarray]:
    """Read what is kept of `estimate`, or make and keep it."""
    path = data.folder.root / "ablations" / f"{''.join(c if c.isalnum() else '_' for c in name)}_{fold}.npz"
    return kept_arrays(path, lambda: estimate(data, ROWS[name], fold))


def row_of(mode: str, name: str, found: dict[str, list[dict[str, np.ndarray]]]) -> list[str]:
    """Lay out the scores of one row: `found` has one entry a seed."""
    seeds, other = found[name], ROWS[name].against
    error, year = (np.concatenate([one[key] for one in joined(seeds)]) for key in ("error", "year"))
    against, by_seed = "–", "–"
    if other is not None and other in found:
        against = rmse_interval(error, np.concatenate([one["error"] for one in joined(found[other])]), year)
        pairs = zip(seeds, found[other])
        by_seed = ", ".join(f"{rmse([one], 'kriged') - rmse([two], 'kriged'):+.2f}" for one, two in pairs)
    spent = f"{np.mean([one['spent'] for one in seeds]):.0f}"
    scores = [rmse_interval(error, None, year), other or "–", against, by_seed, f"{rmse(seeds, 'alone'):.2f}", spent]
    return [mode.replace("_", " "), name, f"{error.size:,}", *scores]


def joined(seeds: list[dict[str, np.ndarray]]) -> list[dict[str, np.ndarray]]:
    """Errors and years of each seed's fold."""
    return [{"error": one["kriged"] - one["truth"], "year": one["year"]} for one in seeds]


def main(given: argparse.Namespace) -> None:
    """Make what is missing and print the table."""
    made = [variant(Experiment.from_yaml(given.experiment), given.mode, seed=seed) for seed in given.seeds]
    named = [one.model_copy(update={"name": one.name.replace("_rivals_", "_ablations_")}) for one in made]
    runs = [ox.run(one, data=given.data, work=given.work, to="graph") for one in named]
    seeds = [RunData(run.folder, "ablations", run.experiment) for run in runs]
    rows = [name for name in given.rows if ROWS[name].hides != made[0].folds.by]  # which would be the first again
    found = {name: [kept_estimate(one, name, folds_of(one, 1)[0]) for one in seeds] for name in rows}
    print(Table.of_text(HEAD, [row_of(given.mode, name, found) for name in found]).markdown())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score the column model with one setting changed at a time.")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--mode", choices=MODES, default="years")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    try:
        main(parser.parse_args())
    except InputError as mistake:
        sys.exit(str(mistake))
