from dataclasses import replace

import numpy as np

from oxygen_recon.models.oxygraph.profiles import Profiles, times_among


def test_features_of_sampled_columns_are_standard_and_a_missing_one_is_a_mask(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    profiles = Profiles(domain, samples)
    inputs = profiles.inputs(domain.column[samples.cell], samples.step)
    assert inputs.shape == (len(samples), 4, len(profiles.names)) and np.isfinite(inputs).all()
    overall = profiles.names.index("temperature")
    known = inputs[..., profiles.names.index("temperature_known")] > 0
    assert abs(inputs[..., overall][known].mean()) < 0.2 and 0.7 < inputs[..., overall][known].std() < 1.3
    missing = replace(domain, covariates=np.full_like(domain.covariates, np.nan))
    bare = profiles.on(missing).inputs(domain.column[samples.cell], samples.step)
    lost = profiles.without_covariates(inputs, np.ones(len(samples), bool))
    np.testing.assert_array_equal(bare, lost)
    assert (bare[..., profiles.names.index("sigma0_known")] == 0).all()


def test_a_level_on_land_is_dry(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    profiles = Profiles(domain, samples)
    wet = profiles.inputs(np.arange(domain.cell_of.shape[0]), np.zeros(domain.cell_of.shape[0], int))
    np.testing.assert_array_equal(wet[..., profiles.names.index("wet")] == 1, domain.cell_of >= 0)


def test_the_covariates_of_a_row_are_those_without_its_own_subset(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    other = (domain.covariates + 3.0).astype(np.float32)
    there = replace(domain, without=other, row=np.arange(domain.steps)[None])
    profiles = Profiles(domain, samples)
    column, step = domain.column[samples.cell[:5]], samples.step[:5]
    free = profiles.on(replace(domain, covariates=other)).inputs(column, step)
    without = profiles.on(there).inputs(column, step, np.zeros(5, int))
    with_all = profiles.on(there).inputs(column, step, np.full(5, -1))
    np.testing.assert_allclose(without, free, rtol=1e-5)
    np.testing.assert_array_equal(with_all, profiles.inputs(column, step))


def test_years_without_casts_are_no_time_to_go_on_in(small_ocean) -> None:
    years = np.arange(1920.5, 2020.0)
    even = times_among(years, np.repeat(np.arange(years.size), 3))
    np.testing.assert_allclose(even, years - years.mean())
    late = times_among(years, np.repeat(np.arange(50, years.size), 3))
    np.testing.assert_allclose(late[:50], late[0])
    assert (np.diff(late[50:]) > 1.9).all(), "the same length of record, of years that were sampled"
    domain, samples, *_ = small_ocean()
    inputs = Profiles(domain, samples).inputs(np.zeros(domain.steps, int), np.arange(domain.steps))
    year = Profiles(domain, samples).names.index("year")
    assert (np.diff(inputs[:, 0, year]) >= 0).all() and inputs[-1, 0, year] > inputs[0, 0, year]
    without = Profiles(domain, samples, time=False).inputs(np.zeros(domain.steps, int), np.arange(domain.steps))
    assert (without[..., year] == 0).all()
    np.testing.assert_array_equal(np.delete(without, year, axis=-1), np.delete(inputs, year, axis=-1))


def test_anomalies_are_departures_from_the_mean_over_time_and_lost_with_the_covariates(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    plain, profiles = Profiles(domain, samples), Profiles(domain, samples, anomalies=True)
    column, step = domain.column[samples.cell], samples.step
    inputs, bare = profiles.inputs(column, step), plain.inputs(column, step)
    added = [name for name in profiles.names if name not in plain.names]
    assert added == [f"{name}_anomaly" for name in profiles.channels]
    kept = [profiles.names.index(name) for name in plain.names]
    np.testing.assert_array_equal(inputs[..., kept], bare)
    warmer = replace(domain, covariates=domain.covariates + 2.0)  # everywhere and always: no anomaly
    shifted = Profiles(warmer, samples, anomalies=True).inputs(column, step)
    channel = profiles.names.index("temperature_anomaly")
    np.testing.assert_allclose(shifted[..., channel], inputs[..., channel], atol=1e-5)
    one = domain.covariates.copy()
    one[3] += 2.0  # one step only
    raised = Profiles(replace(domain, covariates=one), samples, anomalies=True).inputs(column, step)
    wet = domain.cell_of[column] >= 0
    assert (raised[..., channel] > inputs[..., channel])[wet & (step == 3)[:, None]].mean() > 0.95
    lost = profiles.without_covariates(inputs, np.ones(len(samples), bool))
    assert (lost[..., channel] == 0).all()
