"""The twin ocean: a synthetic century whose truth is known everywhere, written as native archive files.

It is the data of the demo, a fixture of the tests, and the reference against which reconstructions are scored.
"""

from oxygen_recon.sources.twin.config import TwinConfig
from oxygen_recon.sources.twin.gridded import truth
from oxygen_recon.sources.twin.make import make

__all__ = ["TwinConfig", "make", "truth"]
