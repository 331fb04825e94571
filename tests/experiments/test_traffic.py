"""`experiments/benchmarks/traffic.py`: bytes that operations read and write."""

from collections.abc import Callable

import pytest
import torch

from experiments.benchmarks.traffic import MovedBytes

FIELD = 4 * 1000


def moved_by(action: Callable[[], object]) -> int:
    with MovedBytes() as moved:
        action()
    return moved.total


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        (lambda x, y: x + y, 3),
        (lambda x, y: x.add_(y), 3),
        (lambda x, y: x.copy_(y), 2),
        (lambda x, y: x.reshape(10, 100).T.detach(), 0),
        (lambda x, y: torch.empty_like(x), 0),
        (lambda x, y: torch.zeros(1000), 1),
        (lambda x, y: torch.cat([x, y]), 4),
        (lambda x, y: x.bfloat16(), 1.5),
        (lambda x, y: x[:1].expand(1000) * y, 2.001),
        (lambda x, y: torch._foreach_add_([x, y], [y, x]), 6),
        (lambda x, y: x[:0] + y[:0], 0),
    ],
)
def test_each_operation_reads_and_writes_its_tensors_once_and_a_view_moves_nothing(action, fields) -> None:
    one, other = torch.ones(1000), torch.ones(1000)
    assert moved_by(lambda: action(one, other)) == fields * FIELD


def test_a_backward_pass_counts_too() -> None:
    values, weight = torch.ones(1000), torch.ones(1000, requires_grad=True)
    forward = moved_by(lambda: (values * weight).sum())
    assert moved_by(lambda: (values * weight).sum().backward()) > forward == 4 * FIELD + 4
