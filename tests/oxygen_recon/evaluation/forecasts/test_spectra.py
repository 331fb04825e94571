import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.evaluation.forecasts.spectra import (
    band_ratio,
    kinetic_energy_spectrum,
    log_error,
    spectra_table,
    zonal_spectrum,
)
from qc.errors import InputError

LATITUDE = np.linspace(-40.0, 40.0, 12)


def test_power_sums_to_the_variance_of_noise_and_lies_at_the_wavelength_of_a_wave() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 2.0, (50, 12, 256))
    wavelength, power = zonal_spectrum(noise, np.ones((12, 256), bool), LATITUDE, 64)
    assert wavelength[0] == 64.0 and wavelength[-1] == 2.0 and power.shape == (50, 32)
    assert power.mean(axis=0).sum() / 64 == pytest.approx(4.0, rel=0.06)  # but for the line that is taken off
    wave = 3.0 * np.cos(2 * np.pi * np.arange(256) / 16.0)
    wavelength, power = zonal_spectrum(np.broadcast_to(wave, (12, 256)), np.ones((12, 256), bool), LATITUDE, 64)
    assert wavelength[power.argmax()] == 16.0 and power.sum() / 64 == pytest.approx(4.5, rel=0.02)


def test_land_and_what_stands_on_it_do_not_matter() -> None:
    values = np.random.default_rng(0).normal(size=(12, 256))
    ocean = np.ones((12, 256), bool)
    ocean[:, 100] = False
    ocean[3] = False
    changed = np.where(ocean, values, 1e6)
    np.testing.assert_array_equal(
        zonal_spectrum(values, ocean, LATITUDE)[1], zonal_spectrum(changed, ocean, LATITUDE)[1]
    )
    with pytest.raises(InputError, match="no row with 200 cells of ocean"):
        zonal_spectrum(values, ocean, LATITUDE, 200)


def test_a_smoothed_field_loses_power_at_short_wavelengths() -> None:
    east, north = np.random.default_rng(0).normal(size=(2, 12, 256))
    ocean = np.ones((12, 256), bool)
    smooth = [(one + np.roll(one, 1, axis=1) + np.roll(one, -1, axis=1)) / 3 for one in (east, north)]
    wavelength, truth = kinetic_energy_spectrum(east, north, ocean, LATITUDE)
    power = kinetic_energy_spectrum(smooth[0], smooth[1], ocean, LATITUDE)[1]
    assert band_ratio(wavelength, power, truth, 2.0, 4.0) < 0.3 < 0.8 < band_ratio(wavelength, power, truth, 32.0, 64.0)
    assert log_error(power, truth) > 0.2 and log_error(truth, truth) == 0
    with pytest.raises(InputError, match="no wavelength from 100 to 200 cells"):
        band_ratio(wavelength, power, truth, 100.0, 200.0)


def test_spectra_of_forecasts_stand_beside_the_truth_of_their_day() -> None:
    values = np.random.default_rng(0).normal(size=(6, 3, 12, 40)).astype(np.float32)
    ocean = np.ones((3, 12, 40), bool)
    ocean[:, :, 30] = False
    names = ("eastward_velocity", "northward_velocity", "temperature")
    channels = tuple(Channel(name, 0.0, "m s-1" if "velocity" in name else "degC") for name in names)
    days = np.arange("2001-01-01", "2001-01-07", dtype="datetime64[D]")
    fields = DailyFields(values, ocean, days, LATITUDE, np.arange(40.0), channels)
    methods = {
        "truth": lambda start, leads: values[start + 1 : start + 1 + leads],
        "half": lambda start, leads: 0.5 * values[start + 1 : start + 1 + leads],
    }
    table = spectra_table(methods, fields, np.array([0, 1, 5]), lead=2)  # the third start has no such day
    assert list(dict.fromkeys(table["variable"])) == [*names, "kinetic_energy"] and table["wavelength"].max() == 30
    by = table.set_index(["variable", "method"])
    assert (by.loc[("kinetic_energy", "truth"), "error"] == 0).all()
    np.testing.assert_allclose(by.loc[("kinetic_energy", "half"), "error"], np.log10(4.0), rtol=1e-5)
    power = kinetic_energy_spectrum(values[2:4, 0], values[2:4, 1], ocean[0], LATITUDE, 30)[1].mean(axis=0)
    np.testing.assert_allclose(by.loc[("kinetic_energy", "half"), "truth"], power, rtol=1e-5)
    assert spectra_table(methods, fields, np.array([5]), lead=2).empty
