"""`experiments/benchmarks/message_passing.py`: the forms that are compared, at a small size."""

import pytest
import torch

from experiments.benchmarks import message_passing
from experiments.benchmarks.peak import Peak


@pytest.mark.parametrize("size", message_passing.SIZES)
def test_forms_that_are_called_the_same_function_are(size: str) -> None:
    assert message_passing.agree(size) < 1e-5


def test_a_matrix_for_every_node_takes_its_place_in_memory() -> None:
    inputs, nodes = 64, 20_000
    computed, _ = message_passing.forms("published, 64 to 32", nodes)
    added = {}
    with torch.no_grad():
        for form in ("here", "direct"):
            with Peak() as peak:
                computed[form]()
            added[form] = peak.added
    assert added["direct"] > 0.9 * 4 * nodes * inputs**2 / 2**20 > 3 * added["here"]
