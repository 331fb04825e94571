"""What an experiment would run on what, and what it asks for, without running it; and what a run would refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphs.basins import basin_of
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.delivered import SUBSETS
from oxygen_recon.dataset.folds import FoldConfig
from oxygen_recon.fields import grids
from oxygen_recon.observations.collection import READ, Item, rows_of
from oxygen_recon.observations.discover import Archive
from oxygen_recon.pipeline import identity
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.setup import readable
from oxygen_recon.pipeline.setup.estimate import SAMPLES_A_ROW, Size, rows_in, size
from oxygen_recon.pipeline.setup.surveys import MANY, surveys_a_step
from oxygen_recon.pipeline.stages import compared
from oxygen_recon.sources.field import FieldSource
from oxygen_recon.sources.interface import Source
from oxygen_recon.sources.twin_ocean import TwinSource
from qc.errors import InputError

_GLANCE = 300_000  # bytes: a packed file up to this size is read for its dates
_SHORTER = {"year": ("season", "month"), "season": ("month",)}  # steps that keep surveys apart
_ROWS_OF_A_CAST = 27  # of the twin ocean: 379,102 levels of 14,000 casts
_ESTIMATE = "by the cost of the shipped experiments, whose times it gives within a factor of two"


@dataclass(frozen=True)
class _Planned:
    """An experiment with its source and its folders."""

    experiment: Experiment
    source: Source
    folder: RunFolder
    data: Path | None


def check(experiment: Experiment, *, data: str | Path | None = None, work: str | Path = "runs") -> str:
    """Say what a run of an experiment would read and make, and what it would ask for; nothing is made.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    data : str or Path, optional
        Folder that the catalogue's file patterns start from.
    work : str or Path
        Folder of runs.

    Returns
    -------
    str
        One line each: period, grid, files, covariates, methods, folds, folder, estimate, and advice where there is any.

    Raises
    ------
    qc.errors.InputError
        Where a run would refuse: a file is missing, a table lacks a column of its description, a region has no ocean,
        there are fewer years than folds, or the folder holds another experiment.

    Examples
    --------
    >>> from oxygen_recon.runtime import resources
    >>> print(check(Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"))).splitlines()[0])
    period      1920-2023, 104 steps, year
    """
    folder, root = RunFolder(Path(work).absolute() / experiment.name), None if data is None else Path(data).absolute()
    planned = _Planned(
        experiment, experiment.source.open(experiment.source_settings(), folder.source, root), folder, root
    )
    _settings(planned)
    held = identity.holds(experiment, root, folder)
    (grid, at_most), time_axis = _grid(planned), TimeAxis.regular(*experiment.period.model_dump().values())
    experiment.omz.masks(grid)
    compared.refuse(experiment, planned.source, planned.data, grid, time_axis, made=False)
    if not at_most:
        _basins(experiment.folds, grid)
    items = [] if isinstance(planned.source, TwinSource) else planned.source.items()
    readable.refuse_unreadable(items)
    sizes = _sizes(planned, grid, time_axis, items)
    period, step = experiment.period, experiment.period.step.replace("static", "the whole period")
    lines = {
        "period": f"{period.start}-{period.end}, {len(time_axis)} steps, {step}",
        "grid": _described(grid, at_most),
        "files": _listed(planned, items),
        "covariates": f"{', '.join(experiment.covariates.channels)} {_products(experiment, root)}",
        "methods": ", ".join([experiment.model.kind, *(one.kind for one in experiment.baselines)]),
        "folds": f"{_folds(experiment)}; flags {experiment.quality.accept} of oxygen are used",
        "folder": f"{planned.folder.root}: {_state(planned, held)}",
        "asks": f"about {sizes}, {_ESTIMATE}",
    }
    advice = [f"{'advice':12}{line}" for line in (*readable.undescribed(items), *_advice(planned, grid, items))]
    return "\n".join([*(f"{name:12}{line}" for name, line in lines.items()), *advice])


def _settings(planned: _Planned) -> None:
    """Refuse files of settings that are missing or faulty, and more folds than years."""
    experiment = planned.experiment
    if experiment.quality.battery is not None:
        from qc.battery.battery import load_battery  # its checks take long to import

        load_battery(experiment.quality.battery)
    for name in ("climatology", "overrides"):
        path = getattr(experiment.quality, name)
        if path is not None and not Path(path).is_file():
            raise InputError(f"no such file of quality.{name}", str(path), "it starts from the current folder")
    years = 1 if experiment.period.step == "static" else experiment.period.end - experiment.period.start + 1
    if experiment.folds.by == "year" and years < experiment.folds.n:
        raise InputError(f"{years} groups by year cannot make {experiment.folds.n} folds", "folds.n", "use fewer folds")
    if experiment.folds.by == "last_years" and years <= experiment.folds.years:
        raise InputError(f"a period of {years} years has none before its last", "folds.years", "hold out fewer years")


def _basins(folds: FoldConfig, grid: Grid) -> None:
    """Refuse more folds by basin than the grid has basins."""
    _, row, place = np.nonzero(grid.wet)
    found = np.unique(basin_of(grid.latitude[row], grid.longitude[place]))
    if folds.by == "basin" and found.size < folds.n:
        what = f"{found.size} groups by basin ({', '.join(found)}) cannot make {folds.n} folds"
        raise InputError(what, "folds.n", "use fewer folds, or hold out blocks")


def _grid(planned: _Planned) -> tuple[Grid, bool]:
    """Return the grid, and whether its cells are at most so many: the twin's land is known only when it is made."""
    source = planned.source
    if not isinstance(source, TwinSource):
        return source.grid(), False
    source.twin_config()
    region = source.settings.region()
    rows, places = (round((b - a) / region.resolution) for a, b in (region.latitude, region.longitude))
    return grids.make_grid(region, wet=np.ones((len(region.levels), rows, places), bool)), True


def _described(grid: Grid, at_most: bool) -> str:
    """Return extent, levels and cells of a grid."""
    south, north, west, east = *grid.latitude_edges[[0, -1]], *grid.longitude_edges[[0, -1]]
    levels, rows, places = grid.shape
    extent = f"{south:g} to {north:g} N, {west:g} to {east:g} E, {rows} x {places} columns, {levels} levels"
    return f"{extent}, {'at most ' if at_most else ''}{grid.cells:,} wet cells"


def _products(experiment: Experiment, data: Path | None) -> str:
    """Name the gridded files of covariates and background, which must be there; what they cover is found in the run."""
    settings, covariates = experiment.source_settings(), experiment.covariates
    named = [one for one in (covariates, covariates.surface) if one is not None]
    each = [f"{name}, {len(files)} files" for one in named for name, files in one.products(data, settings).items()]
    kind = f"({covariates.kind}{': ' if each else ''}{'; '.join(each)})"
    if experiment.background is None:
        return kind
    files = experiment.background.files(data, settings)
    return f"{kind}; background {experiment.background.title}" + (f", {len(files)} files" if files else "")


def _bytes(item: Item) -> int:
    """Return the size of the file of an item."""
    return item.bytes if item.bytes else Path(item.file).stat().st_size


def _listed(planned: _Planned, items: list[Item]) -> str:
    """Return number and bytes of the files, in all and by dataset."""
    if isinstance(planned.source, TwinSource):
        return f"made by the twin ocean, about {planned.source.twin_config().casts:,} casts in 1920-2023"
    number, total = Counter[str](), Counter[str]()
    for item in items:
        dataset = item.key.split("-")[0]
        name = "own tables" if readable.own_table(item) else {"file": "own files"}.get(dataset, dataset)
        number[name] += 1
        total[name] += _bytes(item)
    each = ", ".join(f"{name} {number[name]} ({size(total[name])})" for name in number)
    return f"{len(items)} files, {size(sum(total.values()))}: {each}"


def _folds(experiment: Experiment) -> str:
    """Return the number of folds, what they hold out, and what of it stays known."""
    folds = experiment.folds
    known = ", of which all but oxygen is known" if folds.hide == "oxygen" else ""
    return f"{'1 fold' if folds.by == 'last_years' else f'{folds.n} folds'} by {folds.by}{known}"


def _maps(experiment: Experiment) -> int:
    """Count the fields that are mapped: of each fold and of all casts, and as many again without the subset of a row.

    By years each step has one subset; by anything else it may have all of a fold's, or more.
    """
    if experiment.covariates.kind != "mapped":
        return 0
    if experiment.folds.hide == "oxygen":
        return len(experiment.covariates.names)
    each = 1 if experiment.folds.by in ("year", "last_years") else SUBSETS
    folds = 1 if experiment.folds.by == "last_years" else experiment.folds.n
    return len(experiment.covariates.names) * (folds + 1) * (1 + each)


def _state(planned: _Planned, held: bool) -> str:
    """Say what the folder of the run holds."""
    if not held:
        return "new"
    stages = sorted(
        (path.parent for path in planned.folder.root.glob("*/done.json")), key=lambda one: one.stat().st_mtime
    )
    return f"holds this experiment, finished so far: {', '.join(one.name for one in stages) or 'nothing'}"


def _sizes(planned: _Planned, grid: Grid, time_axis: TimeAxis, items: list[Item]) -> Size:
    """Collect the sizes that decide what a run asks for."""
    experiment, source = planned.experiment, planned.source
    samples = None
    if isinstance(source, TwinSource):
        config = source.twin_config()
        rows = _ROWS_OF_A_CAST * config.casts * config.scale * (config.end - config.start + 1) / 104
    elif isinstance(source, FieldSource):
        rows = samples = source.config.keep_columns * grid.cells
    else:
        rows = sum(rows_in(Path(item.file), _bytes(item)) for item in items)
    if (planned.folder.ingest / "files.csv").exists():
        rows = sum(row.levels for row in rows_of(planned.folder.ingest) if row.state == READ) or rows
    return Size(
        rows=rows, samples=min(samples or SAMPLES_A_ROW * rows, grid.cells * len(time_axis)), cells=grid.cells,
        steps=len(time_axis), channels=len(experiment.covariates.channels), maps=_maps(experiment),
        folds=1 if experiment.folds.by == "last_years" else experiment.folds.n,
        optimiser_steps=experiment.model.effort,
        baselines=tuple(one.kind for one in experiment.baselines),
    )  # fmt: skip


def _advice(planned: _Planned, grid: Grid, items: list[Item]) -> Iterator[str]:
    """Advise against steps that average several surveys, where shorter ones keep them apart."""
    period = planned.experiment.period
    if period.step not in _SHORTER or not items:
        return
    known = _dated_casts(planned, items)
    if known is None:
        yield f"whether a {period.step} averages several surveys is known after `oxygen-recon qc`: check again then"
        return
    casts, of = known
    place = (pc.cast(casts[name], "float64").to_numpy() for name in ("latitude", "longitude"))
    latitude, longitude, time = *place, casts["time"].to_numpy().astype("datetime64[ms]")
    found = {
        step: surveys_a_step(latitude, longitude, time, grid, TimeAxis.regular(period.start, period.end, step))
        for step in (period.step, *_SHORTER[period.step])
    }
    mean, several = found[period.step]
    if mean > MANY:
        shorter = next((step for step in _SHORTER[period.step] if found[step].mean <= MANY), "month")
        measured = " (East Sea: errors of every method 7 to 9 % smaller)" if period.step == "season" else ""
        holds = f"a {period.step} holds {mean:.1f} surveys of a column on average"
        where = f"several in {100 * several:.0f} % of visited columns and {period.step}s ({of})"
        apart = f"period.step: {shorter} keeps them apart, {found[shorter].mean:.1f} in each{measured}"
        yield f"{holds}, {where}: {apart}"


def _dated_casts(planned: _Planned, items: list[Item]) -> tuple[pa.Table, str] | None:
    """Return places and times of all casts, or of those of one small file, and which these are; None without one."""
    names = ["latitude", "longitude", "time"]
    ingested = planned.folder.qc / "casts.parquet"
    if ingested.exists():
        return pq.read_table(ingested, columns=names), "all casts"
    small = [item for item in items if isinstance(item.read, Archive) and _bytes(item) <= _GLANCE]
    if not small:
        return None
    one = small[len(small) // 2]
    first = one.read([]).group_by(["source", "cast"], use_threads=False).aggregate([(name, "first") for name in names])
    casts = first.rename_columns([name.removesuffix("_first") for name in first.column_names])
    return casts, f"the casts of {Path(one.file).name}"
