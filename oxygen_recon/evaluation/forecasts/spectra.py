"""Wavenumber spectra along rows of latitude, in cells of the grid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.evaluation.forecasts.scores import Forecasts
from qc.errors import InputError

KINETIC_ENERGY = "kinetic_energy"
_LONGEST, _SHORTEST = 64, 8  # cells of a stretch of a table
_COLUMNS = ["variable", "method", "lead", "wavelength", "power", "truth", "error"]


def zonal_spectrum(values: Floats, ocean: Mask, latitude: Floats, length: int = 64) -> tuple[Floats, Floats]:
    """Average power spectra of stretches of ocean along the rows.

    Parameters
    ----------
    values : array, shape (..., latitude, longitude)
        Any unit; anything on land.
    ocean : bool array, shape (latitude, longitude)
        What is ocean.
    latitude : array
        Degrees north: rows are weighted by its cosine.
    length : int
        Cells of a stretch. Those of one row overlap by half; from each the line of least squares is taken off, and it
        is tapered by a Hann window (Welch 1967).

    Returns
    -------
    wavelength : array, shape (length // 2,)
        Cells, from the length of a stretch to two.
    power : array, shape (..., length // 2)
        Squared unit per cycle a cell: its sum over the wavenumbers, divided by the length, is the variance.

    Raises
    ------
    InputError
        If no row has a stretch of ocean of that length.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * np.arange(64) / 8.0)[None]
    >>> wavelength, power = zonal_spectrum(wave, np.ones((1, 64), bool), np.array([0.0]))
    >>> wavelength[power.argmax()]
    np.float64(8.0)
    """
    row, first = _stretches(ocean, length)
    if not row.size:
        raise InputError(f"no row with {length} cells of ocean in it", "spectrum", "take shorter stretches")
    parts = values[..., row[:, None], first[:, None] + np.arange(length)].astype(np.float64)
    centred = np.arange(length) - (length - 1) / 2
    parts = parts - parts.mean(axis=-1, keepdims=True)
    parts -= (parts @ centred)[..., None] / (centred @ centred) * centred
    taper = np.hanning(length + 1)[:-1]
    transformed = np.fft.rfft(parts * taper / np.sqrt(np.mean(taper**2)), axis=-1)[..., 1:]
    power = np.square(np.abs(transformed)) / length * np.where(np.arange(1, length // 2 + 1) * 2 == length, 1.0, 2.0)
    weight = np.cos(np.radians(latitude))[row]
    return length / np.arange(1, length // 2 + 1), np.einsum("...sk,s->...k", power, weight / weight.sum())


def kinetic_energy_spectrum(
    eastward: Floats, northward: Floats, ocean: Mask, latitude: Floats, length: int = 64
) -> tuple[Floats, Floats]:
    """Average spectra of kinetic energy along the rows.

    Parameters
    ----------
    eastward, northward : array, shape (..., latitude, longitude)
        m s-1.
    ocean, latitude, length
        As for `zonal_spectrum`.

    Returns
    -------
    wavelength : array, shape (length // 2,)
        Cells.
    power : array, shape (..., length // 2)
        Half of the sum of the spectra of both components, m2 s-2 per cycle a cell.

    Raises
    ------
    InputError
        As `zonal_spectrum`.
    """
    wavelength, east = zonal_spectrum(eastward, ocean, latitude, length)
    return wavelength, 0.5 * (east + zonal_spectrum(northward, ocean, latitude, length)[1])


def band_ratio(wavelength: Floats, power: Floats, truth: Floats, shortest: float, longest: float) -> Floats:
    """Compare the power of a band with the truth's.

    Parameters
    ----------
    wavelength : array, shape (wavenumber,)
        Cells.
    power, truth : array, shape (..., wavenumber)
        Spectra of forecast and truth.
    shortest, longest : float
        Cells, both included; as 2 and 4 patches.

    Returns
    -------
    array, shape (...)
        1 where they are equal.

    Raises
    ------
    InputError
        If no wavelength lies in the band.
    """
    band = (wavelength >= shortest) & (wavelength <= longest)
    if not band.any():
        what = f"no wavelength from {shortest:g} to {longest:g} cells"
        raise InputError(what, "spectrum", "take longer stretches")
    return np.asarray(power[..., band].sum(axis=-1) / truth[..., band].sum(axis=-1))


def log_error(power: Floats, truth: Floats) -> Floats:
    """Average over wavenumbers how far a spectrum is from the truth's, in powers of ten.

    Parameters
    ----------
    power, truth : array, shape (..., wavenumber)
        Positive.

    Returns
    -------
    array, shape (...)
        Mean absolute difference of logarithms to base 10.

    Examples
    --------
    >>> log_error(np.array([10.0, 0.1]), np.array([1.0, 1.0]))
    array(1.)
    """
    return np.asarray(np.abs(np.log10(power) - np.log10(truth)).mean(axis=-1))


def spectra_table(methods: Mapping[str, Forecasts], fields: DailyFields, starts: Ints, lead: int) -> pd.DataFrame:
    """Compare mean spectra along the rows of forecasts, at the shallowest level of each quantity, with the truth's.

    Parameters
    ----------
    methods : mapping of str to callable
        As for `oxygen_recon.evaluation.forecasts.scores.score`.
    fields : DailyFields
        The truth.
    starts : int array, shape (start,)
        Numbers of days.
    lead : int [day]
        Of the forecasts that are compared; starts whose day is not among the fields are left out.

    Returns
    -------
    DataFrame
        Columns variable, method, lead (days), wavelength (cells), power, truth; error: mean absolute difference of
        log10. Kinetic energy too where both components of a velocity are there. Stretches have 64 cells, or as many as
        fit between coasts; quantities for which no 8 fit are left out.
    """
    dates = fields.dates[starts] + np.timedelta64(lead, "D")
    chosen = np.asarray(starts)[np.isin(dates, fields.dates)]
    if not chosen.size:
        return pd.DataFrame(columns=_COLUMNS)
    truth = fields.values[fields.places(fields.dates[chosen] + np.timedelta64(lead, "D"))]
    made = {name: np.stack([of(int(start), lead)[-1] for start in chosen]) for name, of in methods.items()}
    rows = []
    for name, (channels, ocean) in _quantities(fields).items():
        length = min(_LONGEST, _longest(ocean) // 2 * 2)
        if length < _SHORTEST:
            continue
        axes = ocean, fields.latitude, length
        wavelength, true = _mean_power(truth[:, channels], *axes)
        for method, values in made.items():
            _, mine = _mean_power(values[:, channels], *axes)
            error = float(log_error(mine, true))
            rows += [(name, method, lead, *map(float, one), error) for one in zip(wavelength, mine, true, strict=True)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _quantities(fields: DailyFields) -> dict[str, tuple[list[int], Mask]]:
    """Channels and ocean of the shallowest level of each quantity; of kinetic energy those of both components."""
    first: dict[str, int] = {}
    for i, one in sorted(enumerate(fields.channels), key=lambda pair: pair[1].depth or 0.0):
        first.setdefault(one.name, i)
    found = {
        name: ([first[name]], fields.ocean[first[name]]) for name in dict.fromkeys(c.name for c in fields.channels)
    }
    pair = [first[name] for name in ("eastward_velocity", "northward_velocity") if name in first]
    if len(pair) == 2:
        found[KINETIC_ENERGY] = pair, np.asarray(fields.ocean[pair].all(axis=0))
    return found


def _mean_power(values: Floats, ocean: Mask, latitude: Floats, length: int) -> tuple[Floats, Floats]:
    """Wavelengths, and the mean over days of the power of one channel, or of half of the sum of two."""
    wavelength, power = zonal_spectrum(values, ocean, latitude, length)
    return wavelength, power.sum(axis=1).mean(axis=0) / values.shape[1]


def _longest(ocean: Mask) -> int:
    """Longest stretch of ocean along a row."""
    edges = np.diff(np.pad(ocean.astype(int), ((0, 0), (1, 1))), axis=1)
    begin, end = np.nonzero(edges == 1)[1], np.nonzero(edges == -1)[1]
    return int((end - begin).max(initial=0))


def _stretches(ocean: Mask, length: int) -> tuple[Ints, Ints]:
    """Row and first column of each stretch of ocean, half of its length after the one before."""
    row: list[int] = []
    first: list[int] = []
    for i, cells in enumerate(ocean):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], cells.astype(int), [0]])))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
            starts = range(begin, end - length + 1, max(1, length // 2))
            row += [i] * len(starts)
            first += starts
    return np.array(row, np.int64), np.array(first, np.int64)
