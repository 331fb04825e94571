"""How a region is written: as a name, as a polygon, or as a file with a variable and codes."""

from __future__ import annotations

from pathlib import Path

from graphs.basins import BASINS
from oxygen_recon.fields.regions.named import named
from qc.errors import InputError

_POLYGONS = (".geojson", ".json", ".wkt", ".txt")
_MASKS = (".nc", ".cdf", ".nc4")


def is_wkt(region: str) -> bool:
    """Tell a polygon written as WKT.

    Parameters
    ----------
    region : str
        As for `oxygen_recon.fields.regions.box_of`.
    """
    return region.lstrip().upper().startswith(("POLYGON", "MULTIPOLYGON"))


def is_mask(region: str) -> bool:
    """Tell the name of a mask file.

    Parameters
    ----------
    region : str
        As for `oxygen_recon.fields.regions.box_of`.
    """
    return not is_wkt(region) and _file_of(region).suffix in _MASKS


def existing(region: str) -> Path:
    """Return the file of a region.

    Parameters
    ----------
    region : str
        As for `oxygen_recon.fields.regions.box_of`, neither a name nor WKT.

    Raises
    ------
    InputError
        If there is no such file, or the name is that of no region.
    """
    path = _file_of(region)
    if path.suffix not in (*_POLYGONS, *_MASKS):
        from difflib import get_close_matches

        names = [*named(), *BASINS]
        close = get_close_matches(region, names, 1) or [name for name in names if name.lower() == region.lower()]
        meant = f"did you mean {close[0]}?" if close else f"one of {', '.join(names)}; or a polygon or mask file"
        raise InputError("no such region", region, meant)
    if not path.is_file():
        raise InputError("no such file of a region", region, "check the name; it starts from the current folder")
    return path


def short_name(region: str) -> str:
    """Name a region without the folder of its file.

    Parameters
    ----------
    region : str
        As for `oxygen_recon.fields.regions.box_of`.

    Examples
    --------
    >>> short_name("masks/RECCAP2.nc:indian=1")
    'RECCAP2.nc:indian=1'
    """
    return region if is_wkt(region) else Path(region).name


def variable_of(region: str) -> tuple[str, tuple[float, ...]]:
    """Return the variable and the codes behind the name of a mask file; "" and none where they are left out.

    Parameters
    ----------
    region : str
        "file.nc", "file.nc:variable", "file.nc:variable=3" or "file.nc:variable=3+4".

    Raises
    ------
    InputError
        If a code is no number.

    Examples
    --------
    >>> variable_of("masks.nc:indian=1+2")
    ('indian', (1.0, 2.0))
    """
    variable, given, codes = Path(region).name.partition(":")[2].partition("=")
    try:
        return variable, tuple(float(code) for code in codes.split("+")) if given else ()
    except ValueError:
        raise InputError(f"{codes!r} is no code", region, "give numbers: file.nc:variable=3 or =3+4") from None


def _file_of(region: str) -> Path:
    """Return the path of a file, without the variable behind it."""
    path = Path(region)
    return path.with_name(path.name.partition(":")[0]) if path.name.partition(":")[0] else path
