"""Parts of a stage that need nothing of each other: a fold's training, a baseline's answer, a window of steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset import folds as splits
from oxygen_recon.dataset import store as artefacts
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation import comparison as contest
from oxygen_recon.evaluation import holdout
from oxygen_recon.evaluation import points as evaluate
from oxygen_recon.evaluation.comparison import Entry
from oxygen_recon.evaluation.points import Points
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.models import uncertainty
from oxygen_recon.models.checkpoints import CHECKPOINT
from oxygen_recon.models.interface import Method
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.products import reconstruction as reconstruct
from oxygen_recon.runtime.locking import held
from oxygen_recon.runtime.parallel import progress
from qc.errors import InputError

_TURN = Lock()  # a worker of several threads does one job at a time: seeds and switches of torch are its process's
AT_ONCE, WINDOWS = 300_000, 8  # cells x steps in a window of reconstruction, at most; fewest windows, to be shared


@dataclass(frozen=True)
class Workbench:
    """An experiment once it is gridded, light enough to be sent to other processes.

    Parameters
    ----------
    folder : Path
        Of the run.
    stamp : str
        Key of the stage at work; another key, other data.
    experiment : Experiment
    """

    folder: Path
    stamp: str
    experiment: Experiment = field(compare=False)  # its part in the stamp is compared

    @property
    def domain(self) -> Domain:
        """Cells, steps and covariates."""
        return _gridded(self)[0]

    @property
    def samples(self) -> Samples:
        """Gridded observations."""
        return _gridded(self)[1]

    @property
    def fold(self) -> Ints:
        """Fold of each sample, -1 where it is never held out."""
        return _gridded(self)[2]

    @property
    def folds(self) -> list[int]:
        """Numbers of the folds."""
        return [int(i) for i in np.unique(self.fold[self.fold >= 0])]

    def out_of_fold(self) -> tuple[Points, Floats]:
        """Held-out points of the graph model and their depths, m."""
        files = sorted((self.folder / "train").glob("fold*.npz"))
        points = evaluate.join([evaluate.load(path) for path in files])
        return points, self.domain.depth[points.cell]

    def asked(self) -> contest.Asked | None:
        """Never-sampled targets and the true field; None where nobody knows it."""
        truth = artefacts.load_truth(self.folder / "grid")
        if truth is None:
            return None
        most, seed = self.experiment.unseen_points, self.experiment.seed
        return (*holdout.never_sampled(self.domain, self.samples, truth, most, seed), truth)

    def untrained(self) -> list[int]:
        """Numbers of the folds whose training, or what it estimates, is not there."""
        home = self.folder / "train"
        whole = [(home / f"fold{i}.npz").exists() and (home / f"fold{i}" / CHECKPOINT).exists() for i in self.folds]
        return [i for i, there in zip(self.folds, whole) if not there]

    def train(self, i: int) -> None:
        """Train the graph model without fold `i`, and let it estimate the samples it never saw."""
        home = self.folder / "train"
        taken = InputError("another process trains it", str(home / f"fold{i}"), "wait until it has ended")
        with _TURN, held(home / f".fold{i}.lock", taken):
            method = self._method(i, f"train without fold {i}")
            points = holdout.hold_out(method, self.domain, self.samples, self.fold, i, self.experiment.seed + i)
            evaluate.save(points, home / f"fold{i}.npz")

    def answer(self, entry: Entry) -> None:
        """Let one baseline answer for one fold, or for the never-sampled targets."""
        (config,) = (one for one in self.experiment.baselines if one.kind == entry.kind)
        home = self.folder / "validate" / entry.kind
        asked = self.asked() if entry.fold is None else None
        seed = self.experiment.seed
        with _TURN:
            contest.answer(config.build(), home, entry, self.domain, self.samples, self.fold, asked, seed)

    def windows(self, done: np.ndarray) -> list[tuple[int, int]]:
        """Cut what is not done into windows of steps: first, and one after the last."""
        length = max(1, min(-(-self.domain.steps // WINDOWS), AT_ONCE // self.domain.cells))
        starts = [s for s in range(0, self.domain.steps, length) if not done[s : s + length].all()]
        return [(start, min(start + length, self.domain.steps)) for start in starts]

    def fill(self, window: tuple[int, int]) -> None:
        """Fill every cell of some steps and write them."""
        with _TURN:
            methods, factor = _fitted(self)
        grid, _ = artefacts.load_grid(self.folder / "grid")
        start, stop = window
        count = np.zeros((stop - start, self.domain.cells), np.int32)
        here = self.samples.take((self.samples.step >= start) & (self.samples.step < stop))
        np.add.at(count, (here.step - start, here.cell), here.count)
        with _TURN:
            mean, error = reconstruct.fill(methods, self.domain, self.samples, factor, start, stop)
        fields.write_window(self.folder / "reconstruct" / "oxygen.zarr", grid, start, mean, error, count)

    def _method(self, i: int, label: str = "") -> Method:
        """Make the graph model that fold `i` is hidden from; with a label, it says how far its training is."""
        graph = artefacts.load_graph(self.folder / "graph" / "graph.npz")

        def report(step: int, steps: int, loss: float) -> None:
            progress(label, step, steps, f"loss {loss:.3f}")

        home = self.folder / "train" / f"fold{i}"
        return self.experiment.model.build(graph, home, report if label else None)


@lru_cache(maxsize=1)
def _gridded(bench: Workbench) -> tuple[Domain, Samples, Ints]:
    """Domain, samples, and the fold of each sample: read once a process and stage."""
    home, e = bench.folder / "grid", bench.experiment
    domain = artefacts.load_domain(home, tuple(e.covariates.names))
    samples, _ = artefacts.load_samples(home)
    config = e.folds.model_copy(update={"seed": e.folds.seed + e.seed})
    return domain, samples, splits.folds(config, domain, samples)


@lru_cache(maxsize=1)
def _fitted(bench: Workbench) -> tuple[list[Method], Floats]:
    """Take up the finished training of every fold, and find the calibration of their errors."""
    methods = [bench._method(i) for i in bench.folds]
    for i, method in zip(bench.folds, methods):
        method.fit(bench.domain, bench.samples.take(bench.fold != i), bench.experiment.seed + i)
    held, depth = bench.out_of_fold()
    return methods, uncertainty.calibration(held.truth, held.mean, held.scale, depth)
