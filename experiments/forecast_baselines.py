"""Baselines of forecasts on real daily fields: persistence, climatology, and what lies between them.

    python experiments/forecast_baselines.py globcurrent DATA/gridded/daily/globcurrent
    python experiments/forecast_baselines.py mediterranean DATA/gridded/daily/duacs/dt_med_allsat_phy_l4_2005T2.nc

Surface currents around South Africa (GlobCurrent, 300 days of 2002; the first 270 are learned from, the last 30 are
forecast) and absolute dynamic topography of the Mediterranean (DUACS, 91 days of 2005; 60 and 31). Forecasts start on
each day from the last training day on; a lead is scored where its day is among the fields, so that longer leads have
fewer starts. Prints Markdown tables: RMSE weighted by latitude on ocean cells, its ratio to damped persistence with
intervals of 90 % (blocks of five starts drawn together), and anomaly correlation from the climatology; of sea surface
height also of its geostrophic currents, of currents also the spectrum of kinetic energy.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.evaluation.forecasts.diagnostics import possible
from oxygen_recon.evaluation.forecasts.scores import Forecasts, of_method, score
from oxygen_recon.evaluation.forecasts.spectra import band_ratio, kinetic_energy_spectrum, log_error
from oxygen_recon.evaluation.forecasts.table import score_table
from oxygen_recon.fields.daily.days import Sampling
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.report.forecast_tables import skill_by_lead, starts_by_lead
from oxygen_recon.report.table import Table
from oxygen_recon.sources.daily_fields import MaskOf, daily_fields
from qc.errors import InputError

BANDS = ((4.0, 8.0), (8.0, 16.0), (16.0, 32.0))  # cells: of patches of 4 and 8 cells two and four are 8 to 32
BLOCK = 5  # starts: neighbours of a day share most of their errors


@dataclass(frozen=True)
class Split:
    """How a series is read and divided.

    Parameters
    ----------
    training : int
        First days that are learned from; all others are forecast.
    leads : tuple of int
        Days that are shown.
    sampling : str or None
        What values are, where the files do not say so.
    ocean : str
        As for `oxygen_recon.sources.daily_fields.daily_fields`.
    """

    training: int
    leads: tuple[int, ...]
    sampling: Sampling | None
    ocean: MaskOf


SPLITS = {
    "globcurrent": Split(270, (1, 2, 3, 5, 7, 10, 15, 20, 30), "instantaneous", "constant"),
    "mediterranean": Split(60, (1, 2, 3, 5, 7, 10), None, "every day"),
}


def baselines(fields: DailyFields, split: Split) -> pd.DataFrame:
    """Score all baselines.

    Parameters
    ----------
    fields : DailyFields
        The series.
    split : Split
        How it is divided.

    Returns
    -------
    DataFrame
        As of `oxygen_recon.evaluation.forecasts.table.score_table`, relative to damped persistence.
    """
    training, leads = fields.dates[: split.training], max(split.leads)
    starts = np.arange(split.training - 1, fields.dates.size - 1)
    scores = score(fitted(fields, split), fields, starts, leads, training, possible(fields))
    return score_table(scores, "damped_persistence", BLOCK)


def fitted(fields: DailyFields, split: Split) -> dict[str, Forecasts]:
    """Fit all baselines.

    Parameters
    ----------
    fields, split
        As for `baselines`.

    Returns
    -------
    dict of str to callable
        What gives the forecast from a day, by name.
    """
    methods = {kind: make() for kind, make in KINDS.items()}
    for method in methods.values():
        method.fit(fields, fields.dates[: split.training])
    return {kind: of_method(method, fields) for kind, method in methods.items()}


def energy(fields: DailyFields, split: Split, lead: int = 10, length: int = 32) -> Table:
    """Compare the kinetic energy of forecasts with the truth's, by wavelength.

    Parameters
    ----------
    fields, split
        As for `baselines`; with both components of velocity at one depth.
    lead : int
        Days.
    length : int
        Cells of the stretches of ocean that spectra are made of.

    Returns
    -------
    Table
        Ratio of the power in bands of wavelengths, and the mean error of the logarithm.
    """
    places = [fields.index(f"{direction}_velocity") for direction in ("eastward", "northward")]
    starts = range(split.training - 1, fields.dates.size - lead)

    def spectrum(days: list[Floats]) -> tuple[Floats, Floats]:
        east, north = np.moveaxis(np.stack(days), 1, 0)
        wavelength, power = kinetic_energy_spectrum(east, north, fields.ocean[places[0]], fields.latitude, length)
        return wavelength, power.mean(axis=0)

    wavelength, truth = spectrum([fields.values[start + lead][places] for start in starts])
    rows = []
    for name, forecasts in fitted(fields, split).items():
        power = spectrum([forecasts(start, lead)[-1][places] for start in starts])[1]
        bands = [f"{band_ratio(wavelength, power, truth, low, high):.2f}" for low, high in BANDS]
        rows.append([name, *bands, f"{log_error(power, truth):.2f}"])
    return Table.of_text(["method", *(f"{low:g}-{high:g} cells" for low, high in BANDS), "error of log10"], rows)


def main(arguments: list[str]) -> None:
    """Print the tables.

    Parameters
    ----------
    arguments : list of str
        Name of the series, and the path of its files.

    Raises
    ------
    InputError
        If the series is unknown or there are no two arguments.
    """
    if len(arguments) != 2 or arguments[0] not in SPLITS:
        raise InputError(
            f"unknown arguments {arguments}", "forecast_baselines", f"give one of {', '.join(SPLITS)} and PATH"
        )
    split = SPLITS[arguments[0]]
    fields = daily_fields(open_daily(Path(arguments[1]), sampling=split.sampling), ocean=split.ocean)
    table = baselines(fields, split)
    for column, intervals in (("rmse", False), ("relative", True), ("acc", False)):
        print(f"{column}:\n\n{skill_by_lead(table, column, split.leads, intervals).markdown()}\n")
    print(starts_by_lead(table, split.leads))
    if "eastward_velocity" in [one.name for one in fields.channels]:
        print(f"\nKinetic energy at 10 days over the truth's:\n\n{energy(fields, split).markdown()}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
