from pathlib import Path

import pytest

from experiments.forecast_baselines import SPLITS, baselines, main
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from qc.errors import InputError


def test_the_mediterranean_has_the_errors_of_persistence_that_were_measured(
    data_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, split = data_root / "gridded" / "daily" / "duacs" / "dt_med_allsat_phy_l4_2005T2.nc", SPLITS["mediterranean"]
    table = baselines(daily_fields(open_daily(path), ocean=split.ocean), split)
    persistence = table[table["method"] == "persistence"].set_index("lead")
    for lead, expected in {1: 0.0041, 5: 0.0173, 7: 0.0231, 10: 0.0307}.items():
        assert persistence.loc[lead, "rmsd"] == pytest.approx(expected, rel=0.03)
    assert persistence.loc[1, "starts"] == 31 and persistence.loc[10, "starts"] == 22
    main(["mediterranean", str(path)])
    printed = capsys.readouterr().out
    assert "| sea surface height (m) | persistence | **0.004" in printed and "22 at 10 days." in printed


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="give one of globcurrent, mediterranean and PATH"):
        main(["atlantic"])
