"""One gain a float from the gains of its casts, the annual cycle apart from it, and its uncertainty."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qc.physics.statistics import MAD_TO_SIGMA
from qc.types import Floats

ICE = 0.5  # degC above freezing: water less warm may lie under ice, where nothing holds it at saturation
FEW_CASTS, FEW_CASTS_SCATTER = 5, 0.02  # fewer casts do not tell their own scatter
MONTHS, WHOLE_YEAR = 9, pd.Timedelta(days=350)  # calendar months with casts, and time from first to last, for a cycle
_PASSES, _HUBER = 20, 1.345  # of the robust fit; 1.345: 95 % efficiency with normal values (Huber)


@dataclass(frozen=True)
class Reference:
    """Relative standard uncertainty of a gain by what the casts are compared with.

    Parameters
    ----------
    error : float
        Of the reference.
    in_ice : float
        Of the reference, for a float of which casts were left out for ice.
    cycle : float
        Added in square where no annual cycle could be fitted: the standard deviation of the cycle.
    """

    error: float
    in_ice: float
    cycle: float


REFERENCES = {
    # root mean square differences from the published gains of 5 Argo floats (2902746, 2902883, 2902884, 3902131,
    # 4901784) and 2 of SOCCOM; in ice the one difference there is, of SOCCOM; cycles of the 4 floats that cover a year
    "saturation": Reference(0.015, 0.055, 0.010),  # 1.4 %; +5.5 %; amplitudes 0.8 to 2.2 %
    "climatology": Reference(0.010, 0.021, 0.014),  # World Ocean Atlas 2009, annual: 0.7 %; -2.1 %; 0.7 to 2.7 %
    "air": Reference(0.010, 0.010, 0.0),  # about 1 % (Johnson et al. 2015)
}


@dataclass(frozen=True)
class Choice:
    """Which casts give the gain of a float, and what else is fitted.

    Parameters
    ----------
    casts : int, optional
        Only the first so many that can be used; operators take 5 in real time. All when left out.
    months : tuple of int
        Only those of these calendar months; all when empty.
    """

    casts: int | None = None
    months: tuple[int, ...] = ()


def reasons(casts: pd.DataFrame, choice: Choice) -> pd.Series:
    """Tell why a cast does not give its float a gain.

    Parameters
    ----------
    casts : pandas.DataFrame
        As `qc.corrections.float_gains.gain_at_surface` or `gain_of_surfacings` returns it.
    choice : Choice
        Which casts to take.

    Returns
    -------
    pandas.Series, in the order of the casts
        "no value", "ice", "month", "later"; empty where the cast is used.
    """
    gain, time = casts["gain"], pd.to_datetime(casts["time"])
    found = np.full(len(casts), "", object)
    if choice.months:
        found[~time.dt.month.isin(choice.months)] = "month"
    if "above_freezing" in casts:
        found[(casts["above_freezing"] < ICE).to_numpy()] = "ice"
    found[~np.isfinite(gain.to_numpy(float)) | time.isna().to_numpy()] = "no value"
    reason = pd.Series(found, index=casts.index)
    if choice.casts is not None:
        used = casts.assign(time=time)[reason == ""].sort_values("time", kind="stable")
        reason[used.index[used.groupby("cruise").cumcount() >= choice.casts]] = "later"
    return reason


def of_floats(casts: pd.DataFrame, choice: Choice, reference: Reference) -> pd.DataFrame:
    """Estimate the gain of each float.

    The gain is the constant of a robust fit (Huber) to the gains of its casts. An annual cycle is fitted beside it
    where nine calendar months and a year are covered: a climatology of annual means lacks the cycle that the surface
    has, and the median over unevenly spread casts would keep it. `slope_error` joins in square the standard error of
    the constant, with as many casts as are independent by the autocorrelation of what the fit leaves, and the
    uncertainty of the reference.

    Parameters
    ----------
    casts : pandas.DataFrame
        As for `reasons`.
    choice : Choice
        Which casts to take.
    reference : Reference
        Uncertainty of what the casts are compared with; one of `REFERENCES`.

    Returns
    -------
    pandas.DataFrame
        By `float`: `gain`, `slope_error`, `casts` (used), `in_ice` (left out for it) and `annual` (amplitude of the
        annual cycle, NaN where none was fitted). A float without a cast to use has no gain (NaN).

    Examples
    --------
    >>> time = pd.date_range("2015-01-01", periods=40, freq="10D")
    >>> gain = 1.07 + 0.02 * np.cos(2 * np.pi * time.day_of_year / 365.25)
    >>> casts = pd.DataFrame({"cruise": "1", "time": time, "gain": gain})
    >>> of_floats(casts, Choice(), REFERENCES["climatology"]).round(3).loc["1"].tolist()
    [1.07, 0.011, 40.0, 0.0, 0.02]
    """
    reason = reasons(casts, choice)
    rows = {}
    for name, own in casts.groupby("cruise", sort=True):
        why = reason[own.index]
        ice = int((why == "ice").sum())
        used = own[why == ""].sort_values("time", kind="stable")
        rows[name] = _fitted(used, reference.in_ice if ice else reference.error, reference.cycle) | {"in_ice": ice}
    columns = ["gain", "slope_error", "casts", "in_ice", "annual"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("float")


def _fitted(used: pd.DataFrame, error: float, cycle: float) -> dict[str, float]:
    """Fit the gain of one float to its casts, in order of time."""
    row: dict[str, float] = {"casts": len(used)}
    if used.empty:
        return row
    time = pd.to_datetime(used["time"])
    terms = np.ones((len(used), 1))
    if time.iloc[-1] - time.iloc[0] >= WHOLE_YEAR and time.dt.month.nunique() >= MONTHS:
        phase = 2 * np.pi * time.dt.day_of_year.to_numpy(float) / 365.25
        terms = np.column_stack([terms, np.cos(phase), np.sin(phase)])
    fit, spread = _huber(terms, used["gain"].to_numpy(float))
    if len(fit) > 1:
        row["annual"] = float(np.hypot(*fit[1:]))
    else:
        error = float(np.hypot(error, cycle))
    return row | {"gain": float(fit[0]), "slope_error": float(np.hypot(spread, error * fit[0]))}


def _huber(terms: Floats, value: Floats) -> tuple[Floats, float]:
    """Coefficients of the terms by Huber's robust fit, and the standard error of the first."""
    weight = np.ones(len(value))
    fit: Floats = np.zeros(terms.shape[1])
    left: Floats = value
    scale = 0.0
    for _ in range(_PASSES):
        root = np.sqrt(weight)
        fit = np.asarray(np.linalg.lstsq(terms * root[:, None], value * root)[0], np.float64)
        left = value - terms @ fit
        scale = MAD_TO_SIGMA * float(np.median(np.abs(left - np.median(left))))
        weight = np.minimum(1, _HUBER * scale / np.maximum(np.abs(left), 1e-12)) if scale > 1e-12 else weight
    if len(value) < FEW_CASTS:
        scale = max(scale, FEW_CASTS_SCATTER)
    share = np.linalg.pinv(terms.T @ terms)[0, 0]  # of the variance of one cast
    return fit, float(scale * np.sqrt(share * _dependence(left)))


def _dependence(left: Floats) -> float:
    """How many casts count as one, by the autocorrelation r of one with the next: (1 + r) / (1 - r)."""
    if len(left) < 2 * FEW_CASTS or not left.any():
        return 1.0
    r = float(np.clip(left[1:] @ left[:-1] / (left @ left), 0, 0.95))
    return (1 + r) / (1 - r)
