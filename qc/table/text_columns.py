"""Text columns of a table, stored as codes of names."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from qc.types import Integers


def dictionary_codes(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    """Decode a text column.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of dictionary<string>
        A text column of the observation table.

    Returns
    -------
    codes : integers, shape (level,)
        Index into `names`, -1 where null.
    names : list of str
        The distinct texts.
    """
    merged = column.unify_dictionaries().combine_chunks()
    if isinstance(merged, pa.ChunkedArray):  # no chunk at all
        return np.zeros(0, np.int64), []
    codes = merged.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, [str(name) for name in merged.dictionary.to_pylist()]


def categorical(codes: NDArray[np.integer[Any]], names: ArrayLike) -> "pd.Categorical[str]":
    """Make a text column of codes of names, as readers hand it to `qc.table.schema.from_columns`.

    Parameters
    ----------
    codes : integers, shape (level,)
        Index into `names`, -1 where null.
    names : sequence of str
        The distinct texts.

    Returns
    -------
    pandas.Categorical, shape (level,)
        Its names are Python strings: to make an Arrow array of a few names takes longer than to read a profile.

    Examples
    --------
    >>> categorical(np.array([0, 1, -1]), ["bottle", "ctd"]).tolist()
    ['bottle', 'ctd', nan]
    """
    index: pd.Index[Any] = pd.Index(np.asarray(names, object), dtype="object")
    return pd.Categorical.from_codes(codes, index)


def text_at(column: pa.ChunkedArray, rows: Integers) -> pa.DictionaryArray:
    """Take a text column at some rows.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of dictionary<string>
        A text column of the observation table.
    rows : integers, shape (n,)
        Rows.

    Returns
    -------
    pyarrow.DictionaryArray, shape (n,)
        dictionary<int32, string>, null where the column is.
    """
    codes, names = dictionary_codes(column)
    code = codes[rows].astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), pa.array(names, pa.string()))
