"""Files that are recognised but not read: what they are, so that a refusal can say it."""

import re

# kind: how its text begins; what it is; the fix
_CONVERT = "convert it to a table with a description, or to an ODV spreadsheet"
FORMS: dict[str, tuple[str, str, str]] = {
    "ios_shell": (r"\*[^\n]*\s+\*IOS HEADER VERSION", "IOS shell text (Institute of Ocean Sciences)", _CONVERT),
    "odf": (r"\s*ODF_HEADER", "Ocean Data Format text (Fisheries and Oceans Canada)", _CONVERT),
    "nafc_pfile": (r"NAFC_Y2K_HEADER", "a p-file of the Northwest Atlantic Fisheries Centre", _CONVERT),
    "seabird": (r"\*\s*(Sea-Bird|Turo XBT)", "text of Sea-Bird's CTD software (.cnv)", _CONVERT),
    "argo_index": (r"# Title : .*directory file of the Argo", "an index of Argo profiles", "read the files it names"),
    "json": (r"\s*[\[{]\s*[\[{\"]", "JSON", _CONVERT),
}
REFUSED = {kind: (f"{what}, which is not read", fix) for kind, (_, what, fix) in FORMS.items()}


def kind_of(head: str) -> str:
    """Tell which foreign form a text begins like, a key of `FORMS`; empty if none."""
    return next((kind for kind, (pattern, _, _) in FORMS.items() if re.match(pattern, head)), "")
