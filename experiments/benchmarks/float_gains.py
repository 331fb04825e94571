"""Gains of real Argo floats, estimated from their raw oxygen, against those that their operators published.

    python experiments/benchmarks/float_gains.py DATA

DATA holds `observations/argo/*_Sprof.nc*` and `gridded/woa09_2deg/woa09_glodap_2deg.nc`. The published gains are those
of `SCIENTIFIC_CALIB_COEFFICIENT`. Prints a Markdown table; half a minute.
"""

import gzip
import sys
import tempfile
from pathlib import Path

import netCDF4
import numpy as np

from oxygen_recon.fields.surface_saturation import open_surface_saturation
from qc.corrections.float_gain_fit import REFERENCES, Choice, of_floats
from qc.corrections.float_gains import gain_at_surface
from qc.readers.registry import read

PUBLISHED = {"2902746": 1.0472, "2902883": 1.017, "2902884": 0.98987, "3902131": 1.023896, "4901784": 1.046122}


def raw(path: Path, folder: Path) -> Path:
    """Write a copy of the file of a float whose modes say real time for oxygen: its raw values are read."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    copy = folder / path.name.removesuffix(".gz")
    copy.write_bytes(content)
    with netCDF4.Dataset(copy, "a") as dataset:
        parameters = netCDF4.chartostring(dataset["STATION_PARAMETERS"][:].filled(b" ")).astype(str)
        modes = dataset["PARAMETER_DATA_MODE"][:]
        modes[np.char.strip(parameters) == "DOXY"] = b"R"
        dataset["PARAMETER_DATA_MODE"][:] = modes
    return copy


def main(data: Path) -> None:
    """Print gain, its uncertainty and its departure from the published one, by reference and casts."""
    climatology = open_surface_saturation(data / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc")
    print("| float | published | reference | casts | gain | +- | difference % |\n|---|---:|---|---:|---:|---:|---:|")
    for name, published in PUBLISHED.items():
        (path,) = (data / "observations" / "argo").glob(f"{name}_Sprof.nc*")
        with tempfile.TemporaryDirectory() as folder:
            table = read(raw(path, Path(folder)))
        for kind, reference in (("climatology", climatology), ("saturation", 100.0)):
            casts = gain_at_surface(table, reference)
            for choice in (Choice(), Choice(casts=5)):
                found = of_floats(casts, choice, REFERENCES[kind]).loc[name]
                off = 100 * (found["gain"] / published - 1)
                values = f"{found['casts']:.0f} | {found['gain']:.4f} | {found['slope_error']:.4f} | {off:+.2f}"
                print(f"| {name} | {published} | {kind} | {values} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
