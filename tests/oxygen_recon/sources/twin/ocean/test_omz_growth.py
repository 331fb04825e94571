import numpy as np

from oxygen_recon.sources.twin.ocean.omz_growth import low_oxygen_fraction


def test_omz30_grew_about_threefold(ocean):
    share = low_oxygen_fraction(ocean, np.concatenate([np.arange(1920.0, 1930), np.arange(2010.0, 2020)]), step=3.0)
    assert 2.5 < share[10:].mean() / share[:10].mean() < 3.5
    assert 0.03 < share[:10].mean() < 0.07 and 0.12 < share[10:].mean() < 0.18
