from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from graphs.build import Graph, build
from graphs.grid import Grid
from oxygen_recon.dataset.domain import Domain, Samples

Ocean = tuple[Domain, Samples, Graph, np.ndarray]


@pytest.fixture(scope="session")
def small_ocean() -> Callable[..., Ocean]:
    """Make a small ocean whose oxygen follows temperature, place and time, sampled by cruises: domain, samples, graph,
    truth (step, cell)."""

    def make(steps: int = 6, cruises: int = 40, names: tuple[str, ...] = ("temperature", "salinity")) -> Ocean:
        rng = np.random.default_rng(0)
        wet = np.ones((4, 6, 10), bool)
        wet[:, 2, 3] = wet[3, :, 7] = False
        edges = np.linspace(-15, 15, 7), np.linspace(160, 210, 11), np.array([0.0, 50, 150, 300, 700])
        grid = Grid(*edges, np.array([10.0, 100, 200, 500]), wet)
        level, row, place = np.nonzero(wet)
        column = row * 10 + place
        years = 1990.5 + np.arange(steps)
        latitude, longitude, depth = grid.latitude[row], grid.longitude[place], grid.depth[level]
        wave = np.sin(np.radians(4 * longitude) + years[:, None] / 2) + np.cos(np.radians(6 * latitude))
        temperature = 25 - 4 * np.log1p(depth / 20) + wave
        salinity = 35 + 0.2 * wave + rng.normal(0, 0.05, wave.shape)
        truth = (
            240
            - 0.15 * depth
            - 5 * temperature
            + 12 * np.sin(np.radians(5 * longitude))
            - 0.5 * (years[:, None] - 1990)
        )
        known = {"temperature": temperature, "salinity": salinity, "phosphate": 2.5 - truth / 120 + 0.1 * wave}
        covariates = np.stack([known[name] for name in names], axis=-1)
        domain = Domain(latitude, longitude, depth, column, level, np.ones(level.size), years, covariates, names)
        rows = []
        for group in range(cruises):
            step, at, height = rng.integers(steps), rng.integers(6), rng.integers(1, 5)
            chosen = (row == at) & (place >= rng.integers(6)) & (level < height)
            rows += [(cell, step, group) for cell in np.flatnonzero(chosen)]
        cell, step, group = np.array(rows).T
        oxygen = truth[step, cell] + rng.normal(0, 1, cell.size)
        spread = {"oxygen": np.full(cell.size, np.nan)}
        samples = Samples(cell, step, group, {"oxygen": oxygen}, np.ones_like(cell), spread)
        return domain, samples, build(grid, near=4), truth

    return make


@pytest.fixture
def atlas(data_root: Path) -> tuple[xr.Dataset, Grid]:
    """World Ocean Atlas 2009 as one time step, with its own grid."""
    with xr.open_dataset(data_root / "gridded/woa09_2deg/woa09_glodap_2deg.nc") as file:
        data = file.load()
    bounds = (data[name].values for name in ("lat_bnds", "lon_bnds", "depth_bnds"))
    edges = (np.append(pairs[:, 0], pairs[-1, 1]) for pairs in bounds)
    grid = Grid(*edges, data.depth.values, data.wet.values.astype(bool))
    return data.rename(lat="latitude", lon="longitude").expand_dims(time=[0]), grid
