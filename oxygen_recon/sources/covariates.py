"""Covariates of oxygen: from gridded products or from casts, and what a held-out cast is estimated with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from oxygen_recon.dataset import mapped
from oxygen_recon.fields.quantities import SURFACE, Surface
from oxygen_recon.sources.product import ProductConfig


class SurfaceConfig(ProductConfig):
    """Satellite products of the sea surface beside other covariates; all levels of a water column have their value.

    Parameters
    ----------
    entries : list of str
        Catalogue entries of gridded CF files, each one product; or your own (`catalog`).
    paths : list of Path
        Gridded CF files or folders of them, together one product: daily or longer, as DUACS and OISST are delivered.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    names : list of str
        Which: sea_surface_height (m), sea_surface_temperature (degC).
    """

    names: list[Surface] = Field(default=[*SURFACE], min_length=1)

    @model_validator(mode="after")
    def _of_files(self) -> SurfaceConfig:
        if not self.named:
            raise ValueError("no product of the sea surface; name entries of the catalogue, or paths of files")
        return self


class CovariateConfig(ProductConfig):
    """Covariates of oxygen: from gridded products, named here or those of a twin or a field source, or from casts.

    Parameters
    ----------
    entries : list of str
        Catalogue entries of gridded CF files, each one product; a covariate is read from the first that has it.
    paths : list of Path
        Gridded CF files or folders of them, together one product.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    kind : {"product", "observed", "mapped"}
        From the gridded products that are named, else that of a twin or field source; from the casts, "observed" as
        their climatology, or "mapped" at every step by optimal interpolation of all casts, those without oxygen too,
        each value with its error as a further covariate.
    names : list of str
        Which: temperature, salinity, nitrate, phosphate, silicate; or other variables of a product or field source.
    mode : {"delivered", "at_casts"}
        What a held-out cast is estimated with, of covariates from casts: what the field has at its cell and step when
        the cast's fold is not there; or the cast's own, for oxygen at casts that have them. A product's are the same.
    surface : SurfaceConfig, optional
        Height or temperature of the sea surface, from satellites, besides; missing before they begin.
    """

    kind: Literal["product", "observed", "mapped"]
    names: list[str] = Field(default=["temperature", "salinity"])
    mode: Literal["delivered", "at_casts"] = "delivered"
    surface: SurfaceConfig | None = None

    @property
    def from_other_groups(self) -> bool:
        """Whether a place's covariates are made without the casts that are hidden there."""
        return self.kind != "product" and self.mode == "delivered" and bool(self.names)

    @property
    def gridded(self) -> tuple[str, ...]:
        """Names of the covariates that are the same whichever casts are hidden."""
        return (*(() if self.from_other_groups else self.names), *(self.surface.names if self.surface else ()))

    @property
    def of_casts(self) -> tuple[str, ...]:
        """Names of the covariates that each fold makes from the casts that are not hidden."""
        names = tuple(self.names) if self.from_other_groups else ()
        return mapped.channels(names) if self.kind == "mapped" else names

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of what is known of a place."""
        return (*self.of_casts, *self.gridded)

    @property
    def scored_with(self) -> str:
        """What held-out casts are estimated with, for tables and the page."""
        if self.kind == "product":
            return "delivered: covariates of the gridded product, as the field has them"
        if self.mode == "delivered":
            return "delivered: covariates as the field has them when the casts' group is not there"
        return "at casts: the casts' own temperature and salinity, which the field mostly lacks"

    @model_validator(mode="after")
    def _of_its_kind(self) -> CovariateConfig:
        """Refuse files that are not read, and maps of nothing or of what casts keep."""
        if self.named and self.kind != "product":
            raise ValueError("entries and paths are of kind: product")
        if self.climatology and not self.named:
            raise ValueError("climatology is said of gridded files; name them under entries or paths, or leave it out")
        if self.surface and (twice := set(self.surface.names) & set(self.names)):
            raise ValueError(f"{', '.join(sorted(twice))} both in names and in surface; name it once")
        if self.kind == "mapped" and not self.names:
            raise ValueError("names is empty: nothing to map; name temperature and salinity, or take kind: observed")
        if self.kind == "mapped" and self.mode == "at_casts":
            raise ValueError("mode: at_casts keeps what casts measured, and maps nothing: take kind: observed")
        return self
