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


def test_temperature_anomalies_are_departures_from_the_mean_over_time_and_lost_with_the_covariates(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    plain, profiles = Profiles(domain, samples), Profiles(domain, samples, anomaly_steps=[-1, 0, 2])
    column, step = domain.column[samples.cell], samples.step
    inputs, bare = profiles.inputs(column, step), plain.inputs(column, step)
    added = [name for name in profiles.names if name not in plain.names]
    assert added == ["temperature_anomaly-1", "temperature_anomaly+0", "temperature_anomaly+2"]
    kept = [profiles.names.index(name) for name in plain.names]
    np.testing.assert_array_equal(inputs[..., kept], bare)
    warmer = replace(domain, covariates=domain.covariates + 2.0)  # everywhere and always: no anomaly
    shifted = Profiles(warmer, samples, anomaly_steps=[-1, 0, 2]).inputs(column, step)
    channels = [profiles.names.index(name) for name in added]
    np.testing.assert_allclose(shifted[..., channels], inputs[..., channels], atol=1e-5)
    lost = profiles.without_covariates(inputs, np.ones(len(samples), bool))
    assert (lost[..., channels] == 0).all()


def test_temperature_anomalies_are_of_their_step_and_of_the_profile_s_own_where_there_is_none(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    last = domain.steps - 1
    column = np.repeat(np.arange(domain.cell_of.shape[0]), domain.steps)
    step = np.tile(np.arange(domain.steps), domain.cell_of.shape[0])
    there = domain.cell_of[column] >= 0
    values = domain.covariates.copy()
    values[2] = np.nan  # a step that the product does not have
    profiles = Profiles(replace(domain, covariates=values), samples, anomaly_steps=[-1, 0, 1])
    inputs = profiles.inputs(column, step)
    before, own, after = (
        np.where(there, inputs[..., profiles.names.index(f"temperature_anomaly{offset:+d}")], np.nan).reshape(
            -1, domain.steps, domain.cell_of.shape[1]
        )
        for offset in (-1, 0, 1)
    )
    inner = [one for one in range(1, domain.steps) if one not in (2, 3)]
    np.testing.assert_allclose(before[:, inner], own[:, [one - 1 for one in inner]], atol=1e-6)
    np.testing.assert_array_equal(before[:, 3], own[:, 3])
    np.testing.assert_array_equal(after[:, 1], own[:, 1])
    np.testing.assert_array_equal(before[:, 0], own[:, 0])
    np.testing.assert_array_equal(after[:, last], own[:, last])
    assert np.nanstd(own[:, [0, 1, 3]]) > 0.1
    known = profiles.names.index("temperature_known")
    assert (inputs[step == 2][..., known] == 0).all() and (np.nan_to_num(own[:, 2]) == 0).all()


def test_temperature_anomalies_beyond_the_record_are_those_of_the_profile_and_not_of_its_last_step(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    column = np.arange(domain.cell_of.shape[0])
    profiles = Profiles(domain, samples, anomaly_steps=[-2, -1, 0])
    inputs = profiles.inputs(column, np.ones(column.size, int))
    two, one, own = (inputs[..., profiles.names.index(f"temperature_anomaly{offset:+d}")] for offset in (-2, -1, 0))
    np.testing.assert_array_equal(two, own)
    assert np.abs(one - own).max() > 0.01


def test_temperature_anomalies_of_months_do_not_hold_the_season(small_ocean) -> None:
    domain, samples, *_ = small_ocean(steps=36)
    months = replace(domain, years=1990 + (np.arange(domain.steps) + 0.5) / 12)
    season = 5.0 * np.cos(2 * np.pi * months.years)[:, None, None]
    column = np.zeros(domain.steps, int)
    plain, seasonal = (
        Profiles(replace(months, covariates=values), samples, anomaly_steps=[0]).inputs(column, np.arange(domain.steps))
        for values in (domain.covariates, domain.covariates + season)
    )
    channel = Profiles(months, samples, anomaly_steps=[0]).names.index("temperature_anomaly+0")
    np.testing.assert_allclose(seasonal[..., channel], plain[..., channel], atol=1e-4)
    assert plain[..., channel].std() > 0.1


def test_blurring_moves_the_time_that_is_read_and_nothing_else(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    profiles = Profiles(domain, samples)
    inputs = profiles.inputs(domain.column[samples.cell], samples.step)
    blurred = profiles.blurred(inputs, np.full(len(samples), 20.0))
    channel = profiles.names.index("year")
    np.testing.assert_allclose(blurred[..., channel] - inputs[..., channel], 1.0, atol=1e-5)
    others = np.arange(len(profiles.names)) != channel
    np.testing.assert_array_equal(blurred[..., others], inputs[..., others])
