"""The page of a quality control: what each check found, in which cruises, and how it looks in single casts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from oxygen_recon import page
from oxygen_recon.atomic import replacing
from oxygen_recon.figures.canvas import save
from oxygen_recon.figures.profiles import Example, example_profiles
from qc import levels, schema, tally
from qc.battery import Battery
from qc.kinds import Entry

_COLUMNS = [
    "source", "file", "cast", "cruise", "instrument", "latitude", "longitude", "time", "pressure", "depth",
    "oxygen", "oxygen_flag", "oxygen_checks", "oxygen_original_unit", "duplicate_of",
]  # fmt: skip
_STATES = ["levels", *tally.STATES, "constant_density", "duplicate"]
_EXAMPLES, _PER_PART = 4, 2  # casts drawn a check; at most so many of one file, so that they are not all alike
_CRUISES, _LEAST = 25, 20  # cruises listed; values that a cruise must have for its share to mean something
_LEGEND = "blue: good; orange: suspect; red cross: bad; red ring: the level that failed this check"


def write(parts: Iterable[Path], checks: Battery, directory: Path, title: str) -> Path:
    """Write the page of a quality control, whole or not at all, reading one part of the table after the other.

    Parameters
    ----------
    parts : iterable of Path
        Parquet files of observations, flagged.
    checks : Battery
        The battery that flagged them.
    directory : Path
        Folder of the page and its figures; an older one of the name is replaced.
    title : str
        What was checked.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    qc.errors.InputError
        If a part is no observation table.
    """
    paths = list(parts)
    most = _PER_PART if len(paths) > 1 else _EXAMPLES
    sources, cruises = [], []
    examples: dict[str, list[Example]] = defaultdict(list)
    for path in paths:
        table = schema.read(path, _COLUMNS)
        sources.append(tally.tally(table, checks))
        cruises.append(_of_cruises(table, checks))
        for check in checks.running:
            if len(examples[check.name]) < _EXAMPLES:
                room = min(most, _EXAMPLES - len(examples[check.name]))
                examples[check.name] += _examples(table, check, room)
    by_source, by_cruise = _sum(sources), _sum(cruises)
    with replacing(directory) as partial:
        partial.mkdir()
        sections = [
            ("levels", "What was read", page.tally(by_source[[name for name in _STATES if name in by_source]])),
            ("checks", "What each check found", _checks(by_source, checks)),
            ("cruises", "Cruises and floats of which most was rejected", _cruises(by_cruise, checks)),
            ("examples", "How it looks", _figures(examples, checks, partial)),
        ]
        question = "Oxygen, level by level: which values were flagged, by which check, and why?"
        (partial / "index.html").write_text(page.page(title, question, sections), encoding="utf-8")
    return directory / "index.html"


def _of_cruises(table: pa.Table, checks: Battery) -> pd.DataFrame:
    """Count by cruise, under "source/cruise": a file may hold several archives, but a name belongs to one of them."""
    frame = tally.tally(table, checks, by="cruise")
    code, names = levels.dictionary_codes(table["cruise"])
    source, sources = levels.dictionary_codes(table["source"])
    owner = dict(zip(code.tolist(), source.tolist()))
    number = {name: i for i, name in enumerate(names)} | {"(none)": -1}
    return frame.set_axis([f"{sources[owner[number[name]]]}/{name}" for name in frame.index])


def _sum(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=_STATES)
    total: pd.DataFrame = pd.concat(frames).groupby(level=0).sum()
    total.index.name = frames[0].index.name
    return total


def _examples(table: pa.Table, check: Entry, most: int) -> list[Example]:
    """Take the first casts of a part in which a check failed."""
    failed = (table["oxygen_checks"].to_numpy() >> np.uint32(check.bit) & 1).astype(bool)
    failed &= np.isfinite(table["oxygen"].to_numpy())
    if not failed.any():
        return []
    source, sources = levels.dictionary_codes(table["source"])
    cast, names = levels.dictionary_codes(table["cast"])
    p, z = table["pressure"].to_numpy(), table["depth"].to_numpy()
    p = np.where(np.isfinite(p), p, z)  # near enough for a drawing
    found = []
    _, first = np.unique(cast[failed], return_index=True)
    for row in np.flatnonzero(failed)[np.sort(first)[:most]]:
        here = (cast == cast[row]) & (source == source[row])
        oxygen, flag = (table[name].to_numpy()[here] for name in ("oxygen", "oxygen_flag"))
        found.append(Example(f"{sources[source[row]]}/{names[cast[row]]}", p[here], oxygen, flag, failed[here]))
    return found


def _checks(counts: pd.DataFrame, checks: Battery) -> str:
    there = float(counts["levels"].sum() - counts["missing"].sum()) if len(counts) else 0.0
    rows = []
    for check in checks.running:
        failed = int(counts[check.name].sum()) if check.name in counts else 0
        rows.append([check.name, check.verdict, f"{failed:,}", _percent(failed, there), check.source])
    origin = "rule and thresholds from"
    return page.grid(["check", "makes it", "values", "of all", origin], rows, [origin])


def _cruises(counts: pd.DataFrame, checks: Battery) -> str:
    there = counts["levels"] - counts["missing"]
    share = (counts["suspect"] + counts["bad"]) / there.where(there >= _LEAST)
    worst = share[share > 0].sort_values(ascending=False, kind="stable").index[:_CRUISES]
    rows = []
    for name in worst:
        line, n = counts.loc[name], float(there[name])
        failed = sorted(((int(line[c.name]), c.name) for c in checks.running if line[c.name] > 0), reverse=True)
        why = ", ".join(f"{_percent(number, n)} {check}" for number, check in failed[:3]) or "its archive's own flags"
        rows.append([name, f"{n:,.0f}", _percent(float(share[name]) * n, n), why])
    reason = "of all values by"
    return page.grid(["cruise or float", "values", "suspect or bad", reason], rows, [reason])


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2g} %" if whole else "–"


def _figures(examples: dict[str, list[Example]], checks: Battery, directory: Path) -> str:
    pictures: list[tuple[Path, str]] = []
    for check in checks.running:
        drawn: Sequence[Example] = examples[check.name]
        if drawn:
            figure = example_profiles(drawn, f"{check.name} ({check.severity})", _LEGEND)
            caption = f"{check.name}: the first casts in which it failed, whatever other checks say of them"
            pictures.append((save(figure, directory / f"{check.name}.png"), caption))
    return page.pictures(pictures) or "<p>No check failed.</p>"
