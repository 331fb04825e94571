"""Templates are valid as they are, and never overwrite a file."""

from pathlib import Path

import pytest
import yaml

from oxygen_recon.observations import catalog
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.setup.init import NAMES, init, template
from qc.errors import InputError


@pytest.mark.parametrize("name", [name for name in NAMES if name != "description"])
def test_a_template_is_a_valid_experiment_with_comments(name, tmp_path):
    path = init(name, tmp_path / "mine.yaml")
    experiment = Experiment.from_yaml(path)
    assert path.read_text().count("#") > 10
    for entry in getattr(experiment.source, "entries", []):
        assert catalog.load().entry(entry)


@pytest.mark.parametrize("name", ["region", "table", "global"])
def test_gridded_covariates_and_a_background_are_a_matter_of_the_comment_signs(name, tmp_path):
    text = template(name)
    for kind in ("  kind: observed", "covariates: {kind: observed"):
        text = text.replace(f"\n{kind}", f"\n# {kind}")
    for key in ("  # kind: product", "  # entries: [woa23_ts]", "# covariates: {kind: product", "# background: woa"):
        text = text.replace(f"\n{key}", "\n" + key.replace("# ", "", 1))
    (tmp_path / "mine.yaml").write_text(text)
    experiment = Experiment.from_yaml(tmp_path / "mine.yaml")
    assert experiment.covariates.kind == "product" and experiment.background.entry == "woa23_oxygen"
    for entry in (*experiment.covariates.entries, experiment.background.entry):
        assert catalog.load().entry(entry)


@pytest.mark.parametrize("name", ["region", "table"])
def test_a_template_follows_the_advice_of_check(name):
    assert yaml.safe_load(template(name))["period"]["step"] == "month"


def test_the_description_of_a_table_is_one(tmp_path):
    path = init("description", tmp_path / "mine.yaml")
    _, table, _ = catalog.load().table_description(str(path))
    assert table.columns["oxygen"] == "O2" and "# " in path.read_text()
    for line in (line.strip("# ") for line in path.read_text().splitlines() if line.startswith("# flag")):
        assert yaml.safe_load(line), "what is commented out is YAML too"


def test_a_file_that_exists_is_not_overwritten(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("work of days")
    with pytest.raises(InputError, match="exists already; name another file with --out"):
        init("region", path)
    assert path.read_text() == "work of days"


def test_a_misspelt_template_names_the_one_meant():
    with pytest.raises(InputError, match=r"no such template; did you mean global\?"):
        template("globl")
    assert not Path("experiment.yaml").exists()
