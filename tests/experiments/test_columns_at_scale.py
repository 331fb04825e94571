"""`experiments/benchmarks/columns_at_scale.py`: its ocean, and one of its tables on a coarse grid."""

import numpy as np
import pytest

from experiments.benchmarks import columns_at_scale as benchmark


def test_the_ocean_is_whole_and_its_covariates_stay_on_disk(tmp_path) -> None:
    domain, grid = benchmark.globe(40.0, 2, tmp_path)
    assert domain.cells == grid.cells == 33 * 4 * 9 and isinstance(domain.covariates, np.memmap)
    samples = benchmark.observed(domain, 20)
    assert len(samples) == 20 * 33 and np.isfinite(samples.values["oxygen"]).all()


def test_steps_are_reconstructed_one_by_one(tmp_path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "DEGREES", 40.0)
    benchmark.window(2, 200, tmp_path)
    assert capsys.readouterr().out.count("\n") == 5
