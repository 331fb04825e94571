"""The background as a method of its own, and a background that is fitted to the observations."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.background import OnBackground
from oxygen_recon.models.baselines.climatology import Climatology, smooth
from oxygen_recon.models.baselines.tuning import level_rms
from oxygen_recon.models.interface import Estimate, Method


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
    reads_covariates: ClassVar[bool] = False
    kind: Literal["background"] = "background"

    def build(self) -> BackgroundAlone:
        """Make the method.

        Returns
        -------
        BackgroundAlone
        """
        return BackgroundAlone()


class OnFittedBackground(OnBackground):
    """A method on the climatology of the observations that it learns from (`Climatology`), in place of a given field.

    The climatology is fitted anew without whatever is held out. Observations and estimates count from the same one, so
    that what an observation departs by is given back where it was made.

    Parameters
    ----------
    method : Method
        Gets departures in place of oxygen.
    """

    def __init__(self, method: Method) -> None:
        super().__init__(method, np.zeros((0, 0)))
        self.climatology = Climatology()

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Fit the climatology, and let the method learn from departures.

        Parameters
        ----------
        domain, samples, seed
            As for `Method.fit`.
        """
        self.climatology.fit(domain, samples, seed)
        self.method.fit(self._of_departures(domain), self._departures(domain, samples), seed)

    def _at(self, domain: Domain, cell: Ints, step: Ints) -> Floats:
        return smooth(domain, self.climatology.bins, cell, step, self.climatology.smoothing)
