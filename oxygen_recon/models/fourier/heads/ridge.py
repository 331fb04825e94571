"""Ridge regression beside a head: the same inputs but features, a linear function for each lead."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from oxygen_recon.models.fourier.heads.task import HeadBatch, linear_inputs
from oxygen_recon.models.fourier.heads.windows import RollOuts

_LADDER = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # penalties, as shares of the mean variance of the inputs
_HELD = 3  # every third start is held out to choose the penalty


@dataclass(frozen=True)
class LeadRidge:
    """Anomalies of fields at each lead as linear functions of what is known at the cell.

    Parameters
    ----------
    coefficients : tensor, shape (lead, input, field)
        Inputs are the fields' own anomalies on the days that are read, the forecast state, climatology, what drives the
        fields, and one.
    """

    coefficients: Tensor

    @classmethod
    def fit(cls, given: RollOuts, weight: Tensor) -> LeadRidge:
        """Fit all leads, cells of all starts together.

        Parameters
        ----------
        given : RollOuts
            Forecasts of the network from training days, as the head reads them.
        weight : tensor, shape (field, latitude, longitude)
            Of each cell; 0 on land.

        Returns
        -------
        LeadRidge
            The penalty of each field and lead is the one that is best on every third start, fitted to the others.
        """
        starts, found = torch.arange(len(given.dates)), []
        whole = given.window(starts, 0, given.leads)
        held = (starts % _HELD == _HELD - 1) if len(starts) > 1 else torch.zeros(len(starts), dtype=torch.bool)
        for lead in range(given.leads):
            inputs = linear_inputs(*whole.known(lead)).double()
            fields = []
            for field in range(weight.shape[0]):
                target = whole.target[:, lead, field].double()
                parts = [_sums(inputs[some], target[some], weight[field]) for some in (~held, held)]
                fields.append(_tuned(*parts) if bool(held.any()) else _solved(parts[0], _LADDER[3]))
            found.append(torch.stack(fields, dim=-1))
        return cls(torch.stack(found).float())

    def roll_out(self, batch: HeadBatch) -> Tensor:
        """Give every lead from the start.

        Parameters
        ----------
        batch : HeadBatch
            Windows that begin at the start; no longer than what was fitted, or the last lead counts.

        Returns
        -------
        tensor, shape (batch, lead, field, latitude, longitude)
            Anomalies.
        """
        most, by = len(self.coefficients) - 1, self.coefficients.to(batch.own.device)
        days = [
            torch.einsum("bihx,if->bfhx", linear_inputs(*batch.known(lead)), by[min(lead, most)])
            for lead in range(batch.features.shape[1])
        ]
        return torch.stack(days, dim=1)


def _sums(inputs: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted sums of products: inputs with each other and with the target, and of the target's squares."""
    cells, root = weight > 0, weight[weight > 0].double().sqrt()
    x = (inputs[:, :, cells] * root).movedim(1, 0).flatten(1)
    y = (target[:, cells] * root).flatten()
    return x @ x.T, x @ y, y @ y


def _solved(sums: tuple[Tensor, Tensor, Tensor], penalty: float) -> Tensor:
    """Coefficients for a penalty; the constant, which is last, has none."""
    square, product, _ = sums
    scale = torch.full((len(square),), penalty * float(square.diagonal()[:-1].mean()), dtype=square.dtype)
    scale[-1] = 1e-9 * float(square[-1, -1])
    coefficients: Tensor = torch.linalg.solve(square + torch.diag(scale), product)
    return coefficients


def _tuned(learned: tuple[Tensor, Tensor, Tensor], held: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Coefficients of all starts, by the penalty with the least error where it was not fitted."""

    def error(penalty: float) -> float:
        by = _solved(learned, penalty)
        return float(by @ held[0] @ by - 2 * by @ held[1] + held[2])

    best = min(_LADDER, key=error)
    every = (learned[0] + held[0], learned[1] + held[1], learned[2] + held[2])
    return _solved(every, best)
