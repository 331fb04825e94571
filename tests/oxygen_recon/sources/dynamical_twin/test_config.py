import pytest
from pydantic import ValidationError

from oxygen_recon.sources.dynamical_twin import DynamicalTwinConfig


@pytest.mark.parametrize("rows", [16, 32, 64, 96, 128, 256])
def test_a_step_is_within_the_length_that_held(rows):
    config = DynamicalTwinConfig(rows=rows)
    assert config.step <= 0.081 * config.spacing  # 800 s at 10 km; 1080 s is unstable
    assert config.steps * config.step == pytest.approx(86400)
    assert config.columns * config.spacing == pytest.approx(2.56e6)


@pytest.mark.parametrize("settings", [{"rows": 33}, {"rows": "64"}, {"seed": -1}, {"wind": 1.0}])
def test_faulty_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        DynamicalTwinConfig(**settings)
