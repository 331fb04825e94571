"""Publication of the record in archives: sections in two or three of them, all other casts in one, with errors."""

from pathlib import Path

import numpy as np
import pandas as pd

from graphs.types import Ints, Mask
from oxygen_recon.sources.twin.archives import argo, text, wod
from oxygen_recon.sources.twin.archives.wod import CastLocations
from oxygen_recon.sources.twin.observing.instruments import Record
from oxygen_recon.sources.twin.observing.planted_errors import (
    FLOAT_ERRORS,
    SECTION_ERRORS,
    SHIP_ERRORS,
    Planted,
    plant,
)

_COLUMNS = ["source", "file", "cast", "row", "depth", "class", "flagged", "oxygen_before"]


def publish(record: Record, directory: Path, seed: int, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write all archives.

    Ships' casts go to the World Ocean Database, floats to Argo, sections to GLODAP; three in five sections are in
    WHP-Exchange files too and two in five in the World Ocean Database.

    Parameters
    ----------
    record : Record
        All measurements.
    directory : Path
        Existing folder for the files.
    seed : int
        Seed of the planted errors.
    share : float
        Share of the casts of ships and floats that get a planted error; sections get a third of it, GLODAP a tenth.

    Returns
    -------
    planted : DataFrame
        One row per level with a planted error: source, file, cast, row (the reader's names), depth (m), class, flagged
        (whether the originator flagged it), oxygen_before (umol kg-1).
    copies : DataFrame
        One row per cast of a section and archive: source, cast, station (number of the cast in the record); rows of
        one station are copies of each other.
    """
    casts = record.casts
    number, _ = pd.factorize(casts["cruise"])
    line = casts["line"].to_numpy() != ""
    ship = ~line & (casts["instrument"] != "float").to_numpy()
    decade = casts["year"].to_numpy().astype(int) // 10 * 10
    record = Record(
        casts.assign(wod_cruise=_wod_cruise(casts, number, line), station_number=np.arange(len(casts))), record.levels
    )
    in_wod = ship | (line & (number % 5 < 2))
    in_exchange = line & (number % 5 != 1) & (number % 5 != 3)
    parts: list[tuple[Planted, CastLocations]] = []

    def with_errors(which: Mask, archive: int, kinds: dict[str, float], rate: float) -> Planted:
        return plant(record.take(which), (seed, 4, archive), kinds, rate)

    if in_wod.any():
        ships = with_errors(in_wod, 0, SHIP_ERRORS, share)
        parts.append((ships, wod.write(ships.record, decade[in_wod], directory, 7_000_001)))
    if line.any():
        glodap = with_errors(line, 1, {"spike": 1.0}, share / 10)
        parts.append((glodap, text.write_glodap(glodap.record, directory)))
    if in_exchange.any():
        exchange = with_errors(in_exchange, 2, SECTION_ERRORS, share / 3)
        parts.append((exchange, text.write_exchange(exchange.record, directory)))
    floating = (casts["instrument"] == "float").to_numpy()
    if floating.any():
        floats = with_errors(floating, 3, FLOAT_ERRORS, share)
        parts.append((floats, argo.write(floats.record, directory, seed)))
    planted = pd.concat([_located(planted, written) for planted, written in parts], ignore_index=True)
    copies = pd.concat([_copies(planted.record, written) for planted, written in parts], ignore_index=True)
    return planted, copies


def _wod_cruise(casts: pd.DataFrame, number: Ints, line: Mask) -> pd.Series:
    """Return cruise codes of two letters and six digits; sections get other codes than in the other archives."""
    own = pd.Series([f"{code[:2]}{code[2:]:>06}" for code in casts["cruise"].astype(str)], index=casts.index)
    return own.where(~line, pd.Series([f"ZZ{90000 + n:06d}" for n in number], index=casts.index))


def _located(planted: Planted, written: CastLocations) -> pd.DataFrame:
    """List planted errors by file, cast and row of the archive."""
    errors, levels = planted.errors, planted.record.levels
    level = errors["level"].to_numpy()
    cast = levels["cast"].to_numpy()[level]
    columns = [
        np.full(level.size, written.source),
        written.file[cast],
        written.cast[cast],
        written.row[level],
        levels["depth"].to_numpy()[level],
        errors["class"].to_numpy(),
        errors["flagged"].to_numpy(),
        errors["before"].to_numpy(),
    ]
    return pd.DataFrame(dict(zip(_COLUMNS, columns)))


def _copies(record: Record, written: CastLocations) -> pd.DataFrame:
    """List the casts of sections by archive."""
    line = (record.casts["line"] != "").to_numpy()
    station = record.casts["station_number"].to_numpy()[line]
    return pd.DataFrame({"source": written.source, "cast": written.cast[line], "station": station})
