"""Figures of a quality control: all casts on a map, and examples of what each check found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from oxygen_recon.report.figures.canvas import save
from oxygen_recon.report.figures.casts import ProfileExample, cast_map, example_profiles
from oxygen_recon.report.figures.tracks import Track, track_maps, track_timelines
from qc.battery import counts
from qc.battery.battery import Battery
from qc.checks.base import CheckEntry
from qc.table.profiles import dictionary_codes
from qc.types import IsLand

EXAMPLES = 4  # casts or cruises drawn a check
_PROFILE_NOTE = "blue: good; orange: suspect; red cross: bad; red ring: the level that failed this check"
_TRACK_NOTE = "blue: casts of the cruise in order of time; red ring: the cast that failed this check"


def on_profiles(check: CheckEntry) -> bool:
    """Return whether an oxygen profile shows why a check failed.

    Parameters
    ----------
    check : CheckEntry
        A check of the battery.

    Returns
    -------
    bool
        False for checks of position, date and speed: a map or a timeline of the cruise shows them.
    """
    return check.subject not in ("position", "date")


def cast_positions(by_cast: pa.Table, checks: Sequence[str]) -> pa.Table:
    """Select what maps and timelines need of each cast.

    Parameters
    ----------
    by_cast : pyarrow.Table
        As from `qc.battery.counts.by_cast`.
    checks : sequence of str
        Names of checks.

    Returns
    -------
    pyarrow.Table
        One row a cast: source, cast, time, latitude, longitude, cruise, and for each check whether the cast failed it.
    """
    cruise = pa.array(counts.cruise_names(by_cast)).dictionary_encode()
    kept = by_cast.select(["source", "cast", "time", "latitude", "longitude"]).append_column("cruise", cruise)
    for name in checks:
        kept = kept.append_column(name, pa.array(by_cast[name].to_numpy() > 0))
    return kept


def profile_examples(table: pa.Table, check: CheckEntry, most: int) -> list[ProfileExample]:
    """Select the first casts of a table that failed a check.

    Parameters
    ----------
    table : pyarrow.Table
        Observations with flags.
    check : CheckEntry
        The check.
    most : int
        Number of casts at most.

    Returns
    -------
    list of ProfileExample
        Empty where no value failed.
    """
    failed = (table["oxygen_checks"].to_numpy() >> np.uint64(check.bit) & 1).astype(bool)
    failed &= np.isfinite(table["oxygen"].to_numpy())
    if not failed.any():
        return []
    source, sources = dictionary_codes(table["source"])
    cast, names = dictionary_codes(table["cast"])
    p, z = table["pressure"].to_numpy(), table["depth"].to_numpy()
    p = np.where(np.isfinite(p), p, z)  # 1 m for 1 dbar is accurate enough to draw
    found = []
    _, first = np.unique(cast[failed], return_index=True)
    for row in np.flatnonzero(failed)[np.sort(first)[:most]]:
        here = (cast == cast[row]) & (source == source[row])
        oxygen, flag = (table[name].to_numpy()[here] for name in ("oxygen", "oxygen_flag"))
        found.append(ProfileExample(f"{sources[source[row]]}/{names[cast[row]]}", p[here], oxygen, flag, failed[here]))
    return found


def draw_map(casts: pa.Table, is_land: IsLand | None, directory: Path) -> list[tuple[Path, str]]:
    """Draw all casts by archive.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `cast_positions`.
    is_land : callable or None
        (degrees north, degrees east) to mask; without it no land is drawn.
    directory : Path
        Folder of the PNG file.

    Returns
    -------
    list of (Path, str)
        File and caption; empty where no cast has a valid position.
    """
    code, names = dictionary_codes(casts["source"])
    north, east = (casts[name].to_numpy() for name in ("latitude", "longitude"))
    if not ((np.abs(north) <= 90.0) & np.isfinite(east)).any():
        return []
    figure = cast_map({name: (north[code == i], east[code == i]) for i, name in enumerate(names)}, is_land)
    return [(save(figure, directory / "casts.png"), "All casts, duplicates included.")]


def draw_examples(
    profiles: Mapping[str, Sequence[ProfileExample]],
    casts: pa.Table,
    checks: Battery,
    is_land: IsLand | None,
    directory: Path,
) -> list[tuple[Path, str]]:
    """Draw examples of each check that failed somewhere.

    Parameters
    ----------
    profiles : mapping of str to sequence of ProfileExample
        Casts of each check that profiles show, by its name.
    casts : pyarrow.Table
        As from `cast_positions`.
    checks : Battery
        The battery that ran.
    is_land : callable or None
        As for `draw_map`.
    directory : Path
        Folder of the PNG files.

    Returns
    -------
    list of (Path, str)
        Files and captions, in the order of the battery.
    """
    drawn = []
    for check in checks.running:
        title = f"{check.name} ({check.severity})"
        caption = f"{check.name}: the first cruises with casts that failed"
        if on_profiles(check):
            if not (found := profiles.get(check.name)):
                continue
            figure = example_profiles(found, title, _PROFILE_NOTE)
            caption = f"{check.name}: the first casts that failed; flags are those of all checks"
        elif not (tracks := failed_tracks(casts, check.name)):
            continue
        elif check.subject == "date":
            figure = track_timelines(tracks, title, _TRACK_NOTE)
        else:
            figure = track_maps(tracks, title, _TRACK_NOTE, is_land)
        drawn.append((save(figure, directory / f"{check.name}.png"), caption))
    return drawn


def failed_tracks(casts: pa.Table, check: str) -> list[Track]:
    """Select the first cruises with casts that failed a check.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `cast_positions`.
    check : str
        Name of one of its checks.

    Returns
    -------
    list of Track
        At most four; a cast without a cruise is a track of its own.
    """
    failed = casts[check].to_numpy()
    (cruise, names), (source, sources) = (dictionary_codes(casts[name]) for name in ("cruise", "source"))
    cast = np.arange(failed.size)
    unnamed = names.index("(none)") if "(none)" in names else -1
    own = np.where(cruise == unnamed, len(names) + cast, cruise) * len(sources) + source
    _, first = np.unique(own[failed], return_index=True)
    tracks = []
    for row in np.flatnonzero(failed)[np.sort(first)[:EXAMPLES]]:
        here = np.flatnonzero(own == own[row])
        time, north, east = (casts[name].to_numpy()[here] for name in ("time", "latitude", "longitude"))
        line = f"cast {casts['cast'][row].as_py()}"
        if (number := int(failed[here].sum())) > 1:
            line = f"{number} of {here.size} casts"
        label = "" if cruise[row] == unnamed else f"/{names[cruise[row]]}"
        tracks.append(Track(f"{sources[source[row]]}{label}\n{line}", time, north, east, failed[here]))
    return tracks
