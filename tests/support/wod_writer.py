"""Writer of World Ocean Database ASCII, for tests and benchmarks."""

from collections.abc import Iterable
from dataclasses import dataclass, field

Number = tuple[int, int] | None  # integer and precision: 6.75 is (675, 2); None is missing
Value = tuple[Number, int, int]  # number, WOD flag, originator's flag


@dataclass
class Cast:
    """One cast; `levels` are (depth, one value for each of `codes`)."""

    number: int
    codes: list[int]
    levels: list[tuple[Value, list[Value]]]
    country: str = "US"
    cruise: int | None = 11203
    date: tuple[int, int, int] = (1934, 8, 7)
    hour: Number = (1037, 2)
    latitude: Number = (6193, 2)
    longitude: Number = (-17227, 2)
    kind: int = 0
    profile_flags: list[int] = field(default_factory=list)  # of each variable
    metadata: list[tuple[int, Number]] = field(default_factory=list)  # of every variable
    characters: str = ""  # originator's cruise
    secondary: list[tuple[int, Number]] = field(default_factory=list)
    biology: list[tuple[int, Number]] = field(default_factory=list)  # one set of taxa


def number(value: Number) -> str:
    """Write a self-describing number."""
    if value is None:
        return "-"
    text = str(value[0])
    significant = min(len(text.lstrip("-0")), 9)
    return f"{significant}{len(text)}{value[1]}{text}"


def counted(value: int | None) -> str:
    """Write a counted integer."""
    return "0" if value is None else f"{len(str(value))}{value}"


def record(cast: Cast, version: str = "C") -> str:
    """Write a cast as one text without line ends, not padded."""
    q = version == "Q"
    body = [counted(cast.number), cast.country, counted(cast.cruise)]
    year, month, day = cast.date
    body += [f"{year:4d}{month:2d}{day:2d}", number(cast.hour)]
    for coordinate in (cast.latitude, cast.longitude):
        body += [number(coordinate), "-" if q else ""]
    body += [counted(len(cast.levels) or None), str(cast.kind), f"{len(cast.codes):2d}"]
    flags = cast.profile_flags or [0] * len(cast.codes)
    for code, flag in zip(cast.codes, flags):
        body += [counted(code), str(flag), counted(len(cast.metadata) or None), _pairs(cast.metadata, q)]
    body += [_block(f"11{len(cast.characters):2d}{cast.characters}" if cast.characters else "")]
    body += [_block(counted(len(cast.secondary)) + _pairs(cast.secondary, q) if cast.secondary else "")]
    body += [_block(_biology(cast.biology) if cast.biology else "")]
    for depth, values in cast.levels:
        body += [_value(depth, q)]
        body += [_value(value, q) for value in values] if depth[0] is not None else []
    rest = "".join(body)
    size = len(rest)
    while size != 2 + len(str(size)) + len(rest):  # the count includes its own digits
        size = 2 + len(str(size)) + len(rest)
    return version + counted(size) + rest


def _pairs(pairs: list[tuple[int, Number]], q: bool) -> str:
    return "".join(counted(code) + number(value) + ("0" if q else "") for code, value in pairs)


def _block(text: str) -> str:
    return counted(len(text) or None) + text


def _biology(pairs: list[tuple[int, Number]]) -> str:
    taxa = "".join(counted(code) + number(value) + ("" if value is None else "00") for code, value in pairs)
    return counted(len(pairs)) + _pairs(pairs, False) + counted(1) + counted(len(pairs)) + taxa


def _value(value: Value, q: bool) -> str:
    if value[0] is None:
        return "-"
    return f"{number(value[0])}{value[1]}{value[2]}" + ("1115" if q else "")  # an uncertainty of 0.5


def file(casts: Iterable[Cast], version: str = "C", end: str = "\n") -> bytes:
    """Write casts as lines of 80 characters, each cast on separate lines."""
    lines = []
    for cast in casts:
        text = record(cast, version)
        lines += [text[i : i + 80].ljust(80) for i in range(0, len(text), 80)]
    return "".join(line + end for line in lines).encode("ascii")
