"""The twin ocean: the embedded default, the fixture and the yardstick; a century whose truth is known everywhere."""

from oxygen_recon.sources.twin.config import TwinConfig
from oxygen_recon.sources.twin.gridded import truth
from oxygen_recon.sources.twin.make import make
from oxygen_recon.sources.twin.ocean.geography import relief, sea_fraction

__all__ = ["TwinConfig", "make", "relief", "sea_fraction", "truth"]
