import pytest
from pydantic import ValidationError

from oxygen_recon.sources.twin import TwinConfig


@pytest.mark.parametrize(
    "wrong",
    [
        {"sed": 1},
        {"start": 1990, "end": 1980},
        {"start": 1800},
        {"resolution": 7.0},
        {"levels": (5.0, 5.0)},
        {"casts": 0},
    ],
)
def test_a_wrong_configuration_is_refused(wrong):
    with pytest.raises(ValidationError):
        TwinConfig.model_validate(wrong)


def test_levels_may_come_from_yaml():
    assert TwinConfig.model_validate({"levels": [0.0, 10.0]}).levels == (0.0, 10.0)
