"""Climate models and products that a run is compared with, put on its grid and steps."""

from __future__ import annotations

from pathlib import Path

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset import store
from oxygen_recon.evaluation import compared_fields
from oxygen_recon.fields.cmip6.models import read_with
from oxygen_recon.observations import collection
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import in_file
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.runtime.progress import print_line
from oxygen_recon.sources.compared import ClimateModelsConfig
from oxygen_recon.sources.interface import Source
from oxygen_recon.sources.twin_ocean import TwinSource
from qc.errors import InputError


def write_fields(pipeline: Pipeline) -> dict[str, Path]:
    """Write the field of every climate model and product of the experiment; those that are there are kept.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Returns
    -------
    dict of str to Path
        Their files by name, climate models first.

    Raises
    ------
    InputError
        If files are missing or cannot be read, two fields have one name, or one has no value in the run.
    """
    experiment, folder = pipeline.experiment, pipeline.folder
    grid, time_axis = store.load_grid(folder.grid)
    written: dict[str, Path] = {}
    names = [pipeline.method, *(one.kind for one in experiment.baselines)]

    def place(name: str) -> Path | None:
        _refuse_twice(name, names)
        written[name] = path = folder.compared(name)
        path.parent.mkdir(exist_ok=True)
        return None if path.exists() else path

    for some in experiment.climate_models:
        for model in some.open(_folder(some, pipeline.source)):
            if (path := place(model.name)) is not None:
                compared_fields.write_model(model, grid, time_axis, path)
                print_line(CONSOLE, f"climate model {model.name}: {model.period}, {model.density}")
    for product in experiment.products:
        if (path := place(product.name)) is not None:
            values, source = product.read(grid, time_axis, pipeline.data, experiment.source_settings())
            compared_fields.write_product(values, product.name, grid, time_axis, path, source)
            print_line(CONSOLE, f"product {product.name}: {source}")
    return written


def refuse(
    experiment: Experiment, source: Source, data: Path | None, grid: Grid, time_axis: TimeAxis, made: bool = True
) -> None:
    """Refuse, before anything is trained, what could not be compared after it; values are not read.

    Parameters
    ----------
    experiment : Experiment
        It may name climate models and products.
    source : Source
        Of the experiment.
    data : Path or None
        Folder of the data.
    grid : Grid
        Cells of the run.
    time_axis : TimeAxis
        Steps of the run.
    made : bool
        Whether what the source makes itself is there: else the climate model of a twin is passed over.

    Raises
    ------
    InputError
        If files are missing or cannot be read, lack the oxygen, or have it at no time of the run; if two have one name.
    """
    names = [experiment.model.kind, *(one.kind for one in experiment.baselines)]
    for some in experiment.climate_models:
        if not made and isinstance(source, TwinSource) and not some.absolute:
            continue
        for model in some.open(_folder(some, source)):
            compared_fields.check_times(model, time_axis)
            _refuse_twice(model.name, names)
    for product in experiment.products:
        product.check_times(grid, time_axis, data, experiment.source_settings())
        _refuse_twice(product.name, names)


def _refuse_twice(name: str, names: list[str]) -> None:
    """Refuse a name that is taken; else take it."""
    if in_file(name) in map(in_file, names):
        fix = "name files of one run once; a product gets its own name"
        raise InputError(f"two methods are called {name}", "climate_models and products", fix)
    names.append(name)


def _folder(models: ClimateModelsConfig, source: Source) -> Path:
    """Return the folder that patterns start from; where all are absolute, none is asked for."""
    return Path() if models.absolute else source.files


def identity(pipeline: Pipeline) -> list[str]:
    """Name the files by name, size and time of change; the climate model of a twin follows from its settings.

    Parameters
    ----------
    pipeline : Pipeline
        Its experiment may name some.

    Returns
    -------
    list of str
        Empty where the experiment names none.
    """
    experiment, settings = pipeline.experiment, pipeline.experiment.source_settings()
    keys = [key for product in experiment.products for key in product.identity(pipeline.data, settings)]
    for some in experiment.climate_models:
        if isinstance(pipeline.source, TwinSource) and not Path(some.files).is_absolute():
            continue  # made by the twin itself, perhaps not yet
        paths = some.paths(_folder(some, pipeline.source))
        every = dict.fromkeys(one for path in paths for one in (path, *read_with(path)))
        keys += [collection.key_of("climate model", path, by_name=True) for path in every]
    return keys
