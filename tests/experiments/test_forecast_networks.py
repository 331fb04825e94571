from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from experiments.forecast_networks import main, trend
from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from qc.errors import InputError

DAYS = np.arange("2005-04-01", "2005-05-15", dtype="datetime64[D]")
MEDITERRANEAN = Path(__file__).parents[2] / "experiments" / "mediterranean.yaml"


def rising() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sea that rises steadily, elsewhere faster than here."""
    latitude, longitude = np.arange(36.0, 40.0, 0.5), np.arange(15.0, 21.0, 0.5)
    pace = 0.01 + 0.01 * np.sin(latitude[:, None] + longitude)
    return latitude, longitude, (pace * np.arange(DAYS.size)[:, None, None]).astype(np.float32)


def test_a_trend_that_goes_on_is_forecast_without_error() -> None:
    latitude, longitude, height = rising()
    channel = Channel("sea_surface_height", None, "m")
    fields = DailyFields(height[:, None], np.ones((1, *height.shape[1:]), bool), DAYS, latitude, longitude, (channel,))
    found = trend(fields, 30, 5)(35, 5)
    np.testing.assert_allclose(found[:, 0], height[36:41], atol=1e-5)


def test_the_experiment_on_the_mediterranean_is_printed_beside_persistence(tmp_path: Path, capsys) -> None:
    latitude, longitude, height = rising()
    axes = {"time": DAYS.astype("datetime64[ns]"), "latitude": latitude, "longitude": longitude}
    attributes = {"units": "m", "cell_methods": "time: mean", "standard_name": "sea_surface_height_above_geoid"}
    data = xr.Dataset({"adt": (tuple(axes), height, attributes)}, axes)
    data["latitude"].attrs, data["longitude"].attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    data.to_netcdf(tmp_path / "height.nc")
    settings = ForecastExperiment.from_yaml(MEDITERRANEAN).model_dump(mode="json")
    settings["source"]["paths"] = ["height.nc"]
    settings["training"] = {"start": "2005-04-01", "end": "2005-05-05"}
    settings["test"] = {"start": "2005-05-06", "end": "2005-05-14"}
    settings["models"][0]["training"] |= {"steps": 2, "roll_out": [{"until": 1.0, "days": 1}]}
    (tmp_path / "e.yaml").write_text(yaml.safe_dump(settings))
    main([str(tmp_path / "e.yaml"), str(tmp_path), str(tmp_path / "runs")])
    printed = capsys.readouterr().out
    assert "relative to persistence" in printed and "| sea surface height | trend |" in printed
    assert "fourier_mae: " in printed and "geostrophic" in printed


def test_the_network_of_the_mediterranean_begins_as_persistence() -> None:
    """It draws to no mean: neither anomalies nor a decay, from which the sea would depart in spring."""
    experiment = ForecastExperiment.from_yaml(MEDITERRANEAN)
    step = experiment.models[0].step
    assert step.output == "residual" and not step.anomaly and not step.damping
    assert experiment.training.dates.size == 60 and experiment.test.dates.size == 31


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="give an experiment, DATA and a folder"):
        main(["globcurrent"])
    with pytest.raises(InputError, match="no files; give an experiment whose source is daily_files"):
        main([str(MEDITERRANEAN.with_name("forecast_twin.yaml")), ".", "runs"])
