"""What `check` says, that it makes nothing and loads nothing heavy, and that it refuses what a run would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.setup.check import check
from oxygen_recon.pipeline.setup.estimate import Size
from oxygen_recon.pipeline.setup.init import template
from qc.errors import InputError
from tests.support import own_table
from tests.support.climate_model_files import regular, write

EXPERIMENTS = Path(__file__).parents[4] / "experiments"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a table of one's own, its description and a relief; makes the experiment with changes."""
    monkeypatch.chdir(tmp_path)
    own_table.write(tmp_path)

    def experiment(**changes):
        return Experiment.from_yaml(own_table.write(Path(), **changes))

    return experiment


def own_again() -> Experiment:
    """Read the experiment again, whatever was changed beside it."""
    return Experiment.from_yaml("experiment.yaml")


def lines(text: str) -> dict[str, str]:
    return {line.split()[0]: line[12:] for line in text.splitlines()}


def test_it_says_what_would_run_on_what_and_makes_nothing(own):
    experiment = own()
    before = sorted(Path().rglob("*"))
    said = lines(check(experiment))
    assert sorted(Path().rglob("*")) == before
    assert said["period"] == "1990-1995, 24 steps, season"
    assert "6 x 4 columns, 3 levels, 72 wet cells" in said["grid"]
    assert said["files"].startswith("1 files, 0.0 MB: own tables 1")
    assert said["folds"] == "3 folds by year; flags [1, 2] of oxygen are used"
    assert "new" in said["folder"] and " on two cores, " in said["asks"]
    assert said["advice"] == (
        "a season holds 2.0 surveys of a column on average, several in 100 % of visited columns and seasons "
        "(the casts of casts.csv): period.step: month keeps them apart, 1.0 in each "
        "(East Sea: errors of every method 7 to 9 % smaller)"
    )


def test_month_steps_need_no_advice(own):
    assert "advice" not in lines(check(own(period={"start": 1990, "end": 1995, "step": "month"})))


def test_year_steps_are_advised_of_the_longest_step_that_keeps_surveys_apart_without_a_figure(own):
    said = lines(check(own(period={"start": 1990, "end": 1995, "step": "year"})))["advice"]
    assert said.startswith("a year holds ") and "period.step: month keeps them apart, 1.0 in each" in said
    assert "East Sea" not in said


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"folds": {"by": "year", "n": 1}}, "folds.n: 1 would leave nothing to learn from"),
        ({"folds": 1}, "folds: expected keys with values, {KEY: VALUE}, of by, n, seed, block, years, hide"),
        ({"folds": {"by": "year", "n": 7}}, "folds.n: 6 groups by year cannot make 7 folds"),
        ({"folds": {"by": "basin", "n": 2}}, "folds.n: 1 groups by basin (Pacific) cannot make 2 folds"),
        ({"folds": {"by": "last_years", "years": 6}}, "folds.years: a period of 6 years has none before its last"),
        ({"fold": {}}, "fold: no such key; did you mean folds?"),
        ({"omz": {"regions": ["red_sea"]}}, "omz.regions red_sea: no ocean cell of the run in it; the run covers"),
        ({"omz": {"regions": ["red see"]}}, "omz.regions: red see: no such region; did you mean red_sea?"),
        (
            {"omz": {"thresholds": [0.06]}},
            "omz.thresholds: 0.06 umol kg-1 is no threshold of seawater; 1.4 ml/l are 60.9",
        ),
        ({"omz": {"periods": [[1900, 1950]]}}, "omz.periods 1900-1950: the run has 1990-1995; choose years of it"),
        ({"climate_models": ["o2_*.nc"]}, "name their folder with --data"),
        ({"products": [{"name": "GOBAI", "path": "no/such.nc"}]}, "no such file or folder"),
        ({"quality": {"overrides": "none.csv"}}, "none.csv: no such file of quality.overrides"),
        ({"quality": {"battery": "none.yaml"}}, "none.yaml: no such"),
        ({"catalog": "none.yaml"}, "none.yaml: no such catalogue"),
        ({"covariates": {"kind": "product", "paths": ["none.nc"]}}, "none.nc: no such file"),
        ({"background": "none.nc"}, "none.nc: no such file"),
    ],
)
def test_it_refuses_in_one_line_what_a_run_would(own, changes, said):
    with pytest.raises(InputError) as caught:
        check(own(**changes))
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            {"climate_models": ["{folder}/o2_toy.nc"]},
            "TOY r1i1p1f1: no time of it within the run's; its years are 1900-1901; choose another experiment",
        ),
        (
            {"climate_models": [{"files": "{folder}/o2_*.nc", "members": ["r9i1p1f1"]}]},
            "no member r9i1p1f1 in the files",
        ),
        (
            {"products": [{"name": "P", "path": "{folder}/o2_toy.nc"}]},
            "P: no step of the run has a time of oxygen; its years are 1900-1901",
        ),
        ({"products": [{"name": "P", "path": "{folder}/o2_toy.nc", "variable": "oxy"}]}, "no variable oxy"),
        ({"products": [{"name": "P", "path": "{folder}/relief.nc"}]}, "no variable of oxygen"),
        ({"climate_models": ["{folder}/o2_late.nc"] * 2}, "two methods are called TOY r1i1p1f1"),
    ],
)
def test_what_could_not_be_compared_is_refused_before_anything_is_trained(own, tmp_path, changes, said):
    write(tmp_path / "o2_toy.nc", [1900, 1901], *regular(5.0))
    write(tmp_path / "o2_late.nc", [1995, 1996], *regular(5.0))
    experiment = own(**json.loads(json.dumps(changes).replace("{folder}", str(tmp_path))))
    for refused in (lambda: check(experiment), lambda: run(experiment, work=tmp_path / "runs", to="grid")):
        with pytest.raises(InputError) as caught:
            refused()
        assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_product_that_begins_late_in_a_static_period_is_let_in(own, tmp_path):
    write(tmp_path / "o2_late.nc", [1995, 1996], *regular(5.0))
    late = {"products": [{"name": "P", "path": str(tmp_path / "o2_late.nc")}], "folds": {"by": "cast", "n": 2}}
    assert "1 steps, the whole period" in check(own(**late, period={"start": 1990, "end": 1995, "step": "static"}))


