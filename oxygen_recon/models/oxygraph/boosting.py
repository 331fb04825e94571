"""Boosted trees on the profile of a column: what the network is averaged with."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.boosting import Leaves, LightGBM
from oxygen_recon.models.baselines.predictors import chosen
from oxygen_recon.models.baselines.regression import Rows
from oxygen_recon.models.baselines.tuning import level_rms, tuning_folds
from oxygen_recon.models.interface import Estimate
from oxygen_recon.models.training.checkpoints import fingerprint
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError
from qc.files import replacing

TREES, SETTINGS = "boosting.txt", "boosting.json"
_ROUNDS = 800  # at most; how many is found at held-out samples
_SETTING = Leaves(column=True, leaves=63, rate=0.06)  # a proposal, of californian and east-asian years
_CHUNK = 100_000  # targets at a time


class ColumnBoosting:
    """LightGBM on place, time, covariates and the water column (`oxygen_recon.models.interface.Method`).

    Its settings are fixed but for the number of trees, which whole held-out units decide: as a part of an average it
    need not be the best.

    Parameters
    ----------
    directory : Path, optional
        Where trees are kept, as text; those of the same domain, samples and seed are read again. None keeps nothing.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory, self.learner = directory, LightGBM(_ROUNDS)

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Grow trees, or read those that are kept.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates.
        samples : Samples
            Everything that may be learned from.
        seed : int
            Makes folds and trees repeatable.

        Raises
        ------
        InputError
            If the trees that are kept are damaged.
        """
        name = fingerprint(f"{_SETTING} {_ROUNDS}", domain, samples, seed)
        if self.directory is not None and self._read(self.directory, name):
            return
        fold, table = tuning_folds(domain, samples, seed), _table(domain, samples.cell, samples.step, samples.subset)
        rows = Rows(table, samples.values["oxygen"])
        out = [fold == number for number in np.unique(fold) if not (fold == number).all()]
        grown = [self.learner.grow(*rows.take(~held), _SETTING, seed, rows.take(held), False) for held in out]
        setting = self.learner.settle(_SETTING, grown) if grown else _SETTING
        error = np.array(rows.target - rows.target.mean())
        for held, model in zip(out, grown):
            error[held] = rows.target[held] - self.learner.read(model, table[held], setting)[0]
        self.rms = level_rms(error, domain.level[samples.cell], int(domain.level.max()) + 1)
        self.trees = self.learner.grow(*rows, setting, seed, None, True).model
        if self.directory is not None:
            self._write(self.directory, name)

    def refitted(self, domain: Domain, samples: Samples, seed: int) -> ColumnBoosting:
        """Grow as many trees on other samples; they are not kept.

        Parameters
        ----------
        domain, samples, seed
            As for `fit`.

        Returns
        -------
        ColumnBoosting
        """
        other, setting = copy(self), replace(_SETTING, rounds=self.trees.num_trees())
        table = _table(domain, samples.cell, samples.step, samples.subset)
        other.trees = self.learner.grow(table, samples.values["oxygen"], setting, seed, None, True).model
        return other

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Not used: the trees are grown in `fit`.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Oxygen, umol kg-1; the scale is the level's held-out error.
        """
        mean = np.empty(cell.size)
        for i in range(0, cell.size, _CHUNK):
            part = slice(i, i + _CHUNK)
            mean[part] = self.trees.predict(_table(domain, cell[part], step[part]), num_threads=1)
        return Estimate(("oxygen",), mean[:, None], self.rms[domain.level[cell]][:, None])

    def _write(self, directory: Path, name: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        text = self.trees.model_to_string()
        with replacing(directory / TREES) as partial:
            partial.write_text(text)
        kept = {"name": name, "rms": self.rms.tolist(), "trees": sha256(text.encode()).hexdigest()}
        with replacing(directory / SETTINGS) as partial:
            partial.write_text(json.dumps(kept))

    def _read(self, directory: Path, name: str) -> bool:
        """Read the trees that are kept, if they are those of the name."""
        if not ((directory / SETTINGS).exists() and (directory / TREES).exists()):
            return False
        import lightgbm

        with naming_damage(directory / SETTINGS, "remove it"):
            kept: dict[str, Any] = json.loads((directory / SETTINGS).read_text())
            if kept["name"] != name:
                return False
            self.rms = np.array(kept["rms"], float)
        text = (directory / TREES).read_bytes()
        if sha256(text).hexdigest() != kept.get("trees"):  # cut off or changed: the library would read it all the same
            raise InputError("is damaged", str(directory / TREES), "remove it")
        self.trees = lightgbm.Booster(model_str=text.decode())
        return True


def _table(domain: Domain, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
    return chosen(domain, _SETTING, cell, step, subset)
