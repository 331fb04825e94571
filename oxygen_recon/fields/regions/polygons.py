"""Polygons of regions, as WKT or GeoJSON: read, and refused where they cross themselves or go round the globe."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from oxygen_recon.fields.regions.written import existing, is_wkt
from qc.errors import InputError

Shape = Any
"""A geometry of shapely, which is imported only where a region is a polygon."""


def polygon(region: str) -> Shape:
    """Read a polygon that does not cross itself.

    Parameters
    ----------
    region : str
        WKT, or a file of WKT or GeoJSON.

    Raises
    ------
    InputError
        If there is no such file, it holds no polygon, or the polygon is not valid.
    """
    import shapely

    where = "polygon" if is_wkt(region) else region
    path = None if is_wkt(region) else existing(region)
    try:
        text = region if path is None else path.read_text(encoding="utf-8")
        found = [shapely.from_wkt(text)] if is_wkt(text) else _of_geojson(json.loads(text))
    except (shapely.errors.ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"no polygon in it ({why})", where, "give GeoJSON or WKT, longitude first") from error
    if not found:
        raise InputError("no polygon in it", where, "give a collection of one feature or more")
    for one in found:
        if one.geom_type not in ("Polygon", "MultiPolygon") or one.is_empty:
            raise InputError(f"a {one.geom_type} is no region", where, "give a Polygon or a MultiPolygon")
        if not one.is_valid:
            fix = "give its corners in the order of its boundary"
            raise InputError(f"the polygon is not valid: {shapely.is_valid_reason(one)}", where, fix)
        _refuse_long_edges(one, where)
    west, south, east, north = shapely.total_bounds(found)
    if max(abs(south), abs(north)) > 90 or east - west > 360:
        raise InputError("latitudes beyond 90, or more than 360 degrees wide", where, "give longitude before latitude")
    return shapely.union_all(found)


def _of_geojson(content: Any) -> list[Shape]:
    """List the shapes of a GeoJSON geometry, feature or collection."""
    from shapely.geometry import shape

    return [shape(one.get("geometry", one)) for one in content.get("features", [content])]


def parts(geometry: Shape) -> list[Shape]:
    """List the polygons of a geometry.

    Parameters
    ----------
    geometry : shapely geometry
        A Polygon or a MultiPolygon.
    """
    return list(getattr(geometry, "geoms", [geometry]))


def _refuse_long_edges(geometry: Shape, where: str) -> None:
    """Refuse an edge of 180 to 360 degrees of longitude: it was meant across 180, the other way round."""
    for ring in (ring for part in parts(geometry) for ring in (part.exterior, *part.interiors)):
        longitude = np.asarray(ring.coords)[:, 0]
        wide = np.abs(np.diff(longitude))
        for i in np.flatnonzero((wide > 180.0) & (wide < 360.0))[:1]:
            what = f"an edge from {longitude[i]:g} to {longitude[i + 1]:g} goes round most of the globe"
            raise InputError(what, where, "write 190 for -170, or split at 180; if it is meant, put a corner between")
