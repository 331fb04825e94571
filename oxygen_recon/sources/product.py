"""Gridded products of an experiment: covariates beside archives, and the background that anomalies count from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field, model_validator

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.observations.collection import key_of
from oxygen_recon.sources.gridded import Coverage, read_product, read_products
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.config import Strict
from qc.errors import InputError

_FILES = (".nc", ".nc4", ".cdf", ".nc.gz", ".zip")


class ProductConfig(Strict):
    """Gridded CF files.

    Parameters
    ----------
    entries : list of str
        Entries of the catalogue, each one product.
    paths : list of Path
        Files of your own or folders of them, together one product, from the current folder.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    """

    entries: list[str] = Field(default=[])
    paths: list[Path] = Field(default=[])
    climatology: bool = False

    @property
    def named(self) -> bool:
        """Whether any product is named."""
        return bool(self.entries or self.paths)

    def products(self, data: Path | None, settings: SourceSettings) -> dict[str, list[Path]]:
        """Find the files of each product.

        Parameters
        ----------
        data : Path or None
            Folder that the catalogue's file patterns start from.
        settings : SourceSettings
            Settings of the experiment: its name, for messages, and its catalogue.

        Returns
        -------
        dict of str to list of Path
            By entry, in their order; the paths last, under their own name.

        Raises
        ------
        InputError
            If an entry is unknown or has no file, a path does not exist, or entries are named without a data folder.
        """
        found = {name: settings.catalogue().resolve(name, data_folder(data, settings.name)) for name in self.entries}
        files = [file for path in self.paths for file in _files_of(path)]
        return found | ({", ".join(map(str, self.paths)): files} if files else {})

    def identity(self, data: Path | None, settings: SourceSettings) -> list[str]:
        """Name the files by name, size and time of change.

        Parameters
        ----------
        data, settings
            As for `products`.
        """
        every = self.products(data, settings).items()
        named = [(name if name in self.entries else "paths", file) for name, files in every for file in files]
        return [key_of(name, file, by_name=True) for name, file in named]

    def read(
        self, names: tuple[str, ...], grid: Grid, time_axis: TimeAxis, data: Path | None, settings: SourceSettings
    ) -> tuple[Floats, list[str]]:
        """Read covariates, each from the first product that has it.

        Parameters
        ----------
        names : tuple of str, length channel
            Quantities (`oxygen_recon.sources.gridded.read_product`).
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        data, settings
            As for `products`.

        Returns
        -------
        float32 array, shape (step, cell, channel)
            NaN where the product has no value.
        list of str
            What each product covers, one line a quantity.

        Raises
        ------
        InputError
            If no product has a quantity, or it covers less than half of the region or of the period.
        """
        products = self.products(data, settings)
        values, lines = {}, {}
        for product, files in products.items():
            rest = [name for name in names if name not in values]
            for name, (read, coverage) in read_products(files, rest, grid, time_axis, self.climatology).items():
                values[name], lines[name] = read, f"{product}, {coverage}"
        if lacking := [name for name in names if name not in values]:
            what = f"no {', '.join(lacking)} in {', '.join(products)}"
            raise InputError(what, settings.name, "name a product that has it, or leave it out")
        return np.stack([values[name] for name in names], axis=-1), [lines[name] for name in names]


class FieldConfig(Strict):
    """A gridded field of oxygen in files; a text in its place is an entry or a path.

    Parameters
    ----------
    entry : str, optional
        Entry of the catalogue.
    path : Path, optional
        File of your own or a folder of them, from the current folder.
    variable : str, optional
        The oxygen in it; found by usual names and standard names when left out.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    """

    entry: str | None = None
    path: Path | None = None
    variable: str | None = None
    climatology: bool = False

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, settings: Any) -> Any:
        """Let a text name an entry, or a path where it looks like one."""
        if isinstance(settings, Mapping) or not isinstance(settings, str | Path):
            return settings
        text = str(settings)
        return {"path" if "/" in text or text.endswith(_FILES) else "entry": text}

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Ask for one source."""
        if [self.entry is not None, self.path is not None].count(True) != 1:
            raise ValueError("name either an entry or a path")
        return self

    @property
    def title(self) -> str:
        """Entry or path, and the variable where one is named."""
        name = self.entry or str(self.path)
        return name if self.variable is None else f"{name}, variable {self.variable}"

    def files(self, data: Path | None, settings: SourceSettings) -> list[Path]:
        """Find the files.

        Parameters
        ----------
        data, settings
            As for `ProductConfig.products`.

        Raises
        ------
        InputError
            As `ProductConfig.products`.
        """
        if self.entry is not None:
            return settings.catalogue().resolve(self.entry, data_folder(data, settings.name))
        assert self.path is not None
        return _files_of(self.path)

    def identity(self, data: Path | None, settings: SourceSettings) -> list[str]:
        """Name the files by name, size and time of change.

        Parameters
        ----------
        data, settings
            As for `ProductConfig.products`.
        """
        name = self.entry or "a path"  # not which: files may be moved
        return [key_of(name, file, by_name=True) for file in self.files(data, settings)]


