"""Extra trees: oxygen from place, time, temperature, salinity and other covariates."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.types import Floats
from oxygen_recon.models.baselines.predictors import Inputs
from oxygen_recon.models.baselines.regression import Regression, Rows
from oxygen_recon.models.baselines.tuning import Ladder

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesRegressor

TUNING_TREES = 12


@dataclass(frozen=True)
class Forest(Inputs):
    """Settings chosen by hold-out.

    Parameters
    ----------
    leaf : int
        Fewest samples in a leaf.
    features : float
        Share of the predictors tried at a split.
    """

    leaf: int = 3
    features: float = 0.7


class ExtraTrees:
    """Extremely randomised trees (Geurts, Ernst & Wehenkel 2006), which `Regression` tunes.

    Parameters
    ----------
    trees, threads : int
        Number of trees that estimate; number of threads that grow and read them.
    """

    start = Forest()
    ladders: ClassVar = {
        "leaf": Ladder((1, 2, 3, 5, 8, 16, 32, 64, 128, 256, 512), limits=(1,)),
        "features": Ladder((0.1, 0.2, 0.4, 0.7, 1.0), limits=(1.0,)),
    }

    def __init__(self, trees: int, threads: int) -> None:
        self.trees, self.threads = trees, threads

    def grow(
        self, table: Floats, target: Floats, setting: Forest, seed: int, held: Rows | None, final: bool
    ) -> ExtraTreesRegressor:
        """Grow trees, a few of them while settings are chosen."""
        from sklearn.ensemble import ExtraTreesRegressor  # a second to import: only when trees are grown

        model = ExtraTreesRegressor(
            self.trees if final else TUNING_TREES,
            min_samples_leaf=setting.leaf,
            max_features=setting.features,
            n_jobs=self.threads,
            random_state=seed,
        )
        return model.fit(table, target)

    def settle(self, setting: Forest, models: list[ExtraTreesRegressor]) -> Forest:
        """Return the settings: nothing ends the growth of trees."""
        return setting

    def read(self, model: ExtraTreesRegressor, table: Floats, setting: Forest) -> tuple[Floats, Floats]:
        """Mean and variance over the trees, each (row,), summed in a fixed order so that threads change no digit."""
        total, square = np.zeros(len(table)), np.zeros(len(table))
        for values in self._leaves(model, table):
            total += values
            square += values**2
        mean = total / len(model.estimators_)
        return mean, np.maximum(square / len(model.estimators_) - mean**2, 0.0)

    def _leaves(self, model: ExtraTreesRegressor, table: Floats) -> Iterator[Floats]:
        """Predictions of tree after tree, each (row,)."""
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(lambda tree: tree.tree_.predict(table)[:, 0], model.estimators_)


class ExtraTreesConfig(BaseModel):
    """Settings of extra trees; leaf size, predictors a split and inputs are tuned, not set.

    Parameters
    ----------
    trees : int
        Number of trees.
    threads : int
        Threads of one fit; folds share the cores.
    column : bool
        Whether the tuning may choose the water column: temperature, salinity and density of the levels around.
    residual_kriging : bool
        Whether it may choose to krige what the trees leave at neighbouring observations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = True
    kind: Literal["extra_trees"] = "extra_trees"
    trees: int = Field(default=60, ge=2)
    threads: int = Field(default=1, ge=1)
    column: bool = True
    residual_kriging: bool = True

    def build(self) -> Regression:
        """Make the method.

        Returns
        -------
        Regression
        """
        return Regression(ExtraTrees(self.trees, self.threads), self.column, self.residual_kriging)
