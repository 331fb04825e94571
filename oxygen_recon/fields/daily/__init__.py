"""Daily ocean fields and their forcing, from files of any layout to one lazy dataset.

`opening.open_daily` is the way in. A file or store is opened (`files`), its quantities get the project's names, units
and axes (`layout`), its dates are read from its times and what its values are, daily means or instantaneous, from what
it says (`days`). `roms` brings levels that follow the sea floor to depths; `horizontal` brings fields, of curvilinear
grids too, to other points; `selection` cuts a region and a period, and brings levels to depths.
"""
