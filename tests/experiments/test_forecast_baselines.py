from pathlib import Path

import numpy as np
import pytest

from experiments.forecast_baselines import SPLITS, Split, baselines, energy, main
from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from qc.errors import InputError


def test_the_mediterranean_has_the_errors_of_persistence_that_were_measured(
    data_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, split = data_root / "gridded" / "daily" / "duacs" / "dt_med_allsat_phy_l4_2005T2.nc", SPLITS["mediterranean"]
    table = baselines(daily_fields(open_daily(path), ocean=split.ocean), split)
    assert sorted(table["variable"].unique())[0] == "geostrophic_eastward_velocity"
    own = (table["method"] == "persistence") & (table["variable"] == "sea_surface_height")
    persistence = table[own].set_index("lead")
    for lead, expected in {1: 0.0041, 5: 0.0173, 7: 0.0231, 10: 0.0307}.items():
        assert persistence.loc[lead, "rmsd"] == pytest.approx(expected, rel=0.03)
    assert persistence.loc[1, "starts"] == 31 and persistence.loc[10, "starts"] == 22
    main(["mediterranean", str(path)])
    printed = capsys.readouterr().out
    assert "| sea surface height (m) | persistence | **0.004" in printed and "22 at 10 days." in printed


def test_the_energy_of_persistence_is_that_of_the_truth_and_the_climatology_has_none() -> None:
    days = np.arange("2002-01-01", "2002-02-20", dtype="datetime64[D]")
    values = np.random.default_rng(0).normal(size=(days.size, 2, 6, 40)).astype(np.float32)
    channels = tuple(Channel(f"{name}_velocity", None, "m s-1") for name in ("eastward", "northward"))
    fields = DailyFields(
        values, np.ones((2, 6, 40), bool), days, np.linspace(-35.0, -30.0, 6), np.arange(40.0), channels
    )
    rows = {row[0].text: float(row[2].text) for row in energy(fields, Split(35, (1,), None, "constant"), lead=5).rows}
    assert 0.8 < rows["persistence"] < 1.25 and rows["day_of_year"] < 0.1


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="give one of globcurrent, mediterranean and PATH"):
        main(["atlantic"])
