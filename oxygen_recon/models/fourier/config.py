"""Settings of daily forecasts: network, how the next day is made, how it is trained."""

from __future__ import annotations

from typing import Literal, TypeVar

from pydantic import Field, model_validator

from oxygen_recon.models.config import ComputeConfig, ConfigInParts, OptimiserConfig
from oxygen_recon.models.fourier.networks.sizes import FourCastNetSizes, FourierSizes, UNetSizes
from qc.config import Strict


class MaskPhase(Strict):
    """A part of the training in which a share of the patches is hidden.

    Parameters
    ----------
    until : float [1]
        Where it ends, as a share of the training.
    ratio : float [1]
        Share of the patches that the encoder does not read.
    """

    until: float = Field(gt=0, le=1)
    ratio: float = Field(ge=0, lt=1)


class StepConfig(Strict):
    """How the state of the next day is made of what the network says.

    x(t+1) = climatology(t+1) + (1 - theta) (x(t) - climatology(t)) + f for a residual, f for an absolute output. Inputs
    are standard scores.

    Parameters
    ----------
    output : {"residual", "absolute"}
        "absolute" is the published one.
    damping : bool
        Whether theta, one a channel, is learned, from what damped persistence would take; else it is 0. Residual only.
    anomaly : bool
        Whether departures count from the climatology by day of the year, which the network then reads too; else from
        the mean of the channel.
    history : int
        Days that are read side by side, the last of them the day of the start; 1 where gaps are filled.
    filling : bool
        Whether the network fills what is not seen of the start: it reads an optimal interpolation of what is seen, and
        how far that is to be trusted, and corrects it before going on from it; residual only.
    places : bool
        Whether the network reads the mask of the ocean at each depth and the place on the sphere.
    season : bool
        Whether it reads the day of the year, if the training days lie all round the year.
    land : {"climatology", "zonal_mean"}
        What stands on land before each step: what anomalies count from, or the zonal mean of the ocean (as published).
    """

    output: Literal["residual", "absolute"] = "residual"
    damping: bool = True
    anomaly: bool = True
    history: int = Field(default=1, ge=1, le=4)
    filling: bool = False
    places: bool = True
    season: bool = True
    land: Literal["climatology", "zonal_mean"] = "climatology"

    @model_validator(mode="after")
    def _one_way_to_fill(self) -> StepConfig:
        if self.filling and (self.history > 1 or self.output == "absolute" or self.land != "climatology"):
            raise ValueError("filling goes with history 1, a residual output and land of the climatology")
        return self


class RollOutPhase(Strict):
    """A part of the training in which the loss counts so many days.

    Parameters
    ----------
    until : float [1]
        Where it ends, as a share of the training.
    days : int [day]
        Days that are forecast, each from the one before; the gradient goes through all.
    """

    until: float = Field(gt=0, le=1)
    days: int = Field(ge=1, le=60)


class ForecastLossConfig(Strict):
    """What the forecast is compared by.

    Parameters
    ----------
    error : {"tendency", "relative", "relative_by_channel"}
        "tendency": squared error, in units of how much the channel changes in so many days, weighted by area;
        "relative": norm of the error over norm of the truth (as published), of all channels together or of each.
    spectral : float
        Weight of the difference of the amplitudes of waves along longitude, in the same units; 0 leaves it out.
    """

    error: Literal["tendency", "relative", "relative_by_channel"] = "tendency"
    spectral: float = Field(default=0.0, ge=0)


