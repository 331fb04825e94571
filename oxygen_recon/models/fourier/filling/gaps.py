"""Batches of a training in which parts of the starts are not seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from oxygen_recon.models.fourier.batch import GridBatch, Starts, assemble, joined, phase_at
from oxygen_recon.models.fourier.filling.first_guess import Case, FirstGuess, days_up_to

_WHOLE = 0.2  # share of starts that are seen whole


class GappyStarts(Starts):
    """Batches of a training of a network that fills gaps: the starts are first guesses of cases drawn before.

    Parameters
    ----------
    guess : FirstGuess
        Fitted.
    given : object
        As for `Starts`.
    """

    def __init__(self, guess: FirstGuess, *given: Any) -> None:
        super().__init__(*given)
        self.guess, self.training = guess, given[2]

    @cached_property
    def cases(self) -> list[Case]:
        """Cases that the starts are drawn from: an interpolation takes as long as a training step."""
        settings, rng = self.settings, np.random.default_rng([self.seed, 1])
        places = days_up_to(self.source, self.training, settings.seen_days, max(self.starts))
        return [
            self.guess.draw(self.source, places, settings.seen, settings.seen_days, rng) for _ in range(settings.cases)
        ]

    def __getitem__(self, i: int) -> GridBatch:
        """Make a batch.

        Parameters
        ----------
        i : int
            Its number.

        Returns
        -------
        GridBatch
        """
        roll_out = phase_at(self.settings.roll_out, i / len(self))
        assert roll_out is not None, "the last phase goes until 1"
        drawn, parts = np.random.default_rng([self.seed, i]), []
        for _ in range(self.settings.batch):
            case = self.cases[drawn.integers(len(self.cases))]
            one = assemble(self.source, self.statistics, case.start, 1, roll_out.days, self.forcing)
            trust = torch.ones_like(one.state[:, 0])
            if drawn.random() >= _WHOLE:
                trust = torch.from_numpy(case.trust.astype(np.float32))[None]
                one = replace(one, truth=one.state[:, 0], state=self.merged(case))
            parts.append(replace(one, truth=one.state[:, 0] if one.truth is None else one.truth, trust=trust))
        return joined(parts)

    def merged(self, case: Case) -> torch.Tensor:
        """Give the first guess of a case in standard scores, shape (1, 1, channel, latitude, longitude)."""
        return torch.from_numpy(self.guess.scores(case.anomaly, self.source.dates[case.start]))[None, None]
