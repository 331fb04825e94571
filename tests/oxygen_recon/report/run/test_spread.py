"""Climate models in one panel: members of a model together, many models by one member each."""

import numpy as np
import xarray as xr

from oxygen_recon.report.figures.series import region_series
from oxygen_recon.report.run.spread import drawn_together, with_spread

TIME = np.array([f"{year}-07-02" for year in range(2000, 2005)], "datetime64[ns]")


def one(value: float, last: int = 5) -> xr.Dataset:
    values = np.where(np.arange(5) < last, value, np.nan)[None]
    return xr.Dataset({"oxygen": (("region", "time"), values)}, {"time": TIME, "region": ["all"]})


def about(model: str) -> xr.Dataset:
    return xr.Dataset(attrs={"kind": "climate model", "model": model})


def test_members_of_a_model_are_its_own_spread():
    fields = {"A r1": about("A"), "A r2": about("A"), "B r1": about("B"), "WOA": xr.Dataset(attrs={"kind": "product"})}
    series = {"A r1": one(1.0), "A r2": one(3.0, last=3), "B r1": one(10.0), "WOA": one(7.0)}
    found = with_spread(series, fields, "oxygen")
    assert list(found) == ["A, 2 members", "B r1", "WOA"]
    np.testing.assert_array_equal(found["A, 2 members"]["oxygen"].values[0], [2, 2, 2, np.nan, np.nan])
    np.testing.assert_array_equal(found["A, 2 members"]["oxygen_high"].values[0], [3, 3, 3, np.nan, np.nan])
    assert "oxygen_low" not in found["B r1"]


def test_many_models_are_spread_by_one_member_each():
    fields = {name: about(name[0]) for name in ("A r1", "A r2", "A r3", "B r1", "C r1", "D r1")}
    series = {name: one(value) for name, value in zip(fields, (1.0, 50.0, 60.0, 2.0, 3.0, 6.0))}
    assert drawn_together(fields) == {"4 climate models, one member each": ["A r1", "B r1", "C r1", "D r1"]}
    (found,) = with_spread(series, fields, "oxygen").values()
    ends = [found[name].values[0, 0] for name in ("oxygen", "oxygen_low", "oxygen_high")]
    assert ends == [3.0, 1.0, 6.0]  # members 2 and 3 of A do not count


def test_the_spread_is_shaded_beside_the_reconstruction():
    fields = {"A r1": about("A"), "A r2": about("A")}
    found = with_spread({"A r1": one(1.0), "A r2": one(3.0)}, fields, "oxygen")
    figure = region_series(one(5.0), None, found)
    shaded = figure.axes[0].collections
    assert len(shaded) == 1 and shaded[0].get_paths()[0].get_extents().height == 2.0
