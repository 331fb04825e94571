import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.ocean.basin import HALO, Basin


@pytest.fixture(scope="module")
def basin():
    return Basin.of(64)


def test_real_continents(basin):
    def wet(latitude, longitude):
        row = np.abs(basin.latitude - latitude).argmin()
        return basin.wet[row, np.abs(basin.longitude - longitude % 360).argmin()]

    assert wet(0, -150) and wet(30, -50) and wet(-58, -65)  # the Pacific, the Atlantic, Drake Passage
    assert not wet(20, 10) and not wet(-25, 135) and not wet(-85, 0) and not wet(50, 90)
    assert 0.6 < basin.wet.mean() < 0.7


def test_no_strait_is_one_cell_wide_and_the_sea_is_one(basin):
    from scipy import ndimage

    twice = np.concatenate([basin.wet, basin.wet], axis=1)
    label, _ = ndimage.label(twice)
    assert np.isin(label[twice], np.unique(label[:, 60:70][twice[:, 60:70]])).all()
    around = np.pad(np.concatenate([basin.wet[:, -4:], basin.wet, basin.wet[:, :4]], axis=1), ((2, 2), (0, 0)))
    opened = ndimage.binary_opening(around, np.ones((3, 3)))[2:-2, 4:-4]
    assert (opened == basin.wet).all()


def test_flat_and_square_are_inverse_and_the_halo_repeats_the_other_end(basin):
    field = np.random.default_rng(0).normal(size=(3, *basin.wet.shape)).astype(np.float32)
    flat = basin.flat(field)
    assert np.array_equal(basin.square(flat), field)
    rows = flat.reshape(3, -1, basin.width)
    assert np.array_equal(rows[:, 1:-1, :HALO], field[..., -HALO:])
    assert np.array_equal(rows[:, 1:-1, -HALO:], field[..., :HALO])
    assert not rows[:, [0, -1]].any()


def test_edges_are_open_between_wet_cells_only(basin):
    east, north = basin.square(basin.faces)
    assert np.array_equal(east == 1, basin.wet & np.roll(basin.wet, -1, 1))
    assert np.array_equal(north[:-1] == 1, basin.wet[:-1] & basin.wet[1:])
    assert not north[-1].any()


def test_depth_is_that_of_the_sea_floor(basin):
    assert (basin.depth[basin.wet] >= 30).all() and not basin.depth[~basin.wet].any()
    assert np.median(basin.depth[basin.wet]) > 3000


def test_the_coriolis_parameter_is_odd_and_falls_on_the_edges_between_rows(basin):
    assert np.allclose(basin.coriolis, -basin.coriolis[::-1])
    corners = basin.corner_coriolis
    assert corners.size == basin.latitude.size + 1 and corners[32] == pytest.approx(0, abs=1e-12)
    assert (np.diff(corners) > 0).all()
