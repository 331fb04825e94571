"""What a run is compared with beside its own methods: climate models, and products that others made."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields.cmip6.models import ClimateModel, open_models
from oxygen_recon.fields.times import of_steps
from oxygen_recon.sources.gridded import read_product, times_of_product
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.product import FieldConfig
from qc.config import Strict
from qc.errors import InputError


class ClimateModelsConfig(Strict):
    """Oxygen of one or more climate models; a text in its place is the pattern of its files.

    Every model, member and grid in the files is a method of its own, never merged with another; a historical run is
    joined to the scenarios of its member.

    Parameters
    ----------
    files : str
        Pattern of CMIP6 oxygen files (o2, Omon or Oyr) under the data folder, such as `cmip6/**/o2_Omon_*.nc`.
    members : list of str
        Members that count, such as r1i1p1f1; all when left out.
    temperature, salinity : str, optional
        Patterns of thetao and so of these runs, for the density that turns moles per m3 into moles per kg. When left
        out, files of the same name but for the variable; 1025 kg m-3 where there are none.
    """

    files: str
    members: list[str] = Field(default=[])
    temperature: str | None = None
    salinity: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, settings: Any) -> Any:
        """Let a text be the pattern."""
        return settings if isinstance(settings, Mapping) or not isinstance(settings, str) else {"files": settings}

    @property
    def absolute(self) -> bool:
        """Whether no pattern starts from the data folder."""
        return all(Path(pattern).is_absolute() for pattern in self._patterns())

    def paths(self, folder: Path) -> list[Path]:
        """Find the files.

        Parameters
        ----------
        folder : Path
            That the patterns start from.

        Returns
        -------
        list of Path
            Of oxygen, then of temperature and salinity where these are named.

        Raises
        ------
        InputError
            If a pattern matches nothing.
        """
        return [path for pattern in self._patterns() for path in matching(folder, pattern)]

    def open(self, folder: Path) -> list[ClimateModel]:
        """Open every run.

        Parameters
        ----------
        folder : Path
            That the patterns start from.

        Returns
        -------
        list of ClimateModel
            As from `oxygen_recon.fields.cmip6.models.open_models`.

        Raises
        ------
        InputError
            If a pattern matches nothing, there is no such member, or `open_models` refuses a file.
        """
        found = [matching(folder, pattern) for pattern in self._patterns()]
        models = open_models(found[0], *found[1:])
        known = {model.run.member for model in models}
        if unknown := sorted({*self.members} - known):
            what = f"no member {', '.join(unknown)} in the files"
            raise InputError(what, self.files, f"there are {', '.join(sorted(known)) or 'none named'}")
        return [model for model in models if not self.members or model.run.member in self.members]

    def _patterns(self) -> list[str]:
        """List the patterns that are given."""
        return [pattern for pattern in (self.files, self.temperature, self.salinity) if pattern is not None]

    @model_validator(mode="after")
    def _both(self) -> ClimateModelsConfig:
        """Refuse temperature without salinity."""
        if (self.temperature is None) != (self.salinity is None):
            raise ValueError("temperature and salinity make a density together: name both, or none")
        return self


class ComparedProductConfig(FieldConfig):
    """A product of oxygen that others made, such as GOBAI-O2, the World Ocean Atlas, or another run.

    A product made from casts has seen those that are held out: its scores there are optimistic, of which the page
    warns.

    Parameters
    ----------
    name : str
        Its name in tables and figures.
    entry : str, optional
        Entry of the catalogue.
    path : Path, optional
        File of your own or a folder of them, from the current folder; of another run its reconstruct/oxygen.nc.
    variable : str, optional
        The oxygen in it; found by usual names and standard names when left out.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    standard_error : str, optional
        Variable of its standard error, umol kg-1: then coverage and CRPS are scored too.
    """

    name: str = Field(min_length=1)
    standard_error: str | None = None

    def check_times(self, grid: Grid, time_axis: TimeAxis, data: Path | None, settings: SourceSettings) -> None:
        """Refuse files that lack the oxygen, or have it at no time of a run; values are not read.

        Parameters
        ----------
        grid, time_axis, data, settings
            As for `read`.

        Raises
        ------
        InputError
            As for `read`; and if it has no time within the run's.
        """
        names = [("oxygen", self.variable), *([] if self.standard_error is None else [(self.standard_error, None)])]
        for name, variable in names:
            times = times_of_product(self.files(data, settings), name, grid, self.climatology, variable)
            if not any(of_steps(times, time_axis)):
                years = sorted({one.year for one in times if one.year is not None})
                its = f"; its years are {years[0]}-{years[-1]}" if years else ""
                raise InputError(
                    f"no step of the run has a time of {name}{its}", self.name, "compare with one of its period"
                )

    def read(
        self, grid: Grid, time_axis: TimeAxis, data: Path | None, settings: SourceSettings
    ) -> tuple[dict[str, Floats], str]:
        """Read the product at the cells and steps of a run.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        data, settings
            As for `oxygen_recon.sources.product.ProductConfig.products`.

        Returns
        -------
        dict of str to float32 array, shape (step, cell)
            `oxygen` and, where it is named, `oxygen_standard_error`, umol kg-1; NaN where it has none.
        str
            What it is and what it covers.

        Raises
        ------
        InputError
            If there is no such file or variable.
        """
        files = self.files(data, settings)
        values, coverage = read_product(files, "oxygen", grid, time_axis, self.climatology, self.variable, 0.0)
        found = {"oxygen": values}
        if self.standard_error is not None:
            error = read_product(files, self.standard_error, grid, time_axis, self.climatology, None, 0.0)
            found["oxygen_standard_error"] = error[0]
        return found, f"{self.title}, {coverage}"


def matching(folder: Path, pattern: str) -> list[Path]:
    """Find the files of a pattern.

    Parameters
    ----------
    folder : Path
        That a pattern starts from, unless it is absolute.
    pattern : str
        With *, ? and ** as the shell has them.

    Returns
    -------
    list of Path
        In order of name.

    Raises
    ------
    InputError
        If none matches.

    Examples
    --------
    >>> matching(Path("/tmp"), "no/such/o2_*.nc")
    Traceback (most recent call last):
    qc.errors.InputError: /tmp: no file matches no/such/o2_*.nc; check the pattern; it starts from this folder
    """
    found = sorted(Path(name) for name in glob.glob(str(folder / pattern), recursive=True) if Path(name).is_file())
    if not found:
        raise InputError(f"no file matches {pattern}", str(folder), "check the pattern; it starts from this folder")
    return found
