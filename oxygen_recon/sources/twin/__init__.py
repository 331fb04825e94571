"""The twin ocean: a synthetic century whose truth is known everywhere, written as native archive files.

It is the data of the demo, a fixture of the tests, and the reference against which reconstructions are scored.
Names are imported when first used: reading an experiment needs the settings alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from oxygen_recon.sources.twin.config import TwinConfig

if TYPE_CHECKING:
    from oxygen_recon.sources.twin.gridded import truth
    from oxygen_recon.sources.twin.production import make

__all__ = ["TwinConfig", "make", "truth"]
_MODULE_OF = {"make": "production", "truth": "gridded"}

if not TYPE_CHECKING:  # so that a type checker reports a name that does not exist

    def __getattr__(name: str) -> object:
        """Import a name of the package."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
