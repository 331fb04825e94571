import numpy as np
import pytest
import xarray as xr

from tests.support.oceans import ocean


@pytest.fixture(scope="module")
def globe() -> xr.Dataset:
    """An ocean on all longitudes, three steps."""
    return ocean(np.arange(-85.0, 90.0, 10.0), np.arange(-175.0, 180.0, 10.0))
