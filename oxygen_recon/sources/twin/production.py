"""Production of a twin ocean's files: archives, truth, analysis, sea floor and climate model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from oxygen_recon.sources.twin import climate_model, gridded
from oxygen_recon.sources.twin.archives.publish import publish
from oxygen_recon.sources.twin.config import TwinConfig
from oxygen_recon.sources.twin.observing.cruises import draw_casts
from oxygen_recon.sources.twin.observing.instruments import measure
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean
from qc.errors import InputError
from qc.files import replacing

Progress = Callable[[str], None]


def make(config: TwinConfig, directory: Path, progress: Progress | None = None) -> Path:
    """Write all files of a twin ocean; the same configuration gives the same files.

    Parameters
    ----------
    config : TwinConfig
        Seed, period, number of casts and grid.
    directory : Path
        Output folder; it is written whole or not at all, and an older one is replaced.
    progress : callable, optional
        Called with the name of each part before it is made.

    Returns
    -------
    Path
        The folder. It holds `archives/` (native files of WOD, Argo, GLODAP and WHP-Exchange), `relief.nc`,
        `analysis.nc`, `truth/truth.nc`, `truth/planted.parquet`, `truth/copies.parquet`, `twin.json` (the
        configuration) and `cmip6/`.

    Raises
    ------
    InputError
        If no cast falls in the period.
    """
    report = progress or (lambda part: None)
    with replacing(directory) as folder:
        folder.mkdir(parents=True)
        report("coastlines and sea floor")
        gridded.save(gridded.relief_dataset(), folder / "relief.nc")
        report("the ocean and its truth")
        ocean = twin_ocean(config.seed)
        true = gridded.truth(config, *gridded.grid_axes(config), np.arange(config.start, config.end + 1.0))
        gridded.save(true, folder / "truth" / "truth.nc")
        report("analysis of temperature and salinity")
        gridded.save(gridded.analysis(true, config.seed), folder / "analysis.nc")
        del true
        report("ships, sections and floats")
        casts = draw_casts(config.seed, round(config.casts * config.scale), config.start, config.end)
        if casts.empty:
            raise InputError(
                f"no cast falls in {config.start}-{config.end}", "twin", "raise casts, or widen the period"
            )
        record = measure(ocean, casts, config.seed)
        report("archives")
        (folder / "archives").mkdir()
        planted, copies = publish(record, folder / "archives", config.seed, config.defects)
        planted.to_parquet(folder / "truth" / "planted.parquet")
        copies.to_parquet(folder / "truth" / "copies.parquet")
        if config.climate_model:
            report("climate model")
            climate_model.write(config.seed, config.start, config.end, folder / "cmip6")
        (folder / "twin.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return directory
