"""`experiments/field_trends.py`: trends of a small run whose truth is known."""

import numpy as np
import pytest

from experiments.field_trends import places, rows_of
from oxygen_recon.dataset import store
from oxygen_recon.fields.reconstruction import open_reconstruction
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError
from tests.support.small_run import SMALL, folder_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> RunFolder:
    """The folder of a small run."""
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(SMALL)
    return RunFolder(folder_of(path, tmp_path_factory.mktemp("work"), to="reconstruct"))


def test_a_field_that_is_the_truth_has_its_trend_in_every_basin(finished):
    truth = store.load_truth(finished.grid)
    grid, time_axis = store.load_grid(finished.grid)
    rows = rows_of(finished, 1995)
    late, weight = time_axis.years >= 1995, grid.gather(grid.volume)
    slope = 10 * np.polyfit(time_axis.years[late], truth[late] @ weight / weight.sum(), 1)[0]
    assert rows[0][:4] == ["small", "global", "all depths", f"{slope:+.2f}"]
    assert {row[1] for row in rows} >= {"Atlantic", "Pacific", "Indian", "Southern"}
    with open_reconstruction(finished.reconstruction) as data:
        found = np.stack([grid.gather(field) for field in data["oxygen"].to_numpy()])
    np.save(finished.grid / "truth.npy", found)
    for row in rows_of(finished, 0):
        assert row[3] == row[4] and row[5:] == ["100 %", "0.00", "1.00"]


def test_a_run_without_a_truth_is_one_line(tmp_path):
    with pytest.raises(InputError, match="true field is not known"):
        rows_of(RunFolder(tmp_path), 0)


def test_boxes_of_the_equatorial_pacific_are_the_cells_between_their_longitudes_and_levels():
    latitude, longitude, depth = np.array(
        [(0, -100, 100), (0, -100, 300), (7, -100, 100), (2, -160, 50), (0, -145, 200), (0, 215, 200), (0, 20, 100)]
    ).T.astype(float)
    boxes = {name: inside.tolist() for name, layer, inside in places(latitude, longitude, depth) if layer == "50-200 m"}
    assert boxes == {
        "150-90 W (Niño 3)": [True, False, False, False, True, True, False],
        "170-120 W (Niño 3.4)": [False, False, False, True, True, True, False],
    }
