"""Writer of WHP-Exchange bottle files."""

from pathlib import Path

HEADER = (
    "EXPOCODE,SECT_ID,STNNBR,CASTNO,SAMPNO,BTLNBR,BTLNBR_FLAG_W,DATE,TIME,LATITUDE,LONGITUDE,DEPTH,"
    "CTDPRS,CTDTMP,CTDSAL,CTDSAL_FLAG_W,SALNTY,SALNTY_FLAG_W,CTDOXY,CTDOXY_FLAG_W,OXYGEN,OXYGEN_FLAG_W,"
    "NITRIT,NITRIT_FLAG_W,NO2+NO3,NO2+NO3_FLAG_W"
)


UNITS = ",,,,,,,,,,,METERS,DBAR,ITS-90,PSS-78,,PSS-78,,UMOL/KG,,UMOL/KG,,UMOL/KG,,UMOL/KG,"


# cast, sample, bottle, its flag; time; pressure on
PARTS = [
    ("1, 1, 1,2", "0007", "  4.7,10.0,35.0,2,35.1,2, 250.0,2, 260.0,2, 0.5,2, 10.5,2"),  # Winkler
    ("1, 2, 2,3", "7", " 50.0,10.0,35.0,2,35.1,2, 251.0,2, 261.0,2,-999.0,9, 10.5,2"),  # a leaking bottle
    ("1, 3, 3,2", "0081", "100.0,10.0,35.0,2,-999.0000,9, 252.0,3,-999.0,9, 0.5,2,-999.0,9"),  # sensor only
    ("1, 4, 4,2", "2359", "150.0,10.0,35.0,2,35.1,2,-999.0,5,-999.00,1, 0.5,2, 10.5,4"),  # no oxygen
    ("2, 5, 5,2", "2359", "150.0,10.0,35.0,4,35.1,2,-999.0,5, 263.0,4, 0.5,2, 10.5,6"),  # bad sensor salinity
]


ROWS = [f"  33RO2011, A10,  X1,  {ids},20110928,{time},-28.5, 190.0, 4000, {rest}" for ids, time, rest in PARTS]


def write_bottles(
    path: Path, rows: list[str] = ROWS, units: str = UNITS, header: str = HEADER, end: str = "END_DATA\n"
) -> Path:
    path.write_text("\n".join(["BOTTLE,20120101TEST", "# a comment, with commas,,", header, units, *rows, end]))
    return path
