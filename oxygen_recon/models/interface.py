"""What every method of estimation can do, from climatology to the graph network."""

from typing import Protocol

from oxygen_recon.dataset.domain import Domain, Estimate, Ints, Samples


class Method(Protocol):
    """A method fills the ocean from samples."""

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Learn from samples.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates.
        samples : Samples
            Everything the method may learn from; hyper-parameters are chosen by holding out whole groups of it.
        seed : int
            Makes the result repeatable.
        """
        ...

    def predict(self, domain: Domain, seen: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        seen : Samples
            Observations the estimate may use as input; a target's own value must not be among them when it is scored.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Names ("oxygen",), mean and scale of shape (target, 1), umol kg-1.
        """
        ...
