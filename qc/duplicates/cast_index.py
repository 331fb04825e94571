"""The index of the casts of a collection, sorted by name: the arrays that candidates for copies are found by."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.duplicates.signatures import PRESSURES, SUMMARY, Hashes
from qc.errors import InputError
from qc.physics.sphere import off_globe, points
from qc.table.text_columns import dictionary_codes
from qc.types import Floats, Integers, Mask

_TEXT = ("source", "file", "cast", "instrument")


@dataclass(frozen=True)
class CastIndex:
    """A summary as arrays of shape (cast,), sorted by names, so that nothing depends on the order of casts or parts.

    Parameters
    ----------
    row : integers
        Row of each cast in the summary.
    source, identity : integers
        Archive; equal where archive, kind of instrument and name are those of one cast.
    sources : tuple of str
        Names of the archives.
    cast : integers
        Index into `cast_names`.
    cast_names : tuple of str
        Names of casts.
    part : mask
        Whether the name is that of a part of a cast or of one of its processings.
    kind : integers
        0 bottle, 1 sensor, 2 and 3 the same without oxygen: only casts of one kind are compared.
    position : floats, shape (cast, 3)
        On the unit sphere; NaN where unknown. The dateline and the poles are no special places there.
    time : floats
        Days, NaN where unknown.
    usable, count, varied : integers
        Values that are not suspect or worse; levels to compare; as in `SUMMARY`.
    flagged : mask
        Whether flags of the originator are known; as in `SUMMARY`.
    content : hashes
        As in `SUMMARY`.
    coarse : floats, shape (cast, pressure)
        As in `SUMMARY`.
    """

    row: Integers
    source: Integers
    identity: Integers
    sources: tuple[str, ...]
    cast: Integers
    cast_names: tuple[str, ...]
    part: Mask
    kind: Integers
    position: Floats
    time: Floats
    usable: Integers
    count: Integers
    varied: Integers
    flagged: Mask
    content: Hashes
    coarse: NDArray[np.float32]

    def names(self, casts: Integers) -> list[str]:
        """Names of some casts.

        Parameters
        ----------
        casts : integers, shape (n,)
            Rows of the index.

        Returns
        -------
        list of str, length n
            "source/cast".
        """
        sources, names = [*self.sources, ""], [*self.cast_names, ""]  # index -1, a missing name, finds the last
        return [f"{sources[s]}/{names[c]}" for s, c in zip(self.source[casts], self.cast[casts])]


def decode(summary: pa.Table) -> CastIndex:
    """Build the index of a summary.

    Parameters
    ----------
    summary : pyarrow.Table
        The columns of `SUMMARY`, perhaps with others.

    Returns
    -------
    CastIndex
        Sorted by archive, cast name, file and instrument.

    Raises
    ------
    InputError
        If a column is missing.
    """
    lacking = [name for name in SUMMARY.names if name not in summary.column_names]
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", "summary of casts", "make it with qc.duplicates.signatures")
    text = {name: _ranked(summary[name]) for name in _TEXT}
    row = np.lexsort([text[name][0] for name in ("instrument", "file", "cast", "source")])
    source, sources = text["source"][0][row], text["source"][1]
    levels_, thermal = (summary[name].to_numpy()[row].astype(np.int64) for name in ("levels", "thermal"))
    instruments = text["instrument"][1]
    sensor = np.array([name != "bottle" for name in [*instruments, ""]])[text["instrument"][0][row]]
    time = summary["time"].to_numpy().astype("datetime64[ms]")[row]
    flat = summary["coarse"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    names = text["cast"][1]
    return CastIndex(
        row=row,
        source=source,
        identity=_identity(source * 2 + sensor, text["cast"][0][row], names),
        sources=tuple(sources),
        cast=text["cast"][0][row],
        cast_names=tuple(names),
        part=pc.match_substring(pa.array([*names, ""], pa.string()), "#").to_numpy(False)[text["cast"][0][row]],
        kind=sensor + 2 * ((levels_ == 0) & (thermal > 0)),
        position=_positions(*(summary[name].to_numpy()[row] for name in ("latitude", "longitude"))),
        time=np.where(np.isnat(time), np.nan, time.astype(np.int64) / 86_400_000),
        usable=summary["good"].to_numpy()[row].astype(np.int64),
        count=np.where(levels_ > 0, levels_, thermal),
        varied=summary["varied"].to_numpy()[row].astype(np.int64),
        flagged=summary["flagged"].to_numpy()[row],
        content=summary["content"].to_numpy()[row],
        coarse=flat.reshape(-1, len(PRESSURES))[row],
    )


def _ranked(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    """Codes in alphabetical order of their names, -1 where null, and the names."""
    codes, names = dictionary_codes(column)
    order = np.argsort(np.array(names, object), kind="stable") if names else np.zeros(0, np.int64)
    rank = np.empty(len(names) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(names)), -1
    return rank[codes], [names[i] for i in order]


def _identity(prefix: Integers, cast: Integers, names: list[str]) -> Integers:
    """Give casts of one archive, kind of instrument and name the same number, shape (cast,).

    A cast name may end in "#", letters and a number: its processing and the part of the cast, as in
    "4901784_012#BD1". Two processings of one part are the same cast; all parts are if the whole, without "#", exists.
    """
    text = pa.array([*names, ""], pa.string())
    stem = pc.replace_substring_regex(text, "#.*", "")
    whole = stem.dictionary_encode().indices.to_numpy()
    part = pc.replace_substring_regex(text, "#[A-Za-z]*", "#").dictionary_encode().indices.to_numpy()
    prefix = prefix * (len(text) + 1)
    by_whole = prefix + whole[cast]
    is_whole = pc.equal(text, stem).to_numpy(False)[cast]
    offset = by_whole.max(initial=0) + 1
    return np.asarray(np.where(np.isin(by_whole, by_whole[is_whole]), by_whole, offset + prefix + part[cast]))


def _positions(latitude: Floats, longitude: Floats) -> Floats:
    """Positions, shape (n, 3); NaN off the globe and at 0 N 0 E, where unfilled positions would all be neighbours."""
    unknown = off_globe(latitude, longitude) | ((latitude == 0) & (longitude == 0))
    return np.where(unknown[:, None], np.nan, points(latitude, longitude))
