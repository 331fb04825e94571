"""Figures of a quality control: all casts on a map, and examples of what each check found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from oxygen_recon.report.figures.drawings.casts import cast_map, example_profiles
from oxygen_recon.report.figures.drawings.tracks import Track, track_maps, track_timelines
from oxygen_recon.report.quality_casts import EXAMPLES, QualityCasts
from qc.checks.base import CheckEntry
from qc.checks.regional import RegionalStatistics
from qc.table.text_columns import dictionary_codes
from qc.types import IsLand

_PROFILE_NOTE = (
    "blue: good; orange: suspect; red cross: bad; grey: interpolated by its archive; red ring: failed this check"
)
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


def draw_map(casts: QualityCasts, is_land: IsLand | None, directory: Path) -> list[tuple[Path, str]]:
    """Draw all casts by archive.

    Parameters
    ----------
    casts : QualityCasts
        The casts.
    is_land : callable or None
        (degrees north, degrees east) to mask; without it no land is drawn.
    directory : Path
        Folder of the SVG file.

    Returns
    -------
    list of (Path, str)
        File and caption; empty where no cast has a valid position.
    """
    code, names = dictionary_codes(casts.table["source"])
    north, east = (casts.table[name].to_numpy() for name in ("latitude", "longitude"))
    if not ((np.abs(north) <= 90.0) & np.isfinite(east)).any():
        return []
    figure = cast_map({name: (north[code == i], east[code == i]) for i, name in enumerate(names)}, is_land)
    return [(figure.save(directory / "casts.svg"), "All casts, duplicates included.")]


def draw_examples(casts: QualityCasts, is_land: IsLand | None, directory: Path) -> list[tuple[Path, str]]:
    """Draw the worst casts or cruises of each check that failed somewhere.

    Parameters
    ----------
    casts : QualityCasts
        The casts.
    is_land : callable or None
        As for `draw_map`.
    directory : Path
        Folder of the SVG files.

    Returns
    -------
    list of (Path, str)
        Files and captions, in the order of the battery.
    """
    running, drawn = casts.checks.running, []
    profiles = casts.examples([check for check in running if on_profiles(check)])
    for check in running:
        title = f"{check.name} ({check.effect})"
        caption = f"{check.name}: the cruises with most casts that failed"
        if on_profiles(check):
            if not (found := profiles.get(check.name)):
                continue
            figure = example_profiles(found, title, _PROFILE_NOTE)
            caption = f"{check.name}: the casts with most values that failed, of different cruises where there are"
            caption += f"; flags are those of all checks{_limits(check, casts.climatology is not None)}"
        elif not (tracks := failed_tracks(casts, check)):
            continue
        elif check.subject == "date":
            figure = track_timelines(tracks, title, _TRACK_NOTE)
        else:
            figure = track_maps(tracks, title, _TRACK_NOTE, is_land)
        drawn.append((figure.save(directory / f"{check.name}.svg"), caption))
    return drawn


def _limits(check: CheckEntry, climatology: bool) -> str:
    """Describe the bands of a regional check; empty for others."""
    if not isinstance(check, RegionalStatistics):
        return ""
    own = f"; bands: median ± {check.multiple:g} robust standard deviations of the region, grey by layer of pressure,"
    own += " yellow by layer of density; a value outside both fails"
    known = f"; where the climatology has values: its mean ± {check.climatology:g} standard deviations"
    return own + known if climatology else own


def failed_tracks(casts: QualityCasts, check: CheckEntry) -> list[Track]:
    """Select the cruises with most casts that failed a check.

    Parameters
    ----------
    casts : QualityCasts
        The casts.
    check : CheckEntry
        One of its checks.

    Returns
    -------
    list of Track
        At most `EXAMPLES`; a cast without a cruise is a track of its own.
    """
    table, failed = casts.table, casts.table[check.name].to_numpy() > 0
    cruises, first, number = np.unique(casts.cruise[failed], return_index=True, return_counts=True)
    tracks = []
    for i in np.lexsort((first, -number))[:EXAMPLES]:
        here = np.flatnonzero(casts.cruise == cruises[i])
        one = table.slice(np.flatnonzero(failed)[first[i]], 1).select(["source", "cast", "cruise_name"]).to_pylist()[0]
        line = f"{number[i]} of {here.size} casts" if number[i] > 1 else f"cast {one['cast']}"
        label = "" if one["cruise_name"] == "(none)" else f"/{one['cruise_name']}"
        time, north, east = (table[name].to_numpy()[here] for name in ("time", "latitude", "longitude"))
        tracks.append(Track(f"{one['source']}{label}\n{line}", time, north, east, failed[here]))
    return tracks
