"""Downloads from the archive on 127.0.0.1 that misbehaves on demand."""

import hashlib

import numpy as np

from oxygen_recon.observations.downloads import download
from oxygen_recon.observations.downloads.download import Item, Report
from oxygen_recon.observations.downloads.resume import RetryPolicy

QUICK = RetryPolicy(tries=3, wait=0.001, longest=0.01, timeout=30.0)  # the limit of silence is for busy machines
CONTENT = np.random.default_rng(0).bytes(1_000_000)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bring(item: Item, retry: RetryPolicy = QUICK) -> Report:
    return download.download([item], 1, retry)


def whole(item: Item, content: bytes = CONTENT) -> None:
    """The file is there, is right, and nothing else is."""
    assert item.path.read_bytes() == content
    assert [path.name for path in item.path.parent.iterdir()] == [item.path.name]
