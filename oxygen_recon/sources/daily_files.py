"""Daily ocean fields from files as a source of forecasts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
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
    spacing : float, optional [degree]
        Of the points of latitude and longitude, between these edges, that fields of a curvilinear grid (as of ROMS) are
        interpolated to.
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
    spacing: float | None = Field(default=None, gt=0, le=10)
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
        opened = self.open(data, onto)
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
        opened = self.open(data)
        return fields_with_gaps(
            opened, ocean, self.names or None, depths=self.depths, region=self._region, coarsen=self.coarsen
        )

    def open(self, data: Path | None, onto: tuple[Floats, Floats] | None = None, first: bool = False) -> xr.Dataset:
        """Open the files lazily, on latitude and longitude.

        Parameters
        ----------
        data : Path or None
            As for `files`.
        onto : (latitude, longitude), optional
            Points that the fields are interpolated to, degrees.
        first : bool
            Open the first file alone, as a sample.

        Returns
        -------
        Dataset
            As of `open_daily`.

        Raises
        ------
        InputError
            As of `open_daily`, and if the grid is curvilinear and its points are not said.
        """
        files = self.files(data)
        opened = open_daily(
            files[:1] if first else files, self.names or None, sampling=self.sampling, within_day=self.within_day,
            variables=self.variables, units=self.units, gaps=self.gaps or first, depths=self.depths,
        )  # fmt: skip
        if onto is None and opened["latitude"].ndim == 1:
            return opened
        return onto_grid(opened, *(onto or self._points(files[0]))).assign_attrs(opened.attrs)

    def _points(self, path: Path) -> tuple[Floats, Floats]:
        """Points that a curvilinear grid is interpolated to."""
        if self.spacing is None or self.latitude is None or self.longitude is None:
            fix = "set spacing, latitude and longitude of the source, to which fields are interpolated"
            raise InputError("a grid of two-dimensional coordinates", str(path), fix)
        south, west = self.latitude[0], self.longitude[0]
        counts = [int((high - low) / self.spacing + 1e-6) + 1 for low, high in (self.latitude, self.longitude)]
        return south + self.spacing * np.arange(counts[0]), west + self.spacing * np.arange(counts[1])

    @property
    def _region(self) -> Box | None:
        """Edges of the region."""
        if self.latitude is None and self.longitude is None:
            return None
        return self.latitude or (-90.0, 90.0), self.longitude or (-180.0, 180.0)
