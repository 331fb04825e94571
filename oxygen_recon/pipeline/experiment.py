"""An experiment: one strict YAML file that says what is reconstructed, from what, by what, and how it is judged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from oxygen_recon.dataset.folds import FoldConfig
from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.models.registry import Baseline, ModelConfig
from oxygen_recon.sources.archives import ArchiveSourceConfig
from oxygen_recon.sources.field import FieldSourceConfig
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.twin_ocean import TwinSourceConfig
from qc import config
from qc.config import Strict
from qc.errors import InputError
from qc.table.schema import VARIABLES

_REGION = "a region"
_COVARIATES = [name for name in VARIABLES if name != "oxygen"]  # of the casts, and of the twin's analysis


class PeriodConfig(Strict):
    """Which years, in which steps; "static" is one step for the whole period."""

    start: int = Field(ge=1800, le=2100)
    end: int = Field(ge=1800, le=2100)
    step: Literal["year", "season", "month", "static"] = "year"

    @model_validator(mode="after")
    def _not_empty(self) -> PeriodConfig:
        if self.end < self.start:
            raise ValueError(f"the period {self.start}-{self.end} is empty; let start be no later than end")
        return self


class QualityConfig(Strict):
    """The battery of checks (with its order of preference among duplicates) and the flags that enter the grid."""

    battery: Path | None = None  # None: the battery that comes with qc
    accept: list[int] = Field(default=[1, 2])


class GraphConfig(Strict):
    """How many nearest cells of the same level a cell listens to."""

    near: int = Field(default=8, ge=1, le=64)


class CovariateConfig(Strict):
    """Environmental inputs: from a gridded product (twin analysis or field entry) or from the casts themselves."""

    kind: Literal["product", "observed"]
    names: list[str] = Field(default=["temperature", "salinity"])


def _form(grid: object) -> str:
    return "source" if isinstance(grid, str) else _REGION


class Experiment(Strict):
    """Everything that decides the result of a run, apart from the data and the code."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str
    seed: int = Field(default=0, ge=0)
    period: PeriodConfig
    grid: Annotated[  # "source": the grid of a field source
        Annotated[GridConfig, Tag(_REGION)] | Annotated[Literal["source"], Tag("source")], Discriminator(_form)
    ]
    source: Annotated[ArchiveSourceConfig | TwinSourceConfig | FieldSourceConfig, Field(discriminator="kind")]
    quality: QualityConfig = QualityConfig()
    vertical: Literal["pchip", "bin"] = "pchip"  # casts are interpolated to the levels, or averaged between their edges
    covariates: CovariateConfig
    graph: GraphConfig = GraphConfig()
    folds: FoldConfig
    model: ModelConfig
    baselines: list[Baseline] = Field(default=[])
    climate_model: str | None = None  # glob of CMIP6 o2 files under the archives or data folder
    omz_thresholds: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default=[5.0, 20.0, 30.0, 60.0, 62.5, 80.0, 120.0], min_length=1
    )  # umol kg-1
    unseen_points: int = Field(default=100_000, ge=1)  # at most so many never-sampled cells are scored

    @field_validator("baselines")
    @classmethod
    def _one_of_a_kind(cls, baselines: list[Baseline]) -> list[Baseline]:
        """Results lie in validate/<kind>: two of a kind would overwrite each other."""
        for number, baseline in enumerate(baselines):
            if baseline.kind in [one.kind for one in baselines[:number]]:
                raise ValueError(
                    f"{baseline.kind} twice; name it once, and put the other into an experiment of its own"
                )
        return baselines

    @model_validator(mode="after")
    def _of_its_source(self) -> Experiment:
        """Ask of a source nothing that it does not bring; the file of a field source tells its own variables."""
        fields, product = isinstance(self.source, FieldSourceConfig), self.covariates.kind == "product"
        if self.grid == "source" and not fields:
            raise ValueError('grid: "source" needs a field source; give a region, resolution and levels')
        if product and isinstance(self.source, ArchiveSourceConfig):
            raise ValueError("covariates.kind: archives bring no gridded product; use observed")
        unknown = [name for name in self.covariates.names if name not in _COVARIATES]
        if unknown and not (fields and product):
            raise ValueError(f"covariates.names: no {', '.join(unknown)} here; there are {', '.join(_COVARIATES)}")
        return self

    def source_settings(self) -> SourceSettings:
        """Return what the source is told of the experiment."""
        return SourceSettings(
            name=self.name, seed=self.seed, start=self.period.start, end=self.period.end,
            grid=None if isinstance(self.grid, str) else self.grid,
            product=tuple(self.covariates.names) if self.covariates.kind == "product" else (),
        )  # fmt: skip

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that change with any setting."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(path: Path, seed: int | None = None) -> Experiment:
    """Read an experiment file.

    Parameters
    ----------
    path : Path
        YAML file.
    seed : int, optional
        Takes the place of the file's seed; the name gains "_seed<N>", so that runs lie side by side.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        If the file is missing, is no YAML, or has a misspelt key or an impossible value; every fault is named.
    """
    settings = config.read_yaml(path, "experiment file", "see the experiments folder for examples")
    if not isinstance(settings, dict):
        raise InputError("an experiment is a mapping of keys to values", str(path))
    if seed is not None:
        settings |= {"seed": seed, "name": f"{settings.get('name', path.stem)}_seed{seed}"}
    return config.validate(Experiment, settings, str(path))