class BackgroundConfig(FieldConfig):
    """The field that oxygen anomalies count from; a text in its place is an entry, a path or "fitted".

    A field made from casts, such as the World Ocean Atlas, has seen those that are held out, as a product of covariates
    such as EN4 has: scores at them are optimistic, most for the field itself.

    Parameters
    ----------
    entry : str, optional
        Entry of the catalogue.
    path : Path, optional
        File of your own or a folder of them, from the current folder.
    variable : str, optional
        The oxygen in it; found by usual names and standard names when left out.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    fitted : bool
        The climatology of the observations themselves, without whatever is held out.
    """

    fitted: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fitted(cls, settings: Any) -> Any:
        """Let the text "fitted" ask for a fitted one."""
        return {"fitted": True} if settings == "fitted" else settings

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Ask for one source, and for nothing of files where there are none."""
        if [self.entry is not None, self.path is not None, self.fitted].count(True) != 1:
            raise ValueError("name either an entry or a path, or let it be fitted")
        if self.fitted and (self.variable is not None or self.climatology):
            raise ValueError("variable and climatology belong to files; leave them out where it is fitted")
        return self

    @property
    def title(self) -> str:
        """Entry or path, and the variable where one is named."""
        return "fitted to the observations" if self.fitted else super().title

    def files(self, data: Path | None, settings: SourceSettings) -> list[Path]:
        """Find the files; none where it is fitted.

        Parameters
        ----------
        data, settings
            As for `ProductConfig.products`.
        """
        return [] if self.fitted else super().files(data, settings)

    def read(
        self, grid: Grid, time_axis: TimeAxis, data: Path | None, settings: SourceSettings
    ) -> tuple[Floats, Coverage]:
        """Read the background.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        data, settings
            As for `ProductConfig.products`.

        Returns
        -------
        float32 array, shape (step, cell)
            Oxygen, umol kg-1; NaN where the field has none.
        Coverage
            What share of cells and steps that leaves.

        Raises
        ------
        InputError
            If there is no oxygen in it, it covers less than half of the region, or not every step.
        """
        files = self.files(data, settings)
        values, coverage = read_product(files, "oxygen", grid, time_axis, self.climatology, self.variable)
        if coverage.period < 1:
            fix = "name a climatology, or a smaller period"
            raise InputError(f"a background needs every step, {coverage}", self.title, fix)
        return values, coverage


def _files_of(path: Path) -> list[Path]:
    """List the files of a path: itself, or the gridded files of a folder."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError("no such file or folder", str(path), "check the path of the gridded product")
    files = sorted(file for file in path.iterdir() if file.name.endswith(_FILES))
    if not files:
        raise InputError("no gridded file in it", str(path), f"it should hold {', '.join(_FILES)}")
    return files
