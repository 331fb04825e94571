"""What a network that fills gaps begins with: optimal interpolation of what is seen of a start and days before it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.dataset.daily.interpolation import Interpolation, trials
from oxygen_recon.models.fourier.networks.masking import Shape, seen_cells
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError

LENGTHS, TIMES, NOISES, NEIGHBOURS = (2.0, 3.0, 4.5, 7.0), (4.0, 8.0, 16.0), (0.003, 0.03), 20  # cells, days, share
SHARES, TARGETS = (0.1, 0.25, 0.5), 400  # that scales are fitted with, and cells of each case
_TRACKS, _MOST_TRACKS = 0.2, 0.3  # share of cases along tracks, which see no more than so much
_SIZES, _ALONE = (2, 4, 4, 8), 0.5  # cells a side of the squares that are seen; share of cases of one day


@dataclass(frozen=True)
class FirstGuess:
    """Anomalies of a day by optimal interpolation, each channel by itself, with two sets of scales between them.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the training days.
    scales : tuple of Interpolation
        One for each channel, in cells of the grid and days; two that differ at most, for their weights cost the time.
    """

    statistics: DailyStatistics
    scales: tuple[Interpolation, ...]

    @classmethod
    def fit(cls, fields: DailyFields, statistics: DailyStatistics, training: Dates, days: int, seed: int) -> FirstGuess:
        """Choose the scales by the error in cells that are withheld on training days.

        Parameters
        ----------
        fields : DailyFields
            The state.
        statistics : DailyStatistics
            Of the training days.
        training : datetime64[D] array
            The training days.
        days : int
            Most days that are seen.
        seed : int
            Decides which days and cells.

        Returns
        -------
        FirstGuess

        Raises
        ------
        InputError
            If so many training days in a row are missing.
        """
        period = float(statistics.longitude.size) if statistics.periodic else None
        tried = trials(LENGTHS, TIMES if days > 1 else TIMES[:1], NOISES, period, NEIGHBOURS)
        guess, rng = cls(statistics, (tried[0],) * len(statistics.channels)), np.random.default_rng(seed)
        places = days_up_to(fields, training, days)
        error = np.zeros((len(tried), len(statistics.channels)))
        for number, share in ((1, SHARES), (days, SHARES)):
            for start, seen in zip(rng.choice(places, len(share)).tolist(), share, strict=True):
                known = np.stack(
                    [seen_cells(fields.latitude.size, fields.longitude.size, seen, rng) for _ in range(number)]
                )
                anomaly = guess.anomalies(fields, slice(start - number + 1, start + 1))
                everywhere = fields.ocean.all(axis=0)
                wanted = np.nonzero(everywhere & ~known[-1])
                some = rng.permutation(wanted[0].size)[:TARGETS]
                wanted = wanted[0][some], wanted[1][some]
                points, values, targets = _problem(anomaly, known & everywhere, wanted)
                truth = anomaly[-1][:, wanted[0], wanted[1]].T
                variance = np.square(truth).mean(axis=0) + 1e-6
                for i, one in enumerate(tried):
                    made = one(points, values, targets)
                    error[i] += np.square(made - truth).mean(axis=0) / variance
        pair = min(combinations(range(len(tried)), 2), key=lambda two: error[list(two)].min(axis=0).sum())
        best = error[list(pair)].argmin(axis=0)
        return cls(statistics, tuple(tried[pair[i]] for i in best))

    def anomalies(self, fields: DailyFields, days: slice) -> NDArray[np.float32]:
        """Give anomalies of days in standard deviations of their channel, shape of the values."""
        values = fields.values[days] - self.statistics.climatology.at(fields.dates[days])
        return self.scaled(values)

    def scaled(self, anomaly: Floats) -> NDArray[np.float32]:
        """Bring anomalies to standard deviations of their channel."""
        usual = self.statistics.usual * self.statistics.scaling.deviation
        result: NDArray[np.float32] = (anomaly / usual[:, None, None]).astype(np.float32)
        return result

    def scores(self, anomaly: Floats, date: np.datetime64) -> NDArray[np.float32]:
        """Bring anomalies of a day, in standard deviations, to standard scores."""
        statistics = self.statistics
        normal = statistics.scaling.apply(statistics.climatology.at(np.array([date]))[0])
        result: NDArray[np.float32] = normal + anomaly.astype(np.float32) * statistics.usual[:, None, None]
        return result

    def __call__(
        self, anomaly: Floats, known: Mask, exact: bool = True
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Interpolate the last of some days.

        Parameters
        ----------
        anomaly : array, shape (day, channel, latitude, longitude)
            Standard deviations, anything where nothing is seen.
        known : bool array, of the same shape
            Where the ocean is seen.
        exact : bool
            Whether channels with other depths of the ocean are interpolated apart; together, what is seen where some of
            them are land informs no other cell, in less time.

        Returns
        -------
        float32 array, shape (channel, latitude, longitude)
            Anomalies: what is seen as it is; 0 on land and far from all that is seen.
        float32 array, of the same shape
            How far they are to be trusted: 1 where something is seen and on land, else the share of variance that is
            explained, below 1.
        """
        ocean = self.statistics.ocean
        known = known & ocean if exact else known
        found = np.where(known[-1] & ocean, anomaly[-1], 0.0).astype(np.float32)
        trust = (known[-1] | ~ocean).astype(np.float32)
        alike: dict[tuple[Interpolation, bytes, bytes], list[int]] = {}
        for i, one in enumerate(self.scales):
            alike.setdefault((one, known[:, i].tobytes(), ocean[i].tobytes() if exact else b""), []).append(i)
        for (one, *_), channels in alike.items():
            seen = known[:, channels[0]] & ocean[channels].all(axis=0)
            wanted = np.nonzero(ocean[channels].any(axis=0) & ~known[-1, channels[0]])
            points, values, targets = _problem(anomaly[:, channels], seen, wanted)
            made, share = one.explained(points, values, targets)
            for i, channel in enumerate(channels):
                here = ocean[channel][wanted]
                at = wanted[0][here], wanted[1][here]
                found[channel][at], trust[channel][at] = made[here, i], share[here].clip(max=0.999)
        return found, trust

    def draw(self, fields: DailyFields, places: Ints, least: float, days: int, rng: np.random.Generator) -> Case:
        """Draw a training day of which a part is seen, and interpolate it."""
        start, rows, columns = int(rng.choice(places)), fields.latitude.size, fields.longitude.size
        share, number = least ** rng.random(), 1 if rng.random() < _ALONE else int(rng.integers(1, days + 1))
        shape: Shape = "tracks" if rng.random() < _TRACKS and share < _MOST_TRACKS else "patches"
        size = int(rng.choice(_SIZES))
        known = np.stack([seen_cells(rows, columns, share, rng, shape, size) for _ in range(number)])
        anomaly = self.anomalies(fields, slice(start - number + 1, start + 1))
        found, trust = self(anomaly, np.repeat(known[:, None], len(self.scales), axis=1), exact=False)
        return Case(start, found.astype(np.float16), trust.astype(np.float16))


