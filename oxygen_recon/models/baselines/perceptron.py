"""A multilayer perceptron: oxygen from place, time, covariates and water column, standardised, with masks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.types import Floats, Mask
from oxygen_recon.models.baselines.predictors import Inputs
from oxygen_recon.models.baselines.regression import Regression, Rows
from oxygen_recon.models.baselines.tuning import Ladder, least

PATIENCE = 6  # passes through the rows without a gain at held-out rows
BATCH = 256


@dataclass(frozen=True)
class Layers(Inputs):
    """Settings chosen by hold-out.

    Parameters
    ----------
    width : int
        Units of each of two hidden layers.
    rate : float
        Learning rate of Adam.
    penalty : float
        Weight of the squares of weights.
    epochs : int
        Passes through the rows, of least square error over the held-out folds together.
    """

    width: int = 64
    rate: float = 1e-3
    penalty: float = 1e-3
    epochs: int = 1


@dataclass(frozen=True)
class Standard:
    """Predictors and target in standard scores; a missing predictor is their mean, and a mask says that it is missing.

    Parameters
    ----------
    mean, spread : array, shape (predictor,)
        Of the rows that are learned from.
    masked : bool array, shape (predictor,)
        Whether it is missing anywhere among them.
    centre, scale : float
        Mean and standard deviation of the target.
    """

    mean: Floats
    spread: Floats
    masked: Mask
    centre: float
    scale: float

    @classmethod
    def of(cls, table: Floats, target: Floats) -> Standard:
        """Look at rows that are learned from.

        Parameters
        ----------
        table : array, shape (row, predictor)
            NaN is missing.
        target : array, shape (row,)
            Finite.

        Returns
        -------
        Standard
        """
        known = np.isfinite(table)
        number, values = np.maximum(known.sum(axis=0), 1), np.where(known, table, 0.0)
        mean = values.sum(axis=0, dtype=float) / number
        variance = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / number
        spread = np.where(variance > 1e-12, np.sqrt(variance), 1.0)
        return cls(mean, spread, np.asarray(~known.all(axis=0)), float(target.mean()), float(target.std()))

    def __call__(self, table: Floats) -> Floats:
        """Return the scores and the masks, shape (row, predictor + masked)."""
        known = np.isfinite(table)
        return np.hstack([np.where(known, (table - self.mean) / self.spread, 0.0), known[:, self.masked]])


@dataclass(frozen=True)
class Network:
    """Weights after each epoch, and the mean square error at held-out rows; none where none were."""

    standard: Standard
    weights: list[list[tuple[Floats, Floats]]]
    curve: Floats

    def __call__(self, table: Floats, epochs: int) -> Floats:
        """Estimate by the weights of an epoch, or the last one there is, shape (row,)."""
        found = self.standard(table)
        *layers, (last, offset) = self.weights[min(epochs, len(self.weights)) - 1]
        for matrix, shift in layers:
            found = np.maximum(found @ matrix + shift, 0.0)
        return self.standard.centre + self.standard.scale * (found @ last + offset)[:, 0]


class Perceptron:
    """Two hidden layers of rectified units (scikit-learn's), which `Regression` tunes.

    Parameters
    ----------
    epochs : int
        Most passes through the rows.
    """

    start = Layers()
    ladders: ClassVar = {
        "width": Ladder((16, 32, 64, 128, 256)),
        "penalty": Ladder((1e-5, 1e-4, 1e-3, 1e-2, 1e-1)),
        "rate": Ladder((3e-4, 1e-3, 3e-3)),
    }

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def grow(
        self, table: Floats, target: Floats, setting: Layers, seed: int, held: Rows | None, final: bool
    ) -> Network:
        """Pass through the rows until held-out rows gain no more, or as often as the settings say."""
        from sklearn.neural_network import MLPRegressor  # a second to import: only when it learns

        standard = Standard.of(table, target)
        scores, wanted = standard(table).astype(np.float32), (target - standard.centre) / (standard.scale or 1.0)
        model = MLPRegressor(
            hidden_layer_sizes=(setting.width, setting.width), alpha=setting.penalty, learning_rate_init=setting.rate,
            batch_size=min(BATCH, target.size), random_state=seed,
        )  # fmt: skip
        network, curve = Network(standard, [], np.zeros(0)), list[float]()
        for epoch in range(1, (setting.epochs if held is None else self.epochs) + 1):
            model.partial_fit(scores, wanted.astype(np.float32))
            network.weights.append(
                [(m.astype(float), s.astype(float)) for m, s in zip(model.coefs_, model.intercepts_)]
            )
            if held is not None:
                curve.append(float(np.square(network(held.table, epoch) - held.target).mean()))
                if epoch - np.argmin(curve) > PATIENCE:
                    break
        return replace(network, curve=np.array(curve))

    def settle(self, setting: Layers, models: list[Network]) -> Layers:
        """Return the settings with the number of epochs of least error over the folds."""
        return replace(setting, epochs=least([model.curve for model in models]))

    def read(self, model: Network, table: Floats, setting: Layers) -> tuple[Floats, Floats]:
        """Estimate; a variance is not known."""
        return model(table.astype(float), setting.epochs), np.ones(len(table))


class PerceptronConfig(BaseModel):
    """Settings of a multilayer perceptron; width, learning rate, epochs and inputs are tuned, not set.

    Parameters
    ----------
    epochs : int
        Most passes through the samples.
    column : bool
        Whether the tuning may choose the water column: temperature, salinity and density of the levels around.
    residual_kriging : bool
        Whether it may choose to krige what the network leaves at neighbouring observations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = True
    kind: Literal["mlp"] = "mlp"
    epochs: int = Field(default=60, ge=1)
    column: bool = True
    residual_kriging: bool = True

    def build(self) -> Regression:
        """Make the method.

        Returns
        -------
        Regression
        """
        return Regression(Perceptron(self.epochs), self.column, self.residual_kriging)
