"""Results of the cross-profile tests for one part, with a hash that tells whether a part has been written with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from qc.battery import overrides
from qc.types import Integers


@dataclass(frozen=True)
class CrossProfileFlags:
    """Results of the cross-profile tests for the casts of one part.

    Parameters
    ----------
    key : str
        The part.
    bits : uint64, shape (cast,)
        Failed checks of cruises.
    copies : integers, shape (n,)
        Casts that are copies.
    copy_of : list of str, length n
        The cast that each is a copy of.
    regions : str
        Hash of the regional statistics of the whole collection, which lie in a file.
    members : str
        Hash of the list of files of the part as ingested.
    decisions : tuple of Override
        An expert's on casts of this part.
    """

    key: str
    bits: NDArray[np.uint64]
    copies: Integers
    copy_of: list[str]
    regions: str
    members: str
    decisions: tuple[overrides.Override, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the results and of what they are about."""
        decided = [astuple(one)[1:] for one in self.decisions]  # without the line
        text = json.dumps([self.bits.tolist(), self.copies.tolist(), self.copy_of, self.regions, self.members, decided])
        return hashlib.sha256(text.encode()).hexdigest()
