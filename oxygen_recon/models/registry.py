"""The registry of methods: one line each, from the `kind` of an experiment file to settings that build the method.

A network with another backbone is registered in `MODELS`, a method to compare with in `BASELINES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, Union

from pydantic import Field

from oxygen_recon.models.baselines.background import BackgroundAloneConfig
from oxygen_recon.models.baselines.boosting import CatBoostConfig, LightGBMConfig
from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.baselines.perceptron import PerceptronConfig
from oxygen_recon.models.config import NetworkConfig
from oxygen_recon.models.graph.config import OxyGeneratorConfig
from oxygen_recon.models.interface import Method
from oxygen_recon.models.oxygraph.config import OxyGraphConfig


class BaselineConfig(Protocol):
    """Settings of a baseline."""

    kind: Any
    reads_covariates: ClassVar[bool]

    def build(self) -> Method:
        """Make the method, not yet fitted."""
        ...


MODELS: dict[str, type[NetworkConfig]] = {
    "oxygenerator": OxyGeneratorConfig,
    "oxygraph": OxyGraphConfig,
}
BASELINES: dict[str, type[BaselineConfig]] = {
    "climatology": ClimatologyConfig,
    "optimal_interpolation": OptimalInterpolationConfig,
    "extra_trees": ExtraTreesConfig,
    "lightgbm": LightGBMConfig,
    "catboost": CatBoostConfig,
    "mlp": PerceptronConfig,
    "background": BackgroundAloneConfig,
}


def one_of(registered: Mapping[str, type[Any]]) -> Any:
    """Make the union of registered settings, discriminated by `kind`.

    Parameters
    ----------
    registered : mapping of kind to settings
        `MODELS` or `BASELINES`.

    Returns
    -------
    type
        For a field of a pydantic model.
    """
    kinds = tuple(registered.values())
    return Annotated[Union[kinds], Field(discriminator="kind")] if len(kinds) > 1 else kinds[0]  # noqa: UP007


if TYPE_CHECKING:
    ModelConfig = NetworkConfig
    Baseline = BaselineConfig
else:
    ModelConfig = one_of(MODELS)
    Baseline = one_of(BASELINES)
