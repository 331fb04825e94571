"""Quality control of ocean profiles: archive files into one flagged table of observations, usable on its own.

The names below are imported when they are first used, so that `import qc` takes no time.

===================  ==================================================================================
`read`               an archive file into a table of observations; `detect_format` names its format
`from_columns`       a table of observations from arrays; `read_table` and `write_table` keep it in parquet
`run_battery`        profile tests and regional tests on a table
`mark_duplicates`    the column `duplicate_of`; `find_duplicates` returns the copies only
`check_cruises`      cross-profile tests within and between cruises
`explain`            why a value was flagged, in words; `bit_names` names the failed checks
`count_flags`        levels of each archive or cruise by flag and failed check; `describe_cruises` in words
`load_battery`       checks and thresholds from a YAML file, by default those of this package
`corrections`        optional corrections of whole cruises and of floats: see `qc.corrections`
===================  ==================================================================================

Examples
--------
>>> import tempfile, qc
>>> from pathlib import Path
>>> path = Path(tempfile.mkdtemp()) / "section_hy1.csv"
>>> _ = path.write_text('''BOTTLE,20240101TEST
... EXPOCODE,STNNBR,CASTNO,SAMPNO,BTLNBR,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS,OXYGEN,OXYGEN_FLAG_W
... ,,,,,,,,,DBAR,UMOL/KG,
... 33RR20070204,1,1,1,1,20070204,1200,-30.0,95.0,10.0,231.0,2
... 33RR20070204,1,1,2,2,20070204,1200,-30.0,95.0,200.0,900.0,2
... 33RR20070204,1,1,3,3,20070204,1200,-30.0,95.0,1000.0,180.0,3
... END_DATA
... ''')
>>> qc.detect_format(path)
'exchange'
>>> table = qc.run_battery(qc.read(path))
>>> table["oxygen_flag"].to_pylist()
[1, 4, 3]
>>> qc.bit_names(table["oxygen_checks"][1].as_py())
('range', 'plausible')
>>> qc.Flag(4).name
'FAIL'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qc import corrections
    from qc.battery.battery import Battery, bit_names, explain, load_battery
    from qc.battery.counts import by_name as count_flags
    from qc.battery.cruises import check_cruises
    from qc.battery.cruises import describe as describe_cruises
    from qc.battery.duplicates import find_duplicates, mark_duplicates
    from qc.battery.run import run_battery
    from qc.errors import InputError, Refused
    from qc.readers.registry import TableSpec, detect_format, read
    from qc.table.flag_schemes import Flag
    from qc.table.schema import OBSERVATIONS, UNITS, VARIABLES, from_columns
    from qc.table.schema import read as read_table
    from qc.table.schema import write as write_table

__all__ = [
    "OBSERVATIONS",
    "UNITS",
    "VARIABLES",
    "Battery",
    "Flag",
    "InputError",
    "Refused",
    "TableSpec",
    "bit_names",
    "check_cruises",
    "corrections",
    "count_flags",
    "describe_cruises",
    "detect_format",
    "explain",
    "find_duplicates",
    "from_columns",
    "load_battery",
    "mark_duplicates",
    "read",
    "read_table",
    "run_battery",
    "write_table",
]

_MODULE = {
    "qc.battery.battery": ("Battery", "bit_names", "explain", "load_battery"),
    "qc.battery.counts": ("count_flags=by_name",),
    "qc.battery.cruises": ("check_cruises", "describe_cruises=describe"),
    "qc.battery.duplicates": ("find_duplicates", "mark_duplicates"),
    "qc.battery.run": ("run_battery",),
    "qc.errors": ("InputError", "Refused"),
    "qc.readers.registry": ("TableSpec", "detect_format", "read"),
    "qc.table.flag_schemes": ("Flag",),
    "qc.table.schema": ("OBSERVATIONS", "UNITS", "VARIABLES", "from_columns", "read_table=read", "write_table=write"),
}
_HOME = {
    name.partition("=")[0]: (module, name.rpartition("=")[2]) for module, names in _MODULE.items() for name in names
}

if not TYPE_CHECKING:  # a type checker must refuse the names that do not exist

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name == "corrections":
            return import_module("qc.corrections")
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, original = _HOME[name]
        globals()[name] = found = getattr(import_module(module), original)
        return found


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
