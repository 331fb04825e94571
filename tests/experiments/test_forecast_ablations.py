from pathlib import Path

import numpy as np
import pytest
import torch

from experiments.forecast_ablation_table import against, ratios, table
from experiments.forecast_ablation_table import main as print_table
from experiments.forecast_ablations import ROWS, configured, in_any_order, main, twins
from oxygen_recon.models.fourier.config import FourierMaskedAutoencoderConfig
from oxygen_recon.models.fourier.networks.autoencoder import FourCastNet, FourierMaskedAutoencoder
from oxygen_recon.models.fourier.networks.sizes import FourierSizes
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.stages import bring
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError

EXPERIMENT = Path(__file__).parents[2] / "experiments" / "forecast_twin.yaml"


@pytest.fixture(scope="module")
def base() -> FourierMaskedAutoencoderConfig:
    config = ForecastExperiment.from_yaml(EXPERIMENT).models[0]
    assert isinstance(config, FourierMaskedAutoencoderConfig)
    return config


def test_every_row_changes_what_it_says_and_steps_stay(base: FourierMaskedAutoencoderConfig) -> None:
    made = {row: configured(row, base) for row in ROWS}
    assert made["own"] == base
    texts = {config.model_dump_json() for config in made.values()}
    assert len(texts) == len(made) - 1  # masked and shuffled have the same settings
    assert {config.training.steps for row, config in made.items() if row != "longer"} == {base.training.steps}


def test_patches_are_read_in_any_order_only_where_they_are_to_be() -> None:
    torch.manual_seed(0)
    network = FourierMaskedAutoencoder(3, 2, 16, 32, FourierSizes(width=16, decoder_width=16, mixing="sequence"), True)
    fields = torch.randn(1, 3, 16, 32)
    with torch.no_grad():
        before = network.features(fields)
        with in_any_order(0):
            first, second = network.features(fields), network.features(fields)
        assert torch.equal(network.features(fields), before)
    assert not torch.equal(first, before) and not torch.equal(first, second)
    assert first.shape == before.shape


def test_fourcastnet_has_as_many_parameters_within_2_percent(base: FourierMaskedAutoencoderConfig) -> None:
    sizes = (51, 17, 64, 128)
    with torch.device("meta"):
        own = FourierMaskedAutoencoder(*sizes, base.network, True)
        other = FourCastNet(*sizes, configured("fourcastnet", base).network, True)
    count, rival = (sum(one.numel() for one in network.parameters()) for network in (own, other))
    assert abs(rival / count - 1) < 0.02


def test_the_table_has_a_line_for_each_row_and_the_share_of_the_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "ablations"
    folder.mkdir()
    names = np.array(["temperature", "temperature", "sea_surface_height"])
    truth = np.ones((12, 30, 3))
    found = {"parameters": 10, "training_cpu": 3.0, "variance": np.ones((2, 3)), "energy": 1.0, "names": names}
    for row, error in (("own_0", 0.81), ("own_1", 0.81), ("no_local_0", 0.9), ("ceiling_0", 0.64)):
        np.savez(folder / f"{row}.npz", square=error * truth, damped=truth, **found)
    rows = {line[0].text: [cell.text for cell in line] for line in table(folder).rows}
    assert list(rows) == ["own", "ceiling", "no_local"]
    assert rows["own"][4] == "0.900 ± 0.000" and rows["own"][11] == "50 %"
    assert rows["no_local"][12].startswith("1.054 [1.054")
    print_table([str(tmp_path)])
    assert "no_local" in capsys.readouterr().out


def test_a_twin_that_starts_with_a_small_error_is_near_the_truth_at_every_cell(tmp_path: Path) -> None:
    experiment = ForecastExperiment.from_yaml(EXPERIMENT)
    twin = experiment.source.twin.model_copy(update={"rows": 16, "spin_up": 12, "days": 45})
    source = experiment.source.model_copy(update={"twin": twin})
    days = {
        "training": {"start": "2000-01-01", "end": "2000-02-05"},
        "test": {"start": "2000-02-06", "end": "2000-02-14"},
    }
    settings = experiment.model_dump() | days | {"source": source, "leads": 2, "starts": 1}
    pipeline = ForecastPipeline(ForecastExperiment.model_validate(settings), RunFolder(tmp_path / "twin"))
    bring(pipeline, "fields")
    state, start = pipeline.state, int(pipeline.starts[0])
    made = twins(pipeline)[start]
    for channel, ocean in enumerate(state.ocean):
        error = (made[:, channel] - state.values[start + 1 : start + 3, channel])[:, ocean]
        assert error.std() < 0.1 * state.values[:, channel][:, ocean].std(axis=1).mean()


def test_a_ratio_is_the_mean_over_variables_and_its_interval_holds_it() -> None:
    random = np.random.default_rng(0)
    names = np.array(["a", "a", "b"])
    base = random.uniform(0.5, 1.5, (12, 30, 3))
    ratio, below, above = against(0.9 * base * random.uniform(0.8, 1.2, base.shape), base, names)
    assert below <= ratio <= above < 1.02
    assert ratios(4 * base[0], base[0], names) == pytest.approx(2.0)


def test_unknown_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fourcastnet:0"):
        main([str(tmp_path), "resnet"])
    with pytest.raises(InputError, match="no rows"):
        print_table([str(tmp_path)])
