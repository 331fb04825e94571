"""Every key of an experiment file with its type, unit, default and meaning, from the models and their docstrings."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from graphs.basins import BASINS
from oxygen_recon.fields.regions import named
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment

_LINE = re.compile(r"^(?P<names>[a-z_0-9, ]+) : (?P<type>.*?)(?: \[(?P<unit>[^\]]+)\])?$")
_MODELS = re.compile(r"\w+Config(?:(?:, | or )\w+Config)*")
_WIDTH = 110


@dataclass(frozen=True)
class Key:
    """One key of an experiment file.

    Parameters
    ----------
    path : str
        The key behind those it stands under: "grid.resolution".
    kind : str
        The `kind` that has this key, where only one form of a value has it; else "".
    type : str
        What it may be, from the docstring.
    unit : str
        Its unit; "" where it has none.
    default : str
        Value when it is left out, as in YAML; "required"; "" for a mapping, whose keys have their own.
    meaning : str
        From the docstring.
    """

    path: str
    kind: str
    type: str
    unit: str
    default: str
    meaning: str

    def __str__(self) -> str:
        """Return the key as paragraph of text."""
        kind = f"  (kind: {self.kind})" if self.kind else ""
        unit = f" [{self.unit}]" if self.unit else ""
        default = {"required": "; required", "": ""}.get(self.default, f"; default {self.default}")
        head = f"{self.path}{kind}: {self.type}{unit}{default}"
        return f"{head}\n{textwrap.fill(self.meaning, _WIDTH, initial_indent='    ', subsequent_indent='    ')}"


def keys(model: type[BaseModel] = Experiment) -> list[Key]:
    """List every key of an experiment file, keys of a mapping behind it.

    Parameters
    ----------
    model : type
        A pydantic model, whose docstring (or that of a class it is derived from) has every field under "Parameters",
        its unit in brackets behind the type.

    Returns
    -------
    list of Key

    Examples
    --------
    >>> [(key.unit, key.default) for key in keys() if key.path == "model.context.window"]
    [('year', '25.0')]
    """
    return list(_keys(model, "", ""))


def schema(kind: Literal["reconstruction", "forecast"] = "reconstruction") -> str:
    """Write every key of an experiment file with its unit, default and meaning, a paragraph each.

    Parameters
    ----------
    kind : {"reconstruction", "forecast"}
        Of the experiment.

    Returns
    -------
    str

    Examples
    --------
    >>> print(schema().splitlines()[0])
    name: str; required
    """
    return "\n".join(map(str, keys(ForecastExperiment if kind == "forecast" else Experiment)))


def regions() -> str:
    """List the regions that have a name, one a line: name, west, south, east and north, title, and what the box holds.

    The basins, which are no boxes, come last.

    Returns
    -------
    str

    Examples
    --------
    >>> regions().splitlines()[0].split()[:2]
    ['arabian_sea', '43,5,78,27']
    """
    lines = []
    for name, one in named().items():
        box = ",".join(f"{edge:g}" for edge in one.box)
        lines.append(f"{name:30}  {box:20}  {one.title} ({one.source})")
    lines += [f"{name:30}  {'basin':20}  part of the ocean by straight borders, not a box" for name in BASINS]
    return "\n".join(lines)


def _keys(model: type[BaseModel], above: str, kind: str) -> Iterator[Key]:
    """Walk through the fields of a model."""
    known = described(model)
    for name, field in model.model_fields.items():
        type_, unit, meaning = known.get(name, ("", "", ""))
        nested = _models(field)
        if name == "kind":
            only = get_args(field.annotation)
            type_ = " or ".join(f'"{one}"' for one in only) or "str"
            meaning = _summary(model) if len(only) == 1 else meaning
        yield Key(f"{above}{name}", kind, _MODELS.sub("mapping", type_), unit, _default(field, bool(nested)), meaning)
        for one in nested:
            yield from _keys(one, f"{above}{name}.", _kind_of(one) if len(nested) > 1 else kind)


def described(model: type[BaseModel]) -> dict[str, tuple[str, str, str]]:
    """Read type, unit and meaning of the fields of a model from its docstring and those of its bases.

    Parameters
    ----------
    model : type
        A pydantic model with a docstring in numpy style.

    Returns
    -------
    dict of str to (type, unit, meaning)
    """
    found: dict[str, tuple[str, str, str]] = {}
    for one in reversed(model.__mro__):
        lines = inspect.cleandoc(one.__dict__.get("__doc__") or "").splitlines()
        if "Parameters" not in lines:
            continue
        names: list[str] = []
        for line in lines[lines.index("Parameters") + 2 :]:
            if line and set(line) == {"-"}:  # the next section
                break
            if matched := _LINE.match(line):
                names = [name.strip() for name in matched["names"].split(",")]
                found |= {name: (matched["type"], matched["unit"] or "", "") for name in names}
            elif line.startswith("    "):
                found |= {name: (*found[name][:2], f"{found[name][2]} {line.strip()}".strip()) for name in names}
    return found


def _models(field: FieldInfo) -> list[type[BaseModel]]:
    """List the models that a value may be, or the items of a list."""
    return list(dict.fromkeys(_inside(field.annotation)))


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    """Walk through a type for the models in it."""
    if inspect.isclass(annotation) and not get_origin(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _inside(part)


def _kind_of(model: type[BaseModel]) -> str:
    """Return the `kind` of a form of a value."""
    field = model.model_fields.get("kind")
    return str(get_args(field.annotation)[0]) if field is not None and get_args(field.annotation) else ""


def _default(field: FieldInfo, is_mapping: bool) -> str:
    """Write the default of a field as in YAML."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or (is_mapping and value):
        return ""
    return "none" if value is None else json.dumps(value, default=str)


def _summary(model: type[BaseModel]) -> str:
    """Return the first sentence of the docstring of a model."""
    return " ".join(inspect.cleandoc(model.__doc__ or "").split("\n\n")[0].split())
