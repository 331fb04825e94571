"""Figures: each function takes datasets or tables and returns a matplotlib `Figure`, which `save` writes as PNG.

`save_vector` then writes it as SVG. Those of `drawings`, of casts and tracks, return a `drawings.vector.Drawing`
instead, which writes itself as SVG: a page has many of them. `diagrams` has those of scores.
"""

from oxygen_recon.report.figures.canvas import save, save_vector
from oxygen_recon.report.figures.coverage import coverage, coverage_maps, observations_by_year
from oxygen_recon.report.figures.diagrams.classes import class_maps, through_time
from oxygen_recon.report.figures.diagrams.reliability import reliability_diagrams
from oxygen_recon.report.figures.diagrams.taylor import taylor_diagrams
from oxygen_recon.report.figures.drawings.casts import cast_map, example_profiles
from oxygen_recon.report.figures.drawings.tracks import track_maps, track_timelines
from oxygen_recon.report.figures.hovmoeller import hovmoeller
from oxygen_recon.report.figures.map_panels import map_panels
from oxygen_recon.report.figures.maps import maps, truth_comparison
from oxygen_recon.report.figures.section import section
from oxygen_recon.report.figures.series import omz_series, region_series
from oxygen_recon.report.figures.skill import residuals, skill_bars

__all__ = [
    "cast_map",
    "class_maps",
    "coverage",
    "coverage_maps",
    "example_profiles",
    "hovmoeller",
    "map_panels",
    "maps",
    "observations_by_year",
    "omz_series",
    "region_series",
    "reliability_diagrams",
    "residuals",
    "save",
    "save_vector",
    "section",
    "skill_bars",
    "taylor_diagrams",
    "through_time",
    "track_maps",
    "track_timelines",
    "truth_comparison",
]
