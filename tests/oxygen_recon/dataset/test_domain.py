import numpy as np
import pytest

from oxygen_recon.dataset.domain import LAYERS, Samples, layer_of, make_domain
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS


def test_a_boundary_belongs_to_the_layer_below_it():
    depth = np.array([0.0, 49.9, 50.0, 50.1, 199.0, 200.0, 499.0, 500.0, 4000.0])
    assert layer_of(depth).tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    for number, (top, bottom) in enumerate(LAYERS.values()):
        assert np.array_equal(layer_of(depth) == number, (depth >= top) & (depth < bottom))


def test_samples_hold_several_quantities_a_missing_one_as_nan():
    number, nan = np.arange(3), np.nan
    values = {"oxygen": np.array([200.0, nan, 190.0]), "nitrate": np.array([nan, 12.0, 14.0])}
    spread = {name: np.full(3, nan) for name in values}
    samples = Samples(number, number, number, values, number + 1, spread)
    some = samples.take(number > 0)
    assert len(some) == 2 and some.count.tolist() == [2, 3]
    np.testing.assert_array_equal(some.values["oxygen"], [nan, 190])
    np.testing.assert_array_equal(some.values["nitrate"], [12, 14])
    with pytest.raises(ValueError, match="finite value"):
        Samples(number, number, number, {"oxygen": values["oxygen"]}, number, {"oxygen": spread["oxygen"]})
    with pytest.raises(ValueError, match="spread"):
        Samples(number, number, number, values, number, {"oxygen": spread["oxygen"]})
    with pytest.raises(ValueError, match="nitrate"):
        Samples(number, number, number, values | {"nitrate": values["nitrate"][1:]}, number, spread)


def test_a_domain_has_its_columns():
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    domain = make_domain(grid, YEARS, np.zeros((4, grid.cells, 1)), ("temperature",))
    assert domain.column.max() == 5
    np.testing.assert_allclose(domain.volume.sum(), grid.volume.sum())
    for column in range(6):
        inside = domain.column == column
        assert np.unique(domain.latitude[inside]).size == np.unique(domain.longitude[inside]).size == 1
        np.testing.assert_array_equal(domain.level[inside], [0, 1, 2, 3])
