"""Every key of an experiment file is explained, from the models themselves."""

from pydantic import Field

from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.setup import schema
from qc.config import Strict


class Inner(Strict):
    """A form.

    Parameters
    ----------
    length : float [km]
        How long.
    """

    length: float = Field(default=3.0)


class Outer(Strict):
    """Settings.

    Parameters
    ----------
    inner : Inner
        A part.
    several : list of mappings
        Parts.
    start, end : int [year]
        First and last,
        both included.
    """

    inner: Inner = Inner()
    several: list[Inner] = Field(default=[])
    start: int
    end: int = 2000


def test_keys_are_those_of_the_model_with_unit_default_and_meaning():
    found = {key.path: key for key in schema.keys(Outer)}
    assert list(found) == ["inner", "inner.length", "several", "several.length", "start", "end"]
    assert (found["inner.length"].unit, found["inner.length"].default, found["inner.length"].type) == (
        "km",
        "3.0",
        "float",
    )
    assert (found["start"].default, found["end"].default) == ("required", "2000")
    assert found["end"].meaning == "First and last, both included."


def test_every_key_of_an_experiment_says_what_it_is():
    every = [*schema.keys(), *schema.keys(ForecastExperiment)]
    unexplained = [key.path for key in every if not key.meaning or not key.type]
    assert unexplained == [], "describe them under Parameters in the docstring of their model"


def test_lengths_times_and_depths_have_units():
    units = {key.path: key.unit for key in schema.keys()}
    assert units["grid.levels"] == "m" and units["model.context.radius_km"] == "km" and units["period.start"] == "year"


def test_keys_of_one_form_name_their_kind():
    kinds = {(key.path, key.kind) for key in schema.keys()}
    assert ("source.keep_columns", "field") in kinds and ("baselines.trees", "extra_trees") in kinds
    assert "source.paths  (kind: archives): list of Path; default []\n" in schema.schema()


def test_every_region_is_listed_with_its_source():
    lines = schema.regions().splitlines()
    assert [line.split()[0] for line in lines] == [*schema.named(), *schema.BASINS]
    assert any("bering_sea" in line and "160,51,-157,67" in line for line in lines)
