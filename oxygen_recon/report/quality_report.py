"""The page of a quality control: what each check found, in which cruises, and how it looks in single casts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from oxygen_recon.report import html as page
from oxygen_recon.report.figures.canvas import save
from oxygen_recon.report.figures.casts import ProfileExample, cast_map, example_profiles
from oxygen_recon.report.figures.tracks import Track, track_maps, track_timelines
from oxygen_recon.runtime.files import replacing
from qc.battery import counts as tally
from qc.battery.battery import Battery
from qc.checks.base import Entry
from qc.errors import InputError
from qc.table import profiles as levels
from qc.table import schema
from qc.types import IsLand

_COLUMNS = [
    "source", "file", "cast", "cruise", "platform", "instrument", "latitude", "longitude", "time", "pressure", "depth",
    "oxygen", "oxygen_flag", "oxygen_checks", "oxygen_original_unit", "duplicate_of",
]  # fmt: skip
_STATES = ["levels", "good", "good_once", "suspect", "bad", "missing", "not_evaluated", "constant_density", "duplicate"]
_SPOKEN = {"good_once": "good and no copy (used once)", tally.OWN: "archive's own flag"}
# Kinds of checks whose fault an oxygen profile does not show, but a map or the dates of a cruise do.
_ON_MAPS, _IN_TIME = ("way", "on_land", "off_globe", "null_island"), ("date_apart", "impossible_date")
_EXAMPLES, _PER_PART = 4, 2  # casts drawn a check; at most so many of one file, so that they are not all alike
_CRUISES, _LEAST = 25, 20  # cruises listed; values that a cruise must have for its share to mean something
_LEGEND = "blue: good; orange: suspect; red cross: bad; red ring: the level that failed this check"
_WAY_LEGEND = "blue: casts of the cruise in order of time; red ring: the cast that failed this check"


def write(parts: Iterable[Path], checks: Battery, directory: Path, title: str, is_land: IsLand | None = None) -> Path:
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
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    qc.errors.InputError
        If a part is no observation table, or there is none.
    """
    paths = list(parts)
    if not paths:
        raise InputError("no parts to draw", str(directory), "run qc first")
    most = _PER_PART if len(paths) > 1 else _EXAMPLES
    placed = [check.name for check in checks.running if _kind(check) in _ON_MAPS + _IN_TIME]
    drawn = [check for check in checks.running if check.name not in placed]
    sources, cruises, casts = [], [], []
    examples: dict[str, list[ProfileExample]] = defaultdict(list)
    for path in paths:
        table = schema.read(path, _COLUMNS)
        by_cast = tally.by_cast(table, checks)
        sources.append(tally.tally(table, checks))
        cruises.append(tally.by_cruise(by_cast))
        casts.append(_places(by_cast, placed))
        for check in drawn:
            if len(examples[check.name]) < _EXAMPLES:
                room = min(most, _EXAMPLES - len(examples[check.name]))
                examples[check.name] += _examples(table, check, room)
    by_cruise = _sum(cruises)
    by_source = _sum(sources)
    by_source[["good_once", tally.OWN]] = by_cruise[["good_once", tally.OWN]].groupby(level=0).sum()
    where = pa.concat_tables(casts).unify_dictionaries()
    with replacing(directory) as partial:
        partial.mkdir()
        sections = [
            ("map", "Where the casts are", _map(where, is_land, partial)),
            ("levels", "What was read", page.tally(by_source[_STATES].rename(columns=_SPOKEN))),
            ("checks", "What each check found", _checks(by_source, checks)),
            ("cruises", "Cruises and floats of which most was rejected", _cruises(by_cruise, checks)),
            ("examples", "How it looks", _figures(examples, where, checks, is_land, partial)),
        ]
        question = "Oxygen, level by level: which values were flagged, by which check, and why?"
        (partial / "index.html").write_text(page.page(title, question, sections), encoding="utf-8")
    return directory / "index.html"


def _kind(check: Entry) -> str:
    return str(getattr(check, "kind", ""))


def _sum(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames).groupby(level=list(range(frames[0].index.nlevels))).sum()


def _places(casts: pa.Table, checks: Sequence[str]) -> pa.Table:
    """Take of each cast what a map needs: whose it is, where, when, and which of some checks it failed."""
    cruise = pa.array(tally.cruise_names(casts)).dictionary_encode()
    kept = casts.select(["source", "cast", "time", "latitude", "longitude"]).append_column("cruise", cruise)
    for name in checks:
        kept = kept.append_column(name, pa.array(casts[name].to_numpy() > 0))
    return kept


def _examples(table: pa.Table, check: Entry, most: int) -> list[ProfileExample]:
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
        found.append(ProfileExample(f"{sources[source[row]]}/{names[cast[row]]}", p[here], oxygen, flag, failed[here]))
    return found


