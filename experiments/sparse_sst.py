"""Sea surface temperature below clouds, filled: what is withheld of ten scenes of the Alboran Sea is estimated.

    python experiments/sparse_sst.py DATA/gridded/daily/sst/alboranSST_small.nc

Ten scenes in May 2017, 201 x 301 pixels, three quarters of the sea in clouds (AVHRR Metop-B). Pieces of the seen pixels
are withheld where clouds of another scene, moved, lie over them, as in the cross-validation of DINEOF (Alvera-Azcarate
et al. 2005): about 15 % of each scene. Estimated by the last value seen at the pixel (the next where there is none
before), also by its anomaly from the mean of its scene; by EOF filling (DINEOF, Beckers and Rixen 2003); by optimal
interpolation in space and time; and by a small U-Net that corrects the interpolation. Number of functions, scales and
the weights of the U-Net are found on other pieces, withheld from what is left. Anomalies count from the mean of what is
seen of the scene. Three draws of pieces; one thread.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.interpolation import Interpolation, fit_interpolations
from oxygen_recon.models.daily_baselines.filling import eof_filling
from oxygen_recon.models.fourier.networks.convolution import UNet
from oxygen_recon.models.fourier.networks.sizes import UNetSizes
from oxygen_recon.report.table import Table
from qc.errors import InputError

DRAWS, SHARE, PIECE = 3, 0.15, 40  # pieces lie in squares of so many pixels
RANKS = (1, 2, 3, 4, 6)
LENGTHS, TIMES, NOISES, TARGETS = (10.0, 20.0, 40.0, 80.0), (1.0, 2.0, 4.0), (0.02, 0.1, 0.3), 1500  # km, days, share
MASKS, STEPS, BATCH, CROP = 5, 200, 8, 64
KM = 111.2  # a degree of latitude


@dataclass(frozen=True)
class Scenes:
    """Temperatures, NaN where nothing is seen, with their places.

    Parameters
    ----------
    values : array, shape (scene, row, column)
        degC.
    sea : bool array, shape (row, column)
        What is no land.
    x, y : array, shape (row, column)
        km.
    day : array, shape (scene,)
        Days.
    """

    values: Floats
    sea: Mask
    x: Floats
    y: Floats
    day: Floats

    @classmethod
    def read(cls, path: Path) -> Scenes:
        """Read a file of scenes on latitude and longitude, with a mask of the sea."""
        if not path.exists():
            raise InputError("no such file", str(path), "give alboranSST_small.nc")
        with xr.open_dataset(path) as data:
            sea, values = data["mask"].to_numpy() > 0, data["SST"].to_numpy().astype(float)
            latitude, longitude = data["lat"].to_numpy().astype(float), data["lon"].to_numpy().astype(float)
            day = (data["time"].to_numpy() - data["time"].to_numpy()[0]) / np.timedelta64(1, "D")
        x = KM * np.cos(np.radians(latitude.mean())) * longitude
        grid = np.meshgrid(x, KM * latitude)
        return cls(np.where(sea, values, np.nan), sea, *grid, day.astype(float))

    def points(self, where: Mask) -> Floats:
        """Places and days of marked pixels, shape (pixel, 3)."""
        scene, row, column = np.nonzero(where)
        return np.column_stack([self.x[row, column], self.y[row, column], self.day[scene]])


def pieces(values: Floats, sea: Mask, rng: np.random.Generator) -> Mask:
    """Draw what is withheld: seen pixels below the moved clouds of another scene, shape of the values."""
    seen, hidden = np.isfinite(values), np.zeros(values.shape, bool)
    rows, columns = (size - PIECE for size in sea.shape)
    for scene in range(len(seen)):
        for _ in range(1000):
            if hidden[scene].sum() >= SHARE * seen[scene].sum():
                break
            (top, left), (above, beside) = rng.integers(0, (rows, columns), size=(2, 2))
            other, box = rng.integers(len(seen)), np.s_[top : top + PIECE, left : left + PIECE]
            from_there = np.s_[above : above + PIECE, beside : beside + PIECE]
            hidden[scene][box] |= seen[scene][box] & ~seen[other][from_there] & sea[from_there]
    return hidden


def scene_mean(values: Floats) -> Floats:
    """Mean of what is seen of each scene, shape (scene, 1, 1)."""
    mean: Floats = np.nanmean(values, axis=(1, 2), keepdims=True)
    return mean


def last_seen(values: Floats) -> Floats:
    """Give each pixel the last value before, or the next; the mean of the scene where there is neither."""
    found = np.full_like(values, np.nan)
    for scene in range(len(values)):
        for other in [*range(scene - 1, -1, -1), *range(scene + 1, len(values))]:
            found[scene] = np.where(np.isfinite(found[scene]), found[scene], values[other])
    return np.where(np.isfinite(found), found, scene_mean(values))


def by_functions(values: Floats, sea: Mask, rng: np.random.Generator) -> Floats:
    """Fill by EOFs of anomalies; as many as do best on other pieces."""

    def filled(given: Floats, rank: int) -> Floats:
        found, mean = np.full_like(given, np.nan), scene_mean(given)
        found[:, sea] = eof_filling((given - mean)[:, sea].T, rank).T
        return found + mean

    hidden = pieces(values, sea, rng)
    errors = [np.square((filled(np.where(hidden, np.nan, values), rank) - values)[hidden]).mean() for rank in RANKS]
    return filled(values, RANKS[int(np.argmin(errors))])


def interpolated(scenes: Scenes, values: Floats, where: Mask, one: Interpolation) -> Floats:
    """Anomalies of marked pixels by optimal interpolation, shape (pixel,)."""
    anomaly, seen = values - scene_mean(values), np.isfinite(values)
    return one(scenes.points(seen), anomaly[seen][:, None], scenes.points(where))[:, 0]


def fitted(scenes: Scenes, values: Floats, rng: np.random.Generator) -> Interpolation:
    """Find scales and noise on other pieces."""
    hidden = pieces(values, scenes.sea, rng)
    left = np.where(hidden, np.nan, values)
    anomaly, seen = values - scene_mean(left), np.isfinite(left)
    some = rng.choice(int(hidden.sum()), TARGETS, replace=False)
    case = (
        scenes.points(seen), anomaly[seen][:, None], scenes.points(hidden)[some], anomaly[hidden][some][:, None],
    )  # fmt: skip
    return fit_interpolations([case], LENGTHS, TIMES, NOISES)[0]


def images(scenes: Scenes, values: Floats, where: Mask, one: Interpolation) -> Floats:
    """Lay out what the U-Net reads: anomalies seen or interpolated, which of the two, those of the scenes beside."""
    anomaly = values - scene_mean(values)
    seen = np.isfinite(anomaly)
    known = np.where(seen, anomaly, 0.0)
    known[where] = interpolated(scenes, values, where, one)
    beside = np.pad(np.where(seen, anomaly, 0.0), ((1, 1), (0, 0), (0, 0)))
    there = np.pad(seen, ((1, 1), (0, 0), (0, 0)))
    sea = np.broadcast_to(scenes.sea, seen.shape)
    return np.stack([known, seen, where, sea, beside[:-2], there[:-2], beside[2:], there[2:]], axis=1)


def corrected(scenes: Scenes, values: Floats, where: Mask, one: Interpolation, rng: np.random.Generator) -> Floats:
    """Anomalies of marked pixels: interpolated, and corrected by a U-Net that learned from other pieces."""
    torch.manual_seed(int(rng.integers(2**31)))
    network, cases = UNet(8, 1, UNetSizes(width=16, levels=3)), []
    torch.nn.init.zeros_(network.recovery.weight)
    for _ in range(MASKS):
        hidden = pieces(values, scenes.sea, rng)
        left = np.where(hidden, np.nan, values)
        truth = np.where(hidden, values - scene_mean(left), 0.0)
        cases.append((images(scenes, left, hidden, one), truth, hidden))
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        read, truth, hidden = _crops(cases, rng)
        error = (read[:, 0] + network(read)[:, 0] - truth)[hidden]
        optimiser.zero_grad()
        torch.autograd.backward(error.square().mean())
        optimiser.step()
        schedule.step()
    read = torch.from_numpy(images(scenes, values, where, one)).float()
    with torch.no_grad():
        found = (read[:, 0] + network(read)[:, 0]).numpy()
    return np.asarray(found, float)[where]


def _crops(cases: list[tuple[Floats, Floats, Mask]], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Cut squares with something hidden in them, turned over at random."""
    found = []
    while len(found) < BATCH:
        read, truth, hidden = cases[rng.integers(len(cases))]
        scene = rng.integers(len(truth))
        top, left = (int(rng.integers(size - CROP)) for size in truth.shape[1:])
        box = np.s_[top : top + CROP, left : left + CROP]
        if hidden[scene][box].sum() < 50:
            continue
        parts = [read[scene][(slice(None), *box)], truth[scene][box], hidden[scene][box]]
        if rng.random() < 0.5:
            parts = [part[..., ::-1] for part in parts]
        found.append(parts)
    read, truth, hidden = (np.stack([one[i] for one in found]) for i in range(3))
    return torch.from_numpy(read).float(), torch.from_numpy(truth).float(), torch.from_numpy(hidden.astype(bool))


