"""The files behind the name of a truth: a file, a folder, a pattern, or an entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from oxygen_recon.fields.axes import coordinates
from oxygen_recon.fields.cmip6.models import read_with
from oxygen_recon.fields.quantities import variable_of
from oxygen_recon.observations.collection import key_of
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.runtime import listing
from qc.errors import InputError

_READ = ("oxygen", "temperature", "salinity", "nitrate", "phosphate", "silicate")
_ENDINGS = (".nc", ".nc4", ".cdf")
_RUN = ("source_id", "variant_label", "grid_label")  # what tells one run of a climate model from another


@dataclass(frozen=True)
class Matched:
    """Files of one gridded product or one run of a climate model.

    Parameters
    ----------
    files : tuple of Path
        All that hold a quantity.
    holding : dict of str to list of Path
        Those that hold each quantity.
    curvilinear : bool
        Latitude and longitude of oxygen are no axes.
    title : str
        The run, or the name that was given.
    """

    files: tuple[Path, ...]
    holding: dict[str, list[Path]]
    curvilinear: bool
    title: str

    @property
    def identity(self) -> list[str]:
        """Each file that is read, by name, size and time of change."""
        every = dict.fromkeys(one for path in self.files for one in (path, *read_with(path)))
        return [key_of("truth", path, by_name=True) for path in every]


def match(pipeline: Pipeline, name: str, variable: str | None = None) -> Matched:
    """Find the files of a truth.

    Parameters
    ----------
    pipeline : Pipeline
        Its data folder, the files of its synthetic source, and its catalogue.
    name : str
        File, folder or pattern, from the current folder, else from the data folder or that of the source's own files;
        else an entry of the catalogue.
    variable : str, optional
        Name of oxygen in the files, where it is not a usual one.

    Returns
    -------
    Matched

    Raises
    ------
    InputError
        If nothing matches, a file cannot be read, none holds oxygen, or they are of several runs of climate models.
    """
    paths = _paths(pipeline, name)
    holding: dict[str, list[Path]] = {one: [] for one in _READ}
    runs, flat, seen = set(), True, set()
    for path in paths:
        with _opened(path) as data:
            names = {one: variable if one == "oxygen" and variable else variable_of(data, one) for one in _READ}
            here = {one: text for one, text in names.items() if text is not None and text in data}
            seen |= {*map(str, data.data_vars)}
            for one in here:
                holding[one].append(path)
            if here:
                runs.add(tuple(str(data.attrs.get(key, "")) for key in _RUN))
            if "oxygen" in here:
                horizontal = coordinates(data[here["oxygen"]], "latitude")
                flat = flat and any(one in data[here["oxygen"]].dims for one in horizontal)
    if not holding["oxygen"]:
        what = f"no variable {variable}" if variable else "no variable of oxygen"
        raise InputError(what, name, f"it has {', '.join(sorted(seen))}")
    if len(runs) > 1:
        several = ", ".join(" ".join(filter(None, run)) or "one without a name" for run in sorted(runs))
        raise InputError(f"files of several runs: {several}", name, "a truth is one run; narrow the pattern")
    (run,) = runs
    files = tuple(dict.fromkeys(path for some in holding.values() for path in some))
    return Matched(files, holding, not flat, " ".join(filter(None, run)) or Path(name).name)


def _paths(pipeline: Pipeline, name: str) -> list[Path]:
    """List the files of a name, in order."""
    bases = [one for one in (pipeline.data, pipeline.folder.source) if one is not None]
    for text in (name, *(str(base / name) for base in bases)):
        found = sorted(path for path in listing.files(text, lambda folder, why: None) if path.suffix in _ENDINGS)
        if found:
            return found
    settings = pipeline.experiment.source_settings()
    if name in settings.catalogue().entries:
        if pipeline.data is None:
            raise InputError("an entry of the catalogue", name, "name the folder of its files with --data FOLDER")
        return settings.catalogue().resolve(name, pipeline.data)
    looked = ", ".join(map(str, (Path.cwd(), *bases)))
    raise InputError("no netCDF file matches, and no such entry of the catalogue", name, f"looked in {looked}")


def _opened(path: Path) -> xr.Dataset:
    """Open a file, its times as they are."""
    try:
        return xr.open_dataset(path, decode_times=False)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"not a readable netCDF file ({why})", str(path), "download it again") from error
