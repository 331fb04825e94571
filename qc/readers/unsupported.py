"""Formats that are recognised but not read, with the name that an error message gives them and a fix."""

import re

# format: pattern at the beginning of the text; name; fix
_CONVERT = "convert it to a table with a description, or to an ODV spreadsheet"
FORMATS: dict[str, tuple[str, str, str]] = {
    "ios_shell": (r"\*[^\n]*\s+\*IOS HEADER VERSION", "IOS shell text (Institute of Ocean Sciences)", _CONVERT),
    "odf": (r"\s*ODF_HEADER", "Ocean Data Format text (Fisheries and Oceans Canada)", _CONVERT),
    "nafc_pfile": (r"NAFC_Y2K_HEADER", "a p-file of the Northwest Atlantic Fisheries Centre", _CONVERT),
    "seabird": (r"\*\s*(Sea-Bird|Turo XBT)", "text of Sea-Bird's CTD software (.cnv)", _CONVERT),
    "argo_index": (r"# Title : .*directory file of the Argo", "an index of Argo profiles", "read the files it names"),
    "json": (r"\s*[\[{]\s*[\[{\"]", "JSON", "write its rows as CSV under a line of column names, and describe that"),
}
_UNPACK = "unpack it, and name what is in it"
# type of a file: name; fix
_PACKED = {
    "zstd": ("compressed by zstd", _UNPACK),
    "compress": ("compressed by compress (.Z)", _UNPACK),
    "7z": ("a 7z archive", _UNPACK),
    "rar": ("a rar archive", _UNPACK),
    "ole": ("an Office document before 2007 (.xls)", "save the sheet as CSV, and name that"),
    "zip": ("a workbook (Excel, OpenDocument)", "save the sheet as CSV, and name that"),
}
WITHOUT_OXYGEN = ("unknown", "argo_core", "argo_index", "woce_sum", "json", "ole", "zip")
"""Formats that hold no oxygen, or perhaps none: beside others, in a folder or bundle, such a file is no fault."""

REFUSED = {
    **{name: (f"{what}, which is not read", fix) for name, (_, what, fix) in FORMATS.items()},
    **{name: (f"{what}, which is not read", fix) for name, (what, fix) in _PACKED.items()},
    "argo_core": ("an Argo file without oxygen", "use the Sprof, SR, SD, BR or BD file"),
    "woce_sum": (
        "a WOCE station summary, which holds no measurements",
        "read the .hyd or .ctd file of the same cruise",
    ),
    "unknown": ("content of no known archive", "a delimited table needs a description: TableSpec"),
}
"""What an error message calls each format that is not read, and a fix."""


def format_of(head: str) -> str:
    """Return the unsupported format that a text has.

    Parameters
    ----------
    head : str
        Beginning of the text.

    Returns
    -------
    str
        A key of `FORMATS`; empty if none of them.
    """
    return next((name for name, (pattern, _, _) in FORMATS.items() if re.match(pattern, head)), "")
