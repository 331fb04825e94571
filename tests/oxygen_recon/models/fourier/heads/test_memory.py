"""What is left of known anomalies: regression at each place on its neighbours."""

import torch

from oxygen_recon.models.fourier.heads.memory import local_regression


def test_what_is_left_differs_from_place_to_place_and_land_has_no_part() -> None:
    drawn = torch.Generator().manual_seed(0)
    known = torch.randn(40, 2, 1, 30, 60, generator=drawn)
    share = torch.linspace(0, 1, 30)[:, None].expand(30, 60)
    target = share * known[:, 0] - 0.5 * known[:, 1]
    weight = torch.full((1, 30, 60), 1 / 1740)
    weight[..., :2] = 0.0
    known[..., :2], target[..., :2] = 7.0, -9.0  # land
    found = local_regression(known, target, weight, periodic=True)
    inside = slice(4, 26)
    assert (found[0, 0, inside, 2:] - share[inside, 2:]).abs().max() < 0.1
    assert (found[1, 0, inside, 2:] + 0.5).abs().max() < 0.1


def test_where_nothing_varies_the_regression_of_all_places_counts() -> None:
    known = torch.randn(20, 1, 1, 30, 30, generator=torch.Generator().manual_seed(0))
    known[..., 20:] = 0.0
    found = local_regression(known, 0.7 * known[:, 0], torch.full((1, 30, 30), 1 / 900), periodic=False)
    assert torch.allclose(found, torch.full_like(found, 0.7), atol=2e-3)
