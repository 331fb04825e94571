"""Forecasts of daily fields that any network must beat.

Persistence and the climatology of the day of the year know one thing each (`persistence`); damped persistence goes from
the first to the second at the pace of the training days; EOF-autoregression (`eof_autoregression`) lets the leading
patterns act on each other. All are `oxygen_recon.models.interface.Forecaster`; `kinds` lists them by name.
"""
