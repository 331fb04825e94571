"""Files that the package writes are drawn."""

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.products import omz
from oxygen_recon.report import figures
from tests.support.oceans import DEPTH, meshes, ocean


def test_reconstruction_and_omz_files_are_drawn(tmp_path):
    wet = ocean(np.arange(20.5, 26.0), np.arange(-124.5, -118.0))["wet"].values
    grid = Grid(
        np.arange(20.0, 27.0),
        np.arange(-125.0, -117.0),
        np.array([0.0, 50.0, 200.0, 600.0, 2000.0, 4000.0]),
        DEPTH,
        wet,
    )
    time_axis = TimeAxis.regular(1990, 1992, "year")
    path, shape = tmp_path / "oxygen.zarr", (3, grid.cells)
    fields.empty_reconstruction(path, grid, time_axis, Provenance("t", "s", "e", "c", "c", 0, "m"))
    mean = np.linspace(5.0, 250.0, grid.cells) * np.ones((3, 1))
    fields.write_window(path, grid, 0, mean, np.full(shape, 4.0), np.ones(shape, int))
    made = fields.open_reconstruction(path)
    extent = omz.omz_series(made["oxygen"], [20.0, 60.0], made["oxygen_standard_error"], grid=grid)
    drawn = [
        figures.maps(made, [10.0, 400.0], slice("1990", "1991")), figures.section(made),
        figures.truth_comparison(made, made[["oxygen"]], 100.0), figures.omz_series(extent, extent),
        figures.omz_series(extent, variable="omz_volume"), figures.coverage(figures.observations_by_year(made)),
    ]  # fmt: skip
    for figure in drawn:
        figure.canvas.draw()
    shown = meshes(drawn[0].axes[0])[0]
    assert shown.get_array().shape == (6, 7) and shown.get_array().count() == grid.wet[0].sum()
    assert [drawn[0].get_suptitle()[-9:], drawn[1].get_suptitle()[-9:]] == ["1990–1991", "1990–1992"]
    assert "one standard error lower or higher" in drawn[3].get_supxlabel()
    assert int(figures.observations_by_year(made).sum()) == 3 * grid.cells
