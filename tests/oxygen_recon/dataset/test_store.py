import numpy as np
import pytest

from graphs.time_axis import TimeAxis
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.fields.grids import make_grid
from qc.errors import InputError
from tests.support.gridded_casts import REGION, YEARS

WET = np.arange(24).reshape(4, 2, 3) % 5 > 0


@pytest.fixture
def folder(tmp_path):
    grid, rng = make_grid(REGION, wet=WET), np.random.default_rng(0)
    number, nan = np.arange(3), np.nan
    samples = Samples(
        number, number, number,
        {"oxygen": np.array([200.0, 210.5, nan]), "nitrate": np.array([nan, 12.0, 3.5])}, number + 1,
        {"oxygen": np.array([nan, 2.5, nan]), "nitrate": np.array([nan, 0.5, 0.25])},
    )  # fmt: skip
    covariates, truth = rng.normal(size=(4, grid.cells, 2)), rng.normal(200, 30, (4, grid.cells))
    store.save(tmp_path, grid, YEARS, samples, ["a", "b", "c/1"], covariates, truth)
    return tmp_path, grid, samples, covariates, truth


def test_everything_reads_back_as_it_was_saved(folder):
    path, grid, samples, covariates, truth = folder
    read, groups = store.load_samples(path)
    assert groups == ["a", "b", "c/1"] and list(read.values) == list(read.spread) == ["oxygen", "nitrate"]
    for name in ("cell", "step", "group", "count"):
        np.testing.assert_array_equal(getattr(read, name), getattr(samples, name))
    for name in samples.values:
        np.testing.assert_array_equal(read.values[name], samples.values[name])
        np.testing.assert_array_equal(read.spread[name], samples.spread[name])
    again, time_axis = store.load_grid(path)
    for name in ("latitude_edges", "longitude_edges", "depth_edges", "depth", "wet"):
        np.testing.assert_array_equal(getattr(again, name), getattr(grid, name))
    np.testing.assert_array_equal(time_axis.edges, YEARS.edges)
    domain = store.load_domain(path, ("temperature", "salinity"))
    np.testing.assert_array_equal(domain.covariates, covariates.astype(np.float32))
    assert isinstance(domain.covariates, np.memmap), "they stay on disk"
    np.testing.assert_array_equal(store.load_truth(path), truth.astype(np.float32))


def test_casts_read_back_as_they_were_saved(folder):
    path, grid, samples, covariates, _ = folder
    store.save(path, grid, YEARS, samples, ["a"], covariates, None, casts=samples.take(np.array([2, 0])))
    read = store.load_casts(path)
    np.testing.assert_array_equal(read.cell, [2, 0])
    np.testing.assert_array_equal(read.values["nitrate"], samples.values["nitrate"][[2, 0]])


def test_without_a_truth_there_is_none(folder, tmp_path):
    _, grid, samples, covariates, _ = folder
    store.save(tmp_path / "other", grid, TimeAxis.regular(2000, 2003, "year"), samples, ["a"], covariates, None)
    assert store.load_truth(tmp_path / "other") is None


@pytest.mark.parametrize("name", ["grid.npz", "samples.npz", "groups.json", "covariates.npy", "truth.npy"])
def test_a_damaged_file_is_named_in_one_line(folder, name):
    path = folder[0]
    (path / name).write_bytes(b"{cut short")
    with pytest.raises(InputError, match=name) as caught:
        store.load_samples(path), store.load_domain(path, ("temperature", "salinity")), store.load_truth(path)
    assert "\n" not in str(caught.value)
