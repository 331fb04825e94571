"""Makes the shoreline of maps: land as polygons at two scales.

    python experiments/shoreline.py [FILE]

From the package global-land-mask 1.0.0 (MIT; of the elevation model GLOBE, Hastings & Dunbar 1999), whose mask of 30
seconds of arc takes 0.9 GB and several seconds to read. The share of land in blocks of cells is contoured at one half,
simplified, and written as rings of hundredths of a degree. The global scale leaves out small islands, which would be
specks on a map of the globe.
"""

import sys
from itertools import pairwise
from pathlib import Path

import contourpy
import numpy as np
import shapely

from oxygen_recon.report.figures import shoreline

KEPT = Path(shoreline.__file__).parent / "shoreline.npz"
# Of each scale: cells of 30 seconds of arc along the side of a block; tolerance of the simplification, degrees; least
# area of an island and of an enclosed sea, square degrees.
SCALES = {"global": (30, 0.06, 0.25), "regional": (5, 0.015, 0.003)}


def land_share(block: int) -> np.ndarray:
    """Average the mask over blocks.

    Parameters
    ----------
    block : int
        Cells along the side of a block; divides 21600.

    Returns
    -------
    array, shape (latitude, longitude)
        Share of land, 0-1, from south to north and from 180 degrees west.
    """
    from global_land_mask import globe

    rows = [globe._mask[top : top + block].reshape(block, -1, block).mean((0, 2)) for top in range(0, 21600, block)]
    return 1.0 - np.array(rows, np.float32)[::-1]  # the mask begins in the north, and is true at sea


def outlines(share: np.ndarray, tolerance: float, least: float) -> list[shapely.Polygon]:
    """Trace where more than half is land.

    Parameters
    ----------
    share : array, shape (latitude, longitude)
        From `land_share`.
    tolerance : float
        Of the simplification, degrees.
    least : float
        Area of the smallest island and enclosed sea that is kept, square degrees.

    Returns
    -------
    list of Polygon
        Within [-180, 180] and [-90, 90], the largest first.
    """
    step = 360.0 / share.shape[1]
    padded = np.pad(np.pad(share, ((1, 1), (0, 0)), "edge"), ((0, 0), (1, 1)), "wrap")
    x, y = (np.arange(size) * step - start - step / 2 for size, start in zip(padded.shape[::-1], (180.0, 90.0)))
    traced = contourpy.contour_generator(x, y, padded, fill_type="OuterOffset").filled(0.5, 2.0)
    found = []
    for points, offsets in zip(*traced):
        rings = [points[first:last] for first, last in pairwise(offsets)]
        whole = shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
        inside = shapely.intersection(whole, shapely.box(-180.0, -90.0, 180.0, 90.0))
        found += [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon" and part.area >= least]
    simple = shapely.set_precision([part.simplify(tolerance) for part in found], shoreline.UNIT)
    pieces = shapely.get_parts(simple)
    kept = [piece for piece in pieces if piece.geom_type == "Polygon" and piece.area >= least]
    seas = [[ring for ring in one.interiors if shapely.Polygon(ring).area >= least] for one in kept]
    return sorted((shapely.Polygon(one.exterior, held) for one, held in zip(kept, seas)), key=lambda one: -one.area)


if __name__ == "__main__":
    arrays = {}
    for name, (block, tolerance, least) in SCALES.items():
        polygons = outlines(land_share(block), tolerance, least)
        arrays |= {f"{name}_{kind}": values for kind, values in shoreline.packed(polygons).items()}
    np.savez_compressed(Path(sys.argv[1]) if sys.argv[1:] else KEPT, **arrays)