@pytest.mark.parametrize(
    "source, said",
    [
        ({"paths": ["none.csv"]}, "none.csv: no file here"),
        ({"tables": ["none.yaml"]}, "none.yaml: no such description of a table; oxygen-recon init description"),
        ({"relief": "none.nc"}, "none.nc: no such relief"),
        ({"relief": "etopo"}, "relief etopo is an entry of the catalogue, and is looked for under --data FOLDER"),
        ({"kind": None}, "its kind is missing, one of archives, twin, field"),
        ({"paths": []}, "source: no observations; name entries of the catalogue, or paths of files of your own"),
        ({"paths": [], "entries": ["kodc"]}, "tables describe the files of paths"),
        ({"paths": ["bare.csv"]}, "bare.csv: no column O2; its columns are Cruise, Station"),
        ({"tables": ["bare.yaml"]}, "bare.yaml: columns must name oxygen"),
    ],
)
def test_a_source_that_is_not_there_is_one_line(own, source, said):
    rows = Path("casts.csv").read_text().splitlines()
    Path("bare.csv").write_text("\n".join(row.rpartition(",")[0] for row in rows))
    described = yaml.safe_load(Path("mine.yaml").read_text())
    del described["columns"]["oxygen"]
    Path("bare.yaml").write_text(yaml.safe_dump(described))
    whole = {"kind": "archives", "paths": ["casts.csv"], "tables": ["mine.yaml"], "relief": "relief.nc"} | source
    with pytest.raises(InputError) as caught:
        check(own(source={key: value for key, value in whole.items() if value is not None}))
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "part, value, said",
    [
        ("layout", {"delimiter": ";"}, "no column Cruise, Date"),
        ("time", {"columns": ["Date"], "format": "%d.%m.%Y"}, "is no time of the form %d.%m.%Y"),
        ("columns", {"depth": "Depth"}, "no column Depth"),
        ("columns", {"depth": "Cruise"}, "in column Cruise is no number"),
    ],
)
def test_an_own_table_that_cannot_be_read_is_refused_with_the_words_of_ingest(own, part, value, said):
    own(period={"start": 1990, "end": 1995, "step": "month"})  # of which no dates are needed for advice
    described = yaml.safe_load(Path("mine.yaml").read_text())
    described[part] |= value
    Path("mine.yaml").write_text(yaml.safe_dump(described))
    with pytest.raises(InputError) as caught:
        check(own_again())
    source = own_again().source
    settings = own_again().source_settings()
    (item,) = source.open(settings, Path("runs/source").absolute(), None).items()
    with pytest.raises(InputError) as of_ingest:
        item.read([])
    assert said in str(caught.value) and str(caught.value) == str(of_ingest.value)


