"""`experiments/forecast_members.py`: its tables, of a run on a small twin."""

import json
from pathlib import Path

import numpy as np
import pytest

import oxygen_recon as ox
from experiments.forecast_members import main
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from qc.errors import InputError

EXPERIMENT = Path(__file__).parents[2] / "experiments" / "forecast_twin.yaml"


def test_members_vary_more_than_the_network_alone_and_their_errors_add_spread(tmp_path: Path, capsys) -> None:
    settings = ForecastExperiment.from_yaml(EXPERIMENT).model_dump(mode="json")
    settings["source"]["twin"] |= {"rows": 16, "spin_up": 2, "days": 120}
    settings["models"][0]["training"] |= {"steps": 4, "calibration": 0, "roll_out": [{"until": 1.0, "days": 1}]}
    settings["models"][0]["network"] |= {"width": 16, "decoder_width": 16, "blocks": 1}
    days = {
        "training": {"start": "2000-01-01", "end": "2000-03-10"},
        "test": {"start": "2000-03-11", "end": "2000-04-28"},
    }
    settings |= days | {"leads": 5, "starts": 2, "baselines": ["damped_persistence"]}
    experiment = ForecastExperiment.model_validate_json(json.dumps(settings))
    run = ox.forecast(experiment, work=tmp_path, to="train")
    main([str(run.pipeline.folder.root), "4"])
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    spread = {line[0].strip("| "): float(line[3].strip("| ")) for line in lines if line[1] == "spread / RMSE"}
    assert spread["and errors of days"] > spread["perturbed starts"] > 0
    year = {line[0].strip("| "): [float(one.strip("| ")) for one in line[1:]] for line in lines[-5:]}
    assert set(year) >= {"temperature", "sea surface height"} and np.isfinite(list(year.values())).all()
    assert all(member > alone for alone, member in year.values())


def test_other_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="give RUN"):
        main([])
