"""Any method on a background: it learns and estimates the departures of oxygen from a given field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Estimate, Method, Tuned, tuned


class OnBackground:
    """A method of estimation (`oxygen_recon.models.interface.Method`) that another one makes of departures.

    Parameters
    ----------
    method : Method
        Gets departures in place of oxygen, in a domain that says so (`Domain.departures`).
    background : array, shape (step, cell)
        Oxygen that departures count from, umol kg-1; finite: cells without a background are in no domain.
    """

    def __init__(self, method: Method, background: Floats) -> None:
        self.method, self.background = method, background
        self._domains: tuple[Domain, Domain] | None = None  # the last one, and as the method gets it

    @property
    def tuned(self) -> Tuned | None:
        """What the method chose by hold-out."""
        return tuned(self.method)

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Let the method learn from departures.

        Parameters
        ----------
        domain, samples, seed
            As for `Method.fit`.

        Raises
        ------
        ValueError
            If the background is not that of the domain.
        """
        if self.background.shape != (domain.steps, domain.cells):
            raise ValueError(f"a background of shape {self.background.shape}, not (step, cell) of the domain")
        self.method.fit(self._of_departures(domain), self._departures(domain, samples), seed)

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate departures and add the background.

        Parameters
        ----------
        domain, context, cell, step
            As for `Method.predict`.

        Returns
        -------
        Estimate
            Of oxygen, umol kg-1; the scale is that of the departure.
        """
        found = self.method.predict(self._of_departures(domain), self._departures(domain, context), cell, step)
        return replace(found, mean=np.asarray(found.mean) + self._at(domain, cell, step)[:, None])

    def _at(self, domain: Domain, cell: Ints, step: Ints) -> Floats:
        """Background of cells and steps, shape (target,)."""
        return self.background[step, cell]

    def _of_departures(self, domain: Domain) -> Domain:
        """Return the domain that says so; the same object for the same domain, which keeps what it has looked up."""
        if self._domains is None or self._domains[0] is not domain:
            self._domains = domain, replace(domain, departures=True)
        return self._domains[1]

    def _departures(self, domain: Domain, samples: Samples) -> Samples:
        """Take the background off the oxygen of samples."""
        departure = samples.values["oxygen"] - self._at(domain, samples.cell, samples.step)
        return replace(samples, values=samples.values | {"oxygen": departure})
