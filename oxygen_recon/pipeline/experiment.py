"""An experiment: one strict YAML file that says what is reconstructed, from what, by what, and how it is judged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from oxygen_recon.dataset.folds import FoldConfig
from oxygen_recon.dataset.samples import GridConfig
from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.graph.network import OxyGeneratorConfig
from oxygen_recon.runtime.errors import Mistake
from oxygen_recon.sources.twin import TwinConfig
from qc.table.schema import VARIABLES

_COVARIATES = [name for name in VARIABLES if name != "oxygen"]  # of the casts, and of the twin's analysis
_REGION = "a region"


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
    source: Annotated[ArchiveSource | TwinSource | FieldSource, Field(discriminator="kind")]
    quality: QualityConfig = QualityConfig()
    vertical: Literal["pchip", "bin"] = "pchip"  # casts are interpolated to the levels, or averaged between their edges
    covariates: CovariateConfig
    graph: GraphConfig = GraphConfig()
    folds: FoldConfig
    model: OxyGeneratorConfig
    baselines: list[Baseline] = []
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
        fields, product = isinstance(self.source, FieldSource), self.covariates.kind == "product"
        if self.grid == "source" and not fields:
            raise ValueError('grid: "source" needs a field source; give a region, resolution and levels')
        if product and isinstance(self.source, ArchiveSource):
            raise ValueError("covariates.kind: archives bring no gridded product; use observed")
        unknown = [name for name in self.covariates.names if name not in _COVARIATES]
        if unknown and not (fields and product):
            raise ValueError(f"covariates.names: no {', '.join(unknown)} here; there are {', '.join(_COVARIATES)}")
        return self

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
        raise Mistake("; ".join(_faults(error.errors(), settings)), str(path)) from error


def _faults(errors: Sequence[Any], settings: dict[str, Any]) -> list[str]:
    """Each fault of a pydantic report as "key.key: message"; a key that is misspelt is not also told as missing."""
    told, meant = [], []
    for error in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
        *above, key = _path(error["loc"], settings) or ["experiment"]
        where = ".".join([*above, key])
        if error["type"] == "extra_forbidden":
            close = get_close_matches(key, _offered(above), 1)
            meant += [".".join([*above, name]) for name in close]
            told.append(f"{where}: no such key" + "".join(f"; did you mean {name}?" for name in close))
        elif error["type"] != "missing" or where not in meant:
            message = error["msg"].removeprefix("Value error, ")
            told.append(message if where == "experiment" else f"{where}: {message}")
    return told


def _path(location: Sequence[str | int], settings: Any) -> list[str]:
    """Keys that lead to a fault as they stand in the file, without the names pydantic gives to the forms of a value."""
    path, here, form = [], settings, None
    for piece in location:
        inside = dict(enumerate(here)) if isinstance(here, list) else here
        if piece == form or not isinstance(inside, dict) or (isinstance(here, list) and isinstance(piece, str)):
            form = None
            continue
        path.append(str(piece))
        here = inside.get(piece)
        form = here.get("kind", _REGION) if isinstance(here, dict) else None
    return path


def _offered(path: Sequence[str]) -> list[str]:
    """Keys that an experiment knows below a path."""
    schema = Experiment.model_json_schema()
    here = [schema]
    for key in path:
        below = [one["properties"][key] for one in here if key in one.get("properties", {})]
        here = [inner for one in below for inner in _forms(one, schema["$defs"])] if below else here
    return [key for one in here for key in one.get("properties", {})]


def _forms(schema: dict[str, Any], known: dict[str, Any]) -> list[dict[str, Any]]:
    """All that a JSON schema lets a value be, or the items of a list."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[-1]]
    inner = [*schema.get("anyOf", []), *schema.get("oneOf", []), schema.get("items")]
    return [schema, *(form for one in inner if isinstance(one, dict) for form in _forms(one, known))]
