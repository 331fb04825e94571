"""Settings of a dynamical twin."""

from math import ceil

from pydantic import BaseModel, ConfigDict, Field

CIRCUMFERENCE = 2.56e6  # m, of the planet: 256 cells of 10 km, so that eddies span as many cells as on a fine grid


class DynamicalTwinConfig(BaseModel):
    """Settings of a dynamical twin: seed, grid, wind and damping. The defaults are those of the acceptance test.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.
    rows : int
        Number of rows from pole to pole; there are twice as many columns. 128 and 96 eddy; fewer are for tests.
    spin_up : int [day]
        Days before the first day that counts, from flat layers.
    first_year : int
        The first day that counts is its first of January.
    days : int [day]
        How many days are written.
    ecosystem : bool
        Whether there are nutrients, plankton and oxygen beside temperature and salinity.
    waves : bool
        Whether there are waves.
    wind_stress : float [1]
        Factor on the wind stress: its curl is larger on a small planet.
    storm_stress : float [1]
        Factor on the part of the stress that storms cause.
    local_relaxation : float [day]
        Time in which the layers come back to their target everywhere.
    zonal_relaxation : float [day]
        Time in which the zonal mean of the layers comes back to its target.
    early_relaxation : float [day]
        The same during the first 90 days.
    lower_drag : float [1/day]
        Rate at which the lower layer is slowed down.

    Examples
    --------
    >>> config = DynamicalTwinConfig(seed=1)
    >>> config.columns, config.spacing, config.steps, config.step
    (256, 10000.0, 108, 800.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    seed: int = Field(default=0, ge=0)
    rows: int = Field(default=128, ge=16, le=512, multiple_of=2)
    spin_up: int = Field(default=240, ge=0)
    first_year: int = Field(default=2000, ge=1900, le=2200)
    days: int = Field(default=2557, ge=1)
    ecosystem: bool = True
    waves: bool = True
    wind_stress: float = Field(default=0.4, ge=0, le=10)
    storm_stress: float = Field(default=0.75, ge=0, le=10)
    local_relaxation: float = Field(default=400.0, gt=0)
    zonal_relaxation: float = Field(default=40.0, gt=0)
    early_relaxation: float = Field(default=30.0, gt=0)
    lower_drag: float = Field(default=0.012, ge=0)

    @property
    def columns(self) -> int:
        """Number of columns round the planet."""
        return 2 * self.rows

    @property
    def spacing(self) -> float:
        """Size of a cell, m."""
        return CIRCUMFERENCE / self.columns

    @property
    def slow_steps(self) -> int:
        """Number of slow steps (friction, wind, tracers) in a day: 27 on 128 rows."""
        return ceil(27 * self.rows / 128)

    @property
    def steps(self) -> int:
        """Number of steps of the flow in a day, four to a slow step; waves of 5.4 m/s stay within 0.43 cells."""
        return 4 * self.slow_steps

    @property
    def step(self) -> float:
        """Time step of the flow, s."""
        return 86400.0 / self.steps
