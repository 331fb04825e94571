"""Observation tables: downloads, ingestion of archive files, and quality control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from oxygen_recon.observations import catalog as catalogue
from oxygen_recon.observations import collection, discover, finished, quality
from oxygen_recon.observations.downloads import fetch as downloads
from oxygen_recon.observations.downloads.selection import Selection
from oxygen_recon.report import quality_report
from oxygen_recon.runtime import listing
from oxygen_recon.runtime.parallel import Pool
from qc.battery import battery as batteries
from qc.battery.battery import Battery
from qc.physics.bathymetry import Relief
from qc.physics.climatology import OxygenClimatology
from qc.table import schema

_CONSOLE = Console(stderr=True)


def datasets(catalog: str | Path | None = None) -> str:
    """List the datasets of the catalogue, one a line.

    Parameters
    ----------
    catalog : str or Path, optional
        YAML file of entries of the user's own, listed too.

    Returns
    -------
    str
        Name, whether `fetch` can download it, title and size.

    Examples
    --------
    >>> "kodc" in datasets()
    True
    """
    return downloads.overview(catalogue.load(own=_path(catalog)))


def fetch(
    name: str,
    data: str | Path = "data",
    *,
    years: str | None = None,
    region: str | None = None,
    mode: str | None = None,
    profiles: bool = False,
    workers: int = 4,
    lock: str | Path | None = None,
    dry_run: bool = False,
    report: Callable[[str], object] = print,
    catalog: str | Path | None = None,
) -> list[Path]:
    """Download a dataset of the catalogue: several files at a time, resumed after a break, verified by checksum.

    Parameters
    ----------
    name : str
        Name of the dataset; `datasets` lists them.
    data : str or Path
        Folder to download into.
    years : str, optional
        One year, or first and last: "1990-1999".
    region : str, optional
        "W,E,S,N" in degrees; W beyond E crosses 180.
    mode : str, optional
        Argo only: data modes of oxygen, some of R, A, D.
    profiles : bool
        Argo only: single profiles, not whole floats.
    workers : int
        Downloads at a time.
    lock : str or Path, optional
        File of the checksums of first downloads; one beside the catalogue or in `data` when left out.
    dry_run : bool
        Only report what would be downloaded.
    report : callable
        Receives one line at a time.
    catalog : str or Path, optional
        YAML file of entries of the user's own.

    Returns
    -------
    list of Path
        The files that are there, sorted.

    Raises
    ------
    qc.errors.InputError
        If there is no such dataset, it has no public address, the selection does not fit it, the disk is too full, a
        download fails, or a file has another checksum. Finished files stay; the same call continues.

    Examples
    --------
    >>> fetch("nosuchdata")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    qc.errors.InputError: data: no dataset 'nosuchdata' in the catalogue; there are wod, ...
    """
    selection = Selection.of(years, region, mode, profiles)
    return downloads.fetch(
        catalogue.load(own=_path(catalog)), name, Path(data), selection,
        workers=workers, lock=_path(lock), dry_run=dry_run, report=report,
    )  # fmt: skip


def ingest(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    table: str | Path | None = None,
    wod_oxygen_unit: str | None = None,
    workers: int | None = 1,
    scheduler: str | None = None,
    catalog: str | Path | None = None,
) -> Path:
    r"""Read archive files into one observation table; original values and flags are kept.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, folders or patterns (``"data/**/*.nc"``); the format is detected from the content.
    out : str or Path
        Folder of the table: parquet files in `parts`, `files.csv` with the state of every file, and
        `counts.csv`. Files that are in it already are not read again.
    table : str or Path, optional
        Catalogue entry, or YAML file, that describes delimited tables among the files.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, which does not state it.
    workers : int or None
        Processes; one for each core when None.
    scheduler : str, optional
        Address of a Dask scheduler, instead of `workers`.
    catalog : str or Path, optional
        YAML file of entries of the user's own.

    Returns
    -------
    Path
        The folder, for `quality_control`, `cite` and `read_table`.

    Raises
    ------
    qc.errors.InputError
        If a name leads to no file, or files could not be read, after all others are done.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> header = "Cruise,Station,Type,yyyy-mm-ddThh:mm,Longitude [degrees_east],Latitude [degrees_north],"
    >>> rows = ["Depth [m],Oxygen [umol/kg]", "A1,1,B,2001-05-01T10:00,150,20,10,210", "A1,1,B,,,,100,180"]
    >>> _ = (home / "casts.csv").write_text(header + "\n".join(rows))
    >>> folder = ingest(home / "casts.csv", out=home / "table")
    >>> read_table(folder)["oxygen"].to_pylist()
    [210.0, 180.0]
    """
    names = [str(one) for one in ([paths] if isinstance(paths, str | Path) else paths)]
    out = Path(out)
    items = discover.find(names, () if table is None else [str(table)], out, wod_oxygen_unit, _path(catalog))
    collection.ingest(items, out, Pool(workers, scheduler), _CONSOLE, lambda file: listing.is_named_by(names, file))
    return out


def quality_control(
    table: str | Path,
    *,
    bathymetry: str | Path | None = None,
    climatology: str | Path | None = None,
    overrides: str | Path | None = None,
    battery: str | Path | None = None,
    page: bool = True,
    workers: int | None = 1,
    scheduler: str | None = None,
) -> Path:
    r"""Flag every level of an observation table by profile and cross-profile tests, and mark duplicates.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made.
    bathymetry : str or Path, optional
        netCDF relief of the sea floor; without it no value is tested for a position on land or below the sea floor.
    climatology : str or Path, optional
        netCDF field of mean oxygen, and its standard deviation where there is one, such as an annual file of the World
        Ocean Atlas (`qc.physics.climatology.open_climatology`): values and whole cruises are compared with it; without
        it the regions of the table are compared with themselves.
    overrides : str or Path, optional
        CSV file of flags that an expert decided on (`qc.battery.overrides.read`), applied after all checks. A copy in
        the folder, `overrides.csv`, is used by later calls; a file of its header alone ends that.
    battery : str or Path, optional
        YAML file of checks and thresholds; the battery that comes with `qc` when left out.
    page : bool
        Whether to write a page that shows examples of what each check found.
    workers : int or None
        Processes; one for each core when None.
    scheduler : str, optional
        Address of a Dask scheduler, instead of `workers`.

    Returns
    -------
    Path
        Folder of the results, `<table>/qc`: the flagged table in `parts`, counts, summaries of archives, cruises and
        casts, and the page, `report/index.html`.

    Raises
    ------
    qc.errors.InputError
        If the folder is no table, its ingestion is unfinished, relief, climatology, overrides or battery cannot be
        read, or a line of overrides is about no value of the table.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> header = "Cruise,Station,Type,yyyy-mm-ddThh:mm,Longitude [degrees_east],Latitude [degrees_north],"
    >>> rows = ["Depth [m],Oxygen [umol/kg]", "A1,1,B,2001-05-01T10:00,150,20,10,210", "A1,1,B,,,,100,1800"]
    >>> _ = (home / "casts.csv").write_text(header + "\n".join(rows))
    >>> folder = ingest(home / "casts.csv", out=home / "table")
    >>> results = quality_control(folder, page=False)
    >>> read_table(folder)["oxygen_flag"].to_pylist()  # good, bad
    [1, 4]
    """
    folder, checks = Path(table), batteries.load_battery() if battery is None else batteries.load_battery(Path(battery))
    relief = None if bathymetry is None else Relief(Path(bathymetry))
    field = None if climatology is None else OxygenClimatology(Path(climatology))
    kept = folder / "overrides.csv"
    decisions = Path(overrides) if overrides is not None else kept if kept.exists() else None
    pool = Pool(workers, scheduler)
    quality.run(folder, folder / "qc", checks, relief, pool, _CONSOLE, field, decisions, kept)
    if page:
        written = write_page(folder / "qc", checks, relief, "Quality control", field)
        _CONSOLE.print(f"report: {written}", markup=False, highlight=False, soft_wrap=True)
    return folder / "qc"


def write_page(
    results: Path, checks: Battery, relief: Relief | None, title: str, climatology: OxygenClimatology | None = None
) -> Path:
    """Write the page of a quality control.

    Parameters
    ----------
    results : Path
        Folder of the results.
    checks : Battery
        The battery that flagged the table.
    relief : Relief or None
        Land and sea floor, for the maps.
    title : str
        Title of the page.
    climatology : OxygenClimatology, optional
        What values were compared with, for the limits drawn.

    Returns
    -------
    Path
        The page.
    """
    is_land = relief.is_land if relief else None
    return quality_report.write(results, checks, results / "report", title, is_land, climatology)


def read_table(table: str | Path) -> pa.Table:
    """Read an observation table: flagged, where quality control has been run on it.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file of observations.

    Returns
    -------
    pyarrow.Table
        One row a level, in the schema `qc.OBSERVATIONS`.

    Raises
    ------
    qc.errors.InputError
        If there is no observation table, its ingestion or quality control is unfinished, or more was ingested since.
    """
    return pa.concat_tables(schema.read(part) for part in finished.files(Path(table))).unify_dictionaries()


def _path(name: str | Path | None) -> Path | None:
    """Make a path of the name of a file that may be left out."""
    return None if name is None else Path(name)
