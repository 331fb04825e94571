import numpy as np


def test_taking_casts_keeps_their_levels(record):
    which = np.arange(len(record.casts)) % 3 == 0
    part = record.take(which)
    assert len(part.casts) == which.sum() and part.levels["cast"].max() == which.sum() - 1
    kept = record.levels[which[record.levels["cast"]]]
    np.testing.assert_array_equal(part.levels["depth"], kept["depth"])


def test_measurements_have_the_errors_and_units_of_their_instruments(record):
    error = (record.levels["oxygen"] - record.levels["truth"]).to_numpy()
    instrument = record.casts["instrument"].to_numpy()[record.levels["cast"].to_numpy()]
    for name, limit in (("bottle", 5.0), ("ctd", 4.0)):
        assert 0.3 < np.nanstd(error[instrument == name]) < limit
    assert set(record.casts["unit"]) == {"ml/l", "umol/kg"}
    assert (np.diff(record.levels["depth"])[np.diff(record.levels["cast"]) == 0] > 0).all()
    assert record.levels["flag"].isin([1, 3]).all() and (record.levels["oxygen"].dropna() >= 0.6).all()
