"""Settings of the graph model; `tests/oxygen_recon/models/test_config.py` tests what all networks share."""

import pytest
from pydantic import ValidationError

from oxygen_recon.models.graph.config import OxyGeneratorConfig


def test_settings_are_read_back_as_they_were_written() -> None:
    settings = {"network": {"width": 8}, "context": {"neighbours": 0}, "training": {"steps": 3, "slope": 0}}
    config = OxyGeneratorConfig.model_validate(settings)
    assert OxyGeneratorConfig.model_validate_json(config.model_dump_json()) == config
    assert (config.network.width, config.context.neighbours, config.training.slope) == (8, 0, 0)
    assert config.network.units == OxyGeneratorConfig().network.units, "what is not given keeps its default"


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("network", "width", 3),
        ("context", "observations", 65),
        ("context", "radius_km", 0),
        ("training", "hide", 1),
        ("training", "likelihood", -0.1),
        ("training", "learning_rate", 0),
    ],
)
def test_a_value_out_of_range_is_refused_and_named(part: str, key: str, value: float) -> None:
    with pytest.raises(ValidationError, match=rf"{part}\.{key}"):
        OxyGeneratorConfig.model_validate({part: {key: value}})
