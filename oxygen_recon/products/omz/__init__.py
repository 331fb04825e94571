"""Oxygen minimum zones: series by threshold and region, with intervals and trends, and the settings of a run."""

from oxygen_recon.products.omz.series import omz_series

__all__ = ["omz_series"]
