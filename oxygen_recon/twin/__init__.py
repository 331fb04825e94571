"""The twin ocean: the embedded default, the fixture and the yardstick; a century whose truth is known everywhere."""

from oxygen_recon.twin.config import TwinConfig
from oxygen_recon.twin.fields import truth
from oxygen_recon.twin.geography import relief, sea_fraction
from oxygen_recon.twin.making import make

__all__ = ["TwinConfig", "make", "relief", "sea_fraction", "truth"]
