"""The methods of a simulation: those of its experiment, or named ones, as they read simulated observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oxygen_recon.models.registry import BASELINES, ModelConfig
from oxygen_recon.pipeline.experiment import Experiment
from qc.errors import InputError


def methods_of(experiment: Experiment, kinds: Sequence[str] | None) -> list[str]:
    """List the methods of a simulation by their `kind`.

    Parameters
    ----------
    experiment : Experiment
        Its model and baselines are the methods, in that order, when `kinds` is None.
    kinds : sequence of str, optional
        The experiment's model, its baselines, or other baselines with their default settings.

    Raises
    ------
    InputError
        If there is no such method, or it is the background, which a simulation has not.
    """
    own = [experiment.model.kind, *(one.kind for one in experiment.baselines)]
    if kinds is None:
        return [kind for kind in own if kind != "background"]
    known = [kind for kind in dict.fromkeys((*own, *BASELINES)) if kind != "background"]
    for kind in kinds:
        if kind not in known:
            raise InputError("no such method", kind, f"there are {', '.join(known)}")
    return list(dict.fromkeys(kinds))


def as_simulated(experiment: Experiment, kinds: Sequence[str], names: Sequence[str]) -> Experiment:
    """Return an experiment whose methods read a simulation: settings of methods and folds stay.

    Parameters
    ----------
    experiment : Experiment
        Of the run.
    kinds : sequence of str
        Methods, those among them that it lacks with their default settings.
    names : sequence of str
        Covariates of the truth.

    Returns
    -------
    Experiment
        Its covariates are a product's; a background that is a given field is left out, for it does not belong to the
        truth, or knows it; nutrients are none, nor anomalies of a temperature that the truth lacks.
    """
    covariates = {"kind": "product", "names": list(names), "surface": None, "mode": "delivered"}
    own = {one.kind: one for one in experiment.baselines}
    baselines = [own.get(kind) or BASELINES[kind]() for kind in kinds if kind != experiment.model.kind]
    background = experiment.background
    changes: dict[str, Any] = {
        "covariates": experiment.covariates.model_copy(update=covariates),
        "baselines": baselines, "nutrients": [],
        "background": background if background is not None and background.fitted else None,
    }  # fmt: skip
    absent: dict[str, Mapping[str, object]] = {"training": {"nutrients": 0.0}}
    if "temperature" not in names:
        absent["network"] = {"temperature_anomalies": []}
    changes["model"] = _without(experiment.model, absent)
    return experiment.model_copy(update=changes)


def _without(model: ModelConfig, absent: Mapping[str, Mapping[str, object]]) -> ModelConfig:
    """Return settings of a model with those of its parts replaced that it has."""
    parts = {}
    for name, values in absent.items():
        part = getattr(model, name, None)
        if part is not None:
            parts[name] = part.model_copy(update={key: value for key, value in values.items() if hasattr(part, key)})
    return model.model_copy(update=parts)
