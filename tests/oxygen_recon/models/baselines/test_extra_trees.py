from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.predictors import predictors, without_covariates
from tests.support.small_ocean import everywhere, small_ocean


def test_trees_take_missing_values_as_missing_and_threads_change_nothing() -> None:
    domain, samples, _ = small_ocean()
    table = predictors(domain, samples.cell, samples.step)
    assert domain.gaps.sum() == 2, "an indicator each"
    assert table.shape == (len(samples), 3 + 2 + 2 + 2 + 1 + 1)
    assert np.isnan(table[:, 6]).all()  # salinity
    assert np.isnan(table[:, 7]).all()  # hence saturation
    results = []
    for threads in (1, 2):
        method = ExtraTreesConfig(trees=12, threads=threads).build()
        method.fit(domain, samples, 7)
        results.append(method.predict(domain, samples, *everywhere(domain)))
    np.testing.assert_array_equal(results[0].mean, results[1].mean)
    np.testing.assert_array_equal(results[0].scale, results[1].scale)


def test_trees_on_the_static_evaluation_set(data_root: Path) -> None:
    """World Ocean Atlas 2009 sampled at GLODAPv2 columns, seed 0: 11.95 umol/kg was found with one fixed setting."""
    with xr.open_dataset(data_root / "gridded/woa09_2deg/woa09_glodap_2deg.nc") as file:
        data = file.load()
    wet = data.wet.values.astype(bool)
    level, row, column = np.nonzero(wet)
    observed = np.isfinite(data.glodapv2_oxygen.values) & (np.random.default_rng(0).random((91, 180)) < 0.09)
    covariates = np.stack([data[name].values[wet] for name in ("temperature", "salinity")], -1)[None].astype(float)
    domain = Domain(
        data.lat.values[row], data.lon.values[column], data.depth.values[level], row * 180 + column, level,
        data.cell_volume.values[wet], np.array([1990.0]), covariates, ("temperature", "salinity"),
    )  # fmt: skip
    truth = data.oxygen_mmol_m3.values[wet].astype(float)
    cell = np.flatnonzero(observed[wet])
    zeros = np.zeros(cell.size, int)
    values, spread = {"oxygen": truth[cell]}, {"oxygen": np.full(cell.size, np.nan)}
    samples = Samples(cell, zeros, domain.column[cell], values, zeros + 1, spread)
    target = np.flatnonzero(~observed[wet])
    method = ExtraTreesConfig().build()
    method.fit(domain, samples, 0)
    estimate = method.predict(domain, samples, target, np.zeros(target.size, int))
    assert np.sqrt(np.square(estimate.mean[:, 0] - truth[target]).mean()) == pytest.approx(11.95, abs=0.6)


def test_covariates_that_know_nothing_are_left_out_and_others_are_kept() -> None:
    """The season mapped from the same casts, here noise, against the temperature that oxygen follows."""
    domain, samples, _ = small_ocean(years=8)
    random = np.random.default_rng(3).normal(size=(*domain.covariates.shape[:2], 8))
    noise = replace(domain, covariates=random, names=tuple(f"noise_{i}" for i in range(8)))
    for one, kept in ((domain, True), (noise, False)):
        method = ExtraTreesConfig(trees=12, column=False).build()
        method.fit(one, samples, 7)
        assert method.tuned.values["covariates"] == kept
        assert "covariates" not in method.tuned.at_end
        assert method.model.n_features_in_ == without_covariates(one, predictors(one, *everywhere(one))).shape[1] + (
            len(one.channels) + one.gaps.sum() if kept else 0
        )
