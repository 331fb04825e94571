"""Reconstruction of dissolved oxygen in the ocean: the public API, of which each name is imported when first used.

.. code-block:: python

    import oxygen_recon as ox

    table = ox.ingest("data/**/*.nc", out="table")
    ox.quality_control(table, bathymetry="etopo20.cdf.gz")
    run = ox.run(ox.Experiment.from_yaml("experiments/east_sea.yaml"), data="data", work="runs")
    field, skill = run.field(), run.skill()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oxygen_recon.pipeline.api import demo as demo
    from oxygen_recon.pipeline.api import explore as explore
    from oxygen_recon.pipeline.api import forecast as forecast
    from oxygen_recon.pipeline.api import reconstruct as reconstruct
    from oxygen_recon.pipeline.api import run as run
    from oxygen_recon.pipeline.api import validate as validate
    from oxygen_recon.pipeline.citations import cite as cite
    from oxygen_recon.pipeline.corrections.cruises import adjust_cruises as adjust_cruises
    from oxygen_recon.pipeline.corrections.cruises import find_crossovers as find_crossovers
    from oxygen_recon.pipeline.corrections.floats import correct_gains as correct_gains
    from oxygen_recon.pipeline.corrections.floats import correct_pressure as correct_pressure
    from oxygen_recon.pipeline.corrections.floats import correct_response_time as correct_response_time
    from oxygen_recon.pipeline.corrections.floats import estimate_gains as estimate_gains
    from oxygen_recon.pipeline.experiment import Experiment as Experiment
    from oxygen_recon.pipeline.exports import export_table as export_table
    from oxygen_recon.pipeline.forecasting.check import check_forecast as check_forecast
    from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment as ForecastExperiment
    from oxygen_recon.pipeline.forecasting.experiment import read_experiment as read_experiment
    from oxygen_recon.pipeline.forecasting.results import ForecastRun as ForecastRun
    from oxygen_recon.pipeline.forecasting.results import open_forecasts as open_forecasts
    from oxygen_recon.pipeline.osse.simulation import osse as osse
    from oxygen_recon.pipeline.products import export_columns as export_columns
    from oxygen_recon.pipeline.products import export_inventory as export_inventory
    from oxygen_recon.pipeline.products import export_omz as export_omz
    from oxygen_recon.pipeline.results import Run as Run
    from oxygen_recon.pipeline.results import open_run as open_run
    from oxygen_recon.pipeline.setup.check import check as check
    from oxygen_recon.pipeline.setup.init import init as init
    from oxygen_recon.pipeline.setup.schema import regions as regions
    from oxygen_recon.pipeline.setup.schema import schema as schema
    from oxygen_recon.pipeline.tables import datasets as datasets
    from oxygen_recon.pipeline.tables import fetch as fetch
    from oxygen_recon.pipeline.tables import ingest as ingest
    from oxygen_recon.pipeline.tables import quality_control as quality_control
    from oxygen_recon.pipeline.tables import read_table as read_table
    from oxygen_recon.products.inventory import oxygen_inventory as oxygen_inventory
    from oxygen_recon.products.omz import omz_series as omz_series
    from oxygen_recon.products.omz.water_columns import omz_columns as omz_columns

_MODULES = {
    "oxygen_recon.pipeline.api": ("demo", "explore", "forecast", "reconstruct", "run", "validate"),
    "oxygen_recon.pipeline.citations": ("cite",),
    "oxygen_recon.pipeline.corrections.cruises": ("adjust_cruises", "find_crossovers"),
    "oxygen_recon.pipeline.corrections.floats": (
        "correct_gains", "correct_pressure", "correct_response_time", "estimate_gains",
    ),
    "oxygen_recon.pipeline.experiment": ("Experiment",),
    "oxygen_recon.pipeline.exports": ("export_table",),
    "oxygen_recon.pipeline.forecasting.check": ("check_forecast",),
    "oxygen_recon.pipeline.forecasting.experiment": ("ForecastExperiment", "read_experiment"),
    "oxygen_recon.pipeline.forecasting.results": ("ForecastRun", "open_forecasts"),
    "oxygen_recon.pipeline.osse.simulation": ("osse",),
    "oxygen_recon.pipeline.products": ("export_columns", "export_inventory", "export_omz"),
    "oxygen_recon.products.inventory": ("oxygen_inventory",),
    "oxygen_recon.products.omz": ("omz_series",),
    "oxygen_recon.products.omz.water_columns": ("omz_columns",),
    "oxygen_recon.pipeline.results": ("Run", "open_run"),
    "oxygen_recon.pipeline.setup.check": ("check",),
    "oxygen_recon.pipeline.setup.init": ("init",),
    "oxygen_recon.pipeline.setup.schema": ("regions", "schema"),
    "oxygen_recon.pipeline.tables": ("datasets", "fetch", "ingest", "quality_control", "read_table"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_MODULE_OF)

if not TYPE_CHECKING:  # so that a type checker reports a name that does not exist

    def __getattr__(name: str) -> object:
        """Import a name of the public API."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULE_OF[name]), name)

    def __dir__() -> list[str]:
        """List the public API beside what is imported already."""
        return sorted({*globals(), *_MODULE_OF})
