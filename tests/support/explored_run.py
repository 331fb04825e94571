"""A small finished run to explore: files as a run leaves them, made without running anything."""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.fields import reconstruction
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.report.explorer.data.run_data import RunFiles

CRUISES = ["33RR19910730", "49NZ20060822"]
MODEL = "Model A r1"


def small_grid() -> Grid:
    """Nine by eighteen columns of 20 degrees, four levels; a continent at 0 to 40 E, a ridge, a shelf."""
    depth_edges = np.array([0.0, 50, 200, 600, 2000])
    wet = np.ones((4, 9, 18), bool)
    wet[:, 2:7, 9:11] = False
    wet[3, :, 4] = False
    wet[1:, 0] = False
    return Grid(
        np.linspace(-90, 90, 10), np.linspace(-180, 180, 19), depth_edges, np.array([10.0, 100, 300, 1000]), wet
    )


def oxygen_of(grid: Grid, steps: int) -> np.ndarray:
    """Oxygen (step, level, latitude, longitude), umol kg-1: lowest at 300 m near the equator, falling by 1 a step."""
    waves = np.sin(np.radians(grid.longitude))[None, :] + np.cos(np.radians(2 * grid.latitude))[:, None]
    low = np.exp(-((grid.latitude / 30) ** 2))[:, None]
    levels = np.array([220.0, 180.0, 150.0, 170.0])[:, None, None] - np.array([0.0, 60, 120, 40])[:, None, None] * low
    fields = levels + 5 * waves
    return np.where(grid.wet, fields - np.arange(steps)[:, None, None, None], np.nan).astype(np.float32)


def samples_of(grid: Grid, oxygen: np.ndarray) -> Samples:
    """What two cruises found: each a line of columns, all depths, one step."""
    rows = []
    for group, (step, row) in enumerate(((1, 5), (4, 4))):
        numbers = grid.number[:, row, 11:16]
        rows += [(cell, step, group) for cell in numbers[numbers >= 0]]
    cell, step, group = np.array(rows).T
    values = {"oxygen": grid.gather(oxygen)[step, cell].astype(float) + 2.0}
    return Samples(cell, step, group, values, np.ones_like(cell), {"oxygen": np.full(cell.size, np.nan)})


def finished_run(folder: Path, steps: int = 6, series: bool = True, truth: bool = True) -> RunFiles:
    """Write the files of a run, and of a climate model beside it that lacks the northernmost row."""
    grid, time_axis = small_grid(), TimeAxis.regular(2000, 1999 + steps, "year")
    oxygen = oxygen_of(grid, steps)
    samples = samples_of(grid, oxygen)
    true = grid.gather(oxygen) + 3.0 if truth else None
    store.save(folder / "grid", grid, time_axis, samples, CRUISES, np.zeros((1, 1, 1)), true)
    path = folder / "reconstruct" / "oxygen.zarr"
    about = Provenance("small", "small", "hash", "hash", "commit", 0, "model", created="2026-01-01")
    reconstruction.empty_reconstruction(path, grid, time_axis, about)
    count = np.zeros((steps, grid.cells), int)
    np.add.at(count, (samples.step, samples.cell), 1)
    for step in range(steps):
        values = grid.gather(oxygen[step])[None]
        error = np.full(values.shape, 4.0 + step)
        reconstruction.write_window(path, grid, step, values, error, count[step][None])
    if series:
        write_series(path, folder / "reconstruct" / "series.zarr")
    (folder / "validate" / "fields").mkdir(parents=True)
    model = folder / "validate" / "fields" / "Model_A_r1.nc"
    write_compared(model, oxygen)
    return RunFiles("small", path, folder / "reconstruct" / "series.zarr", folder / "grid", [model])


def write_series(path: Path, series: Path) -> None:
    """Write a reconstruction again in pieces of all steps and few columns."""
    with xr.open_zarr(path, consolidated=True) as data:
        chosen = data[["oxygen", "oxygen_standard_error", "wet"]].load()
    for name in ("oxygen", "oxygen_standard_error"):
        chosen[name].encoding = {"chunks": (*chosen[name].shape[:2], 4, 4)}
    chosen["wet"].encoding = {}
    chosen.to_zarr(series, consolidated=True, zarr_format=2)


def write_compared(path: Path, oxygen: np.ndarray, title: str = MODEL) -> None:
    """Write a field that has 10 more than the reconstruction everywhere, and nothing in its northernmost row."""
    with netCDF4.Dataset(path, "w") as file:
        file.title, file.kind = title, "climate model"
        names = ("time", "depth", "latitude", "longitude")
        for name, size in zip(names, oxygen.shape):
            file.createDimension(name, size)
        variable = file.createVariable("oxygen", "f4", names, zlib=True, fill_value=np.float32(np.nan))
        values = oxygen + 10
        values[:, :, -1] = np.nan
        variable[:] = values
