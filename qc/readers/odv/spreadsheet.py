"""Ocean Data View spreadsheets: the generic text format that ODV, SeaDataNet and GEOTRACES export.

Format: Schlitzer, Ocean Data View User's Guide, "Generic ODV Spreadsheet Format"; SeaDataNet, ODV4 ASCII format.
"""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.rows import Rows
from qc.readers.delimited.description_parts import Layout
from qc.readers.delimited.reader import observations
from qc.readers.delimited.text import header_line, split
from qc.readers.delimited.text import read as read_columns
from qc.readers.files.source import Source
from qc.readers.odv.columns import METADATA, description, is_sensor, positions, split_label

_CTD_SAMPLES = 250  # a station with more samples is a CTD cast where Type is "*", the rule of ODV itself


def matches(text: str) -> bool:
    """Return whether a text is an ODV spreadsheet: a header with cruise, station and type after the comments.

    Parameters
    ----------
    text : str
        Beginning of the text, with the whole header.
    """
    names = [split_label(label)[0].lower() for label in _fields(header_line(text, "//"))]
    return {"cruise", "station", "type"} <= set(names)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read an ODV spreadsheet.

    Oxygen of bottles and oxygen of a sensor become two casts, of instruments "bottle" and "ctd".

    Parameters
    ----------
    source : Source
        The text.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts data lines, refused ones included; `cast` is cruise, station and time, with "#stop"
        for a sensor in addition to bottles.

    Raises
    ------
    InputError
        If it is no such text, has no oxygen or no time, no row fits its header, or a field is no number.
    """
    text = source.text()
    line = header_line(text, "//")
    labels = _fields(line)
    at = positions(labels, _codes(text), source.name)
    keys = {position: key for key, position in at.items()}
    names = [keys.get(i, f"column {i}") for i in range(len(labels))]
    missing = re.findall(r"(?m)^//\s*<MissingValueIndicators>(.*?)</", text)
    layout = Layout(
        delimiter=_delimiter(line), comment="//", names=names, missing=["-1e10", *" ".join(missing).split()]
    )
    spec = description(labels, at)
    texts = spec.text_columns - {"instrument"} | {key for key in ("type",) if key in at}
    frame, rows = read_columns(source, layout, set(at), texts, require=set())
    frame = _fill_metadata(frame, rows, source)
    of_float = re.search(r"(?m)^//\s*FLOAT VARIABLES", text)  # FloatViz, whose Type is C
    if of_float and source.stem.upper().endswith("QC"):  # as FloatViz calls files of adjusted data
        spec = spec.model_copy(update={"adjusted": True})
    frame["instrument"] = "float" if of_float else _instrument(frame, is_sensor(labels, at))
    return observations(frame, spec, policy, source.name)


def _fields(line: str) -> list[str]:
    """Return the labels of a header line."""
    return [name.strip("\ufeff ") for name in split(line, _delimiter(line))]


def _delimiter(line: str) -> str:
    """Return the delimiter of a header line: tab, comma or semicolon."""
    return "\t" if "\t" in line else max(",;", key=line.count)


def _codes(text: str) -> dict[str, str]:
    """Read the semantic header of SeaDataNet: local name to P01 code."""
    pattern = r"<subject>SDN:LOCAL:(.*?)</subject>\s*<object>SDN:P01::(\w+)</object>"
    return {split_label(name)[0]: code for name, code in re.findall(pattern, text)}


def _fill_metadata(frame: pd.DataFrame, rows: Rows, source: Source) -> pd.DataFrame:
    """Copy the metadata of a station, which may be in its first line only, to all of its samples.

    A refused line may have begun a station: the samples below it that name none are refused too.
    """
    given = [key for key in METADATA if key in frame]
    starts = frame[given].notna().any(axis=1).to_numpy()
    if not (starts[0] or rows.number[0]):
        raise InputError("the first sample belongs to no station", source.name, "is the first line missing?")
    first = np.maximum.accumulate(np.where(starts, np.arange(len(frame)), -1))
    begun = np.where(first < 0, -1, rows.number[first])
    follows = (first >= 0) & (rows.number - begun == np.arange(len(frame)) - first)
    source.refuse("its station may be that of a refused line above", rows.line[~follows])
    rows.keep(follows, source)
    of_station = frame.iloc[np.maximum(first, 0)].set_axis(frame.index)
    own = {key: frame[key].fillna(of_station[key]) for key in ("position_flag", "time_flag") if key in frame}
    filled = frame.assign(**of_station[given], **own)
    kept: pd.DataFrame = filled[follows]
    return kept


def _instrument(frame: pd.DataFrame, sensor: bool) -> NDArray[np.str_]:
    """Return bottle or ctd by Type, B or C, and where that is "*" by the number of samples, as ODV does."""
    if sensor:
        return np.full(len(frame), "ctd")
    station = frame.groupby([key for key in METADATA if key in frame], dropna=False, sort=False).ngroup().to_numpy()
    many = np.bincount(station)[station] > _CTD_SAMPLES if len(frame) else np.zeros(0, bool)
    kind = frame["type"].str.upper().to_numpy(object) if "type" in frame else np.full(len(frame), "*", object)
    return np.where(kind == "B", "bottle", np.where((kind == "C") | many, "ctd", "bottle"))
