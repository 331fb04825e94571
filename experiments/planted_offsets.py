"""How far off a whole survey must be to stand out: offsets planted in the surveys of a finished run, one at a time.

    python experiments/planted_offsets.py EXPERIMENT.yaml --work runs --offsets 10 20 30

Of a run that is validated, surveys of at least five casts that do not stand out are drawn, and an offset of either sign
is added to the observations of one: its estimates were made without it. (Where folds are by cruise; by year, other
surveys of its year are hidden with it, as they are from the estimates.) Printed: how many surveys are tested and stand
out by themselves, how many of the planted ones are found, and how many others stand out for it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from graphs.types import Ints
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.evaluation import predictions
from oxygen_recon.evaluation.comparison import HELD_OUT
from oxygen_recon.evaluation.cruise_offsets import cruise_offsets
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.tasks.run_data import RunData

FEWEST_CASTS = 5


def planted(
    domain: Domain, found: Predictions, cruise: Ints, names: Sequence[str], offset: float, surveys: int, seed: int = 0
) -> tuple[int, int, int, int, float]:
    """Plant an offset in surveys, one at a time.

    Parameters
    ----------
    domain : Domain
        Place and time of cells and steps.
    found : Predictions
        Held-out estimates.
    cruise : int array, shape (target,)
        Cruise of each target.
    names : sequence of str
        Name of each cruise number.
    offset : float
        Umol kg-1, either sign.
    surveys : int
        How many.
    seed : int
        Which, and the signs.

    Returns
    -------
    tuple
        Cruises tested; those that stand out by themselves; surveys planted; those found; others that stand out for
        them, a survey.
    """
    whole = np.ones(len(names), bool)
    table = cruise_offsets(domain, found, cruise, names, whole)
    before = set(table["cruise"][table["significant"]])
    quiet = table[table["q"].notna() & ~table["significant"] & (table["casts"] >= FEWEST_CASTS)]["cruise"]
    random = np.random.default_rng(seed)
    chosen = random.choice(np.sort(quiet.to_numpy(str)), min(surveys, len(quiet)), replace=False)
    hits, others = 0, 0
    for name in chosen:
        shift = random.choice([-offset, offset]) * (cruise == names.index(name))
        after = cruise_offsets(domain, replace(found, truth=found.truth + shift), cruise, names, whole)
        out = set(after["cruise"][after["significant"]])
        hits += name in out
        others += len(out - before - {name})
    return int(table["q"].notna().sum()), len(before), len(chosen), hits, others / max(1, len(chosen))


def main() -> None:
    """Print a table of the offsets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--offsets", type=float, nargs="+", default=[10.0, 20.0, 30.0, 40.0, 60.0])
    parser.add_argument("--surveys", type=int, default=30)
    given = parser.parse_args()
    experiment = Experiment.from_yaml(given.experiment)
    folder = RunFolder(given.work / experiment.name)
    data = RunData(folder, "planted", experiment)
    found = predictions.load(folder.points(HELD_OUT, experiment.model.kind))
    cruise, (_, names) = data.samples.group[data.held_out_samples], store.load_samples(folder.grid)
    print("| planted, umol/kg | found | others that stand out for it | cruises tested | standing out by themselves |")
    print("|--:|--:|--:|--:|--:|")
    for offset in given.offsets:
        tested, before, surveys, hits, others = planted(data.domain, found, cruise, names, offset, given.surveys)
        print(f"| {offset:g} | {hits} of {surveys} | {others:.2f} | {tested} | {before} |", flush=True)


if __name__ == "__main__":
    main()
