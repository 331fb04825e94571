"""Settings of the heads of an experiment of daily forecasts."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.sources.daily_files import DailyFilesConfig

Rule = Literal["persisted", "climatology", "given"]


class HeadSettings(HeadConfig):
    """A head, where its fields are read from, and what drives them.

    Parameters
    ----------
    source : DailyFilesConfig, optional
        Concentrations, significant wave height (one quantity), or channels of the state on a grid two or more times as
        fine; those of the twin when left out.
    latitude, longitude : list of two floats, optional [degree]
        Edges of the box of finer fields of a twin; of files it is `source.latitude` and `source.longitude`.
    during : {"persisted", "climatology", "given"}, optional
        What the wind of the waves is on the days of a forecast; as `forcing.during` when left out.
    """

    source: DailyFilesConfig | None = None
    latitude: tuple[float, float] | None = None
    longitude: tuple[float, float] | None = None
    during: Rule | None = None

    @model_validator(mode="after")
    def _fits(self) -> HeadSettings:
        boxed = self.latitude is not None and self.longitude is not None
        if boxed != (self.kind == "downscaling" and self.source is None):
            raise ValueError("latitude and longitude: give both to the downscaling of a twin, and to nothing else")
        if self.during is not None and self.kind != "waves":
            raise ValueError("during: is of the wind of the waves")
        return self

    @property
    def head(self) -> HeadConfig:
        """The head alone."""
        return HeadConfig.model_validate({name: getattr(self, name) for name in HeadConfig.model_fields})
