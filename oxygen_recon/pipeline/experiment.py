"""An experiment: one strict YAML file with all settings of a run, from the source of its data to its validation."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from oxygen_recon.dataset.folds import FoldConfig
from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.models.oxygraph.config import OxyGraphConfig
from oxygen_recon.models.registry import Baseline, ModelConfig
from oxygen_recon.products.omz.settings import OmzConfig
from oxygen_recon.sources.archives import ArchiveSourceConfig
from oxygen_recon.sources.compared import ClimateModelsConfig, ComparedProductConfig
from oxygen_recon.sources.covariates import CovariateConfig
from oxygen_recon.sources.field import FieldSourceConfig
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.product import BackgroundConfig
from oxygen_recon.sources.twin_ocean import TwinSourceConfig
from qc import config
from qc.config import Strict
from qc.errors import InputError
from qc.table.schema import VARIABLES

_REGION = "a region"
_COVARIATES = [name for name in VARIABLES if name != "oxygen"]  # in casts, and in the twin's analysis


class PeriodConfig(Strict):
    """First and last year, and the length of a time step.

    Parameters
    ----------
    start, end : int [year]
        First and last year, both included.
    step : {"year", "season", "month", "static"}
        Length of a time step; "season" is January to March and so on, "static" one step for the whole period.
    """

    start: int = Field(ge=1800, le=2100)
    end: int = Field(ge=1800, le=2100)
    step: Literal["year", "season", "month", "static"] = "year"

    @model_validator(mode="after")
    def _not_empty(self) -> PeriodConfig:
        if self.end < self.start:
            raise ValueError(f"the period {self.start}-{self.end} is empty; set start to end or earlier")
        return self


class QualityConfig(Strict):
    """Battery of checks, which also ranks duplicates, climatology, overrides, and the flags that are gridded.

    Parameters
    ----------
    battery : Path, optional
        YAML file of checks and thresholds; when left out the one that comes with qc.
    climatology : Path, optional
        netCDF mean of oxygen that values are compared with; when left out regions are compared with themselves.
    overrides : Path, optional
        CSV file of flags that an expert decided on, applied last.
    accept : list of int
        Flags of oxygen, and of covariates from casts, that are gridded: 1 pass, 2 not evaluated, 3 suspect, 4 fail
        (IODE). A run says how many levels have each.
    """

    battery: Path | None = None
    climatology: Path | None = None
    overrides: Path | None = None
    accept: list[int] = Field(default=[1, 2])


class GraphConfig(Strict):
    """Edges of the graph.

    Parameters
    ----------
    near : int
        Number of nearest cells of the same level that each cell is joined to.
    """

    near: int = Field(default=8, ge=1, le=64)


def _form(grid: object) -> str:
    """Tell the two forms of `grid` apart."""
    return "source" if isinstance(grid, str) else _REGION


class Experiment(Strict):
    """Everything that decides the result of a run, apart from the data and the code.

    Read one from a YAML file by `Experiment.from_yaml`; see the folder `experiments` for examples.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores; names the run's folder.
    question : str
        The question that the experiment answers, for its report.
    catalog : Path, optional
        YAML file of catalogue entries of your own, in the form of data_catalog.yaml; from the current folder.
    seed : int
        Seed of every random number.
    period : PeriodConfig
        Years and length of a time step.
    grid : GridConfig or "source"
        Region, resolution and levels, or the grid of a field source.
    source : ArchiveSourceConfig, TwinSourceConfig or FieldSourceConfig
        Where the observations come from, chosen by `kind`.
    quality : QualityConfig
        Battery of checks and accepted flags.
    vertical : {"pchip", "bin"}
        Casts are interpolated to the levels, or averaged between their edges.
    covariates : CovariateConfig
        Inputs besides oxygen.
    background : BackgroundConfig, optional
        Field of oxygen: every method learns the departures from it. An entry of the catalogue or a path, or a mapping
        with `entry` or `path`, `variable` and `climatology`; or "fitted", the climatology of the observations. The
        World Ocean Atlas has seen the casts that are held out: scores on it are optimistic.
    nutrients : list of str
        Phosphate, nitrate or silicate that samples carry beside oxygen; `oxygraph` learns to estimate them too where
        `model.training.nutrients` gives them a weight.
    graph : GraphConfig
        Edges of the graph.
    folds : FoldConfig
        How observations are held out.
    model : OxyGeneratorConfig
        The model of the reconstruction, chosen by `kind`.
    baselines : list of mappings
        Methods to compare with, chosen by `kind`, each kind once.
    climate_models : list of ClimateModelsConfig
        Climate models to compare with: mappings, or patterns of CMIP6 oxygen files under the data folder.
    products : list of ComparedProductConfig
        Products of oxygen that others made, to compare with.
    omz : OmzConfig
        Oxygen minimum zones, inventories and trends: thresholds, regions, layers, periods, members.
    unseen_points : int
        At most so many never-sampled cells are scored.

    Examples
    --------
    >>> from oxygen_recon.runtime import resources
    >>> experiment = Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"), seed=1)
    >>> experiment.name, experiment.period.start, experiment.source.kind
    ('twin_demo_seed1', 1920, 'twin')
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str
    catalog: Path | None = None
    seed: int = Field(default=0, ge=0)
    period: PeriodConfig
    grid: Annotated[
        Annotated[GridConfig, Tag(_REGION)] | Annotated[Literal["source"], Tag("source")], Discriminator(_form)
    ]
    source: Annotated[ArchiveSourceConfig | TwinSourceConfig | FieldSourceConfig, Field(discriminator="kind")]
    quality: QualityConfig = QualityConfig()
    vertical: Literal["pchip", "bin"] = "pchip"
    covariates: CovariateConfig
    background: BackgroundConfig | None = None
    nutrients: list[Literal["phosphate", "nitrate", "silicate"]] = Field(default=[])
    graph: GraphConfig = GraphConfig()
    folds: FoldConfig
    model: ModelConfig
    baselines: list[Baseline] = Field(default=[])
    climate_models: list[ClimateModelsConfig] = Field(default=[])
    products: list[ComparedProductConfig] = Field(default=[])
    omz: OmzConfig = OmzConfig()
    unseen_points: int = Field(default=100_000, ge=1)

    @field_validator("baselines")
    @classmethod
    def _one_of_a_kind(cls, baselines: list[Baseline]) -> list[Baseline]:
        """Refuse two baselines of one kind: their results would overwrite each other."""
        for number, baseline in enumerate(baselines):
            if baseline.kind in [one.kind for one in baselines[:number]]:
                raise ValueError(
                    f"{baseline.kind} twice; name it once, and put the other into an experiment of its own"
                )
        return baselines

    @model_validator(mode="after")
    def _names_differ(self) -> Experiment:
        """Refuse a product that is called as another method."""
        names = [self.model.kind, *(one.kind for one in self.baselines), *(one.name for one in self.products)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"products: {', '.join(twice)} is the name of two methods; give each its own")
        return self

    @model_validator(mode="after")
    def _of_its_source(self) -> Experiment:
        """Refuse a grid or covariates that the source lacks; a field source is checked when its file is opened."""
        fields, product = isinstance(self.source, FieldSourceConfig), self.covariates.kind == "product"
        named = self.covariates.named
        if self.grid == "source" and not fields:
            raise ValueError('grid: "source" needs a field source; give a region, resolution and levels')
        if product and not named and isinstance(self.source, ArchiveSourceConfig):
            raise ValueError(
                "covariates.kind: archives have no gridded product; name entries or paths, or use observed"
            )
        unknown = [name for name in self.covariates.names if name not in _COVARIATES]
        if unknown and (not (named or (fields and product)) or "oxygen" in unknown):
            raise ValueError(f"covariates.names: no {', '.join(unknown)} here; choose from {', '.join(_COVARIATES)}")
        if self.folds.hide == "oxygen" and not self.covariates.from_other_groups:
            raise ValueError("folds.hide: oxygen is for covariates made from casts: kind mapped or observed")
        if self.covariates.mode == "at_casts" and (twice := set(self.nutrients) & set(self.covariates.names)):
            raise ValueError(f"nutrients: {', '.join(sorted(twice))} of casts is a covariate; name it in one of them")
        if isinstance(self.model, OxyGraphConfig):
            temperature, period = product and "temperature" in self.covariates.names, self.period
            steps = period.step in ("season", "month") or (period.step == "year" and period.end > period.start)
            self.model.check_inputs(temperature, bool(self.nutrients), steps)
        self.omz.periods_of(self.period.start, self.period.end)
        if self.background is None and any(one.kind == "background" for one in self.baselines):
            raise ValueError("baselines: background needs the key background")
        return self

    @classmethod
    def from_yaml(
        cls, path: str | Path, seed: int | None = None, name: str | None = None, catalog: str | Path | None = None
    ) -> Experiment:
        """Read an experiment file.

        Parameters
        ----------
        path : str or Path
            YAML file.
        seed : int, optional
            Replaces the file's seed; the name gains "_seed<N>", so that runs lie side by side.
        name : str, optional
            Replaces the file's name, and with it the folder of the run.
        catalog : str or Path, optional
            Replaces the file's catalogue of the user's own entries.

        Returns
        -------
        Experiment

        Raises
        ------
        InputError
            If the file is missing, is no YAML, or has a misspelt key or an impossible value; every fault is named.
        """
        settings = read_settings(Path(path), seed, name)
        settings |= {} if catalog is None else {"catalog": str(catalog)}
        return config.validate(cls, settings, str(path))

    @property
    def scored_with(self) -> str:
        """What held-out casts are estimated with, for tables and the page."""
        if self.folds.hide == "oxygen":
            return "oxygen hidden: covariates are from casts of other water columns, those of the held-out group too"
        return self.covariates.scored_with

    def source_settings(self) -> SourceSettings:
        """Return the settings that the source depends on."""
        of_source = self.covariates.kind == "product" and not self.covariates.named
        return SourceSettings(
            name=self.name, seed=self.seed, start=self.period.start, end=self.period.end,
            grid=None if isinstance(self.grid, str) else self.grid,
            product=tuple(self.covariates.names) if of_source else (), catalog=self.catalog,
        )  # fmt: skip

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that change with any setting but those of the computer (`model.compute`)."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_settings(path: Path, seed: int | None = None, name: str | None = None) -> dict[str, Any]:
    """Read the settings of an experiment file of either kind, not yet validated.

    Parameters
    ----------
    path : Path
        YAML file.
    seed, name : object
        As for `Experiment.from_yaml`.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file is missing, is no YAML, or holds no keys.
    """
    settings = config.read_yaml(path, "experiment file", "see the experiments folder for examples")
    if not isinstance(settings, dict):
        raise InputError("an experiment is a mapping of keys to values", str(path))
    if seed is not None:
        settings |= {"seed": seed, "name": f"{settings.get('name', path.stem)}_seed{seed}"}
    return settings if name is None else settings | {"name": name}
