"""Losses of a daily forecast: error in units of the change, relative error, and amplitudes of waves."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from oxygen_recon.models.fourier.config import ForecastLossConfig

LEAST = 0.02  # of the variance of the anomalies: what a first guess errs by at least


def forecast_loss(
    forecast: Tensor, target: Tensor, weight: Tensor, change: Tensor, settings: ForecastLossConfig
) -> Tensor:
    """Compare a forecast with the truth over the ocean.

    Parameters
    ----------
    forecast, target : tensor, shape (batch, lead, channel, latitude, longitude)
        Standard scores; anything on land.
    weight : tensor, shape (channel, latitude, longitude)
        Share of each ocean cell in the area of its channel; 0 on land.
    change : tensor, shape (lead, channel)
        How much a channel changes in 1, 2, ... days.
    settings : ForecastLossConfig
        Which error, and the weight of the amplitudes.

    Returns
    -------
    tensor, shape ()
        Mean over samples, leads and, where they are apart, channels.
    """
    error = forecast.float() - target
    ocean = weight > 0
    if settings.error == "tendency":
        total = ((error / change[..., None, None]).square() * weight).sum(dim=(-2, -1)).mean()
    else:
        total = relative(error * ocean, target * ocean, settings.error == "relative_by_channel")
    if settings.spectral:
        scale = ocean / change[..., None, None]
        total = total + settings.spectral * amplitude_error(forecast.float() * scale, target * scale)
    return total


def relative(error: Tensor, truth: Tensor, by_channel: bool) -> Tensor:
    """Norm of the error over norm of the truth (arXiv 2308.03152): all channels of a day together, or each.

    Parameters
    ----------
    error, truth : tensor, shape (batch, lead, channel, latitude, longitude)
        Standard scores, 0 on land.
    by_channel : bool
        Whether each channel has a norm of its own.

    Returns
    -------
    tensor, shape ()
        Mean over all norms.
    """
    over = (-2, -1) if by_channel else (-3, -2, -1)
    sizes = [torch.linalg.vector_norm(values, dim=over) for values in (error, truth)]
    mean: Tensor = (sizes[0] / sizes[1].clamp(min=1e-12)).mean()
    return mean


def amplitude_error(forecast: Tensor, truth: Tensor) -> Tensor:
    """Mean square difference of the amplitudes of waves along longitude, whatever their phase.

    Parameters
    ----------
    forecast, truth : tensor, shape (..., longitude)
        0 on land.

    Returns
    -------
    tensor, shape ()
    """
    sizes = [torch.fft.rfft(values.float(), norm="ortho").abs() for values in (forecast, truth)]
    mean: Tensor = (sizes[0] - sizes[1]).square().mean()
    return mean


def filling_loss(
    made: Sequence[tuple[Tensor, Tensor]], truth: Tensor, trust: Tensor, weight: Tensor, unit: tuple[Tensor, Tensor]
) -> Tensor:
    """Compare a start that was filled, and forecasts from it, with the truth.

    Squared errors count in units of the error of the first guess, (1 - trust) of the variance of the anomalies, plus
    what the channel changes in so many days.

    Parameters
    ----------
    made : sequence of (tensor, tensor), each of shape (batch, channel, latitude, longitude)
        The start as it was filled and the forecast of the next day, then each further day and the forecast from it.
    truth : tensor, shape (batch, 1 + lead, channel, latitude, longitude)
        The start, and the days after it.
    trust : tensor, shape (batch, channel, latitude, longitude)
        1 where the start is seen, else the share of variance that the first guess explains.
    weight : tensor, shape (channel, latitude, longitude)
        As of `forecast_loss`.
    unit : (tensor, tensor), shapes (lead, channel) and (channel,)
        How much a channel changes in 1, 2, ... days; standard deviation of its anomalies.

    Returns
    -------
    tensor, shape ()
        Mean over samples, leads and channels, plus that over samples and channels of the start where it is not seen.
    """
    change, usual = (one[..., None, None].square() for one in unit)
    doubt = (1 - trust) * usual
    filled = (made[0][0] - truth[:, 0]).square() / (doubt + LEAST * usual)
    total = (filled * weight * (trust < 1)).sum(dim=(-2, -1)).mean()
    for lead, (_, following) in enumerate(made):
        error = (following - truth[:, lead + 1]).square() / (doubt + change[lead])
        total = total + (error * weight).sum(dim=(-2, -1)).mean() / len(made)
    return total