def main(arguments: list[str]) -> None:
    """Withhold, estimate and print the errors."""
    if len(arguments) != 1:
        raise InputError(f"arguments {arguments}", "sparse_sst", "give the file of scenes")
    torch.set_num_threads(1)
    scenes, rows = Scenes.read(Path(arguments[0])), []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        hidden = pieces(scenes.values, scenes.sea, rng)
        left = np.where(hidden, np.nan, scenes.values)
        truth, anomaly = scenes.values[hidden], left - scene_mean(left)
        mean, one = np.broadcast_to(scene_mean(left), left.shape)[hidden], fitted(scenes, left, rng)
        made = {
            "mean of the scene": mean,
            "last seen": last_seen(left)[hidden],
            "last seen, anomaly": last_seen(anomaly)[hidden] + mean,
            "EOF filling": by_functions(left, scenes.sea, rng)[hidden],
            "interpolation": interpolated(scenes, left, hidden, one) + mean,
            "interpolation, corrected": corrected(scenes, left, hidden, one, rng) + mean,
        }
        errors = [f"{np.sqrt(np.square(found - truth).mean()):.3f}" for found in made.values()]
        scales = f"{one.scales[0]:g} km, {one.scales[2]:g} d, {one.noise:g}"
        rows.append([str(draw), f"{hidden.sum():,}", *errors, scales])
        print(rows[-1], file=sys.stderr, flush=True)
    print(Table.of_text(["draw", "pixels", *made, "scales, noise"], rows).markdown())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
