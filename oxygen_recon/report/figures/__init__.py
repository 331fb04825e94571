"""Figures: every function takes what another room made and returns a matplotlib `Figure`; `save` puts it on disk."""

from oxygen_recon.report.figures.canvas import save
from oxygen_recon.report.figures.coverage import coverage, observations_by_year, residuals
from oxygen_recon.report.figures.maps import maps, truth_comparison
from oxygen_recon.report.figures.section import section
from oxygen_recon.report.figures.series import mean_series, omz_series
from oxygen_recon.report.figures.skill import skill_bars

__all__ = [
    "coverage",
    "maps",
    "mean_series",
    "observations_by_year",
    "omz_series",
    "residuals",
    "save",
    "section",
    "skill_bars",
    "truth_comparison",
]
