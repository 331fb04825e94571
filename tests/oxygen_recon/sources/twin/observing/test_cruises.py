import pytest

from oxygen_recon.sources.twin.observing.cruises import draw_casts
from oxygen_recon.sources.twin.observing.sections import LINES


def test_casts_are_distributed_like_the_record():
    casts = draw_casts(3, 4000, 1920, 2023)
    assert len(casts) == pytest.approx(4000, rel=0.05)
    year = casts["year"].to_numpy()
    rate = {
        (a, b): ((year >= a) & (year < b)).sum() / (b - a)
        for a, b in ((1920, 1950), (1955, 1965), (1970, 1995), (2000, 2012))
    }
    quiet, rising, peak, fewer = rate.values()
    assert quiet < 0.25 * rising and rising < peak and fewer < peak
    floats = casts[casts["instrument"] == "float"]
    assert floats["year"].min() > 2004 and (floats["year"] > 2015).mean() > 0.5
    assert floats["bottom"].max() <= 2000
    assert set(casts["line"]) == {line.name for line in LINES} | {""}
    assert (casts["latitude"] > 0).mean() > 0.5


def test_casts_stay_above_the_sea_floor_and_within_the_axes():
    casts = draw_casts(1, 1500, 1950, 1999)
    assert (casts["bottom"] < casts["floor"]).all() and (casts["bottom"] > 30).all()
    assert casts["longitude"].between(-180, 180, inclusive="left").all()
    assert casts["year"].between(1950, 2000, inclusive="left").all()
    assert not casts.duplicated(["cruise", "station"]).any()
