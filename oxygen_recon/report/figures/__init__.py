"""Figures: each function takes datasets or tables and returns a matplotlib `Figure`, which `save` writes as PNG.

Those of casts and tracks return a `vector.Drawing` instead, which writes itself as SVG: a page has many of them.
"""

from oxygen_recon.report.figures.canvas import save
from oxygen_recon.report.figures.coverage import coverage, observations_by_year
from oxygen_recon.report.figures.drawings.casts import cast_map, example_profiles
from oxygen_recon.report.figures.drawings.tracks import track_maps, track_timelines
from oxygen_recon.report.figures.maps import maps, truth_comparison
from oxygen_recon.report.figures.section import section
from oxygen_recon.report.figures.series import mean_series, omz_series
from oxygen_recon.report.figures.skill import residuals, skill_bars

__all__ = [
    "cast_map",
    "coverage",
    "example_profiles",
    "maps",
    "mean_series",
    "observations_by_year",
    "omz_series",
    "residuals",
    "save",
    "section",
    "skill_bars",
    "track_maps",
    "track_timelines",
    "truth_comparison",
]
