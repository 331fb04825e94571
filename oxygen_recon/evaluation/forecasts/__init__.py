"""Scores of daily forecasts.

Errors and anomaly correlations by channel and lead on ocean cells (`metrics`), of any number of methods from the same
starts (`scores`), with intervals over starts (`bootstrap`), as one table (`table`); what of a state is derived and
scored like a channel, mixed-layer depth and geostrophic currents (`diagnostics`); wavenumber spectra (`spectra`).
"""
