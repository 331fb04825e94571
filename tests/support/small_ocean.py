"""A small ocean across the dateline whose oxygen follows place, temperature, season and slow anomalies."""

import numpy as np

from oxygen_recon.dataset.domain import Domain, Samples


def small_ocean(steps_a_year: int = 1, years: int = 6, seed: int = 0) -> tuple[Domain, Samples, np.ndarray]:
    """Make its domain, samples with an error of 1 umol/kg, and truth of shape (step, cell)."""
    rng = np.random.default_rng(seed)
    latitude, longitude = np.arange(-10.0, 11.0, 2.0), np.arange(170.0, 191.0, 2.0)
    depth = np.array([0.0, 100.0, 300.0])
    z, y, x = (axis.ravel() for axis in np.meshgrid(depth, latitude, longitude, indexing="ij"))
    level = np.searchsorted(depth, z)
    column = np.tile(np.arange(latitude.size * longitude.size), depth.size)
    time = 2000.0 + (np.arange(steps_a_year * years) + 0.5) / steps_a_year
    slow = np.stack([np.sin(0.3 * x + p) * np.cos(0.3 * y - p) for p in rng.uniform(0, 6, years)])
    slow = np.repeat(slow, steps_a_year, axis=0)
    temperature = 20 - 0.04 * z + 0.5 * rng.normal(size=(time.size, z.size))
    season = 8 * np.cos(2 * np.pi * time)[:, None] * (z == 0)
    truth = 200 - 0.3 * z + 2 * y + season + 10 * slow + 3 * (temperature - 20 + 0.04 * z)
    salinity = np.full_like(temperature, np.nan)
    domain = Domain(
        y, (x + 180) % 360 - 180, z, column, level, np.full(z.size, 1e12), time,
        np.stack([temperature, salinity], axis=-1), ("temperature", "salinity"),
    )  # fmt: skip
    step, place = np.divmod(rng.permutation(time.size * columns(domain))[: 60 * years], columns(domain))
    cell = (place[:, None] + columns(domain) * np.arange(3)).ravel()
    step = np.repeat(step, 3)
    samples = Samples(
        cell, step, np.repeat(np.arange(place.size) // 3, 3),
        {"oxygen": truth[step, cell] + rng.normal(size=cell.size)},
        np.ones(cell.size, int), {"oxygen": np.full(cell.size, np.nan)},
    )  # fmt: skip
    return domain, samples, truth


def columns(domain: Domain) -> int:
    return int(domain.column.max()) + 1


def everywhere(domain: Domain) -> tuple[np.ndarray, np.ndarray]:
    step, cell = np.divmod(np.arange(domain.steps * domain.cells), domain.cells)
    return cell, step