def _checks(counts: pd.DataFrame, checks: Battery) -> str:
    there = float(counts["levels"].sum() - counts["missing"].sum())
    own = int(counts[tally.OWN].sum())
    said = "suspect or bad where its archive says so and no check does"
    rows = [[_SPOKEN[tally.OWN], "what it was", f"{own:,}", _percent(own, there), said]]
    for check in checks.running:
        failed = int(counts[check.name].sum())
        rows.append([check.name, check.verdict, f"{failed:,}", _percent(failed, there), check.source])
    origin = "rule and thresholds from"
    table = page.grid(["check", "makes it", "values", "of all", origin], rows, [origin])
    named = [tally.OWN, *(check.name for check in checks.running if check.severity != "note")]
    apart = counts.assign(rejected=counts["suspect"] + counts["bad"])[["rejected", *named]]
    spoken = _SPOKEN | {"rejected": "suspect or bad"}
    return (
        f"{table}\n<h3>By archive</h3>\n{page.tally(apart.rename(columns=spoken))}\n"
        "<p>The rows below the first explain it together; a value that several checks accuse counts in each.</p>"
    )


def _cruises(counts: pd.DataFrame, checks: Battery) -> str:
    there = counts["levels"] - counts["missing"]
    share = (counts["suspect"] + counts["bad"]) / there.where(there >= _LEAST)
    worst = share[share > 0].sort_values(ascending=False, kind="stable").index[:_CRUISES]
    causes = [tally.OWN, *(check.name for check in checks.running if check.severity != "note")]
    rows = []
    for name in worst:
        line, n = counts.loc[name], float(there[name])
        found = sorted(((int(line[cause]), cause) for cause in causes if line[cause] > 0), reverse=True)
        why = ", ".join(f"{_percent(number, n)} {_SPOKEN.get(cause, cause)}" for number, cause in found[:3])
        rows.append(["/".join(name), f"{n:,.0f}", _percent(float(share[name]) * n, n), why])
    reason = "of all values by"
    return page.grid(["cruise or float", "values", "suspect or bad", reason], rows, [reason])


def _percent(part: float, whole: float) -> str:
    """Write a share with two or three digits, without a power of ten; only all is 100 %."""
    share = 100.0 * part / whole if whole else np.nan
    if not np.isfinite(share):
        return "–"
    if 0.0 < share < 0.01:
        return "< 0.01 %"
    if 99.0 <= share < 100.0:
        return f"{np.floor(share * 10.0) / 10.0:.1f} %"
    digits = 1 - int(np.floor(np.log10(share))) if share else 0
    return f"{share:.{max(digits, 0)}f} %"


def _map(casts: pa.Table, is_land: IsLand | None, directory: Path) -> str:
    """Draw all casts of the collection by archive."""
    code, names = levels.dictionary_codes(casts["source"])
    north, east = (casts[name].to_numpy() for name in ("latitude", "longitude"))
    if not ((np.abs(north) <= 90.0) & np.isfinite(east)).any():
        return "<p>No cast has a place on the globe.</p>"
    figure = cast_map({name: (north[code == i], east[code == i]) for i, name in enumerate(names)}, is_land)
    return page.pictures([(save(figure, directory / "casts.png"), "All casts, copies among them.")])


def _tracks(casts: pa.Table, check: str) -> list[Track]:
    """Take the first cruises with casts that failed a check; a cast without a cruise stands alone."""
    failed = casts[check].to_numpy()
    (cruise, names), (source, sources) = (levels.dictionary_codes(casts[name]) for name in ("cruise", "source"))
    cast = np.arange(failed.size)
    nobody = names.index("(none)") if "(none)" in names else -1
    own = np.where(cruise == nobody, len(names) + cast, cruise) * len(sources) + source
    _, first = np.unique(own[failed], return_index=True)
    tracks = []
    for row in np.flatnonzero(failed)[np.sort(first)[:_EXAMPLES]]:
        here = np.flatnonzero(own == own[row])
        time, north, east = (casts[name].to_numpy()[here] for name in ("time", "latitude", "longitude"))
        said = f"cast {casts['cast'][row].as_py()}"
        if (number := int(failed[here].sum())) > 1:
            said = f"{number} of {here.size} casts"
        label = "" if cruise[row] == nobody else f"/{names[cruise[row]]}"
        tracks.append(Track(f"{sources[source[row]]}{label}\n{said}", time, north, east, failed[here]))
    return tracks


def _figures(
    examples: dict[str, list[ProfileExample]], casts: pa.Table, checks: Battery, is_land: IsLand | None, directory: Path
) -> str:
    pictures: list[tuple[Path, str]] = []
    for check in checks.running:
        title = f"{check.name} ({check.severity})"
        caption = f"{check.name}: the first casts in which it failed, whatever other checks say of them"
        if _kind(check) in _ON_MAPS + _IN_TIME:
            tracks = _tracks(casts, check.name)
            caption = f"{check.name}: the first cruises with casts in which it failed"
            if tracks and _kind(check) in _IN_TIME:
                figure = track_timelines(tracks, title, _WAY_LEGEND)
            elif tracks:
                figure = track_maps(tracks, title, _WAY_LEGEND, is_land)
            else:
                continue
        elif drawn := examples[check.name]:
            figure = example_profiles(drawn, title, _LEGEND)
        else:
            continue
        pictures.append((save(figure, directory / f"{check.name}.png"), caption))
    return page.pictures(pictures) or "<p>No check failed.</p>"
