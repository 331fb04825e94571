"""Strict settings from YAML: the base model, the loader, and the report of all faults of a file in one line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from qc.errors import InputError

T = TypeVar("T")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, eight times as fast where it is there


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_yaml(path: Path, what: str, fix: str = "") -> Any:
    """Read a YAML file, safely.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What it should be, for the message: "experiment file".
    fix : str
        What the user can do where there is none.

    Returns
    -------
    object
        What the file holds; None where it is empty.

    Raises
    ------
    InputError
        If it is missing or no YAML.
    """
    if not path.is_file():
        raise InputError(f"no such {what}", str(path), fix)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file ({' '.join(str(error).split())})", str(path)) from error


def validate(model: type[T], settings: Any, where: str, fix: str = "") -> T:
    """Make a model of settings.

    Parameters
    ----------
    model : type
        A pydantic model, or any type that pydantic can validate.
    settings : object
        As read from YAML.
    where : str
        File that they come from, for the message.
    fix : str
        What the user can do, behind the faults.

    Returns
    -------
    model

    Raises
    ------
    InputError
        If a key is unknown or missing or a value impossible; every fault is named, a misspelt key with the one meant.
    """
    try:
        return TypeAdapter(model).validate_python(settings)
    except ValidationError as error:
        raise InputError("; ".join(_faults(error.errors(), settings, model)), where, fix) from error


def _faults(errors: Sequence[Any], settings: Any, model: Any) -> list[str]:
    """Each fault of a pydantic report as "key.key: message"; a misspelt key is not also reported as missing."""
    messages, meant = [], []
    for error in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
        path = _path(error["loc"], settings)
        where = ".".join(path)
        if error["type"] == "extra_forbidden":
            close = get_close_matches(path[-1], _offered(path[:-1], model), 1)
            meant += [".".join([*path[:-1], name]) for name in close]
            messages.append(f"{where}: no such key" + "".join(f"; did you mean {name}?" for name in close))
        elif error["type"] != "missing" or where not in meant:
            message = _plainly(error, path, model)
            messages.append(f"{where}: {message}" if where else message)
    return messages


def _plainly(error: Any, path: list[str], model: Any) -> str:
    """Return the message of a fault, with the keys or kinds that are expected where pydantic names none."""
    if error["type"] == "union_tag_not_found":
        return f"its kind is missing, one of {', '.join(_kinds(path, model))}"
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"expected keys with values, {{KEY: VALUE}}, of {', '.join(_offered(path, model))}"
    return str(error["msg"]).removeprefix("Value error, ")


def _kinds(path: Sequence[str], model: Any) -> list[str]:
    """Kinds of the forms that a value may have."""
    kinds = [one["properties"]["kind"] for one in _below(path, model) if "kind" in one.get("properties", {})]
    return list(dict.fromkeys(kind["const"] for kind in kinds if "const" in kind))


def _path(location: Sequence[str | int], settings: Any) -> list[str]:
    """Keys that lead to a fault as they stand in the file, without the names pydantic gives to the forms of a value.

    Those forms are a `kind`, or a tag with a blank in it ("a region"), which no key has.
    """
    path, here, kind = [], settings, None
    for piece in location:
        inside = dict(enumerate(here)) if isinstance(here, list) else here
        form = piece == kind or " " in str(piece) or (isinstance(here, list) and isinstance(piece, str))
        if form or not isinstance(inside, dict):
            kind = None
            continue
        path.append(str(piece))
        here = inside.get(piece)
        kind = here.get("kind") if isinstance(here, dict) else None
    return path


def _offered(path: Sequence[str], model: Any) -> list[str]:
    """Keys of a model below a path."""
    return list(dict.fromkeys(key for one in _below(path, model) for key in one.get("properties", {})))


def _below(path: Sequence[str], model: Any) -> list[dict[str, Any]]:
    """JSON schemas of what a value below a path may be."""
    schema = TypeAdapter(model).json_schema()
    here = _forms(schema, schema.get("$defs", {}))
    for key in path:
        below = [one["properties"][key] for one in here if key in one.get("properties", {})]
        here = [form for one in below for form in _forms(one, schema.get("$defs", {}))] if below else here
    return here


def _forms(schema: dict[str, Any], known: dict[str, Any]) -> list[dict[str, Any]]:
    """All that a JSON schema lets a value be, or the items of a list."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[-1]]
    below = (schema.get(name) for name in ("items", "additionalProperties"))
    inner = [*schema.get("anyOf", []), *schema.get("oneOf", []), *below]
    return [schema, *(form for one in inner if isinstance(one, dict) for form in _forms(one, known))]
