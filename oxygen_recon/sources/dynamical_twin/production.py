"""Production of a dynamical twin's files, month by month; a command that was stopped goes on with the next month."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from graphs.types import Floats
from oxygen_recon.runtime.files import locked_folder
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.files import fields, layouts, restart
from oxygen_recon.sources.dynamical_twin.files.daily_file import Dates, Layout, write
from oxygen_recon.sources.dynamical_twin.initial import deep_water
from oxygen_recon.sources.dynamical_twin.ocean.levels import LEVELS
from oxygen_recon.sources.dynamical_twin.twin import Twin, TwinState
from oxygen_recon.sources.twin.ocean.geography import relief

Progress = Callable[[str], None]
_RESTART = "restart.npz"


def make(config: DynamicalTwinConfig, directory: Path, progress: Progress | None = None) -> Path:
    """Write the files of a twin; the same settings give the same values, however often the command is stopped.

    Parameters
    ----------
    config : DynamicalTwinConfig
        Settings.
    directory : Path
        Folder; made if there is none. What is there of a twin of the same settings is kept.
    progress : callable, optional
        Called with each month that is done.

    Returns
    -------
    Path
        The folder. It holds `hycom`, `era5` and, with an ecosystem, `nobm` and `oxygen`, and `waves`, on
        cells of twice the size, a file a month in each,
        `<folder>_<year>-<month>.nc`; `twin.json` (the settings) and `restart.npz` (what the next month starts from).

    Raises
    ------
    InputError
        If the folder holds a twin of other settings, another command is at work in it, or the flow became unstable.
    """
    say = progress or (lambda line: None)
    directory.mkdir(parents=True, exist_ok=True)
    with locked_folder(directory):
        restart.claim(directory, config)
        saved = restart.load(directory / _RESTART)
        twin = Twin(config, saved)
        if saved is None:
            while twin.ocean.number < config.spin_up:
                twin.day()
            say(f"{config.spin_up} days of spin-up")
            restart.save(directory / _RESTART, twin.state())
        output = _Output(twin, directory)
        for dates in _months(config, twin.ocean.number - config.spin_up):
            # in this thread: HDF5 is not safe beside another thread, not even one that only collects a closed file
            output.write(dates, output.days(dates), twin.state(), say)
    return directory


def _months(config: DynamicalTwinConfig, done: int) -> Iterator[Dates]:
    """Days that are still to be written, month by month."""
    first = np.datetime64(f"{config.first_year}-01-01")
    dates = np.arange(first + done, first + config.days)
    month = dates.astype("datetime64[M]")
    for one in np.unique(month):
        yield dates[month == one]


class _Output:
    """The files of one twin."""

    def __init__(self, twin: Twin, directory: Path) -> None:
        self.twin, self.directory = twin, directory
        basin = twin.basin
        names = twin.tracers.names
        deep = basin.square(deep_water(names, twin.climate))
        self._deep = dict(zip(names, deep, strict=True))
        grid = (LEVELS, basin.latitude, basin.longitude)
        self._height = np.where(basin.wet, 0.0, _land_height(basin.latitude, basin.longitude))
        self._layouts: dict[str, Layout] = {"hycom": layouts.HYCOM, "era5": layouts.ERA5}
        if twin.config.ecosystem:
            self._layouts |= {"nobm": layouts.NOBM, "oxygen": layouts.OXYGEN}
        self._grids = dict.fromkeys(self._layouts, grid)
        if twin.waves:
            self._layouts["waves"] = layouts.WAVES
            self._grids["waves"] = (LEVELS, twin.waves.latitude, twin.waves.longitude)

    def days(self, dates: Dates) -> list[dict[str, dict[str, Floats]]]:
        """Move the twin through some days, and give their fields."""
        return [self._fields() for _ in dates]

    def write(self, dates: Dates, days: list[dict[str, dict[str, Floats]]], state: TwinState, say: Progress) -> None:
        """Write a file of each kind, and then what the next month starts from."""
        for kind, layout in self._layouts.items():
            values = {name: np.stack([day[kind].pop(name) for day in days]) for name in layout.variables}
            path = self.directory / kind / f"{kind}_{dates[0].astype('datetime64[M]')}.nc"
            write(path, layout, dates, self._grids[kind], values)
        restart.save(self.directory / _RESTART, state)
        say(str(dates[0].astype("datetime64[M]")))

    def _fields(self) -> dict[str, dict[str, Floats]]:
        """Fields of the next day, by kind of file and name."""
        twin, basin = self.twin, self.twin.basin
        day = twin.day()
        result = {"hycom": fields.hycom(day, basin, self._deep), "era5": fields.era5(day, self._height)}
        if twin.config.ecosystem:
            water = fields.below_surface(basin)
            oxygen = fields.on_levels(day, "oxygen", self._deep["oxygen"], water)
            result |= {"nobm": fields.nobm(day, basin), "oxygen": {"o2": oxygen}}
        if twin.waves and day.wave_height is not None:
            result["waves"] = {"VHM0": np.where(twin.waves.wet, day.wave_height, np.nan)}
        return {
            kind: {name: np.asarray(value, np.float32) for name, value in some.items()} for kind, some in result.items()
        }


def _land_height(latitude: Floats, longitude: Floats) -> Floats:
    """Height of the relief at the cells, at least 0 m."""
    row = np.clip(np.floor(latitude + 90).astype(int), 0, 179)
    column = np.floor((longitude + 180) % 360).astype(int) % 360
    return np.asarray(np.maximum(relief()[row[:, None], column[None, :]], 0.0))
