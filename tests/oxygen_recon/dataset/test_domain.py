import numpy as np

from oxygen_recon.dataset.domain import LAYERS, layer_of


def test_a_boundary_belongs_to_the_layer_below_it():
    depth = np.array([0.0, 49.9, 50.0, 50.1, 199.0, 200.0, 499.0, 500.0, 4000.0])
    assert layer_of(depth).tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    for number, (top, bottom) in enumerate(LAYERS.values()):
        assert np.array_equal(layer_of(depth) == number, (depth >= top) & (depth < bottom))
