"""Climate model files: names, units, grids and calendars as they come, and values at points."""

from pathlib import Path

import gsw
import numpy as np
import pytest

from oxygen_recon.fields.cmip6.models import beside, open_models
from qc.errors import InputError
from tests.support.climate_model_files import expected, oxygen_law, regular, sample, write


def test_names_units_order_and_runs_are_read_from_the_file(tmp_path: Path) -> None:
    latitude, longitude, land = regular(4.0)
    names = ("nlat", "nlon", "nav_lat", "nav_lon")
    deep_first = (1000.0, 100.0, 5.0)

    def shifted(*place) -> np.ndarray:  # a deepest-first file whose last level is the surface
        return oxygen_law(*place) * 1e3

    historical = write(
        tmp_path / "a.nc", [2013, 2014], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=shifted,
    )  # fmt: skip
    scenario = write(
        tmp_path / "b.nc", [2014, 2015], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=lambda *place: shifted(*place) + 50,
    )  # fmt: skip
    (model,) = open_models([scenario, historical])
    np.testing.assert_array_equal(model.depth, [5, 100, 1000])
    np.testing.assert_allclose(model.years, [2013.5, 2014.5, 2015.5], atol=5e-3)  # 2 July of 360 days is a little later
    value = sample(model, np.full(3, -40.0), np.full(3, 300.0), np.full(3, 100.0), np.array([2013.5, 2014.5, 2015.5]))
    truth = expected(-40, 300, 100, np.array([2013.5, 2014.5, 2015.5])) + np.array([0, 0, 50e3 / 1025])
    np.testing.assert_allclose(value, truth, atol=1.5)  # where files overlap the earlier one counts


def test_density_of_temperature_and_salinity(tmp_path: Path) -> None:
    grid = regular(8.0)
    oxygen = write(tmp_path / "o2.nc", [2000], *grid)
    warm = write(
        tmp_path / "thetao.nc", [2000], *grid, variable="thetao", units="degC", law=lambda *p: 0 * oxygen_law(*p) + 10
    )
    salt = write(
        tmp_path / "so.nc", [2000], *grid, variable="so", units="0.001", law=lambda *p: 0 * oxygen_law(*p) + 35
    )
    (model,) = open_models([oxygen], [warm], [salt])
    assert model.density == "potential density of thetao and so"
    constant = open_models([oxygen])[0].field(0)
    absolute = gsw.SR_from_SP(35.0)
    density = gsw.rho(absolute, gsw.CT_from_pt(absolute, 10.0), 0.0)
    np.testing.assert_allclose(model.field(0) * density, constant * 1025.0, rtol=1e-6)
    assert np.isnan(constant[0][grid[2]]).all()


