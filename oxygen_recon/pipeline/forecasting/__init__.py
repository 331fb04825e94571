"""Experiments of daily forecasts: settings, stages from files to scores, and forecasts of a trained run."""
