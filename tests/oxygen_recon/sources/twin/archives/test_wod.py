import netCDF4
import numpy as np

from oxygen_recon.sources.twin.archives.wod import delivered_oxygen
from oxygen_recon.sources.twin.observing.cruises import draw_casts
from oxygen_recon.sources.twin.observing.instruments import measure
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean


def test_oxygen_reported_in_millilitres_is_delivered_at_the_constant_density():
    record = measure(twin_ocean(0), draw_casts(2, 200, 1950, 1990), 2)
    delivered, measured = delivered_oxygen(record), record.levels["oxygen"].to_numpy()
    in_ml = (record.casts["unit"].to_numpy() == "ml/l")[record.levels["cast"].to_numpy()]
    hundredths = delivered[in_ml] / 43.570 * 100
    np.testing.assert_allclose(hundredths, np.round(hundredths), atol=1e-6)
    np.testing.assert_allclose(delivered, measured, rtol=0.005, atol=0.3)


def test_files_are_ragged_and_their_row_sizes_add_up(twin):
    with netCDF4.Dataset(twin / "archives" / "wod_osd_1970s.nc") as file:
        for name in ("z", "Temperature", "Salinity", "Oxygen", "Phosphate"):
            assert file.variables[f"{name}_row_size"][:].sum() == file.dimensions[f"{name}_obs"].size
        assert file.variables["Oxygen"].units == "umol/kg"
