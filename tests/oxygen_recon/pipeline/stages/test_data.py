import pytest

from oxygen_recon.observations import collection
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages import data
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from qc.errors import InputError


def test_a_region_without_ocean_is_reported_before_anything_is_read(experiment, tmp_path):
    class Dry:
        def items(self):
            return [collection.Item("a", "a.nc", lambda refused: pytest.fail("it was read"))]

        def grid(self):
            raise InputError("the region has no ocean", "grid")

    pipeline = Pipeline(Experiment.from_yaml(experiment), RunFolder(tmp_path))
    vars(pipeline)["source"] = Dry()
    with pytest.raises(InputError, match="the region has no ocean"):
        data.ingest(pipeline)
