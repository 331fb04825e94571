"""Offsets of whole cruises as files of a run: the table of all, and a proposal of decisions on those that stand out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.types import Ints, Mask
from oxygen_recon.dataset import store
from oxygen_recon.dataset.groups import held_out_together, text_codes
from oxygen_recon.evaluation.cruise_offsets import cruise_offsets
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.tasks.run_data import RunData
from qc.battery.overrides import COLUMNS
from qc.files import replacing
from qc.table import schema
from qc.table.flags import NOT_EVALUATED, PASS, SUSPECT

_READ = ["source", "cast", "cruise", "platform", "instrument", "duplicate_of", "row", "oxygen", "oxygen_flag"]


def write(folder: RunFolder, data: RunData, found: Predictions) -> None:
    """Write the offset of every cruise, and what an expert might decide on the casts of those that stand out.

    Parameters
    ----------
    folder : RunFolder
        Gets cruise_offsets.csv, and cruise_notes.csv, a file for `quality.overrides`: flag 3 for what quality control
        let pass of a significant cruise. Nothing is applied.
    data : RunData
        Gridded data.
    found : Predictions
        Held-out points of the model, in the order of `RunData.held_out_samples`.
    """
    _, names = store.load_samples(folder.grid)
    group = data.samples.group
    table = cruise_offsets(
        data.domain, found, group[data.held_out_samples], names, _whole(group, data.fold, len(names))
    )
    with replacing(folder.score_table("cruise_offsets")) as partial:
        table.to_csv(partial, index=False)
    _write_notes(folder, table[table["significant"]], data.experiment.name)


def _whole(group: Ints, fold: Ints, groups: int) -> Mask:
    """Tell which groups are held out as a whole, shape (group,)."""
    first, last = np.full(groups, np.iinfo(np.int64).max), np.full(groups, -1)
    np.minimum.at(first, group, fold)
    np.maximum.at(last, group, fold)
    return np.asarray((first == last) & (first >= 0))


def _write_notes(folder: RunFolder, standing_out: pd.DataFrame, run: str) -> None:
    """Write a decision for each cast of the cruises that stand out."""
    rows = _decided(folder.qc_parts, standing_out["cruise"].tolist()) if len(standing_out) else []
    why = {
        one.cruise: f"{one.cruise}: oxygen {one.offset:+.1f} umol/kg off what all other cruises say (standard error "
        f"{one.standard_error:.1f}, spread of cruises {one.spread:.1f}, q {one.q:.1g}, {one.casts} casts)"
        for one in standing_out.itertuples()
    }
    with (
        replacing(folder.score_table("cruise_notes")) as partial,
        partial.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        who = f"proposal of run {run}"
        writer.writerows((source, cast, level, "oxygen", SUSPECT, who, why[name]) for source, cast, level, name in rows)


def _decided(parts: Path, cruises: list[str]) -> list[tuple[str, str, str, str]]:
    """List what of some cruises quality control let pass: source, cast, level, cruise; copies included.

    Level is "" for a whole cast; of a cast with suspect or bad values the others are listed, by their rows.
    """
    table = schema.read(parts, _READ)
    _, group, names = held_out_together(table)
    (source, sources), (cast, casts) = (text_codes(table[name]) for name in ("source", "cast"))
    passed = np.isin(table["oxygen_flag"].to_numpy(), (PASS, NOT_EVALUATED))
    doubted = np.isfinite(table["oxygen"].to_numpy()) & ~passed
    number = source * (len(casts) + 1) + cast
    chosen = np.isin(group, [names.index(name) for name in cruises]) & passed
    level = np.where(np.isin(number, number[doubted]), table["row"].to_numpy(), -1)
    found = np.unique(np.stack([group[chosen], source[chosen], cast[chosen], level[chosen]]), axis=1)
    return [(sources[i], casts[j], "" if row < 0 else str(row), names[k]) for k, i, j, row in found.T]