@dataclass(frozen=True)
class Case:
    """A training day of which a part is seen.

    Parameters
    ----------
    start : int
        Its number.
    anomaly, trust : float16 array, shape (channel, latitude, longitude)
        As of `FirstGuess`.
    """

    start: int
    anomaly: NDArray[np.float16]
    trust: NDArray[np.float16]


def days_up_to(fields: DailyFields, training: Dates, days: int, leads: int = 0) -> Ints:
    """List training days that so many training days in a row end with, and so many follow.

    Parameters
    ----------
    fields : DailyFields
        The days.
    training : datetime64[D] array
        The training days.
    days, leads : int
        Days up to each, itself among them; days after it.

    Returns
    -------
    int64 array
        Numbers of days.

    Raises
    ------
    InputError
        If there is none.
    """
    places = windows(fields, days + leads, training) + days - 1
    if not places.size:
        what = f"no {days + leads} training days in a row"
        raise InputError(what, "starts that are seen in part", "lower training.seen_days, or shorten training.roll_out")
    return places


def _problem(anomaly: Floats, seen: Mask, wanted: tuple[Ints, ...]) -> tuple[Floats, Floats, Floats]:
    """Columns, rows and days of what is seen, its anomalies, and columns, rows and days of what is wanted."""
    day, row, column = np.nonzero(seen)
    points = np.column_stack([column, row, day - (len(seen) - 1)]).astype(float)
    targets = np.column_stack([wanted[1], wanted[0], np.zeros(wanted[0].size)]).astype(float)
    return points, anomaly[day, :, row, column], targets