def test_only_the_first_rows_of_a_large_table_are_read(own):
    experiment = own()
    rows = Path("casts.csv").read_text().splitlines()
    Path("casts.csv").write_text("\n".join([rows[0], *rows[1:] * 60, rows[-1].replace("1995-", "95-")]) + "\n")
    assert "own tables 1" in lines(check(experiment))["files"]


def test_a_text_table_without_a_description_is_reported(own):
    source = {"kind": "archives", "paths": ["casts.csv"], "relief": "relief.nc"}
    said = check(own(source=source, period={"start": 1990, "end": 1995, "step": "month"}))
    assert "own files 1" in said
    assert "advice      casts.csv: a table that no entry of the catalogue describes, with columns Cruise" in said


def test_a_region_on_land_and_a_polygon_that_crosses_itself_are_refused(own):
    levels = {"resolution": 1, "levels": [0, 5000]}
    with pytest.raises(InputError, match=r"the polygon is not valid: Self-intersection"):
        own(grid={"region": "POLYGON ((-126 30, -122 34, -122 30, -126 34, -126 30))", **levels})
    sea = own(grid={"region": "POLYGON ((-126 30, -122 30, -126 34, -126 30))", **levels})
    assert "10 wet cells" in check(sea), "no sea floor lies deeper than 4000 m"


def test_entries_of_ones_own_are_read_by_their_catalogue(own):
    table = yaml.safe_load(template("description"))
    entry = {"title": "Mine", "licence": "none", "citation": "Me (2020)", "reader": "table", "files": ["*.csv"]}
    Path("catalog.yaml").write_text(yaml.safe_dump({"my_casts": entry | {"table": table}}))
    source = {"kind": "archives", "entries": ["my_casts"], "relief": "relief.nc"}
    experiment = own(source=source, catalog="catalog.yaml")
    assert "my_casts 1" in lines(check(experiment, data="."))["files"]
    Path("catalog.yaml").write_text(yaml.safe_dump({"kodc": entry | {"table": table}}))
    with pytest.raises(InputError, match="kodc: in the catalogue already; give your entry another name"):
        check(experiment, data=".")


def test_another_experiment_in_the_folder_is_refused(own):
    from oxygen_recon.pipeline.api import run

    run(own(), to="ingest")
    assert "holds this experiment, finished so far: ingest" in lines(check(own()))["folder"]
    with pytest.raises(InputError, match="holds another experiment: seed is 0 there and 9 here"):
        check(own(seed=9))


def test_the_network_is_not_loaded(own):
    own()
    code = (
        "import sys; from oxygen_recon.cli import main; sys.argv = ['oxygen-recon', 'check', 'experiment.yaml']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'lightning', 'sklearn', 'matplotlib', 'scipy.interpolate'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and "72 wet cells" in done.stdout, done.stderr


USUAL = ("climatology", "optimal_interpolation", "extra_trees")


@pytest.mark.parametrize(
    "name, minutes, size",
    [
        ("east_sea", 4.8, Size(416_309, 140_777, 3071, 204, 2, 3, 400, USUAL)),
        ("california_current", 4.1, Size(353_324, 89_366, 5480, 184, 2, 3, 400, USUAL)),
        ("global_static", 2.75, Size(8_080, 8_080, 200_160, 1, 2, 3, 600, USUAL)),
        ("twin_demo", 4.43, Size(320_000, 67_470, 27_648, 104, 4, 3, 240, USUAL)),  # cells as before the grid is made
    ],
)
def test_the_estimate_is_within_a_factor_of_two_of_what_was_measured(name, minutes, size):
    assert 0.7 < size.seconds / (60 * minutes) < 1.6
    assert 0.8 < size.memory / 3.2e9 < 1.3  # of three folds in three processes
