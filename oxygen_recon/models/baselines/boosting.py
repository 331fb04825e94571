"""Gradient boosting by LightGBM and CatBoost: oxygen from place, time, covariates and the water column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.types import Floats
from oxygen_recon.models.baselines.predictors import Inputs
from oxygen_recon.models.baselines.regression import Regression, Rows
from oxygen_recon.models.baselines.tuning import Ladder, least
from qc.errors import InputError

PATIENCE = 40  # rounds without a gain at held-out rows


@dataclass(frozen=True)
class Rounds(Inputs):
    """Settings that all boosting has.

    Parameters
    ----------
    rate : float
        Learning rate: share of a tree that is added.
    rounds : int
        Trees, of least square error over the held-out folds together.
    """

    rate: float = 0.1
    rounds: int = 1


@dataclass(frozen=True)
class Leaves(Rounds):
    """Settings of LightGBM.

    Parameters
    ----------
    leaves : int
        Most leaves of a tree.
    leaf : int
        Fewest samples in a leaf.
    features : float
        Share of the predictors tried by a tree.
    """

    leaves: int = 31
    leaf: int = 20
    features: float = 0.7


@dataclass(frozen=True)
class Depth(Rounds):
    """Settings of CatBoost.

    Parameters
    ----------
    depth : int
        Splits of each leaf: all of a level are alike.
    shrinkage : float
        Weight of the squares of leaf values (l2_leaf_reg).
    """

    depth: int = 6
    shrinkage: float = 3.0


@dataclass(frozen=True)
class Grown:
    """A model, and its mean square error at held-out rows after each round, shape (round,); none where none were."""

    model: Any
    curve: Floats


class LightGBM:
    """LightGBM (Ke et al. 2017), one thread and deterministic, which `Regression` tunes.

    Parameters
    ----------
    rounds : int
        Most trees.
    """

    start = Leaves()
    ladders: ClassVar = {
        "leaves": Ladder((3, 7, 15, 31, 63, 127, 255)),
        "leaf": Ladder((1, 5, 20, 80, 320), limits=(1,)),
        "features": Ladder((0.2, 0.4, 0.7, 1.0), limits=(1.0,)),
        "rate": Ladder((0.05, 0.1, 0.2)),
    }

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def grow(self, table: Floats, target: Floats, setting: Leaves, seed: int, held: Rows | None, final: bool) -> Grown:
        """Add trees until those at held-out rows gain no more, or as many as the settings say."""
        import lightgbm  # a second to import: only when trees are grown

        settings = {
            "objective": "regression", "num_leaves": setting.leaves, "learning_rate": setting.rate,
            "min_data_in_leaf": setting.leaf, "feature_fraction": setting.features, "seed": seed, "verbosity": -1,
            "deterministic": True, "force_row_wise": True, "num_threads": 1,
        }  # fmt: skip
        rows, found = lightgbm.Dataset(table, target, free_raw_data=True), dict[str, Any]()
        asked: list[Callable[..., Any]] = []
        if held is not None:
            asked = [lightgbm.early_stopping(PATIENCE, verbose=False), lightgbm.record_evaluation(found)]
        valid = [] if held is None else [lightgbm.Dataset(held.table, held.target, reference=rows)]
        rounds = setting.rounds if held is None else self.rounds
        model = lightgbm.train(settings, rows, rounds, valid, callbacks=asked)
        return Grown(model, np.array(found.get("valid_0", {}).get("l2", ())))

    def settle(self, setting: Leaves, models: list[Grown]) -> Leaves:
        """Return the settings with the number of rounds of least error over the folds."""
        return replace(setting, rounds=least([model.curve for model in models]))

    def read(self, model: Grown, table: Floats, setting: Leaves) -> tuple[Floats, Floats]:
        """Estimate; a variance is not known."""
        mean = model.model.predict(table, num_iteration=setting.rounds, num_threads=1)
        return np.asarray(mean, np.float64), np.ones(len(table))


class CatBoost:
    """CatBoost (Prokhorenkova et al. 2018), one thread, which `Regression` tunes.

    Parameters
    ----------
    rounds : int
        Most trees.
    """

    start = Depth()
    ladders: ClassVar = {
        "depth": Ladder((2, 4, 6, 8, 10)),
        "shrinkage": Ladder((1.0, 3.0, 10.0, 30.0)),
        "rate": Ladder((0.05, 0.1, 0.2)),
    }

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def grow(self, table: Floats, target: Floats, setting: Depth, seed: int, held: Rows | None, final: bool) -> Grown:
        """Add trees until those at held-out rows gain no more, or as many as the settings say."""
        import catboost

        if np.ptp(target) == 0:  # which CatBoost refuses
            return Grown(float(target[0]), np.zeros(1))
        model = catboost.CatBoostRegressor(
            iterations=setting.rounds if held is None else self.rounds, depth=setting.depth, learning_rate=setting.rate,
            l2_leaf_reg=setting.shrinkage, random_seed=seed, thread_count=1, logging_level="Silent",
            allow_writing_files=False,
        )  # fmt: skip
        if held is None:
            return Grown(model.fit(table, target), np.zeros(0))
        model.fit(table, target, eval_set=tuple(held), early_stopping_rounds=PATIENCE, use_best_model=False)
        return Grown(model, np.square(model.get_evals_result()["validation"]["RMSE"]))

    def settle(self, setting: Depth, models: list[Grown]) -> Depth:
        """Return the settings with the number of rounds of least error over the folds."""
        return replace(setting, rounds=least([model.curve for model in models]))

    def read(self, model: Grown, table: Floats, setting: Depth) -> tuple[Floats, Floats]:
        """Estimate; a variance is not known."""
        if isinstance(model.model, float):
            return np.full(len(table), model.model), np.ones(len(table))
        rounds = min(setting.rounds, model.model.tree_count_)
        return np.asarray(model.model.predict(table, ntree_end=rounds, thread_count=1)), np.ones(len(table))


class LightGBMConfig(BaseModel):
    """Settings of LightGBM; leaves, learning rate, rounds and inputs are tuned, not set.

    Parameters
    ----------
    rounds : int
        Most trees.
    column : bool
        Whether the tuning may choose the water column: temperature, salinity and density of the levels around.
    residual_kriging : bool
        Whether it may choose to krige what the trees leave at neighbouring observations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = True
    kind: Literal["lightgbm"] = "lightgbm"
    rounds: int = Field(default=1500, ge=1)
    column: bool = True
    residual_kriging: bool = True

    def build(self) -> Regression:
        """Make the method.

        Returns
        -------
        Regression
        """
        return Regression(LightGBM(self.rounds), self.column, self.residual_kriging)


class CatBoostConfig(BaseModel):
    """Settings of CatBoost, which is installed with the extra `rivals`; depth, rounds and inputs are tuned, not set.

    Parameters
    ----------
    rounds : int
        Most trees.
    column : bool
        Whether the tuning may choose the water column: temperature, salinity and density of the levels around.
    residual_kriging : bool
        Whether it may choose to krige what the trees leave at neighbouring observations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = True
    kind: Literal["catboost"] = "catboost"
    rounds: int = Field(default=1500, ge=1)
    column: bool = True
    residual_kriging: bool = True

    def build(self) -> Regression:
        """Make the method.

        Returns
        -------
        Regression

        Raises
        ------
        InputError
            If CatBoost is not installed.
        """
        try:
            import catboost  # noqa: F401
        except ImportError:
            fix = "pip install 'oxygen-recon[rivals]', or leave the baseline out"
            raise InputError("CatBoost is not installed", "baselines: {kind: catboost}", fix) from None
        return Regression(CatBoost(self.rounds), self.column, self.residual_kriging)
