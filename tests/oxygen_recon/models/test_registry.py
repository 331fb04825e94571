from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from oxygen_recon.models.config import NetworkConfig
from oxygen_recon.models.registry import BASELINES, MODELS, one_of


@pytest.mark.parametrize("registered", [MODELS, BASELINES], ids=["models", "baselines"])
def test_each_kind_is_the_name_it_is_registered_by(registered: dict[str, Any]) -> None:
    for kind, config in registered.items():
        assert config().kind == kind
        assert TypeAdapter(one_of(registered)).validate_python({"kind": kind}) == config()


def test_a_second_model_is_selected_by_its_kind() -> None:
    class Other(NetworkConfig):
        kind: Literal["other"] = "other"

    either = TypeAdapter(one_of(MODELS | {"other": Other}))
    assert isinstance(either.validate_python({"kind": "other"}), Other)
    assert either.validate_python({"kind": "oxygenerator"}).kind == "oxygenerator"
    with pytest.raises(ValidationError, match="other"):
        either.validate_python({"kind": "another"})
