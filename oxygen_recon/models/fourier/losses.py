"""Losses of a daily forecast: error in units of the change, relative error, and amplitudes of waves."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from oxygen_recon.models.fourier.config import ForecastLossConfig


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
    made: Sequence[tuple[Tensor, Tensor]], truth: Tensor, known: Tensor, weight: Tensor, unit: tuple[Tensor, Tensor]
) -> Tensor:
    """Compare days that were filled, and forecasts from them, with the truth.

    An error counts in units of what the channel changes in so many days as have passed since the cell was seen, and of
    the standard deviation of its anomalies where that is longer than was measured, or never.

    Parameters
    ----------
    made : sequence of (tensor, tensor), each of shape (batch, channel, latitude, longitude)
        Each day as it was filled, and the forecast of the next.
    truth : tensor, shape (batch, 1 + day, channel, latitude, longitude)
        The days, and the one after.
    known : bool tensor, shape (batch, day seen, channel, latitude, longitude)
        What is seen of the first days.
    weight : tensor, shape (channel, latitude, longitude)
        As of `forecast_loss`.
    unit : (tensor, tensor), shapes (lead, channel) and (channel,)
        How much a channel changes in 1, 2, ... days; standard deviation of its anomalies.

    Returns
    -------
    tensor, shape ()
        Mean over samples, days and channels of the squared errors of forecasts, plus that of days that were filled in
        the cells that were not seen.
    """
    change, usual = unit
    units = torch.cat([change, usual[None]])
    channel = torch.arange(len(usual), device=usual.device)[:, None, None]
    since = torch.full_like(truth[:, 0], len(change), dtype=torch.int64)  # days since a cell was seen, less one
    total = truth.new_zeros(())
    for day, (filled, following) in enumerate(made):
        if day < known.shape[1]:
            seen = known[:, day]
            error = (filled - truth[:, day]) / units[since, channel]
            some = seen.flatten(1).any(dim=1)[:, None, None, None]
            total = total + (error.square() * weight * (~seen & some)).sum(dim=(-2, -1)).mean()
            since = torch.where(seen, -1, since)
        since = (since + 1).clamp(max=len(change))
        error = (following - truth[:, day + 1]) / units[since, channel]
        total = total + (error.square() * weight).sum(dim=(-2, -1)).mean()
    return total / len(made)
