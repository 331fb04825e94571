"""Store of daily fields in a folder: values that are mapped, not read, and everything else about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

VALUES, REST = "values.npy", "grid.npz"


def save(fields: DailyFields, folder: Path) -> None:
    """Write daily fields into a folder.

    Parameters
    ----------
    fields : DailyFields
        Values that are mapped from the folder already are not written again.
    folder : Path
        Gets `values.npy` and `grid.npz`.
    """
    mapped = getattr(fields.values, "filename", None)
    if mapped is None or Path(mapped).absolute() != (folder / VALUES).absolute():
        with replacing(folder / VALUES) as partial, partial.open("wb") as stream:
            np.save(stream, fields.values, allow_pickle=False)
    elif isinstance(fields.values, np.memmap):
        fields.values.flush()
    channels = fields.channels
    with replacing(folder / REST) as partial, partial.open("wb") as stream:
        np.savez(
            stream, ocean=fields.ocean, dates=fields.dates.astype(np.int64),
            latitude=fields.latitude, longitude=fields.longitude,
            name=np.array([one.name for one in channels]), unit=np.array([one.unit for one in channels]),
            depth=np.array([np.nan if one.depth is None else one.depth for one in channels]),
        )  # fmt: skip


def load(folder: Path) -> DailyFields:
    """Read daily fields from a folder.

    Parameters
    ----------
    folder : Path
        As `save` left it.

    Returns
    -------
    DailyFields
        Its values are mapped from the file, read-only.

    Raises
    ------
    InputError
        If a file is damaged.

    Examples
    --------
    >>> import tempfile
    >>> days = np.arange("2002-01-01", "2002-01-03", dtype="datetime64[D]")
    >>> axes = np.array([0.0, 1.0]), np.array([5.0]), (Channel("temperature", 0.0, "degC"),)
    >>> where = Path(tempfile.mkdtemp())
    >>> save(DailyFields(np.ones((2, 1, 2, 1), np.float32), np.ones((1, 2, 1), bool), days, *axes), where)
    >>> load(where).channels
    (Channel(name='temperature', depth=0.0, unit='degC'),)
    """
    with naming_damage(folder / REST), np.load(folder / REST, allow_pickle=False) as rest:
        known = {name: rest[name] for name in rest.files}
    with naming_damage(folder / VALUES):
        values = np.load(folder / VALUES, mmap_mode="r", allow_pickle=False)
    channels = tuple(
        Channel(str(name), None if np.isnan(depth) else float(depth), str(unit))
        for name, depth, unit in zip(known["name"], known["depth"], known["unit"], strict=True)
    )
    dates = known["dates"].astype("datetime64[D]")
    return DailyFields(values, known["ocean"], dates, known["latitude"], known["longitude"], channels)
