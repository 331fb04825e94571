"""An experiment: one strict YAML file that says what is reconstructed, from what, by what, and how it is judged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from oxygen_recon.errors import Mistake
from oxygen_recon.gridding import GridConfig
from oxygen_recon.models.climatology import ClimatologyConfig
from oxygen_recon.models.extra_trees import ExtraTreesConfig
from oxygen_recon.models.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.oxygenerator import OxyGeneratorConfig
from oxygen_recon.splits import FoldConfig
from oxygen_recon.twin import TwinConfig


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class ArchiveSource(Strict):
    """Observations from archive files named by catalogue entries."""

    kind: Literal["archives"]
    entries: list[str] = Field(min_length=1)
    relief: str  # catalogue entry of a relief (m, positive up): what is sea, and how deep


class TwinSource(Strict):
    """Observations from the embedded twin ocean, written as native archive files first."""

    kind: Literal["twin"]
    twin: TwinConfig = TwinConfig()


class FieldSource(Strict):
    """A gridded field that plays the truth, shown only at some of the columns of a second, observed field."""

    kind: Literal["field"]
    entry: str
    truth: str  # variable that is to be reconstructed
    observed: str  # variable whose finite cells say where observations exist
    keep_columns: float = Field(gt=0, le=1)  # share of those columns that is shown


class QualityConfig(Strict):
    """The battery of checks (with its order of preference among duplicates) and the flags that enter the grid."""

    battery: Path | None = None  # None: the battery that comes with qc
    accept: list[int] = [1, 2]


class GraphConfig(Strict):
    """How many nearest cells of the same level a cell listens to."""

    near: int = Field(default=8, ge=1, le=64)


class CovariateConfig(Strict):
    """Environmental inputs: from a gridded product (twin analysis or field entry) or from the casts themselves."""

    kind: Literal["product", "observed"]
    names: list[str] = ["temperature", "salinity"]


Baseline = Annotated[
    ClimatologyConfig | OptimalInterpolationConfig | ExtraTreesConfig,
    Field(discriminator="kind"),
]


class Experiment(Strict):
    """Everything that decides the result of a run, apart from the data and the code."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str
    seed: int = Field(default=0, ge=0)
    period: PeriodConfig
    grid: GridConfig | Literal["source"]  # "source": the grid of a field source
    source: Annotated[ArchiveSource | TwinSource | FieldSource, Field(discriminator="kind")]
    quality: QualityConfig = QualityConfig()
    vertical: Literal["pchip", "bin"] = "pchip"  # casts are interpolated to the levels, or averaged between their edges
    covariates: CovariateConfig
    graph: GraphConfig = GraphConfig()
    folds: FoldConfig
    model: OxyGeneratorConfig
    baselines: list[Baseline] = []
    climate_model: str | None = None  # glob of CMIP6 o2 files under the archives or data folder
    omz_thresholds: list[float] = [5.0, 20.0, 30.0, 60.0, 62.5, 80.0, 120.0]  # umol kg-1
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
    Mistake
        If the file is missing, is no YAML, or has a misspelt key or an impossible value; every fault is named.
    """
    if not path.is_file():
        raise Mistake("no such experiment file", str(path), "see the experiments folder for examples")
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Mistake(f"not a YAML file ({' '.join(str(error).split())})", str(path)) from error
    if not isinstance(settings, dict):
        raise Mistake("an experiment is a mapping of keys to values", str(path))
    if seed is not None:
        settings |= {"seed": seed, "name": f"{settings.get('name', path.stem)}_seed{seed}"}
    try:
        return Experiment.model_validate(settings)
    except ValidationError as error:
        raise Mistake("; ".join(map(_fault, error.errors())), str(path)) from error


def _fault(error: object) -> str:
    """One fault of a pydantic report as "key.key: message"."""
    assert isinstance(error, dict)
    key = ".".join(map(str, error["loc"])) or "experiment"
    if error["type"] == "extra_forbidden":
        return f"{key}: no such key"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}"
