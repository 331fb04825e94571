"""The column model on a globe: time of a million nodes, peak memory, and what a century asks for.

    python experiments/benchmarks/columns_at_scale.py [--degrees 1] [--casts 50000] [--steps 2]

A made-up ocean of 33 levels with temperature and salinity at every cell, one step a year; casts at random places. The
network is trained for a few steps only, for neither time nor memory depend on its weights. One thread; the table says
processor time of every step, and what 104 years of one network ask of two cores, each of which takes every other year.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from graphs.build import build
from graphs.grid import Grid
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.oxygraph.config import ColumnTrainingConfig, OxyGraphConfig

LEVELS = np.array([0, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200,
                   1300, 1400, 1500, 1750, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500.0])  # fmt: skip
YEARS = 104


def globe(degrees: float, steps: int) -> tuple[Domain, Grid]:
    """Make an ocean without land, deeper than the last level everywhere."""
    latitude, longitude = np.arange(-80, 80 + degrees / 2, degrees), np.arange(-180, 180 + degrees / 2, degrees)
    edges = np.append(0.0, np.append(0.5 * (LEVELS[1:] + LEVELS[:-1]), 6000.0))
    grid = Grid(latitude, longitude, edges, LEVELS, np.ones((LEVELS.size, latitude.size - 1, longitude.size - 1), bool))
    level, row, place = np.nonzero(grid.wet)
    depth, north = grid.depth[level], grid.latitude[row]
    warm = 28 * np.cos(np.radians(north)) ** 2 * np.exp(-depth / 600) + 1
    covariates = np.empty((steps, level.size, 2), np.float32)
    for step in range(steps):
        covariates[step] = np.stack([warm + 0.01 * step, 34.5 + 0.03 * warm], axis=-1)
    domain = Domain(
        north, grid.longitude[place], depth, row * (longitude.size - 1) + place, level, np.ones(level.size),
        1920.5 + np.arange(steps), covariates, ("temperature", "salinity"),
    )  # fmt: skip
    return domain, grid


def observed(domain: Domain, casts: int) -> Samples:
    """Take casts of all levels at random columns and steps."""
    random = np.random.default_rng(0)
    columns = int(domain.column.max()) + 1
    column, step = random.integers(columns, size=casts), random.integers(domain.steps, size=casts)
    cell = domain.cell_of[column].ravel()
    when, group = np.repeat(step, LEVELS.size), np.repeat(np.arange(casts) // 50, LEVELS.size)
    oxygen = 300 - 6 * domain.covariates[when, cell, 0] + random.normal(0, 5, cell.size)
    nothing = np.full(cell.size, np.nan)
    return Samples(cell, when, group, {"oxygen": oxygen}, np.ones(cell.size, int), {"oxygen": nothing})


def main(degrees: float, casts: int, steps: int) -> None:
    """Print the table."""
    domain, grid = globe(degrees, steps)
    samples = observed(domain, casts)
    config = OxyGraphConfig(training=ColumnTrainingConfig(steps=5))
    method = config.build(build(grid, near=1))
    method.fit(domain, samples, seed=0)
    print(f"{domain.cells:,} cells a step, {casts:,} casts of {LEVELS.size} levels")
    print("| step | processor s | s a million nodes | peak memory, GiB |\n|--:|--:|--:|--:|")
    cell, took = np.arange(domain.cells), []
    for step in range(steps):
        begin = time.process_time()
        method.predict(domain, samples, cell, np.full(domain.cells, step))
        took.append(time.process_time() - begin)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"| {step} | {took[-1]:.1f} | {1e6 * took[-1] / domain.cells:.1f} | {peak:.2f} |", flush=True)
    minutes = YEARS * took[-1] / 2 / 60
    print(f"{YEARS} years on two cores, one network: {minutes:.0f} min (the first step also encodes the casts)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time and memory of the column model on a globe.")
    parser.add_argument("--degrees", type=float, default=1.0)
    parser.add_argument("--casts", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=2)
    main(**vars(parser.parse_args()))
