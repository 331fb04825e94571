"""The index of Argo's synthetic profiles: which profiles hold oxygen, where, when, and in which mode."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from graphs.types import Mask
from oxygen_recon.observations.downloads.selection import Region
from qc.errors import InputError
from qc.readers.columns.coordinates import Times, position
from qc.types import Floats

_COLUMNS = ["file", "date", "latitude", "longitude", "parameters", "parameter_data_mode", "date_update"]
_PARAMETER = "DOXY"
MODES = "RAD"  # real time, adjusted, delayed


@dataclass(frozen=True)
class Index:
    """The content of the index, one row a profile.

    Parameters
    ----------
    of : str
        Day the index was made, from its header.
    file : array of str, shape (profile,)
        Path below the root of the archive, "aoml/1900722/profiles/SD1900722_001.nc".
    time, updated : array of datetime64[s]
        Of the profile, NaT where missing; and of the last change of its file.
    latitude, longitude : array
        Degrees; NaN where missing.
    mode : array of str
        Mode of oxygen: R, A, D, "?" where the index contradicts itself, "" where the profile has none.
    """

    of: str
    file: NDArray[np.str_]
    time: Times
    updated: Times
    latitude: Floats
    longitude: Floats
    mode: NDArray[np.str_]


def read(path: Path) -> Index:
    """Read an index file.

    Parameters
    ----------
    path : Path
        `argo_synthetic-profile_index.txt`, plain or gzipped.

    Returns
    -------
    Index
        One row a profile.

    Raises
    ------
    InputError
        If it is no such index, or is cut off.
    """
    try:
        opened = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")
        with opened as file:
            head = []
            while (line := file.readline()).startswith(b"#"):
                head.append(line.decode("utf-8", "replace"))
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(skip_rows=len(head)),
            convert_options=csv.ConvertOptions(
                include_columns=_COLUMNS, column_types={name: pa.string() for name in _COLUMNS}
            ),
        )
    except (OSError, EOFError, KeyError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        why = " ".join(str(error).split())[:120]
        raise InputError(
            f"not an index of Argo's synthetic profiles ({why})", str(path), "remove it and fetch"
        ) from error
    of = next((line.split(":")[1].strip() for line in head if "Date of update" in line), "")
    latitude, longitude = position(_numbers(table["latitude"]), _numbers(table["longitude"]))
    return Index(
        of=f"{of[:4]}-{of[4:6]}-{of[6:8]}",
        file=table["file"].to_numpy(zero_copy_only=False).astype(np.str_),
        time=_times(table["date"]),
        updated=_times(table["date_update"]),
        latitude=latitude,
        longitude=longitude,
        mode=_modes(table["parameters"], table["parameter_data_mode"]),
    )


def select(
    index: Index, region: Region | None = None, years: tuple[int, int] | None = None, mode: str | None = None
) -> Mask:
    """Choose profiles with oxygen.

    Parameters
    ----------
    index : Index
        The index.
    region : Region, optional
        Where; profiles without a position are then left out.
    years : tuple of int, optional
        First and last year, both included; profiles without a date are then left out.
    mode : str, optional
        Modes of oxygen to take, some of R, A, D.

    Returns
    -------
    array of bool, shape (profile,)
        True for the chosen profiles.

    Raises
    ------
    InputError
        If a mode is none of R, A, D.
    """
    if mode is not None and (not mode or set(mode) - set(MODES)):
        raise InputError(
            "not a mode of Argo data", mode or "''", "R (real time), A (adjusted), D (delayed), or several"
        )
    chosen: Mask = index.mode != "" if mode is None else np.isin(index.mode, list(mode))
    if region is not None:
        chosen = chosen & region.holds(index.latitude, index.longitude)
    if years is not None:
        first, after = (np.datetime64(f"{year:04d}-01-01", "s") for year in (years[0], years[1] + 1))
        chosen = chosen & (index.time >= first) & (index.time < after)
    return chosen


def floats_of(index: Index, chosen: Mask) -> tuple[NDArray[np.str_], Times]:
    """Name the whole-float files that hold the chosen profiles.

    Parameters
    ----------
    index : Index
        The index.
    chosen : array of bool, shape (profile,)
        See `select`.

    Returns
    -------
    file : array of str, shape (float,)
        "aoml/1900722/1900722_Sprof.nc", sorted.
    updated : array of datetime64[s]
        Last change of any profile of the float, chosen or not.
    """
    stem = np.array([file.split("/profiles/")[0] for file in index.file.tolist()], np.str_)
    name, number = np.unique(stem, return_inverse=True)
    updated = np.full(len(name), np.datetime64(0, "s"))
    np.maximum.at(updated, number, np.where(np.isnat(index.updated), np.datetime64(0, "s"), index.updated))
    needed = np.unique(number[chosen])
    files = [f"{stem}/{stem.rsplit('/', 1)[-1]}_Sprof.nc" for stem in name[needed].tolist()]
    return np.array(files, np.str_), updated[needed]


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Numbers of a text column; NaN where it is empty."""
    text = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, pc.utf8_trim_whitespace(column))
    return np.asarray(pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _times(column: pa.ChunkedArray) -> Times:
    """YYYYMMDDhhmmss as times; NaT where it is empty or no date."""
    parsed = pc.strptime(pc.utf8_trim_whitespace(column), format="%Y%m%d%H%M%S", unit="s", error_is_null=True)
    return np.asarray(parsed.to_numpy(zero_copy_only=False)).astype("datetime64[s]")


def _modes(parameters: pa.ChunkedArray, letters: pa.ChunkedArray) -> NDArray[np.str_]:
    """Mode of oxygen: the letter at its place among the parameters, looked up once for each pair of texts."""
    names, modes = (column.combine_chunks().dictionary_encode() for column in (parameters, letters))
    pair = names.indices.to_numpy().astype(np.int64) * len(modes.dictionary) + modes.indices.to_numpy()
    unique, number = np.unique(pair, return_inverse=True)
    spelt, coded = names.dictionary.to_pylist(), modes.dictionary.to_pylist()
    found = [_mode(spelt[i], coded[j]) for i, j in zip(*divmod(unique, max(len(coded), 1)))]
    return np.array(found, "U1")[number] if found else np.empty(0, "U1")


def _mode(parameters: str, letters: str) -> str:
    """Mode of oxygen of one profile."""
    names = parameters.split()
    if _PARAMETER not in names:
        return ""
    letter = letters[names.index(_PARAMETER)] if len(letters) == len(names) else "?"
    return letter if letter in MODES else "?"
