"""Makes the coastline of the twin ocean: how much of each one-degree cell is sea.

    python experiments/coastline.py [FILE]

From the package global-land-mask 1.0.0 (MIT; of the elevation model GLOBE, Hastings & Dunbar 1999), whose mask of 30
seconds of arc takes 0.9 GB and several seconds to read: of sixteen points in each cell, the number of those that are
sea is kept.
"""

import sys
from pathlib import Path

import numpy as np

from oxygen_recon.sources.twin.ocean import geography

KEPT = Path(geography.__file__).parent / "coastline.npz"


def sea_points() -> np.ndarray:
    """Count the points of sea in each cell.

    Returns
    -------
    uint8 array, shape (180, 360)
        0-16, from south to north and from 180 degrees west.
    """
    from global_land_mask import globe

    latitude, longitude = np.arange(-89.875, 90, 0.25), np.arange(-179.875, 180, 0.25)
    sea = globe.is_ocean(*np.meshgrid(latitude, longitude, indexing="ij"))
    archive = getattr(globe, "_mask_fid", None)
    if archive is not None:  # the package leaves its file open
        archive.close()
    for name in ("global_land_mask.globe", "global_land_mask"):  # and its mask in memory
        sys.modules.pop(name, None)
    count: np.ndarray = sea.reshape(180, 4, 360, 4).sum((1, 3)).astype(np.uint8)
    return count


if __name__ == "__main__":
    np.savez_compressed(Path(sys.argv[1]) if sys.argv[1:] else KEPT, sea=sea_points())
