"""The dynamical twin as a source of forecasts: its files are made first, then read as those of a real archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.fields.daily.layout import FORCING
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.production import make
from qc.config import Strict

Depth = Annotated[float, Field(ge=0, allow_inf_nan=False)]
STATE = ("temperature", "salinity", "eastward_velocity", "northward_velocity", "sea_surface_height")


class DailyTwinConfig(Strict):
    """Daily fields of a dynamical twin ocean, made by the run in its own folder.

    Parameters
    ----------
    kind : "dynamical_twin"
        Fields are those of a twin.
    twin : DynamicalTwinConfig
        Settings of the twin.
    names : list of str
        Quantities of the state, in the order of the channels.
    depths : list of float, optional [m]
        Levels that are taken; all 15 when left out.
    """

    kind: Literal["dynamical_twin"]
    twin: DynamicalTwinConfig = DynamicalTwinConfig()
    names: list[Literal[STATE]] = Field(default=list(STATE), min_length=1)  # type: ignore[valid-type]
    depths: list[Depth] | None = Field(default=None, min_length=1)

    def identity(self, data: Path | None) -> list[str]:
        """Name the files: they follow from the settings.

        Parameters
        ----------
        data : Path or None
            Not used.

        Returns
        -------
        list of str
            Empty.
        """
        return []

    def make(self, home: Path, report: Callable[[str], None]) -> Path:
        """Write the twin's files; those that are there are kept.

        Parameters
        ----------
        home : Path
            Folder that they are written into.
        report : callable
            Called with each month that is done.

        Returns
        -------
        Path
            The folder, with the state in `hycom`, what drives it in `era5`, the ecosystem in `nobm` and `oxygen`.
        """
        return make(self.twin, home, report)

    def read(self, made: Path, into: Path, forcing: bool = False) -> tuple[DailyFields, str]:
        """Read the state, or what drives it.

        Parameters
        ----------
        made : Path
            As `make` left it.
        into : Path
            File (.npy) that the values are kept in and mapped from.
        forcing : bool
            Whether it is what drives the state.

        Returns
        -------
        DailyFields
        str
            "daily mean".

        Raises
        ------
        InputError
            If a file is damaged.
        """
        names, depths = (list(FORCING), None) if forcing else (list(self.names), self.depths)
        opened = open_daily(made / ("era5" if forcing else "hycom"), names)
        return daily_fields(opened, names, depths=depths, into=into), str(opened.attrs["sampling"])
