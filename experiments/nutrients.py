"""What phosphate and nitrate of casts are worth to the column model: as covariates, with slopes, and as targets.

    python experiments/nutrients.py EXPERIMENT.yaml --data FOLDER [--work DIR] [--seeds 0 1 2]

EXPERIMENT.yaml has temperature and salinity as covariates; casts keep their own, and their own phosphate and nitrate
where these are covariates (`mode: at_casts`). Each variant is trained without a fold and scored at it, one network
without boosted trees. Prints a Markdown table: RMSE at held-out samples over all seeds, in brackets an interval of 95 %
by a bootstrap over what is held out together (1000 draws); what it is more (+) or less than that of the variant it is
compared with, and the same seed by seed; mean and spread of the slopes of the trained networks at held-out casts below
100 m, mol O2 per mol of phosphate with the nitrate that goes with it. Estimates are kept beside the run: those that are
there are read.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hiding_modes import kept_arrays, rmse_interval

import oxygen_recon as ox
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.oxygraph.casts import Casts
from oxygen_recon.models.oxygraph.config import OxyGraphConfig, SlopeConfig
from oxygen_recon.models.oxygraph.estimator import ColumnEstimator
from oxygen_recon.models.oxygraph.sampler import HoldoutBatches
from oxygen_recon.models.oxygraph.slopes import RATIOS, relative_slopes
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.report.table import Table
from qc.errors import InputError

NUTRIENTS = ["phosphate", "nitrate"]
VARIANTS: dict[str, tuple[str | None, dict[str, Any]]] = {  # compared with which; settings of the training
    "no nutrients": (None, {}),
    "nutrients as covariates": ("no nutrients", {}),
    "variance of slopes, 0.1": ("nutrients as covariates", {"slopes": {"weight": 0.1, "form": "variance"}}),
    "ratio of slopes, 0.1": ("nutrients as covariates", {"slopes": {"weight": 0.1, "form": "ratio"}}),
    "nutrients as targets, 0.1": ("no nutrients", {"nutrients": 0.1}),
}

HEAD = ["phosphate and nitrate", "n", "RMSE", "compared with", "difference", "seed by seed", "slope", "CPU s a fold"]
BATCHES = 4  # of casts whose slopes are taken


def variant(experiment: Experiment, name: str) -> Experiment:
    """Return the experiment with the covariates, and the nutrients of samples, of one of `VARIANTS`."""
    settings, (_, training) = experiment.model_dump(), VARIANTS[name]
    known = "covariates" in name or "slopes" in training
    settings["name"] += "_known" if known else "_targets" if "nutrients" in training else "_without"
    names = [*experiment.covariates.names, *(NUTRIENTS if known else [])]
    settings["covariates"] |= {"kind": "observed", "mode": "at_casts", "names": names}
    settings["nutrients"] = NUTRIENTS if "nutrients" in training else []
    if settings["model"]["kind"] != "oxygraph":
        settings["model"] = {"kind": "oxygraph", "training": {}}
    return Experiment.model_validate(settings)


def estimate(data: RunData, name: str, fold: int, seed: int) -> dict[str, np.ndarray]:
    """Train one network without a fold and estimate its samples."""
    start, domain, samples = time.process_time(), data.domain_without(fold), data.samples
    held, context = samples.take(data.fold == fold), samples.take(data.fold != fold)
    config = data.experiment.model.model_dump()
    config["training"] |= VARIANTS[name][1]
    method = ColumnEstimator(OxyGraphConfig.model_validate(config), store.load_graph(data.folder.graph))
    method.fit(domain, context, seed)
    mean = np.maximum(np.asarray(method.predict(domain, context, held.cell, held.step).mean)[:, 0], 0.0)
    spent = np.array(time.process_time() - start)
    slopes = slopes_of(method, domain, held) if "phosphate" in domain.names else np.zeros(0)
    return {"error": mean - held.values["oxygen"], "group": held.held_together, "slopes": slopes, "spent": spent}


def slopes_of(method: ColumnEstimator, domain: Domain, held: Samples) -> np.ndarray:
    """Slopes of the trained network at held-out casts below 100 m, mol O2 per mol of phosphate with its nitrate."""
    training = method.config.training.model_copy(update={"slopes": SlopeConfig(weight=1.0)})
    casts = Casts.of(domain, held)
    batches = HoldoutBatches(method.profiles, casts, method.anomalies, method.config.context, training, 0)
    parts = [relative_slopes(lambda some: method.network(some)[0][:, 0], batches[i]) for i in range(BATCHES)]
    return RATIOS["phosphate"] * torch.cat(parts).detach().numpy()


def kept_estimate(data: RunData, name: str, fold: int, seed: int) -> dict[str, np.ndarray]:
    """Read what is kept of `estimate`, or make and keep it."""
    path = data.folder.root / "nutrients" / f"{name.replace(' ', '_').replace(',', '')}_{fold}_{seed}.npz"
    return kept_arrays(path, lambda: estimate(data, name, fold, seed))


def row_of(name: str, found: dict[str, list[dict[str, np.ndarray]]]) -> list[str]:
    """Lay out the scores of one variant: `found` has one entry a seed."""
    error, group = (np.concatenate([one[key] for one in found[name]]) for key in ("error", "group"))
    slopes = np.concatenate([one["slopes"] for one in found[name]])
    spent = np.mean([one["spent"] / one["folds"] for one in found[name]])
    other, by_seed, against = VARIANTS[name][0], "–", "–"
    rmse = {key: [np.sqrt(np.mean(one["error"] ** 2)) for one in found[key]] for key in {name, other} & found.keys()}
    if other in found:
        against = rmse_interval(error, np.concatenate([one["error"] for one in found[other]]), group)
        by_seed = ", ".join(f"{mine - theirs:+.2f}" for mine, theirs in zip(rmse[name], rmse[other]))
    n, slope = f"{len(found[name][0]['error']):,}", f"{slopes.mean():.0f} ± {slopes.std():.0f}" if slopes.size else "–"
    return [name, n, rmse_interval(error, None, group), other or "–", against, by_seed, slope, f"{spent:.0f}"]


def main(experiment: Experiment, data: Path | None, work: Path, variants: list[str], seeds: list[int]) -> None:
    """Make what is missing and print the table."""
    runs = {name: ox.run(variant(experiment, name), data=data, work=work, to="graph") for name in variants}
    found: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in variants}
    for seed in seeds:
        for name, run in runs.items():
            held = RunData(run.folder, "nutrients", run.experiment)
            folds = [kept_estimate(held, name, fold, seed) for fold in held.folds]
            joined = {key: np.concatenate([one[key] for one in folds]) for key in ("error", "group", "slopes")}
            spent = np.sum([one["spent"] for one in folds])
            found[name].append(joined | {"spent": spent, "folds": np.array(len(folds))})
    print(Table.of_text(HEAD, [row_of(name, found) for name in variants]).markdown())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score the column model with nutrients in several uses.")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=[*VARIANTS])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    given = parser.parse_args()
    try:
        main(Experiment.from_yaml(given.experiment), given.data, given.work, given.variants, given.seeds)
    except InputError as mistake:
        sys.exit(str(mistake))
