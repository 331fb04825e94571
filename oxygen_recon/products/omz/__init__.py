"""Oxygen minimum zones: series by threshold and region, their intervals and trends, and the settings of a run."""

from oxygen_recon.products.omz.files import to_csv, to_netcdf
from oxygen_recon.products.omz.series import omz_series

__all__ = ["omz_series", "to_csv", "to_netcdf"]
