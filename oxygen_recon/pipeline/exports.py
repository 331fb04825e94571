"""Export of observation tables in formats of exchange."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from oxygen_recon.observations import finished
from oxygen_recon.pipeline import citations
from oxygen_recon.runtime.progress import print_line
from qc.battery import battery as batteries
from qc.table import schema
from qc.writers import registry
from qc.writers.registry import About

_CONSOLE = Console(stderr=True)


def export_table(
    table: str | Path,
    out: str | Path,
    *,
    format: str,
    title: str | None = None,
    battery: str | Path | None = None,
) -> Path:
    r"""Write an observation table in a format of exchange, whole or not at all; memory grows with its largest part.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, flagged where quality control has been run on it; or a parquet file of observations.
    out : str or Path
        File to write; for "whp-exchange" a new folder.
    format : {"cf-dsg", "odv", "whp-exchange", "csv"}
        CF netCDF (discrete sampling geometry, profiles as a contiguous ragged array); an Ocean Data View spreadsheet;
        WHP-Exchange, a bottle file and a zip of CTD casts for each cruise; or comma-separated text of all columns, with
        `<out>.yaml` beside it, the description by which `ingest` reads it. Flags are those of the IODE scheme, in
        WHP-Exchange those of the WHP. Numbers have all their digits. What a format cannot express is reported, one line
        for each kind.
    title : str, optional
        Title of the data, for the header of the file.
    battery : str or Path, optional
        YAML file of checks that flagged the table, for the names of failed checks; that of `qc` when left out.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    qc.errors.InputError
        If there is no observation table or it is unfinished (as for `read_table`), there is no such format, a folder is
        in the way, or nothing can be expressed.

    Examples
    --------
    >>> import tempfile
    >>> from oxygen_recon.pipeline.tables import ingest, read_table
    >>> home = Path(tempfile.mkdtemp())
    >>> header = "Cruise,Station,Type,yyyy-mm-ddThh:mm,Longitude [degrees_east],Latitude [degrees_north],"
    >>> rows = ["Depth [m],Oxygen [umol/kg]", "A1,1,B,2001-05-01T10:00,150,20,10,210", "A1,1,B,,,,100,180"]
    >>> _ = (home / "casts.csv").write_text(header + "\n".join(rows))
    >>> folder = ingest(home / "casts.csv", out=home / "table")
    >>> exported = export_table(folder, home / "casts.nc", format="cf-dsg")
    >>> read_table(ingest(exported, out=home / "again"))["oxygen"].to_pylist()
    [210.0, 180.0]
    """
    source, target = Path(table), Path(out)
    checks = batteries.load_battery() if battery is None else batteries.load_battery(Path(battery))
    collection = finished.home(source)
    references = citations.cite(collection) if collection else ""
    about = About(references=references, names={check.bit: check.name for check in checks.every})
    about = about if title is None else about.titled(title)
    parts = (schema.read(part) for part in finished.files(source))
    written = registry.write(parts, target, format, about, str(source))
    for note in written.notes:
        print_line(_CONSOLE, note)
    print_line(_CONSOLE, f"export: {written.casts:,} casts, {written.levels:,} levels in {target}")
    return target
