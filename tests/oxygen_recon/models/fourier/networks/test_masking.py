import torch
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.fourier.networks.masking import kept_tokens, put_tokens, take_tokens


@given(st.integers(1, 4), st.integers(1, 200), st.floats(0.01, 0.99), st.integers(0, 100))
def test_kept_tokens_are_in_raster_order_and_every_token_is_kept_or_hidden_once(
    batch: int, tokens: int, ratio: float, seed: int
) -> None:
    kept = kept_tokens(batch, tokens, ratio, torch.Generator().manual_seed(seed))
    assert kept is not None and kept.shape == (batch, max(1, int(tokens * (1 - ratio))))
    assert bool((kept.diff(dim=1) > 0).all()) and int(kept.min()) >= 0 and int(kept.max()) < tokens
    values = torch.arange(1.0, tokens + 1)[None, :, None].expand(batch, -1, 1)
    back = put_tokens(take_tokens(values, kept), kept, torch.zeros(1), tokens)
    assert bool(((back == values) | (back == 0)).all()), "no token comes back to another place"
    assert int((back == 0).sum()) == batch * (tokens - kept.shape[1])


def test_at_ratio_0_nothing_is_drawn() -> None:
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert kept_tokens(2, 100, 0.0, generator) is None
    assert torch.equal(generator.get_state(), before)


def test_three_quarters_hidden_leave_the_published_number_of_tokens() -> None:
    kept = kept_tokens(1, 16200, 0.75, torch.Generator().manual_seed(0))
    assert kept is not None and kept.shape[1] == 4050


def test_samples_of_a_batch_hide_different_tokens() -> None:
    kept = kept_tokens(2, 100, 0.5, torch.Generator().manual_seed(0))
    assert kept is not None and not torch.equal(kept[0], kept[1])
