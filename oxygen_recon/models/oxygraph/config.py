"""Settings of the column model: sizes of its network, what informs a column, how it is trained."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.config import Companion, NetworkConfig, OptimiserConfig
from qc.config import Strict

_TREES = ("boosting", "extra_trees")


class ColumnNetworkConfig(Strict):
    """Sizes of the network.

    Parameters
    ----------
    width : int
        Features of a level of an encoded profile.
    blocks : int
        Blocks of the encoder: each mixes neighbouring levels, then features.
    embedding : int
        Of a level in the learned covariance.
    dropout : float [1]
        Share of the features of a block that a training step leaves out.
    time : bool
        Whether the network reads when a profile is, beside the season. Without, what it says of change comes from the
        covariates and the casts around (trees in the average still read the year). On the twin, whose first decades
        have few casts, the trend of the volume mean, -0.37 umol/kg a decade, is estimated as -0.48 with it and -0.33
        without (with `temperature_anomalies` -0.46 and -0.33, and -0.40 with a `training.time_noise` of 10 years); in
        the East Sea RMSE of hidden years is 19.1 with it and 19.5 without.
    temperature_anomalies : list of int
        Steps, counted from that of a profile, at which the network reads how far temperature departs from its mean over
        the period, of the same month or season, such as [-1, 0, 1]; none by default. Across places warm water holds
        less oxygen, in one place a warm year may be one of more, and an analysis may lag. For covariates of a product,
        which are known at every step. On the twin, whose analysis lags, RMSE where nothing was sampled is 7.20 with
        [-1, 0, 1] and 7.26 without.
    """

    width: int = Field(default=48, ge=4)
    blocks: int = Field(default=2, ge=0, le=8)
    embedding: int = Field(default=8, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    time: bool = True
    temperature_anomalies: list[Annotated[int, Field(strict=True, ge=-36, le=36)]] = Field(default=[])

    @field_validator("temperature_anomalies")
    @classmethod
    def _once(cls, steps: list[int]) -> list[int]:
        """Refuse a step twice."""
        if len(set(steps)) < len(steps):
            raise ValueError("a step twice; name each once")
        return steps


class CastsConfig(Strict):
    """Which observed casts inform a level of a column.

    Parameters
    ----------
    casts : int
        How many inform it: half are near in space and time, half near in space whatever the year.
    radius_km : float [km]
        Distance that counts as much as `years_near` for the near casts, as `years_far` for the others.
    years_near, years_far : float [year]
        Time that counts as much as `radius_km`.
    """

    casts: int = Field(default=32, ge=2, le=128)
    radius_km: float = Field(default=500.0, gt=0)
    years_near: float = Field(default=3.0, gt=0)
    years_far: float = Field(default=30.0, gt=0)


class SlopeConfig(Strict):
    """Stoichiometry of remineralisation as a term of the loss: slopes of oxygen against phosphate and nitrate.

    It is off: at held-out blocks of bottle cruises, after short trainings, a weight of 0.1 changes an RMSE of 7.6
    umol/kg by -0.24 and -0.07 (variance; two seeds) and by +0.07 [-0.15, +0.27] (ratio; one): experiments/README.md.

    Parameters
    ----------
    weight : float
        Weight of the term beside the squared error; 0 leaves it out.
    form : {"variance", "ratio"}
        Variance of the slopes, or their mean squared departure from -170 for phosphate and -10.6 for nitrate (mol O2
        per mol), both relative to these; where both are known, the slope is that along 16 nitrate per phosphate.
    depth : float [m]
        Depth from which on slopes count: above, air and sea exchange oxygen.
    """

    weight: float = Field(default=0.0, ge=0)
    form: Literal["variance", "ratio"] = "ratio"
    depth: float = Field(default=100.0, ge=0)


class ColumnTrainingConfig(OptimiserConfig):
    """Optimiser, loss, and what each step hides.

    Parameters
    ----------
    steps : int
        Steps of the optimiser.
    learning_rate : float
        Largest learning rate.
    columns : int
        Hidden casts that a step estimates, at most.
    hide : float [1]
        Largest share of what is held out together that a step hides.
    casts : int, optional
        Casts that inform a level while the network is trained, never more than when it estimates; as many by default.
        To encode them is most of a step: on the twin, 12 in place of 24 change RMSE from 9.15 to 9.14 umol/kg at
        cruises held out and from 7.35 to 7.31 where nothing was sampled, in 107 processor seconds in place of 183.
    time_noise : float [year]
        Standard deviation of an error that is added to the time the network reads of a profile, drawn anew each time it
        is shown: the more, the less the network makes of time. That time is a share of the record: 10 years are decades
        where casts are rare, a few years where they are many. Distances in time between casts stay as they are.
    without_covariates : float [1]
        Share of the profiles that a step shows without their covariates, so that the model also serves where none is
        known.
    likelihood : float
        Weight of the Gaussian likelihood beside the squared error.
    slopes : SlopeConfig
        Slopes of oxygen against nutrients that are covariates.
    nutrients : float
        Weight of the squared error of the `nutrients` of the experiment beside that of oxygen; 0 leaves them out. 0.1
        changes the RMSE of the same bottle cruises, 11.60 umol/kg without nutrients, by -0.46 [-0.84, -0.04].
    """

    steps: int = Field(default=600, ge=1)
    learning_rate: float = Field(default=4e-3, gt=0)
    columns: int = Field(default=128, ge=4)
    hide: float = Field(default=0.5, gt=0, lt=1)
    casts: int | None = Field(default=None, ge=2, le=128)
    time_noise: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    without_covariates: float = Field(default=0.0, ge=0, lt=1)
    likelihood: float = Field(default=0.05, ge=0)
    slopes: SlopeConfig = SlopeConfig()
    nutrients: float = Field(default=0.0, ge=0)


class OxyGraphConfig(NetworkConfig):
    """The column model.

    Parameters
    ----------
    kind : "oxygraph"
        A graph of water columns.
    network : ColumnNetworkConfig
        Sizes of the network.
    context : CastsConfig
        What informs a column.
    training : ColumnTrainingConfig
        Optimiser and loss.
    networks : int
        Networks that are averaged, each trained without another quarter of what is held out together.
    averaged_with : list of {"boosting", "extra_trees", "optimal_interpolation"}
        Methods that the networks are averaged with, by weights found by hold-out: boosted trees on the same profile;
        extra trees, which are grown again whenever a run is read; and optimal interpolation, which costs most where a
        field is large. Over a background there are no trees: their departures do not vanish far from observations.

    Examples
    --------
    >>> config = OxyGraphConfig(training=ColumnTrainingConfig(steps=240))
    >>> config.training.steps, config.context.casts
    (240, 32)
    """

    estimator: ClassVar[str] = "oxygen_recon.models.oxygraph.estimator:ColumnEstimator"

    kind: Literal["oxygraph"] = "oxygraph"
    network: ColumnNetworkConfig = ColumnNetworkConfig()
    context: CastsConfig = CastsConfig()
    training: ColumnTrainingConfig = ColumnTrainingConfig()
    networks: int = Field(default=2, ge=1, le=4)
    averaged_with: list[Literal["boosting", "extra_trees", "optimal_interpolation"]] = Field(
        default=["boosting", "optimal_interpolation"]
    )

    @model_validator(mode="after")
    def _noise_on_what_is_read(self) -> OxyGraphConfig:
        """Refuse noise on a time that the network does not read."""
        if self.training.time_noise > 0 and not self.network.time:
            raise ValueError("training.time_noise: the network reads no time; leave it out, or network.time")
        return self

    @property
    def averaged(self) -> int:
        """Number of networks that are averaged, each trained without other samples."""
        return self.networks

    @property
    def effort(self) -> float:
        """Training of one fold, in steps as dear as those of `oxygenerator`: one of 64 columns is 1.3 (twin ocean)."""
        return 1.3 * self.training.steps * self.networks * self.training.columns / 64

    def check_inputs(self, temperature: bool, nutrients: bool, steps: bool) -> None:
        """Refuse settings of what an experiment does not have.

        Parameters
        ----------
        temperature : bool
            Whether temperature is known in every cell at every step.
        nutrients : bool
            Whether samples carry nutrients.
        steps : bool
            Whether there is more than one step.

        Raises
        ------
        ValueError
            If a setting needs what is not there.
        """
        if self.training.nutrients > 0 and not nutrients:
            raise ValueError("model.training.nutrients: a weight of nothing; name them under nutrients")
        if self.network.temperature_anomalies and not (temperature and steps):
            raise ValueError(
                "model.network.temperature_anomalies: needs temperature among covariates of kind product, and steps"
            )
        if self.training.time_noise > 0 and not steps:
            raise ValueError("model.training.time_noise: a run of one step has no time; leave it out")

    def companions(self, departures: bool) -> dict[str, Companion]:
        """Name the methods that the network is averaged with.

        Parameters
        ----------
        departures : bool
            As for `NetworkConfig.companions`.
        """
        from oxygen_recon.models.oxygraph.boosting import ColumnBoosting

        known = {
            "boosting": Companion(ColumnBoosting),
            "extra_trees": Companion(lambda _: ExtraTreesConfig().build()),
            "optimal_interpolation": Companion(lambda _: OptimalInterpolationConfig().build(), reads_covariates=False),
        }
        return {name: known[name] for name in self.averaged_with if not (departures and name in _TREES)}
