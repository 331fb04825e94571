"""The scores of a run: skill tables, what is left out of them, and skill by class of target, as files of its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from oxygen_recon.dataset.folds import blocks_of
from oxygen_recon.evaluation import comparison
from oxygen_recon.evaluation.classes import Divided, divide, skill_by_class
from oxygen_recon.evaluation.comparison import HELD_OUT
from oxygen_recon.evaluation.skill import Found, common, left_out, skill
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.tasks.run_data import RunData
from qc.files import replacing

_BLOCK = 10.0  # degrees


def write(folder: RunFolder, data: RunData, found: Found, reasons: Mapping[tuple[str, str], Mapping[str, int]]) -> None:
    """Score every method, and write the tables of skill.

    Parameters
    ----------
    folder : RunFolder
        Gets skill.csv (each method at all of its own targets), skill_common.csv (at those that all share),
        left_out.csv and skill_by_class.csv.
    data : RunData
        Gridded data.
    found : mapping of (split, method) to Predictions
        Of all methods.
    reasons : mapping of (split, method) to (mapping of str to int)
        Why targets have no estimate.
    """
    depth = data.domain.depth
    tables = {
        folder.skill: skill(found, depth),
        folder.score_table("skill_common"): skill(common(found), depth),
        folder.score_table("left_out"): left_out(found, reasons),
        folder.score_table("skill_by_class"): skill_by_class(found, _divided(data, found), data.experiment.seed),
    }
    for path, table in tables.items():
        with replacing(path) as partial:
            table.to_csv(partial, index=False)


def write_settings(folder: RunFolder, chosen: Sequence[pd.DataFrame]) -> None:
    """Write the settings that the baselines chose.

    Parameters
    ----------
    folder : RunFolder
        Gets settings.csv.
    chosen : sequence of DataFrame
        As from `oxygen_recon.evaluation.comparison.settings_table`, one a baseline.
    """
    table = pd.concat([one for one in chosen if len(one)] or [comparison.settings_table(folder.validate, [])])
    with replacing(folder.score_table("settings")) as partial:
        table.to_csv(partial, index=False)


def _divided(data: RunData, found: Found) -> dict[str, Divided]:
    """Divide the targets of each split; never-sampled ones are no cruise's: their groups are blocks of 10 degrees."""
    domain, targets, result = data.domain, {split: p for (split, _), p in found.items()}, {}
    for split, p in targets.items():
        group = blocks_of(domain.latitude[p.cell], domain.longitude[p.cell], _BLOCK)
        if split == HELD_OUT:
            order = data.held_out_samples
            if not np.array_equal(data.samples.cell[order], p.cell):
                raise ValueError("the held-out points are not in the order of the samples")
            group = data.group[order]
        year = np.floor(domain.years[p.step]).astype(np.int64)
        result[split] = Divided(divide(domain, p.cell, p.step, data.nearness(split)), group, year)
    return result
