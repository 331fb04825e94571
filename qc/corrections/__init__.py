"""Optional corrections of oxygen. No correction runs by itself; each returns a new table and what it changed.

=================================  ================================================  ================================
function                           takes                                             returns
=================================  ================================================  ================================
`crossovers.find`                  table after quality control and duplicate search  differences of pairs of cruises
`crossovers.adjust`                these pairs, cruises to be trusted                factor of each cruise, its error
`glodap_adjustments.read`          the adjustment table of GLODAP, a CSV file        factors by expocode
`glodap_adjustments.read_aliases`  the cruise table of GLODAP, a CSV file            other names to expocodes
`glodap_adjustments.apply`         table before quality control, factors, aliases    table, cruises that changed
`float_gains.gain_at_surface`      table with temperature and salinity, saturation   gain of each float cast
`float_gains.gain_of_surfacings`   readings in air, pressure and temperature of it   gain of each surfacing
`float_gain_fit.of_floats`         gains of casts, which of them to take             gain of each float, its error
`float_oxygen.adjust`              table of a float, gain, offset, drift             table, `Change`
`float_oxygen.pressure_effect`     table without the pressure term of optodes        table, `Change`
`response_time.correct`            table, response time, speed of ascent             table, `Change`
=================================  ================================================  ================================

The modules are imported when they are first used: `qc.corrections.crossovers.find(table)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qc.corrections import crossovers, float_gain_fit, float_gains, float_oxygen, glodap_adjustments, response_time

__all__ = ["crossovers", "float_gain_fit", "float_gains", "float_oxygen", "glodap_adjustments", "response_time"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a module of the package when it is first used."""
        if name in __all__:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the modules of the package, imported or not."""
    return sorted({*globals(), *__all__})
