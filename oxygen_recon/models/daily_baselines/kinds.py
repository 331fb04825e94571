"""Baselines of forecasts by name."""

from collections.abc import Callable

from oxygen_recon.models.daily_baselines.eof_autoregression import EofAutoregression
from oxygen_recon.models.daily_baselines.persistence import DampedPersistence, DayOfYearClimatology, Persistence
from oxygen_recon.models.interface import Forecaster

KINDS: dict[str, Callable[[], Forecaster]] = {
    "persistence": Persistence,
    "damped_persistence": DampedPersistence,
    "day_of_year": DayOfYearClimatology,
    "eof_autoregression": EofAutoregression,
}
"""Each makes a method with its usual settings."""
