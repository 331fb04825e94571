"""Spread of climate models in a series: of the members of a model, and of models by one member each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

_EACH = 3  # so many models have lines of their own; more are drawn as their mean and range


def drawn_together(fields: Mapping[str, xr.Dataset]) -> dict[str, list[str]]:
    """Tell which climate models and products are one line of a series: never one model as often as it has members.

    Parameters
    ----------
    fields : mapping of str to Dataset
        By name; the attributes `kind` and `model` tell which are members of one climate model.

    Returns
    -------
    dict of str to list of str
        Names by the label of their line: the members of a model together; of more than 3 models one line, made of the
        first member of each; each product for itself.

    Examples
    --------
    >>> one = {"kind": "climate model", "model": "A"}
    >>> drawn_together({"A r1": xr.Dataset(attrs=one), "A r2": xr.Dataset(attrs=one), "GOBAI": xr.Dataset()})
    {'A, 2 members': ['A r1', 'A r2'], 'GOBAI': ['GOBAI']}
    """
    members: dict[str, list[str]] = {}
    for name, one in fields.items():
        if one.attrs.get("kind") == "climate model":
            members.setdefault(str(one.attrs.get("model") or name), []).append(name)
    modelled = [name for names in members.values() for name in names]
    products = {name: [name] for name in fields if name not in modelled}
    if len(members) > _EACH:
        return {f"{len(members)} climate models, one member each": [names[0] for names in members.values()]} | products
    labels = {
        names[0] if len(names) == 1 else f"{model}, {len(names)} members": names for model, names in members.items()
    }
    return labels | products


def with_spread(
    series: Mapping[str, xr.Dataset], fields: Mapping[str, xr.Dataset], variable: str
) -> dict[str, xr.Dataset]:
    """Put the series of climate models together that are one line.

    Parameters
    ----------
    series : mapping of str to Dataset
        `variable` of climate models and products by name, all with the same axes.
    fields : mapping of str to Dataset
        As for `drawn_together`.
    variable : str
        What is drawn.

    Returns
    -------
    dict of str to Dataset
        By label. Of several series their mean, `<variable>_low` and `<variable>_high` their smallest and largest, at
        the times that all of them have.
    """
    return {
        label: series[names[0]] if len(names) == 1 else _together([series[name] for name in names], variable)
        for label, names in drawn_together(fields).items()
    }


def _together(series: Sequence[xr.Dataset], variable: str) -> xr.Dataset:
    """Mean, smallest and largest of some series; a mean of those that go on would jump where one ends."""
    every = xr.concat([one[variable] for one in series], "member", join="outer")
    known = every.notnull().all("member")
    filled = {"": every.mean("member"), "_low": every.min("member"), "_high": every.max("member")}
    return xr.Dataset({f"{variable}{end}": one.where(known) for end, one in filled.items()})
