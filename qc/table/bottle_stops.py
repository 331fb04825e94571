"""Bottle stops: which casts of a table were measured on one cruise, and which two values at one bottle."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from qc.types import Integers

STOP = "#stop"  # ends the name of the cast that holds the sensor's values, see `qc.readers.cchdo.whp`


def cruises(file: Integers, files: Sequence[str], cruise: Integers) -> Integers:
    """Give each pair of archive file and cruise a number; members of one zip or tar are one file.

    Parameters
    ----------
    file : integers, shape (level,)
        Index into `files`, -1 where missing.
    files : sequence of str
        Names of files, with "#member" for a member of a zip or tar.
    cruise : integers, shape (level,)
        Number of the cruise's name, -1 where missing.

    Returns
    -------
    integers, shape (level,)

    Examples
    --------
    >>> cruises(np.array([0, 1, 2]), ["a.zip#1", "a.zip#2", "b.csv"], np.zeros(3, int)).tolist()
    [3, 3, 5]
    """
    archive = np.unique([name.partition("#")[0] for name in files] + [""], return_inverse=True)[1]
    return np.asarray(archive[file] * (cruise.max(initial=0) + 2) + cruise + 1)


def partners(row: pa.ChunkedArray, file: Integers, cast: Integers, casts: Sequence[str]) -> Integers:
    """Find the other measurement at the same bottle stop: the sensor's of a sample, the sample of the sensor's.

    Parameters
    ----------
    row : pyarrow.ChunkedArray of int64, shape (level,)
        Row in the archive file, which both measurements share.
    file, cast : integers, shape (level,)
        Number of the file; index into `casts`. -1 where missing.
    casts : sequence of str
        Names of casts.

    Returns
    -------
    integers, shape (level,)
        Row of the table, -1 for none.

    Examples
    --------
    >>> row = pa.chunked_array([[7, 8, 8]])
    >>> partners(row, np.zeros(3, int), np.array([0, 0, 1]), ["X_1_1", "X_1_1#stop"]).tolist()
    [-1, 2, 1]
    """
    result = np.full(len(file), -1)
    at_stop = np.array([name.endswith(STOP) for name in casts] + [False])[cast]
    if not at_stop.any():
        return result
    number = row.fill_null(-1).to_numpy()
    key = file * (number.max() + 2) + number + 1
    key[number < 0] = -1
    stops, others = np.flatnonzero(at_stop & (key >= 0)), np.flatnonzero(~at_stop & (key >= 0))
    _, one, other = np.intersect1d(key[stops], key[others], return_indices=True)
    result[stops[one]], result[others[other]] = others[other], stops[one]
    return result
