"""The background alone: no departure anywhere, with the error of the background at the observations."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.tuning import level_rms
from oxygen_recon.models.interface import Estimate


class BackgroundAlone:
    """What the background of an experiment is worth without any observation: the field to beat."""

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Learn the error of each level.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        samples : Samples
            Departures from the background (`oxygen_recon.models.background.OnBackground`).
        seed : int
            Not used.
        """
        levels = int(domain.level.max()) + 1
        self.rms = level_rms(samples.values["oxygen"], domain.level[samples.cell], levels)

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate no departure.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Not used.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Departures of 0 umol kg-1; the scale is the level's root mean square departure of the samples.
        """
        return Estimate(("oxygen",), np.zeros((cell.size, 1)), self.rms[domain.level[cell]][:, None])


class BackgroundAloneConfig(BaseModel):
    """The background of the experiment as a method to compare with; nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: Literal["background"] = "background"

    def build(self) -> BackgroundAlone:
        """Make the method.

        Returns
        -------
        BackgroundAlone
        """
        return BackgroundAlone()
