"""The dynamical twin: an eddying ocean on a small planet with real continents, for daily forecasts.

Two active layers over a deep one at rest move under winds with storms. Channels made of them on fifteen levels have two
to three vertical degrees of freedom: what a forecast model does with them says little about processes that need more.
"""

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig

__all__ = ["DynamicalTwinConfig"]
