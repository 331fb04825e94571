"""Names of the array types and callables that the package passes around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
AnyFloats = NDArray[np.floating[Any]]  # of any precision
AnyIntegers = NDArray[np.integer[Any]]

IsLand = Callable[[Floats, Floats], Mask]  # (degrees north, degrees east) -> on land

# (degrees north, degrees east) -> depth of the sea floor, m, 0 on land, and how much it differs round about, m
Floor = Callable[[Floats, Floats], tuple[Floats, Floats]]

Climatology = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]  # (north, east, dbar) -> oxygen, spread
