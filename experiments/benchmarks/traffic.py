"""Bytes that a computation moves through memory when each of its operations reads and writes its tensors once."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

ONLY_WRITE = {"aten::copy_", "aten::fill_", "aten::zero_"}  # of all operations in place


class MovedBytes(TorchDispatchMode):
    """Counts the bytes of the tensors that operations read and write, backward passes and optimisers included.

    Each operation counts every tensor that it is given and every tensor that it returns or changes, once; a view
    moves nothing, and an expanded tensor counts what is stored of it. What an operation keeps to itself, as a Fourier
    transform that goes over its values several times, is not seen: the device moves at least so many bytes, unless
    they are still in its cache.

    Attributes
    ----------
    total : int
        Bytes so far.

    Examples
    --------
    >>> values = torch.ones(1000)
    >>> with MovedBytes() as moved:
    ...     twice = (2 * values).view(10, 100)
    >>> moved.total
    8000
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and count what it moves."""
        result = func(*args, **(kwargs or {}))
        arguments = func._schema.arguments
        named = {one.name: value for one, value in zip(arguments, args)} | (kwargs or {})
        changed = {one.name for one in arguments if one.alias_info is not None and one.alias_info.is_write}
        over = changed if func._schema.name in ONLY_WRITE else set()
        read = _tensors([value for name, value in named.items() if name not in over])
        written = _tensors([named[name] for name in changed if name in named] if changed else result)
        stores = {one.untyped_storage().data_ptr() for one in read}
        view = not changed and written and all(one.untyped_storage().data_ptr() in stores for one in written)
        if not view and "empty" not in func._schema.name:
            self.total += sum(map(_stored, (*read, *written)))
        return result


def _tensors(values: Any) -> list[torch.Tensor]:
    return [one for one in tree_leaves(values) if isinstance(one, torch.Tensor)]


def _stored(values: torch.Tensor) -> int:
    """Bytes of the values of a tensor that are apart in memory."""
    sizes = [size for size, stride in zip(values.shape, values.stride()) if stride]
    return int(torch.Size(sizes).numel()) * values.element_size() if values.numel() else 0
