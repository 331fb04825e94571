"""Which archive holds which cast: sections in two or three, everything else in one; with the errors each one has."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oxygen_recon.sources.twin.archives import argo as archives_argo
from oxygen_recon.sources.twin.archives import text as archives_text
from oxygen_recon.sources.twin.archives import wod as archives_wod
from oxygen_recon.sources.twin.archives.wod import Written
from oxygen_recon.sources.twin.observing.instruments import Record
from oxygen_recon.sources.twin.observing.planted_errors import BOTTLE, SENSOR, SHIP, Planted, plant

_COLUMNS = ["source", "file", "cast", "row", "depth", "class", "flagged", "oxygen_before"]


def publish(record: Record, directory: Path, seed: int, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write all archives.

    Ships' casts go to the World Ocean Database, floats to Argo, sections to GLODAP; three in five sections stand in
    WHP-Exchange files too and two in five in the World Ocean Database.

    Parameters
    ----------
    record : Record
        Everything that was measured.
    directory : Path
        Existing folder for the files.
    seed : int
        Decides what is spoilt.
    share : float
        Share of the casts of ships and floats that get a planted error; sections get a third of it, GLODAP a tenth.

    Returns
    -------
    planted : DataFrame
        One row a level with a planted error: source, file, cast, row (the reader's names), depth (m), class, flagged
        (whether the originator's flag tells), oxygen_before (umol kg-1).
    copies : DataFrame
        One row a cast of a section and archive: source, cast, station (number of the cast in the history): rows of
        one station are copies of each other.
    """
    casts = record.casts
    number, _ = pd.factorize(casts["cruise"])
    line = casts["line"].to_numpy() != ""
    ship = ~line & (casts["instrument"] != "float").to_numpy()
    decade = casts["year"].to_numpy().astype(int) // 10 * 10
    record = Record(
        casts.assign(wod_cruise=_wod_cruise(casts, number, line), history=np.arange(len(casts))), record.levels
    )
    in_wod = ship | (line & (number % 5 < 2))
    in_exchange = line & (number % 5 != 1) & (number % 5 != 3)
    parts: list[tuple[Planted, Written]] = []

    def spoilt(which: NDArray[np.bool_], archive: int, kinds: dict[str, float], rate: float) -> Planted:
        return plant(record.take(which), (seed, 4, archive), kinds, rate)

    wod = spoilt(in_wod, 0, SHIP, share)
    if in_wod.any():
        parts.append((wod, archives_wod.write(wod.record, decade[in_wod], directory, 7_000_001)))
    if line.any():
        glodap = spoilt(line, 1, {"spike": 1.0}, share / 10)
        parts.append((glodap, archives_text.write_glodap(glodap.record, directory)))
    if in_exchange.any():
        exchange = spoilt(in_exchange, 2, BOTTLE, share / 3)
        parts.append((exchange, archives_text.write_exchange(exchange.record, directory)))
    floating = (casts["instrument"] == "float").to_numpy()
    if floating.any():
        argo = spoilt(floating, 3, SENSOR, share)
        parts.append((argo, archives_argo.write(argo.record, directory, seed)))
    planted = pd.concat([_located(planted, written) for planted, written in parts], ignore_index=True)
    copies = pd.concat([_copies(planted.record, written) for planted, written in parts], ignore_index=True)
    return planted, copies


def _wod_cruise(casts: pd.DataFrame, number: NDArray[np.int64], line: NDArray[np.bool_]) -> pd.Series:
    """Two letters and six digits; a section gets a number of its own there."""
    own = pd.Series([f"{code[:2]}{code[2:]:>06}" for code in casts["cruise"].astype(str)], index=casts.index)
    return own.where(~line, pd.Series([f"ZZ{90000 + n:06d}" for n in number], index=casts.index))


def _located(planted: Planted, written: Written) -> pd.DataFrame:
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
        errors["kept"].to_numpy(),
    ]
    return pd.DataFrame(dict(zip(_COLUMNS, columns)))


def _copies(record: Record, written: Written) -> pd.DataFrame:
    line = (record.casts["line"] != "").to_numpy()
    station = record.casts["history"].to_numpy()[line]
    return pd.DataFrame({"source": written.source, "cast": written.cast[line], "station": station})
