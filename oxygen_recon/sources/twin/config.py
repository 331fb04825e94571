"""What a twin ocean is made from."""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

Levels = Annotated[tuple[float, ...], Field(strict=False, min_length=1)]  # YAML knows lists only


class TwinConfig(BaseModel):
    """A twin ocean: its seed, its period, how much of it was sampled, and the grid its truth is written on.

    Parameters
    ----------
    seed : int
        Decides everything that is left to chance.
    start, end : int
        First and last year, within 1920-2023.
    casts : int
        About how many casts the whole record 1920-2023 has, copies in second archives not counted.
    scale : float
        Factor on `casts`: 0.1 for a test, 10 for a denser record.
    defects : float
        Share of the casts of ships and floats that get a planted error.
    resolution : float
        Spacing in latitude and longitude of the truth and of the analysis, degrees; must divide 180.
    levels : tuple of float
        Level centres of the truth and of the analysis, m, increasing.
    climate_model : bool
        Whether to write a climate model too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    seed: int = Field(default=0, ge=0)
    start: int = Field(default=1920, ge=1920, le=2023)
    end: int = Field(default=2023, ge=1920, le=2023)
    casts: int = Field(default=14_000, ge=1)
    scale: float = Field(default=1.0, gt=0, le=100)
    defects: float = Field(default=0.05, ge=0, le=1)
    resolution: float = Field(default=5.0, gt=0, le=30)
    levels: Levels = (0.0, 50.0, 100.0, 200.0, 300.0, 450.0, 650.0, 900.0, 1250.0, 1750.0, 2500.0, 4000.0)
    climate_model: bool = True

    @model_validator(mode="after")
    def _check(self) -> "TwinConfig":
        if self.end < self.start:
            raise ValueError(f"the period {self.start}-{self.end} is empty; let start be no later than end")
        if abs(180 / self.resolution - round(180 / self.resolution)) > 1e-9:
            raise ValueError(f"resolution {self.resolution} does not divide 180 degrees")
        if self.levels[0] < 0 or np.any(np.diff(self.levels) <= 0):
            raise ValueError("levels must increase from 0 m or below")
        return self
