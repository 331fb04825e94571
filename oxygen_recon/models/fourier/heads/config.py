"""Settings of the heads of daily networks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from oxygen_recon.models.config import ComputeConfig, OptimiserConfig
from qc.config import Strict


class HeadTraining(OptimiserConfig):
    """Optimiser of a head, and the forecasts of the network that it is trained on.

    Parameters
    ----------
    batch : int
        Windows a step.
    starts : int
        Forecasts of the network, spread over the training days, whose features and states the head reads.
    days : int [day]
        Of waves: length of a window in the last two fifths of the steps, each day from the one before; before it is one
        day, as always of the other heads.
    """

    steps: int = Field(default=300, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    batch: int = Field(default=4, ge=1)
    starts: int = Field(default=24, ge=1)
    days: int = Field(default=6, ge=1)


class HeadConfig(Strict):
    """A head on the features of a daily network.

    Parameters
    ----------
    kind : {"biochemistry", "waves", "downscaling"}
        Positive concentrations of a day from those of the start; significant wave height of the next day from that of
        the day and the winds of the next; finer fields of a box from those of the start and the state of the day.
    hidden, blocks : int
        Channels between, and convolutions with a shortcut.
    before : int [day]
        How long before the start lies a second day whose fields are read, so that the head knows how they change; 0
        reads the start alone, as the head of the waves does.
    spectrum : bool
        Whether finer fields have the power of real ones at every scale, the smallest taken from the start; else they
        are the mean forecast, whose squared error is least and which is smoother.
    logarithm : bool
        Whether the biochemistry head works on logarithms of concentrations, which makes them positive; else what comes
        out negative is 0.
    training : HeadTraining
        Optimiser.
    compute : ComputeConfig
        On what it is computed; changes no result.
    """

    kind: Literal["biochemistry", "waves", "downscaling"]
    hidden: int = Field(default=16, ge=1)
    blocks: int = Field(default=2, ge=0)
    before: int = Field(default=3, ge=0)
    spectrum: bool = True
    logarithm: bool = False
    training: HeadTraining = HeadTraining()
    compute: ComputeConfig = Field(default=ComputeConfig(), exclude=True)

    @property
    def stepped(self) -> bool:
        """Whether each day is made from the one before; else from the start."""
        return self.kind == "waves"

    @property
    def read(self) -> tuple[int, ...]:
        """Days before the start whose fields are read, the start itself first."""
        return (0,) if self.stepped or not self.before else (0, self.before)
