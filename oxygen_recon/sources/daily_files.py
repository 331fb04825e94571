"""Daily ocean fields from files as a source of forecasts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import xarray as xr
from pydantic import Field

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.fields.daily.days import Sampling
from oxygen_recon.fields.daily.files import listed
from oxygen_recon.fields.daily.horizontal import onto_grid
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.fields.daily.selection import Box
from oxygen_recon.observations.collection import key_of
from oxygen_recon.sources.daily_fields import MaskOf, daily_fields, fields_with_gaps
from qc.config import Strict
from qc.errors import InputError

Depth = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DailyFilesConfig(Strict):
    """Daily ocean fields, or fields that drive the ocean, from files of any layout that is known.

    Parameters
    ----------
    kind : "daily_files"
        Fields are read from files.
    paths : list of str
        netCDF files, zarr stores, folders of them, or patterns, from the folder of `--data`, or from the current one
        without it.
    names : list of str
        Quantities, in the order of the channels: temperature, salinity, eastward_velocity, northward_velocity,
        sea_surface_height, ...; all that the files have when left out.
    depths : list of float, optional [m]
        Levels that the fields are interpolated to; those of the files when left out.
    latitude, longitude : list of two floats, optional [degree]
        Southern and northern, western and eastern edge; the whole of the files when left out.
    coarsen : int
        Cells along each side of the blocks that are averaged.
    sampling : {"daily mean", "instantaneous"}, optional
        What values are, where the files do not say so.
    within_day : int or "mean", optional [hour UTC]
        Of several times a day, take that of an hour, or the mean of all.
    ocean : {"constant", "every day"}
        "every day": what has no value on some day counts as land, as where ice comes and goes.
    gaps : bool
        Whether days may be missing.
    variables, units : mapping of str to str
        By quantity: the name of its variable where it is none of the usual ones, its unit where the file has none.
    """

    kind: Literal["daily_files"]
    paths: list[str] = Field(min_length=1)
    names: list[str] = Field(default=[])
    depths: list[Depth] | None = Field(default=None, min_length=1)
    latitude: tuple[float, float] | None = None
    longitude: tuple[float, float] | None = None
    coarsen: int = Field(default=1, ge=1)
    sampling: Sampling | None = None
    within_day: Annotated[int, Field(ge=0, le=23)] | Literal["mean"] | None = None
    ocean: MaskOf = "constant"
    gaps: bool = False
    variables: dict[str, str] = Field(default={})
    units: dict[str, str] = Field(default={})

    def files(self, data: Path | None) -> list[Path]:
        """List the files.

        Parameters
        ----------
        data : Path or None
            Folder that the paths start from; the current one if None.

        Returns
        -------
        list of Path

        Raises
        ------
        InputError
            If there is none at a path, or under a pattern.
        """
        root, found = Path() if data is None else data, []
        for path in self.paths:
            matching = sorted(root.glob(path)) if any(sign in path for sign in "*?[") else [root / path]
            if not matching:
                raise InputError("no file of that pattern", str(root / path), "check source.paths, or --data")
            found += matching
        return listed(found)

    def identity(self, data: Path | None) -> list[str]:
        """Name the files by name, size and time of change.

        Parameters
        ----------
        data : Path or None
            As for `files`.

        Returns
        -------
        list of str
        """
        return [key_of("daily", path, by_name=True) for path in self.files(data)]

    def read(self, data: Path | None, into: Path, onto: tuple[Floats, Floats] | None = None) -> tuple[DailyFields, str]:
        """Read the fields.

        Parameters
        ----------
        data : Path or None
            As for `files`.
        into : Path
            File (.npy) that the values are kept in and mapped from.
        onto : (latitude, longitude), optional
            Points that the fields are interpolated to, degrees; those of the files when left out.

        Returns
        -------
        DailyFields
        str
            "daily mean" or "instantaneous".

        Raises
        ------
        InputError
            As of `open_daily` and `daily_fields`.
        """
        opened = self._opened(data)
        opened = opened if onto is None else onto_grid(opened, *onto).assign_attrs(opened.attrs)
        fields = daily_fields(
            opened, self.names or None, depths=self.depths, region=self._region, coarsen=self.coarsen, ocean=self.ocean,
            into=into,
        )  # fmt: skip
        return fields, str(opened.attrs["sampling"])

    def read_gaps(self, data: Path | None, ocean: Mask) -> tuple[DailyFields, Mask]:
        """Read fields of which parts of the ocean are not seen.

        Parameters
        ----------
        data : Path or None
            As for `files`.
        ocean : bool array, shape (channel, latitude, longitude)
            What is ocean.

        Returns
        -------
        DailyFields
        bool array, shape (day, channel, latitude, longitude)
            What is seen (`oxygen_recon.sources.daily_fields.fields_with_gaps`).

        Raises
        ------
        InputError
            As of `open_daily` and `fields_with_gaps`.
        """
        opened = self._opened(data)
        return fields_with_gaps(
            opened, ocean, self.names or None, depths=self.depths, region=self._region, coarsen=self.coarsen
        )

    def _opened(self, data: Path | None) -> xr.Dataset:
        """Open the files."""
        return open_daily(
            self.files(data), self.names or None, sampling=self.sampling, within_day=self.within_day,
            variables=self.variables, units=self.units, gaps=self.gaps,
        )  # fmt: skip

    @property
    def _region(self) -> Box | None:
        """Edges of the region."""
        if self.latitude is None and self.longitude is None:
            return None
        return self.latitude or (-90.0, 90.0), self.longitude or (-180.0, 180.0)
