import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from graphs.time_axis import TimeAxis
from oxygen_recon.fields.times import ALL_MONTHS, of_steps, slices, time_bounds
from qc.errors import InputError

MONTHS = [frozenset([month]) for month in range(1, 13)]


def series(time, name: str = "time", **attributes) -> xr.DataArray:
    return xr.DataArray(np.zeros((len(time), 1)), {name: (name, time, attributes), "lat": [0.0]}, (name, "lat"))


def test_months_since_are_dates() -> None:
    """No decoder understands them, for months have no length."""
    found = slices(series([0.5, 12.0, 407.5], units="months since 1955-01-01 00:00:00"))
    assert [str(one.date)[:7] for one in found] == ["1955-01", "1956-01", "1988-12"]
    assert [one.year for one in found] == [1955, 1956, 1988]
    assert not any(one.months for one in found)


def test_dates_of_model_calendars_and_years_are_found() -> None:
    found = slices(series([0.0, 59.0], units="days since 2000-01-30", calendar="360_day"))
    assert [one.year for one in found] == [2000, 2000] and str(found[1].date)[:7] == "2000-03"
    assert [(one.date, one.year) for one in slices(series([1990, 1991], "year"))] == [(None, 1990), (None, 1991)]


@pytest.mark.parametrize(
    "file, months",
    [
        ("woa23_decav_t00_01.nc", ALL_MONTHS),
        ("woa23_all_o05_01.nc", MONTHS[4]),
        ("woa18_A5B7_s12_04.nc", MONTHS[11]),
        ("woa13_all_o13_01.nc", frozenset([1, 2, 3])),
        ("woa23_all_o16_01.nc", frozenset([10, 11, 12])),
    ],
)
def test_files_of_the_world_ocean_atlas_tell_their_period_by_name(file, months) -> None:
    """Times within them are not to be relied on: those of the annual files differ between versions."""
    (found,) = slices(series([6.0], units="months since 1955-01-01 00:00:00"), file=file)
    assert found.months == months and found.date is None and found.year is None


def test_a_climatology_has_the_months_of_its_bounds() -> None:
    since = "months since 1955-01-01"
    field = series([0.5, 1.5, 6.0], units=since, climatology="climatology_bounds")
    bounds = xr.DataArray([[0.0, 745.0], [1.0, 746.0], [0.0, 756.0]], dims=("time", "nv"))
    assert [one.months for one in slices(field, bounds)] == [MONTHS[0], MONTHS[1], ALL_MONTHS]
    days = series([15.0, 100.0], units="days since 1960-01-01", climatology="c")
    bounds = xr.DataArray([[0.0, 10988.0], [60.0, 11079.0]], dims=("time", "nv"))  # January; two months
    with pytest.raises(InputError, match="a climatology of 2 times; give twelve"):
        slices(days, bounds)
    bounds = xr.DataArray([[0.0, 10988.0], [60.0, 11109.0]], dims=("time", "nv"))
    assert [one.months for one in slices(days, bounds)] == [MONTHS[0], frozenset([3, 4, 5])]


def test_twelve_months_and_one_year_are_a_climatology_where_that_is_said() -> None:
    assert [one.months for one in slices(series(range(1, 13), "month"))] == MONTHS
    assert [one.months for one in slices(series(np.arange(12.0) * 30), climatology=True)] == MONTHS
    assert [one.months for one in slices(series([1.0]), climatology=True)] == [ALL_MONTHS]
    with pytest.raises(InputError, match="a climatology of 5 times; give twelve months or the year"):
        slices(series(np.arange(5.0)), climatology=True)
    assert [one.months for one in slices(xr.DataArray([0.0], {"lat": [0.0]}, ("lat",)))] == [ALL_MONTHS]


def test_a_step_takes_the_slices_of_its_own_months_in_every_year() -> None:
    found = slices(series(range(1, 13), "month")) + slices(xr.DataArray([0.0], {"lat": [0.0]}, ("lat",)))
    for axis in (TimeAxis.regular(1850, 1852, "season"), TimeAxis.regular(1990, 1992, "season")):
        first, second = of_steps(found, axis)[5]  # April to June of the second year
        assert first[0].tolist() == [3, 4, 5] and first[1].tolist() == [1, 1, 1]
        assert second[0].tolist() == [12]
    (whole, _) = of_steps(found, TimeAxis.regular(1990, 1992, "static"))[0]
    assert whole[0].tolist() == list(range(12))


