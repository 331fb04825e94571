"""Regions: by name, as a basin, a polygon or a mask; the box around one, and the columns of a grid in it."""

from oxygen_recon.fields.regions.area import box_of, content, frame, inside
from oxygen_recon.fields.regions.named import named
from oxygen_recon.fields.regions.written import short_name

__all__ = ["box_of", "content", "frame", "inside", "named", "short_name"]
