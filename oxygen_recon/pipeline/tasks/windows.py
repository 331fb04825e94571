"""Task that workers share: the reconstruction of a window of steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphs.types import Mask
from oxygen_recon.dataset import store
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.pipeline.tasks.run_data import ONE_AT_A_TIME, RunData
from oxygen_recon.products import reconstruction

# Cells x steps of a window of the reconstruction, at most; and the fewest windows, so that workers can share them.
_MOST_CELLS, _FEWEST_WINDOWS = 300_000, 8


@dataclass(frozen=True)
class WindowTask:
    """The reconstruction of a window of steps.

    Parameters
    ----------
    data : RunData
        Data of the run.
    """

    data: RunData

    def pending(self, done: Mask) -> list[tuple[int, int]]:
        """List the windows with a step that is not done: their first step, and the one after their last.

        Parameters
        ----------
        done : bool array, shape (step,)
            Steps that are written already.
        """
        cells, steps = self.data.domain.cells, self.data.domain.steps
        length = max(1, min(-(-steps // _FEWEST_WINDOWS), _MOST_CELLS // cells))
        starts = [s for s in range(0, steps, length) if not done[s : s + length].all()]
        return [(start, min(start + length, steps)) for start in starts]

    def __call__(self, window: tuple[int, int]) -> None:
        """Estimate every cell of the window's steps and write them."""
        data, (start, stop) = self.data, window
        with ONE_AT_A_TIME:
            methods, calibration = data.trained
        grid, _ = store.load_grid(data.folder.grid)
        count = np.zeros((stop - start, data.domain.cells), np.int32)
        here = data.samples.take((data.samples.step >= start) & (data.samples.step < stop))
        np.add.at(count, (here.step - start, here.cell), here.count)
        with ONE_AT_A_TIME:
            domain = data.domain_without(None)
            found = reconstruction.reconstruct_window(methods, domain, data.samples, calibration, start, stop)
        alone = None
        if data.experiment.background is not None:
            alone = reconstruction.background_alone(data.domain, data.samples, start, stop)
        fields.write_window(
            data.folder.reconstruction, grid, start, found.mean, found.error, count, alone, found.beyond
        )
