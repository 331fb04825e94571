"""What a run will ask for: time, memory and disk, by the sizes of its data and the cost of the shipped experiments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKED = (".gz", ".zip", ".bz2", ".xz", ".tgz")
BYTES_A_ROW = {True: 11.0, False: 80.0}  # of packed and plain files; KODC 11.1, CalCOFI 10.2 packed
SAMPLES_A_ROW = 0.25  # KODC 0.34, CalCOFI 0.25, twin ocean 0.18

# Seconds on two cores with nothing else to do (experiments/README.md): east_sea comes out at 4 min 25 s (4 min 46 s
# measured), california_current 9 % too high (4 min 6 s), global_static 55 % (2 min 45 s), the twin 16 % (4 min 26 s).
ROW = 20e-6  # of ingestion and quality control
OPTIMISER_STEP = 0.125  # of one fold
CELL_STEP_FOLD = 20e-6  # of reconstruction: east_sea; the twin 15e-6
CELL_STEP_MAP = 8e-6  # of one mapped field: 11e-6 of one process, measured; a few seconds a field for its fit besides
SAMPLE_BASELINE = 0.13e-3  # of a baseline, fitted and scored in all folds
# Of those that take longer: LightGBM 2 to 4 minutes of one core a fold of 63,000 samples; the others are not measured.
BASELINES = dict.fromkeys(("lightgbm", "catboost", "mlp"), 3e-3)
BASE = 15.0  # starting, grid, graph, page

# Bytes in the folders of the four shipped runs; each number is the largest of them.
DISK_ROW = 160
DISK_CELL_STEP = 45
DISK_CHANNEL = 10  # beside, of a cell and step
DISK_MAP = 8  # a value and its error
DISK_BASE = 25e6
MEMORY_BASE = 3.2e9  # the twin, three processes; 2.2e9 of two
MEMORY_CHANNEL = 24  # of a cell, step and covariate: three copies in double precision; not measured at scale
MEMORY_ROW = 400  # of the flagged table; not measured at scale


@dataclass(frozen=True)
class Size:
    """Sizes that decide what a run asks for.

    Parameters
    ----------
    rows : float
        Levels of all casts.
    samples : float
        Gridded observations.
    cells, steps, channels, folds, maps : int
        Wet cells, time steps, covariates, folds, fields of covariates that are mapped.
    optimiser_steps : float
        Steps of the optimiser in a fold (`NetworkConfig.effort`).
    baselines : tuple of str
        Kinds of the methods to compare with.
    """

    rows: float
    samples: float
    cells: int
    steps: int
    channels: int
    folds: int
    optimiser_steps: float
    baselines: tuple[str, ...]
    maps: int = 0

    @property
    def seconds(self) -> float:
        """Time on two cores, s; right within a factor of two for the shipped experiments."""
        model = self.folds * (OPTIMISER_STEP * self.optimiser_steps + CELL_STEP_FOLD * self.cells * self.steps)
        maps = CELL_STEP_MAP * self.maps * self.cells * self.steps
        methods = model + self.samples * sum(BASELINES.get(kind, SAMPLE_BASELINE) for kind in self.baselines)
        return BASE + ROW * self.rows + maps + (2 if self.maps else 1) * methods  # with maps and without

    @property
    def memory(self) -> float:
        """Memory of all processes together, bytes."""
        return MEMORY_BASE + MEMORY_CHANNEL * self.channels * self.cells * self.steps + MEMORY_ROW * self.rows

    @property
    def disk(self) -> float:
        """Disk of the run's folder, bytes."""
        of_fields = (DISK_CELL_STEP + DISK_CHANNEL * self.channels + DISK_MAP * self.maps) * self.cells * self.steps
        return DISK_BASE + of_fields + DISK_ROW * self.rows

    def __str__(self) -> str:
        """Return time, memory and disk in one line."""
        return f"{duration(self.seconds)} on two cores, {size(self.memory)} of memory, {size(self.disk)} of disk"


def rows_in(path: Path, size: int) -> float:
    """Guess the number of levels in an archive file by its size.

    Parameters
    ----------
    path : Path
        The file.
    size : int
        Bytes.
    """
    return size / BYTES_A_ROW[path.suffix in PACKED]


def duration(seconds: float) -> str:
    """Write a duration with one unit.

    Parameters
    ----------
    seconds : float
        Duration, s.

    Examples
    --------
    >>> duration(20), duration(280), duration(9000)
    ('20 s', '5 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def size(number: float) -> str:
    """Write a number of bytes with one unit.

    Parameters
    ----------
    number : float
        Bytes.

    Examples
    --------
    >>> size(4_600_000), size(2.2e9), size(0)
    ('4.6 MB', '2.2 GB', '0.0 MB')
    """
    return f"{number / 1e6:.1f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"
