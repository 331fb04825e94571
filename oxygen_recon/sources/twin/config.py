"""Settings of a twin ocean."""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

Levels = Annotated[tuple[float, ...], Field(strict=False, min_length=1)]  # YAML has lists only


class TwinConfig(BaseModel):
    """Settings of a twin ocean: seed, period, number of casts, and the grid of its truth.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.
    start, end : int [year]
        First and last year, within 1920-2023.
    casts : int
        Approximate number of casts of the whole record 1920-2023, without copies in second archives.
    scale : float [1]
        Factor on `casts`: 0.1 for a test, 10 for a denser record.
    defects : float [1]
        Share of the casts of ships and floats that get a planted error.
    resolution : float [degrees]
        Spacing in latitude and longitude of the truth and of the analysis; must divide 180.
    levels : list of float [m]
        Level centres of the truth and of the analysis, increasing.
    climate_model : bool
        Whether to write a climate model too.

    Examples
    --------
    >>> config = TwinConfig(seed=1, casts=500, resolution=15.0, levels=(0.0, 200.0, 1000.0))
    >>> config.start, config.end
    (1920, 2023)
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
        """Raise ValueError for an empty period, a resolution that does not divide 180, and unordered levels."""
        if self.end < self.start:
            raise ValueError(f"the period {self.start}-{self.end} is empty; let start be no later than end")
        if abs(180 / self.resolution - round(180 / self.resolution)) > 1e-9:
            raise ValueError(f"resolution {self.resolution} does not divide 180 degrees")
        if self.levels[0] < 0 or np.any(np.diff(self.levels) <= 0):
            raise ValueError("levels must increase from 0 m or below")
        return self