def test_files_that_are_none_are_refused_in_one_line(data_root: Path, tmp_path: Path) -> None:
    grid = regular(8.0)
    with pytest.raises(InputError, match="no variable o2"):
        open_models([data_root / "gridded/curvilinear/tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc"])
    with pytest.raises(InputError, match="unit of oxygen"):
        open_models([write(tmp_path / "u.nc", [2000], *grid, units="ml/l")])
    with pytest.raises(InputError, match="no depths"):
        open_models([write(tmp_path / "s.nc", [2000], *grid, level_units="1")])
    with pytest.raises(InputError, match="no depth coordinate"):
        open_models([write(tmp_path / "k.nc", [2000], *grid, level="sheet")])
    with pytest.raises(InputError, match="no latitude"):
        open_models([write(tmp_path / "l.nc", [2000], *grid, names=("j", "i", "p", "q"))])
    other = write(tmp_path / "g.nc", [2001], *regular(4.0))
    with pytest.raises(InputError, match="another grid"):
        open_models([write(tmp_path / "h.nc", [2000], *grid), other])
    broken, oxygen_file = tmp_path / "broken.nc", other.read_bytes()
    broken.write_bytes(oxygen_file[: len(oxygen_file) // 2])
    with pytest.raises(InputError, match="not a readable"):
        open_models([broken])
    with pytest.raises(InputError, match="not a readable"):
        open_models([tmp_path / "absent.nc"])
    with pytest.raises(InputError, match="no file"):
        open_models([])


def test_models_members_and_scenarios_are_never_merged(tmp_path: Path) -> None:
    grid = regular(8.0)

    def one(model: str, experiment: str, member: str, years: list[int], change: float = 0.0) -> Path:
        run = {"source_id": model, "experiment_id": experiment, "variant_label": member}
        path = tmp_path / f"o2_Oyr_{model}_{experiment}_{member}_gn_{years[0]}01-{years[-1]}12.nc"
        return write(path, years, *grid, law=lambda *place: oxygen_law(*place) + change, attributes=run)

    files = [
        one("TOY", "historical", "r1i1p1f1", [2013, 2014]),
        one("TOY", "historical", "r2i1p1f1", [2013, 2014], 0.01),
        one("TOY", "ssp245", "r1i1p1f1", [2015, 2016]),
        one("TOY", "ssp585", "r1i1p1f1", [2015, 2016], 0.02),
        one("OTHER", "historical", "r1i1p1f1", [2013, 2014], 0.03),
    ]
    models = {model.name: model for model in open_models(files)}
    assert list(models) == ["OTHER r1i1p1f1", "TOY r1i1p1f1 ssp245", "TOY r1i1p1f1 ssp585", "TOY r2i1p1f1"]
    assert models["TOY r2i1p1f1"].years.astype(int).tolist() == [2013, 2014]  # none goes on from it
    for scenario in ("ssp245", "ssp585"):
        assert models[f"TOY r1i1p1f1 {scenario}"].years.astype(int).tolist() == [2013, 2014, 2015, 2016]
    first, second = (models[name].field(0) for name in ("TOY r1i1p1f1 ssp245", "TOY r2i1p1f1"))
    np.testing.assert_allclose((second - first)[np.isfinite(first)], 0.01e6 / 1025.0, rtol=1e-3)
    last = models["TOY r1i1p1f1 ssp585"].field(3) - models["TOY r1i1p1f1 ssp245"].field(3)
    np.testing.assert_allclose(last[np.isfinite(last)], 0.02e6 / 1025.0, rtol=1e-3)


def test_temperature_and_salinity_beside_oxygen_make_the_density(tmp_path: Path) -> None:
    grid, tree = regular(8.0), tmp_path / "Omon"
    folders = [tree / "o2/gn/v20190308", tree / "thetao/gn/v20190301", tree / "so/gn/v20190301"]
    for folder in folders:
        folder.mkdir(parents=True)
    ending = "Omon_TOY_historical_r1i1p1f1_gn_200001-200112.nc"
    oxygen = write(folders[0] / f"o2_{ending}", [2000, 2001], *grid)
    warm = write(
        folders[1] / f"thetao_{ending}", [2000, 2001], *grid, variable="thetao", units="degC", law=constant(10)
    )
    assert beside(oxygen, "thetao") == warm and beside(oxygen, "so") is None
    (model,) = open_models([oxygen])
    assert model.density == "constant 1025 kg m-3"
    write(folders[2] / f"so_{ending}", [2000, 2001], *grid, variable="so", units="0.001", law=constant(35))
    (model,) = open_models([oxygen])
    assert model.density == "potential density of thetao and so"
    short = write(tmp_path / "so.nc", [2000], *grid, variable="so", units="0.001", law=constant(35))
    with pytest.raises(InputError, match=r"no so of TOY at 2001\.5"):
        open_models([oxygen], [warm], [short])
    with pytest.raises(InputError, match="without salinity"):
        open_models([oxygen], [warm])


def test_zeros_are_land_only_down_to_the_sea_floor_of_a_file_without_missing_values(tmp_path: Path) -> None:
    grid = regular(8.0)

    def with_zeros(latitude, longitude, depth, year) -> np.ndarray:
        """Nothing below 500 m north of 40 N; a layer without oxygen at 100 m south of 40 S."""
        floor, anoxic = (latitude > 40) & (depth > 500), (latitude < -40) & (depth == 100)
        return np.where(floor | anoxic, 0.0, oxygen_law(latitude, longitude, depth, year))

    nowhere = np.zeros_like(grid[2])
    path = write(tmp_path / "zeros.nc", [2000], *grid[:2], nowhere, law=with_zeros, floor=False)
    (model,) = open_models([path])
    field = model.field(0)
    assert np.isnan(field[2][grid[0] > 40]).all() and np.isfinite(field[:2]).all()
    assert (field[1][grid[0] < -40] == 0).all()
    (masked,) = open_models([write(tmp_path / "masked.nc", [2000], *grid, law=with_zeros)])
    assert (masked.field(0)[2][(grid[0] > 40) & ~grid[2]] == 0).all()  # this file says where its land is


def constant(value: float):
    """Return a law of one value everywhere."""
    return lambda *place: 0 * oxygen_law(*place) + value


def test_runs_forced_by_emissions_and_by_concentrations_are_two(tmp_path: Path) -> None:
    grid = regular(8.0)

    def one(experiment: str, years: list[int], change: float, table: str = "Oyr") -> Path:
        path = tmp_path / f"o2_{table}_TOY_{experiment}_r1i1p1f1_gn_{years[0]}01-{years[-1]}12.nc"
        attributes = {"experiment_id": experiment, "table_id": table}
        return write(path, years, *grid, law=lambda *place: oxygen_law(*place) + change, attributes=attributes)

    files = [
        one("historical", [2013, 2014], 0.0), one("esm-hist", [2013, 2014], 0.01),
        one("ssp585", [2015], 0.0), one("esm-ssp585", [2015], 0.01),
    ]  # fmt: skip
    models = {model.name: model for model in open_models(files)}
    assert list(models) == ["TOY r1i1p1f1 esm-ssp585", "TOY r1i1p1f1 ssp585"]
    apart = models["TOY r1i1p1f1 esm-ssp585"].field(0) - models["TOY r1i1p1f1 ssp585"].field(0)
    np.testing.assert_allclose(apart[np.isfinite(apart)], 0.01e6 / 1025.0, rtol=1e-3)
    tables = open_models([files[0], one("historical", [2013, 2014], 0.0, "Omon")])
    assert [model.name for model in tables] == ["TOY r1i1p1f1 Omon", "TOY r1i1p1f1 Oyr"]
