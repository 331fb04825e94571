"""Make a twin ocean's files: archives as history left them, truth, analysis, sea floor and climate model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from oxygen_recon.sources.twin import climate_model
from oxygen_recon.sources.twin import gridded as fields
from oxygen_recon.sources.twin.archives.publish import publish
from oxygen_recon.sources.twin.config import TwinConfig
from oxygen_recon.sources.twin.observing import cruises as history
from oxygen_recon.sources.twin.observing.instruments import measure
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean
from qc.errors import InputError
from qc.files import replacing

Progress = Callable[[str], None]


def make(config: TwinConfig, directory: Path, progress: Progress | None = None) -> Path:
    """Write everything there is to know of a twin ocean; the same configuration gives the same numbers.

    Parameters
    ----------
    config : TwinConfig
    directory : Path
        Folder to be made; whole or not at all, an older one is replaced.
    progress : callable, optional
        Told in words what is being made, once for each part.

    Returns
    -------
    Path
        The folder. It holds `archives/` (native files of WOD, Argo, GLODAP and WHP-Exchange), `relief.nc`,
        `analysis.nc`, `truth/truth.nc`, `truth/planted.parquet`, `truth/copies.parquet`, `twin.json` (the
        configuration) and `cmip6/`.

    Raises
    ------
    InputError
        If the history has no cast in the period.
    """
    say = progress or (lambda part: None)
    with replacing(directory) as folder:
        folder.mkdir(parents=True)
        say("coastlines and sea floor")
        fields.save(fields.relief_dataset(), folder / "relief.nc")
        say("the ocean and its truth")
        ocean = twin_ocean(config.seed)
        true = fields.truth(config, *fields.grid_axes(config), np.arange(config.start, config.end + 1.0))
        fields.save(true, folder / "truth" / "truth.nc")
        say("analysis of temperature and salinity")
        fields.save(fields.analysis(true, config.seed), folder / "analysis.nc")
        del true
        say("ships, sections and floats")
        casts = history.casts(config.seed, round(config.casts * config.scale), config.start, config.end)
        if casts.empty:
            raise InputError(
                f"no cast falls in {config.start}-{config.end}", "twin", "raise casts, or widen the period"
            )
        record = measure(ocean, casts, config.seed)
        say("archives")
        (folder / "archives").mkdir()
        planted, copies = publish(record, folder / "archives", config.seed, config.defects)
        planted.to_parquet(folder / "truth" / "planted.parquet")
        copies.to_parquet(folder / "truth" / "copies.parquet")
        if config.climate_model:
            say("climate model")
            climate_model.write(config.seed, config.start, config.end, folder / "cmip6")
        (folder / "twin.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return directory
