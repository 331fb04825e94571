"""Skill of one experiment over several seeds: mean and standard deviation, and the oxygen minimum zones seed by seed.

    oxygen-recon run EXPERIMENT.yaml --seed N --work DIR     (once a seed, another DIR each time)
    python experiments/seeds.py RUN_FOLDER [RUN_FOLDER ...]

A RUN_FOLDER is the folder of the experiment's name within DIR. Prints a Markdown table of the scores over all depths, a
row a split and method, best mean of each split in bold; and, where `omz/` is there and spans 20 years, a second one of
the area below each threshold, with the truth's where it is known.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.products.files import open_series
from oxygen_recon.report.skill_table import MAIN_SCORES, joined, overall
from oxygen_recon.report.table import Table
from oxygen_recon.report.terminal import omz_change
from qc.errors import InputError


def read_skill(folders: Sequence[Path]) -> pd.DataFrame:
    """Put the skill tables of runs under each other.

    Parameters
    ----------
    folders : sequence of Path
        Run folders, each with `validate/skill.csv`.

    Returns
    -------
    DataFrame
        split, method, layer and scores, a row a run each; without the spread over folds, which would else stand in
        for one over seeds.

    Raises
    ------
    InputError
        If a folder is given twice or has not been validated.
    """
    tables = []
    for folder in folders:
        if [other.resolve() for other in folders].count(folder.resolve()) > 1:
            raise InputError("given twice", str(folder), "give each run once: copies would shrink the spread")
        path = RunFolder(folder).skill
        if not path.exists():
            raise InputError("no skill table here", str(path), "run `oxygen-recon validate` for this seed first")
        table = pd.read_csv(path)
        tables.append(table[[name for name in ("split", "method", "layer", *MAIN_SCORES) if name in table]])
    return pd.concat(tables, ignore_index=True)


def skill_table(skill: pd.DataFrame) -> str:
    """Lay out the pooled scores as Markdown.

    Parameters
    ----------
    skill : DataFrame
        From `read_skill`.

    Returns
    -------
    str
        A row a split and method; mean ± standard deviation over runs (no ± where a method is in one run only).
    """
    return joined(overall(skill)).markdown()


def omz_table(folders: Sequence[Path]) -> str:
    """Lay out how the area below each threshold changed, run by run, as Markdown.

    Parameters
    ----------
    folders : sequence of Path
        Run folders; one without `omz/omz.nc`, or of less than 20 years, has no row.

    Returns
    -------
    str
        Reconstruction and truth, first and last ten years; empty without any row.
    """
    rows = []
    for folder in folders:
        series = {"omz": RunFolder(folder).omz, "truth": RunFolder(folder).product("truth.nc")}
        opened = {name: open_series(path).sel(region="all") for name, path in series.items() if path.exists()}
        for threshold in map(float, opened["omz"]["threshold"]) if "omz" in opened else ():
            changes = {name: omz_change(data, threshold) for name, data in opened.items()}
            if changes["omz"]:
                rows.append([str(folder), f"{threshold:g}", changes["omz"], changes.get("truth") or "–"])
    head = ["run", "area below (µmol kg⁻¹)", "first -> last ten years", "truth"]
    return Table.of_text(head, rows).markdown() if rows else ""


def main(folders: Sequence[Path]) -> None:
    """Print both tables."""
    tables = [skill_table(read_skill(folders)), omz_table(folders)]
    print(f"Mean ± standard deviation over runs ({len(folders)}); bold: best of its split.")
    for table in filter(None, tables):
        print(f"\n{table}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python experiments/seeds.py RUN_FOLDER [RUN_FOLDER ...]")
    try:
        main([Path(name) for name in sys.argv[1:]])
    except InputError as mistake:
        sys.exit(str(mistake))