class ForecastTraining(OptimiserConfig, ForecastLossConfig):
    """Optimiser, loss, and what each step forecasts.

    Parameters
    ----------
    minutes : float or None [min]
        Processor time that the steps may take, measured before the first; `steps` is then the largest number.
    batch : int
        Starts a step.
    roll_out : tuple of RollOutPhase
        Days of the forecast; the last until 1.
    masking : tuple of MaskPhase
        Share of hidden patches; of the autoencoder only.
    seen : float [1]
        Least share of the cells that is seen of a day, with `step.filling`: the share is drawn between it and 1, as
        squares or tracks; a fifth of the starts is seen whole. 1 hides nothing.
    seen_days : int [day]
        Most days up to the start that are seen, each in other cells; half of the cases have the day alone.
    cases : int
        Days with something hidden that are interpolated before the training, which draws from them.
    noise : float
        Standard deviation of noise on the start, in units of how much the channel changes in a day.
    calibration : int [day]
        Last training days that the network does not learn from: there is found how much of the forecast anomaly is to
        be kept at each lead; 0 keeps all. Climatology and scales are those of all training days.
    """

    steps: int = Field(default=1000, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    minutes: float | None = Field(default=None, gt=0)
    batch: int = Field(default=4, ge=1)
    roll_out: tuple[RollOutPhase, ...] = (
        RollOutPhase(until=0.5, days=1), RollOutPhase(until=0.7, days=2), RollOutPhase(until=0.85, days=4),
        RollOutPhase(until=1.0, days=8),
    )  # fmt: skip
    masking: tuple[MaskPhase, ...] = ()
    seen: float = Field(default=1.0, gt=0, le=1)
    seen_days: int = Field(default=8, ge=1, le=60)
    cases: int = Field(default=200, ge=1)
    noise: float = Field(default=0.0, ge=0)
    calibration: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> ForecastTraining:
        for name, phases in (("roll_out", self.roll_out), ("masking", self.masking)):
            ends = [phase.until for phase in phases]
            if ends != sorted(set(ends)):
                raise ValueError(f"{name}: each phase ends after the one before")
        if not self.roll_out or self.roll_out[-1].until != 1.0:
            raise ValueError("roll_out: the last phase goes until 1")
        return self


class DailyCompute(ComputeConfig):
    """On what a network for daily forecasts is computed; changes no result.

    Parameters
    ----------
    recompute : bool
        Whether Fourier blocks are computed again in the backward pass: less memory, more time.
    """

    recompute: bool = False


class DailyConfig(ConfigInParts):
    """Base of the settings of a network for daily forecasts.

    Parameters
    ----------
    kind : str
        The network.
    compute : DailyCompute
        On what it is computed.
    step : StepConfig
        How the next day is made.
    training : ForecastTraining
        Optimiser, loss, days of the forecast.
    """

    compute: DailyCompute = Field(default=DailyCompute(), exclude=True)
    step: StepConfig = StepConfig()
    training: ForecastTraining = ForecastTraining()

    @model_validator(mode="after")
    def _hidden_in_one_way(self) -> DailyConfig:
        training = self.training
        if training.seen < 1 and not self.step.filling:
            raise ValueError("training.seen hides cells, which only a network with step.filling fills")
        if self.step.filling and (
            training.masking or training.noise or training.error != "tendency" or training.spectral
        ):
            raise ValueError("step.filling: leave training.masking, noise, error and spectral as they are")
        return self


class FourierMaskedAutoencoderConfig(DailyConfig):
    """The Fourier masked autoencoder of AI-GOMS (arXiv 2308.03152).

    Parameters
    ----------
    kind : "fourier_mae"
        This network.
    network : FourierSizes
        Sizes of the network.

    Examples
    --------
    >>> FourierMaskedAutoencoderConfig().network.patch
    4
    """

    kind: Literal["fourier_mae"] = "fourier_mae"
    network: FourierSizes = FourierSizes()


class FourCastNetConfig(DailyConfig):
    """FourCastNet (Pathak et al. 2022).

    Parameters
    ----------
    kind : "fourcastnet"
        This network.
    network : FourCastNetSizes
        Sizes of the network.
    """

    kind: Literal["fourcastnet"] = "fourcastnet"
    network: FourCastNetSizes = FourCastNetSizes()

    @model_validator(mode="after")
    def _reads_all(self) -> FourCastNetConfig:
        return _without_masking(self)


class UNetConfig(DailyConfig):
    """A small U-Net.

    Parameters
    ----------
    kind : "unet"
        This network.
    network : UNetSizes
        Sizes of the network.
    """

    kind: Literal["unet"] = "unet"
    network: UNetSizes = UNetSizes()

    @model_validator(mode="after")
    def _reads_all(self) -> UNetConfig:
        return _without_masking(self)


AnyDailyConfig = FourierMaskedAutoencoderConfig | FourCastNetConfig | UNetConfig
D = TypeVar("D", bound=DailyConfig)


def _without_masking(config: D) -> D:
    """Refuse hidden patches of a network that reads all."""
    if config.training.masking:
        raise ValueError(f"{config.kind} reads all patches: leave training.masking out")
    return config
