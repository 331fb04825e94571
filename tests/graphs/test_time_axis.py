import numpy as np
import pytest

from graphs.time_axis import TimeAxis


def test_timeline_indexes_seasons_and_refuses_the_impossible():
    seasons = TimeAxis.regular(2000, 2001, "season")
    assert len(seasons) == 8
    times = np.array(
        ["2000-01-01", "2000-12-31T23:59", "2001-06-30", "1999-12-31", "2002-01-01", "NaT"], "datetime64[ms]"
    )
    np.testing.assert_array_equal(seasons.index(times), [0, 3, 5, -1, -1, -1])
    np.testing.assert_allclose(TimeAxis.regular(2000, 2003, "year").years, np.arange(2000, 2004) + 0.5, atol=0.01)
    with pytest.raises(ValueError, match="empty"):
        TimeAxis.regular(2001, 2000, "year")
    with pytest.raises(ValueError, match="unknown step"):
        TimeAxis.regular(2000, 2001, "week")
