import pytest
from pydantic import ValidationError

from oxygen_recon.models.config import ComputeConfig
from oxygen_recon.models.graph.config import OxyGeneratorConfig


def test_what_a_network_is_computed_on_is_in_no_dump() -> None:
    one, other = OxyGeneratorConfig(), OxyGeneratorConfig(compute=ComputeConfig(device="gpu", chunk=3))
    assert one.model_dump_json() == other.model_dump_json()
    assert other.compute.chunk == 3 and one != other


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 3}, "no such key steps; did you mean training.steps"),
        ({"radius_km": 3}, "no such key radius_km; did you mean context.radius_km"),
        ({"precision": "16-mixed"}, "no such key precision; did you mean compute.precision"),
        ({"depth": 3}, "Extra inputs are not permitted"),
        ({"network": {"steps": 3}}, "Extra inputs are not permitted"),
    ],
)
def test_a_key_outside_its_part_is_refused_and_the_part_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        OxyGeneratorConfig.model_validate({"kind": "oxygenerator", **settings})
