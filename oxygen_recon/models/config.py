"""Settings that every family of networks shares: how it is trained, and on what it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, model_validator

from graphs.build import Graph
from oxygen_recon.models.interface import Method, Report
from qc.config import Strict


class OptimiserConfig(Strict):
    """AdamW with one cycle of the learning rate.

    Parameters
    ----------
    steps : int
        Steps of the optimiser.
    learning_rate : float
        Largest learning rate.
    weight_decay : float
        Weight decay of AdamW.
    """

    steps: int = Field(default=600, ge=1)
    learning_rate: float = Field(default=1e-2, gt=0)
    weight_decay: float = Field(default=1e-3, ge=0)


class ComputeConfig(Strict):
    """On what a network is computed; no part of what a run is named by, so any of it may change when a run goes on.

    Parameters
    ----------
    device : {"cpu", "gpu", "auto"}
        On what the network is trained and run.
    devices : int
        Number of devices of one machine, one process each, started by torchrun.
    precision : {"32-true", "16-mixed", "bf16-mixed"}
        Precision of Lightning.
    chunk : int
        Targets estimated at once.
    checkpoint_every : int
        Steps of the optimiser between two checkpoints.
    log : bool
        Whether loss and learning rate of every step go into metrics.csv beside the checkpoint.
    verbose : bool
        Whether Lightning shows its progress bar, summary of the network and messages.
    """

    device: Literal["cpu", "gpu", "auto"] = "cpu"
    devices: int = Field(default=1, ge=1)
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"
    chunk: int = Field(default=8192, ge=1)
    checkpoint_every: int = Field(default=100, ge=1)
    log: bool = False
    verbose: bool = False


class ConfigInParts(Strict):
    """Settings of a network, in parts that say what they decide: network, context, training, compute.

    Parameters
    ----------
    kind : str
        The model, by its name in the registry.
    compute : ComputeConfig
        On what it is computed; changes no result.
    """

    kind: str
    compute: ComputeConfig = Field(default=ComputeConfig(), exclude=True)  # excluded from every dump, and every hash

    @model_validator(mode="before")
    @classmethod
    def _in_its_part(cls, settings: Any) -> Any:
        """Name the part that a key belongs to when it stands beside the parts."""
        if isinstance(settings, Mapping):
            for key in settings:
                for part, field in cls.model_fields.items():
                    inside = getattr(field.annotation, "model_fields", {})
                    if key not in cls.model_fields and key in inside:
                        raise ValueError(f"no such key {key}; did you mean {part}.{key}?")
        return settings


class Companion(NamedTuple):
    """A method that a network is averaged with.

    Parameters
    ----------
    make : callable
        Makes it, not yet fitted; takes the folder that it may keep itself in, or None.
    reads_covariates : bool
        Whether covariates change what it estimates.
    """

    make: Callable[[Path | None], Method]
    reads_covariates: bool = True


class NetworkConfig(ConfigInParts):
    """Settings of a network that fills the cells of a graph.

    Parameters
    ----------
    kind, compute : object
        As of `ConfigInParts`.

    Attributes
    ----------
    estimator : str
        Module and name of the method that these are the settings of, "package.module:Name".
    """

    estimator: ClassVar[str]

    def build(self, graph: Graph, directory: Path | None = None, report: Report | None = None) -> Method:
        """Make the method; only now is its module imported, for torch takes seconds.

        Parameters
        ----------
        graph : Graph
            Neighbours of the cells of the domain, in their order.
        directory : Path, optional
            Where checkpoints are kept; None keeps none.
        report : callable, optional
            Called after each training step with the step, the number of steps and the loss.

        Returns
        -------
        Method
            Not yet fitted.
        """
        module, _, name = self.estimator.partition(":")
        method: Method = getattr(import_module(module), name)(self, graph, directory, report)
        return method

    @property
    def averaged(self) -> int:
        """Number of networks that are averaged, each trained without other samples."""
        return 1

    @property
    def effort(self) -> float:
        """Training of one fold, in steps as dear as those of `oxygenerator`."""
        return float(getattr(getattr(self, "training", None), "steps", 0))

    def companions(self, departures: bool) -> dict[str, Companion]:
        """Name the methods that the network is averaged with (`oxygen_recon.models.stack`); none by default.

        Parameters
        ----------
        departures : bool
            Whether oxygen is a departure from a background: those belong here only whose departures vanish far from
            observations.

        Returns
        -------
        dict of str to Companion
        """
        return {}
