from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.statistics import measure
from qc.errors import InputError


def test_change_damping_and_weights_are_those_of_the_ocean(fields: DailyFields) -> None:
    found = measure(fields, fields.dates, 2)
    on_land = replace(fields, values=np.where(fields.ocean, fields.values, 1000.0).astype(np.float32))
    scores = found.scaling.apply(fields.values)
    anomaly = scores - found.scaling.apply(found.climatology.at(fields.dates))
    for channel in range(2):
        ocean = fields.ocean[channel]
        for lead in (1, 2):
            change = (scores[lead:, channel] - scores[:-lead, channel])[:, ocean]
            assert np.sqrt(np.square(change).mean()) == pytest.approx(found.change[lead - 1, channel], rel=0.02)
        now, following = anomaly[:-1, channel][:, ocean], anomaly[1:, channel][:, ocean]
        memory = (now * following).mean() / np.square(now).mean()
        assert 1 - memory == pytest.approx(found.damping[channel], abs=0.01)
    assert np.allclose(found.weight.sum(axis=(1, 2)), 1.0) and not found.weight[~fields.ocean].any()
    other = measure(on_land, fields.dates, 2)
    ratio = fields.values.dtype.type(1) * other.scaling.deviation / found.scaling.deviation
    assert np.allclose(other.change * ratio, found.change, rtol=1e-3), "land has no part in the change"


def test_the_normal_is_the_climatology_in_standard_scores(fields: DailyFields) -> None:
    found = measure(fields, fields.dates, 1)
    assert found.climatology.harmonics == 0 and found.normal.shape == (1, *fields.ocean.shape)
    expected = found.scaling.apply(found.climatology.at(fields.dates[:1]))
    assert np.allclose(found.normal, expected, atol=1e-5)


def test_a_grid_round_the_globe_is_periodic_and_a_region_is_not(fields: DailyFields) -> None:
    assert measure(fields, fields.dates, 1).periodic
    region = replace(fields, values=fields.values[..., :6], ocean=fields.ocean[..., :6], longitude=fields.longitude[:6])
    assert not measure(region, fields.dates, 1).periodic


def test_places_have_the_sphere_and_each_different_mask_once(fields: DailyFields) -> None:
    places = measure(fields, fields.dates, 1).places
    assert places.shape == (5, *fields.ocean.shape[1:])
    assert {mask.tobytes() for mask in places[3:].astype(bool)} == {mask.tobytes() for mask in fields.ocean}


def test_only_training_days_count(fields: DailyFields) -> None:
    training = fields.dates[:40]
    values = fields.values.copy()
    values[41:] += 100.0
    one, other = measure(fields, training, 1), measure(replace(fields, values=values), training, 1)
    assert np.array_equal(one.normal, other.normal) and np.array_equal(one.change, other.change)


def test_other_grids_and_too_few_days_are_one_clear_line(fields: DailyFields) -> None:
    moved = replace(fields, longitude=fields.longitude + 1.0)
    with pytest.raises(InputError, match="on another grid than the ocean"):
        measure(fields, fields.dates, 1, forcing=moved)
    with pytest.raises(InputError, match="fixed fields of shape"):
        measure(fields, fields.dates, 1, fixed=np.zeros((1, 2, 2)))
    with pytest.raises(InputError, match="no 9 training days in a row"):
        measure(fields, fields.dates[:8], 8)
