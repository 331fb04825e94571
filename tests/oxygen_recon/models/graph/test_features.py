from dataclasses import replace

import numpy as np

from oxygen_recon.models.graph.features import NodeFeatures


def test_a_missing_covariate_is_a_mask_not_a_number(small_ocean) -> None:
    domain, samples, _, _ = small_ocean()
    domain.covariates[2, 5, 0] = np.nan
    try:
        features = NodeFeatures(domain, samples)
        there, here = (features.inputs(np.array([5]), np.array([step]))[0] for step in (1, 2))
    finally:
        domain.covariates[2, 5, 0] = 20.0
    at = features.names.index
    assert np.isfinite(here).all()
    assert (there[at("temperature_known")], here[at("temperature_known")]) == (1.0, 0.0)
    assert (there[at("saturation_known")], here[at("saturation_known")]) == (1.0, 0.0)
    assert here[at("salinity_known")] == 1.0


def test_anomaly_and_physical_are_inverse(small_ocean) -> None:
    domain, samples, _, _ = small_ocean()
    features = NodeFeatures(domain, samples)
    mean, scale = features.physical(
        features.anomaly(samples.values["oxygen"], samples.cell, samples.step).astype(float),
        np.ones(len(samples)),
        samples.cell,
        samples.step,
    )
    np.testing.assert_allclose(mean, samples.values["oxygen"], rtol=1e-5)
    assert (scale == features.oxygen_spread).all()


def test_the_error_of_a_map_has_no_part_in_the_anomaly(small_ocean) -> None:
    """Of measured temperature the anomaly counts from saturation, of a mapped one from the mean of the level."""
    domain, samples, _, _ = small_ocean()
    error = np.full((*domain.covariates.shape[:2], 2), 0.5)
    names = ("temperature", "salinity", "temperature_error", "salinity_error")
    mapped = replace(domain, covariates=np.concatenate([domain.covariates[..., :2], error], axis=-1), names=names)
    cell, step = np.zeros(3, int), np.arange(3)
    measured, of_maps = (NodeFeatures(one, samples).expected(cell, step) for one in (domain, mapped))
    assert np.ptp(measured) > 0.1 and np.ptp(of_maps) == 0
