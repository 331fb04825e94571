"""The column model and the graph of cells on a made-up globe: time of a million nodes, peak memory, a century.

    python experiments/benchmarks/columns_at_scale.py models [--degrees 4] [--casts 5000]
    python experiments/benchmarks/columns_at_scale.py curve [--nodes 100000 1000000 10000000] [--casts 50000] [--gpu]
    python experiments/benchmarks/columns_at_scale.py window [--steps 2] [--casts 50000]

An ocean of 33 levels without land, temperature and salinity at every cell, one step a year; casts at random places.
The networks are trained for a few steps only, for neither time nor memory depend on their weights. `models` compares
both models in their settings by default, in turn; `curve` and `window` are the column model's, with one network, at 1
degree: an estimate step by step, and what a run does for one step of the reconstruction, with the nearness of
observations and the calibration of errors. Covariates are on disk, mapped into memory, as those of a run are. Time is
processor time of one thread; with `--gpu`, the same on a GPU, and elapsed time. Memory is measured in a process for
each row.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from experiments.benchmarks.peak import Peak
from graphs.build import Graph, build
from graphs.edges import OFFSETS, Edges
from graphs.grid import Grid
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.config import ComputeConfig
from oxygen_recon.models.graph.config import GraphTrainingConfig, OxyGeneratorConfig
from oxygen_recon.models.interface import Method
from oxygen_recon.models.nearness import nearness
from oxygen_recon.models.oxygraph.config import ColumnTrainingConfig, OxyGraphConfig
from oxygen_recon.models.uncertainty import calibrate
from oxygen_recon.products.reconstruction import background_alone, reconstruct_window

LEVELS = np.array([0, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200,
                   1300, 1400, 1500, 1750, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500.0])  # fmt: skip
DEGREES = 1.0  # of the curve and of the window
FEW, MORE = 5, 25  # training steps, whose difference in time is that of the steps between


def globe(degrees: float, steps: int, folder: Path) -> tuple[Domain, Grid]:
    """Make an ocean without land, deeper than the last level everywhere; its covariates lie in a folder."""
    latitude, longitude = np.arange(-80, 80 + degrees / 2, degrees), np.arange(-180, 180 + degrees / 2, degrees)
    edges = np.append(0.0, np.append(0.5 * (LEVELS[1:] + LEVELS[:-1]), 6000.0))
    grid = Grid(latitude, longitude, edges, LEVELS, np.ones((LEVELS.size, latitude.size - 1, longitude.size - 1), bool))
    level, row, place = np.nonzero(grid.wet)
    depth, north = grid.depth[level], grid.latitude[row]
    warm = 28 * np.cos(np.radians(north)) ** 2 * np.exp(-depth / 600) + 1
    path, shape = folder / "covariates.npy", (steps, level.size, 2)
    written = np.lib.format.open_memmap(path, "w+", np.float32, shape)  # type: ignore[no-untyped-call]
    for step in range(steps):
        written[step] = np.stack([warm + 0.01 * step, 34.5 + 0.03 * warm], axis=-1)
    del written
    domain = Domain(
        north, grid.longitude[place], depth, row * (longitude.size - 1) + place, level, np.ones(level.size),
        1920.5 + np.arange(steps), np.load(path, mmap_mode="r"), ("temperature", "salinity"),
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


def method_of(kind: str, graph: Graph, steps: int, gpu: bool = False) -> Method:
    """Make a model in its settings by default, to be trained for some steps."""
    if kind == "oxygraph":
        compute = ComputeConfig(device="gpu", chunk=2**16) if gpu else ComputeConfig()
        return OxyGraphConfig(training=ColumnTrainingConfig(steps=steps), compute=compute).build(graph)
    return OxyGeneratorConfig(training=GraphTrainingConfig(steps=steps)).build(graph)


def columns_alone(grid: Grid) -> Graph:
    """Return a graph without edges, all that the column model asks for."""
    none = Edges(np.full((grid.cells, 0), -1), np.zeros((grid.cells, 0, len(OFFSETS)), np.float32), OFFSETS)
    return Graph(grid, none, none, {"near": 0})


def took(action: object, *asked: object, clock: Callable[[], float] = time.process_time) -> float:
    """Processor time of a call, or that of another clock, s."""
    begun = clock()
    action(*asked)  # type: ignore[operator]
    return clock() - begun


def models(degrees: float, casts: int, rounds: int, folder: Path, only: str | None) -> None:
    """Compare the column model with the graph of cells; with `only`, print the memory of one of the two."""
    domain, grid = globe(degrees, 2, folder)
    samples, graph = observed(domain, casts), build(grid, near=4)
    cell, step = np.arange(domain.cells), np.ones(domain.cells, int)
    if only:
        method = method_of(only, graph, FEW)
        with Peak() as training:
            method.fit(domain, samples, 0)
        with Peak() as inference:
            method.predict(domain, samples, cell, step)
        print(f"{training.added:.0f} {inference.added:.0f}")
        return
    nodes = {"oxygraph": ColumnTrainingConfig().columns * LEVELS.size, "oxygenerator": GraphTrainingConfig().targets}
    found: dict[str, list[list[float]]] = {kind: [] for kind in nodes}
    for _ in range(rounds):
        for kind in nodes:
            method = method_of(kind, graph, MORE)
            more = took(method.fit, domain, samples, 0)
            fit = more - took(method_of(kind, graph, FEW).fit, domain, samples, 0)
            found[kind].append([fit / (MORE - FEW), took(method.predict, domain, samples, cell, step)])
    print(f"{domain.cells:,} cells a step, {casts:,} casts of {LEVELS.size} levels, medians of {rounds} rounds")
    print("| model | nodes a training step | s a step | training: s a million | inference: s a million "
          "| training: MiB | inference: MiB |\n|---|--:|--:|--:|--:|--:|--:|")  # fmt: skip
    for kind, times in found.items():
        fit, inference = np.median(times, axis=0)
        mib = child("models", "--only", kind, "--degrees", str(degrees), "--casts", str(casts)).split()
        print(f"| {kind} | {nodes[kind]:,} | {fit:.3f} | {1e6 * fit / nodes[kind]:.0f} "
              f"| {1e6 * inference / domain.cells:.1f} | {' | '.join(mib)} |")  # fmt: skip


def curve(nodes: int, casts: int, folder: Path, gpu: bool) -> None:
    """Print a row: an estimate of so many nodes, step by step."""
    clock = time.perf_counter if gpu else time.process_time
    columns = int(160 / DEGREES) * int(360 / DEGREES)
    domain, grid = globe(DEGREES, max(2, -(-nodes // (columns * LEVELS.size))), folder)
    samples, method = observed(domain, casts), method_of("oxygraph", columns_alone(grid), FEW, gpu)
    method.fit(domain, samples, 0)
    first = domain, samples, domain.cell_of[0], np.zeros(33, int)
    ready = took(method.predict, *first, clock=clock)  # the casts are encoded here, once
    begun, step, left = clock(), 0, nodes
    with Peak() as peak:
        while left:
            cell = domain.cell_of.ravel()[:left]
            method.predict(domain, samples, cell, np.full(cell.size, step))
            left, step = left - cell.size, step + 1
    seconds = clock() - begun
    row = [f"{nodes:,}", f"{ready:.1f}", f"{seconds:.1f}", f"{1e6 * seconds / nodes:.1f}"]
    row += [f"{peak.added / 1024:.2f}", f"{peak.whole / 1024:.2f}"]
    row += [f"{torch.cuda.max_memory_allocated() / 2**30:.2f}"] if gpu else []
    print(f"| {' | '.join(row)} |")


def window(steps: int, casts: int, folder: Path) -> None:
    """Print rows: steps of the reconstruction, as a run makes them."""
    domain, grid = globe(DEGREES, steps, folder)
    samples, method = observed(domain, casts), method_of("oxygraph", columns_alone(grid), FEW)
    method.fit(domain, samples, 0)
    some = np.random.default_rng(0).integers(len(samples), size=20_000)
    cell, step, truth = samples.cell[some], samples.step[some], samples.values["oxygen"][some]
    near = nearness(domain, samples.take(~np.isin(samples.group, samples.group[some])), cell, step)
    calibration = calibrate(truth, truth + 5, np.full(some.size, 5.0), domain.depth[cell], near, samples.group[some])
    print(f"{domain.cells:,} cells a step, {casts:,} casts of {LEVELS.size} levels")
    print("| step | processor s | s a million nodes | GiB added | GiB at most |\n|--:|--:|--:|--:|--:|")
    for at in range(steps):
        begun = time.process_time()
        with Peak() as peak:
            reconstruct_window([method], domain, samples, calibration, at, at + 1)
            background_alone(domain, samples, at, at + 1)
        seconds = time.process_time() - begun
        row = [str(at), f"{seconds:.1f}", f"{1e6 * seconds / domain.cells:.1f}"]
        print(f"| {' | '.join([*row, f'{peak.added / 1024:.2f}', f'{peak.whole / 1024:.2f}'])} |", flush=True)


def child(*asked: str) -> str:
    """Run this script in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *asked], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def main(given: argparse.Namespace) -> None:
    """Print one of the tables."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if given.part == "models":
            models(given.degrees, given.casts or 5000, given.rounds, folder, given.only)
        elif given.part == "window":
            window(given.steps, given.casts or 50_000, folder)
        elif len(given.nodes) == 1:
            curve(given.nodes[0], given.casts or 50_000, folder, given.gpu)
        else:
            head = ["nodes", "casts encoded, s", "s", "s a million nodes", "GiB added", "GiB at most"]
            head += ["GiB of the GPU"] if given.gpu else []
            print(f"| {' | '.join(head)} |\n|{'--:|' * len(head)}")
            asked = ["curve", "--casts", str(given.casts or 50_000), *(["--gpu"] if given.gpu else [])]
            for nodes in given.nodes:
                print(child(*asked, "--nodes", str(nodes)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time and memory of both models on a globe.")
    parser.add_argument("part", choices=("models", "curve", "window"))
    parser.add_argument("--degrees", type=float, default=4.0)
    parser.add_argument("--casts", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("oxygraph", "oxygenerator"), help="measure one memory")
    parser.add_argument("--nodes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="measure the curve on a GPU")
    main(parser.parse_args())
