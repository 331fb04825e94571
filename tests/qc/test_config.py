from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from qc.config import Strict, read_yaml, validate
from qc.errors import InputError


class Box(Strict):
    """A named part of the sea."""

    kind: Literal["box"]
    south: float = Field(ge=-90)


class Disc(Strict):
    """Another one."""

    kind: Literal["disc"]
    radius: float = Field(gt=0)


class Settings(Strict):
    """Settings with a nested model and a list of two kinds."""

    name: str
    box: Box
    parts: tuple[Annotated[Box | Disc, Field(discriminator="kind")], ...] = ()


GOOD = {"name": "a", "box": {"kind": "box", "south": -10.0}}


def test_good_settings_make_a_frozen_model():
    made = validate(Settings, GOOD | {"parts": [{"kind": "disc", "radius": 3}]}, "a.yaml")
    assert made.box.south == -10 and isinstance(made.parts[0], Disc)
    with pytest.raises(ValueError, match="frozen"):
        made.name = "b"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nam": "b"}, "a.yaml: nam: no such key; did you mean name?"),
        ({"box": {"kind": "box", "soth": 1.0}}, "a.yaml: box.soth: no such key; did you mean south?"),
        ({"box": {"kind": "box", "south": -91.0}}, "box.south: Input should be greater than or equal to -90"),
        ({"parts": [{"kind": "disc", "radius": 0}]}, "parts.0.radius: Input should be greater than 0"),
        ({"parts": [{"kind": "ring"}]}, "parts.0"),
        ({"name": None}, "name: Input should be a valid string; see the manual"),
    ],
)
def test_every_fault_is_named_with_its_place_in_one_line(change, message):
    with pytest.raises(InputError) as raised:
        validate(Settings, GOOD | change, "a.yaml", "see the manual")
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert "did you mean" in message or "Field required" not in str(raised.value)


def test_all_faults_are_reported_at_once():
    with pytest.raises(InputError, match=r"name: .*; box\.south: "):
        validate(Settings, {"name": 3, "box": {"kind": "box", "south": "x"}}, "a.yaml")


def test_files_that_are_no_yaml_are_refused(tmp_path: Path):
    (tmp_path / "good.yaml").write_text("name: a\n")
    assert read_yaml(tmp_path / "good.yaml", "settings file") == {"name": "a"}
    (tmp_path / "bad.yaml").write_text("checks: [\n")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name, message in (
        ("none.yaml", "no such settings file; make one"),
        ("bad.yaml", "not a YAML"),
        ("binary.yaml", ""),
    ):
        with pytest.raises(InputError) as raised:
            read_yaml(tmp_path / name, "settings file", "make one")
        assert message in str(raised.value) and "\n" not in str(raised.value)
