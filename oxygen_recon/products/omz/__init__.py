"""Oxygen minimum zones: series by threshold and region, with intervals."""

from oxygen_recon.products.omz.series import omz_series

__all__ = ["omz_series"]