@given(st.lists(st.integers(0, 119), max_size=40), st.sampled_from(["month", "season", "year", "static"]))
def test_a_date_is_of_its_step_or_of_its_year_and_of_no_other(months: list[int], step: str) -> None:
    """Months of 1990-1999: a step has the dates within it that cover half of it, or a yearly series its year."""
    found = slices(series(np.array(months) + 0.5, units="months since 1990-01-01"))
    axis = TimeAxis.regular(1985, 2004, step)
    dates = np.array([one.date for one in found], "datetime64[D]")
    apart = np.diff(np.unique(dates)).astype(int)
    days = np.median(apart) if apart.size else 30.4
    years = [str(date)[:4] for date in dates]
    yearly = len(set(years)) == len(years) and days > 300  # only such a series speaks for the other steps of a year
    for number, choices in enumerate(of_steps(found, axis)):
        begin, end = axis.edges[number], axis.edges[number + 1]
        within = [i for i, date in enumerate(dates) if begin <= date < end]
        if yearly:
            expected = within or [i for i, of in enumerate(years) if of == str(axis.centre[number])[:4]]
        else:
            expected = within if days * len(within) >= 0.49 * (end - begin).astype(int) else []
        assert [which.tolist() for which, _ in choices] == ([expected] if expected else [])


def test_a_month_is_no_year() -> None:
    """A series that begins in December, and single files of one month or day."""
    year, month = TimeAxis.regular(1999, 2001, "year"), TimeAxis.regular(1999, 2001, "month")
    begun = slices(series(np.arange(11, 36) + 0.5, units="months since 1999-01-01"))
    assert [len(choices) for choices in of_steps(begun, year)] == [0, 1, 1]
    half = slices(series(np.arange(6, 36) + 0.5, units="months since 1999-01-01"))
    assert [len(choices) for choices in of_steps(half, year)] == [1, 1, 1]
    alone = slices(series([6.5], units="months since 2000-01-01"))
    assert not any(of_steps(alone, year)) and sum(map(bool, of_steps(alone, month))) == 1
    stated = series([180.0], units="days since 2000-01-01", bounds="edges")
    edges = xr.DataArray([[0.0, 366.0]], dims=("time", "nv"))
    assert [len(choices) for choices in of_steps(slices(stated, edges), year)] == [0, 1, 0]
    assert [len(choices) for choices in of_steps(slices(series([2000], "year")), month)] == [0] * 12 + [1] * 12 + [
        0
    ] * 12


@pytest.mark.parametrize("decoded", [False, True])
def test_a_single_time_is_a_date_as_an_axis_of_one_is(decoded: bool) -> None:
    field = series([45.0], units="days since 2000-01-01")
    data = xr.decode_cf(field.to_dataset(name="o2"))["o2"] if decoded else field
    (of_axis,), (single,) = slices(data), slices(data.isel(time=0))
    assert single.months == of_axis.months == frozenset() and single.date == of_axis.date == np.datetime64("2000-02-15")
    xr.testing.assert_equal(single.read([0]).isel(slice=0), data.isel(time=0, drop=True))


@pytest.mark.parametrize("decoded", [False, True])
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_a_date_is_the_middle_of_its_bounds(calendar: str, decoded: bool) -> None:
    """Climate models name a month by its end, midnight of the next one's first day; no bounds, no change."""
    since = {"units": "days since 2001-01-01", "calendar": calendar}
    field = series([31.0, 59.0, 90.0], bounds="time_bound", **since)
    edges = xr.DataArray([[0.0, 31.0], [31.0, 59.0], [90.0, 90.0]], dims=("time", "nv"))
    data = xr.Dataset({"o2": field, "time_bound": edges})
    data = xr.decode_cf(data) if decoded else data
    found = slices(data["o2"], time_bounds(data, data["o2"]))
    assert [str(one.date)[:7] for one in found] == ["2001-01", "2001-02", "2001-04"]
    (one,) = slices(data["o2"].isel(time=0), time_bounds(data.isel(time=0), data["o2"].isel(time=0)))
    assert str(one.date)[:7] == "2001-01"


def test_months_held_twice_are_refused() -> None:
    """Two periods of the atlas in one folder would take each other's place."""
    one = series([6.0], units="months since 1955-01-01")
    for period, said in (("05", "two fields of month 5"), ("00", "two fields of the year"), ("14", "of month 4")):
        found = [
            a
            for file in (f"woa23_decav_t{period}_01.nc", f"woa23_A5B7_t{period}_01.nc")
            for a in slices(one, file=file)
        ]
        with pytest.raises(InputError, match=f"{said}; name the files of one period"):
            of_steps(found, TimeAxis.regular(2000, 2000, "static"))
