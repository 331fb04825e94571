"""Writer of original WOCE text: a bottle file and its station summary."""

from pathlib import Path

NAMES = ("STNNBR", "CASTNO", "SAMPNO", "BTLNBR", "CTDPRS", "CTDTMP", "CTDSAL", "SALNTY", "THETA", "CTDOXY", "OXYGEN")


NAMES += ("SILCAT", "NITRAT")


UNITS = ("", "", "", "", "DBAR", "IPTS68", "PSS-78", "PSS-78", "IPTS68", "ML/L", "UMOL/KG", "UMOL/KG", "UMOL/KG")


STARRED = {"BTLNBR", "CTDPRS", "CTDTMP", "CTDSAL", "SALNTY", "CTDOXY", "OXYGEN", "SILCAT", "NITRAT"}


# the codes of missing values differ by column; 99.9 of oxygen is a value, or missing, according to its flag
ROWS = [
    ("1 1 1 24 10.4 4.0194 32.4138 32.4268 4.0187 366.55 393.67 7.89 0.45", "222221222"),
    ("1 1 2 23 31.2 3.2944 99.9999 32.9270 3.2925 346.26 99.9 -999.99 9.9", "322922299"),
    ("X13 2 3 2 50.9 2.4673 -99.9999 99.9999 2.4646 -999.99 -999.99 34.14 -9.9", "222999129"),
    ("X13 2 4 1 5570.2 1.5690 34.6876 34.6907 1.0608 121.64 162.55 148.51 -9.0", "222224624"),
]


SUM = """\
R/V KAIYO-MARU CRUISE KY9901 LEG 1  WHP-ID P01W                     20060301
SHIP/CRS       WOCE               CAST         UTC           POSITION                UNC
EXPOCODE       SECT STNNBR CASTNO TYPE DATE   TIME CODE LATITUDE   LONGITUDE   NAV DEPTH
----------------------------------------------------------------------------------------
49KA199905/1   P1W       1      1  ROS 052399 0110   BE 42 58.58 N 145 26.99 E GPS    96
49KA199905/1   P1W       1      1  ROS 052399        BO 42 30.00 N 145 15.00 E GPS    95
49KA199905/1   P1W       1      1  ROS 052399 0122   EN 42 58.59 N 145 26.90 E GPS    95
49KA199905/1             X13    2  ROS 010100    7   BO 07 30.00 S 179 30.00 W GPS   407
"""


def write_bottles(
    path: Path, rows: list[tuple[str, str]] = ROWS, names: tuple[str, ...] = NAMES, summary: str = SUM
) -> Path:
    cells = [[f"{cell:>8}" for cell in line.split()] for line, _ in rows]
    lines = ["EXPOCODE 49KA199905/1 WHP-ID P01W CRUISE DATES 990523 TO 990611     *"]
    lines += ["".join(f"{name:>8}" for name in names) + "      QUALT1"]
    lines += ["".join(f"{unit:>8}" for unit in UNITS) + "           *"]
    lines += ["".join(f"{'*******' if name in STARRED else '':>8}" for name in names) + "           *"]
    lines += ["".join(row) + f" {word}" for row, (_, word) in zip(cells, rows)]
    path.write_text("\r\n".join(lines) + "\r\n\x1a")
    if summary:
        (path.parent / "p01wsu.txt").write_text(summary)
    return path
