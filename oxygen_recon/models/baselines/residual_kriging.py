"""Local kriging of what a regression leaves at neighbouring observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.mapping import Anomalies, Covariance, fit_covariance, map_anomalies

NEIGHBOURS = 32  # as the optimal interpolation's


@dataclass(frozen=True)
class ResidualKriging:
    """Kriging of residuals of a regression that learned without the sample and what is held out with it.

    Parameters
    ----------
    covariance : Covariance
        Of the residuals, fitted to pairs of samples that are not held out together.
    key : int array, shape (sample,)
        Sorted names of the samples of the fit, by cell, step and group.
    estimate : array, shape (sample,)
        Out-of-fold estimate of each, umol kg-1.
    """

    covariance: Covariance
    key: Ints
    estimate: Floats

    @classmethod
    def fit(cls, domain: Domain, samples: Samples, estimate: Floats, seed: int) -> ResidualKriging:
        """Fit the covariance of residuals.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        samples : Samples
            Of the fit.
        estimate : array, shape (sample,)
            Out of fold, umol kg-1.
        seed : int
            Draws pairs.

        Returns
        -------
        ResidualKriging
        """
        residual = samples.values["oxygen"] - estimate
        data = Anomalies.at(domain, samples.cell, samples.step, residual, np.ones(len(samples)))
        key = _key(domain, samples)
        order = np.argsort(key, kind="stable")
        return cls(fit_covariance(data, samples.held_together, seed), key[order], estimate[order])

    def known(self, domain: Domain, context: Samples) -> Floats:
        """Look up the out-of-fold estimates of samples of the fit.

        Parameters
        ----------
        domain : Domain
            Of the fit.
        context : Samples
            Any.

        Returns
        -------
        array, shape (sample,)
            umol kg-1; NaN of a sample that the fit did not have.
        """
        key = _key(domain, context)
        at = np.searchsorted(self.key, key).clip(max=self.key.size - 1)
        return np.where(self.key[at] == key, self.estimate[at], np.nan)

    def at(self, domain: Domain, around: Samples, residual: Floats, cell: Ints, step: Ints) -> tuple[Floats, Floats]:
        """Krige residuals to targets.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        around : Samples
            Observations near the targets.
        residual : array, shape (sample,)
            Theirs, umol kg-1.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        mapped : array, shape (target,)
            Residual, umol kg-1; 0 where there are no observations.
        variance : array, shape (target,)
            Variance of the error of a new measurement over that without any observation, 0 to 1.
        """
        noise = self.covariance.noise
        if not len(around):
            return np.zeros(cell.size), np.ones(cell.size)
        data = Anomalies.averaged(domain, around.cell, around.step, residual)
        mapped, explained = map_anomalies(data, domain, cell, step, self.covariance, NEIGHBOURS)
        return mapped, (1.0 - explained + noise) / (1.0 + noise)


def _key(domain: Domain, samples: Samples) -> Ints:
    """Give a number to each sample by cell, step and group, which no two of them share, shape (sample,)."""
    return (samples.group * domain.steps + samples.step) * domain.cells + samples.cell
