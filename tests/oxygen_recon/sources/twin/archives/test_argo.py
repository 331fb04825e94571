import numpy as np
import pytest
import xarray as xr


def test_argo_files_hold_raw_and_adjusted_oxygen(twin):
    with xr.open_dataset(next((twin / "archives").glob("*_Sprof.nc")), decode_times=False) as profile:
        raw, adjusted = profile["DOXY"].to_numpy(), profile["DOXY_ADJUSTED"].to_numpy()
        both = np.isfinite(raw) & np.isfinite(adjusted) & (adjusted > 20)
        assert np.median(raw[both] / adjusted[both]) == pytest.approx(0.93, abs=0.05)
        qc = profile["DOXY_QC"].to_numpy().astype("S1")
        assert set(np.unique(qc[np.isfinite(raw)])) == {b"3"}
