from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.sources.twin import TwinConfig, make
from oxygen_recon.sources.twin.ocean.atlas import stretched
from oxygen_recon.sources.twin.ocean.geography import water_depth
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean
from oxygen_recon.sources.twin.ocean.state import Ocean
from qc.readers import registry


@pytest.fixture(scope="session")
def config() -> TwinConfig:
    return TwinConfig(casts=700, resolution=15.0, levels=(0.0, 200.0, 1000.0), defects=0.2)


@pytest.fixture(scope="session")
def twin(config, tmp_path_factory) -> Path:
    return make(config, tmp_path_factory.mktemp("twin") / "ocean")


@pytest.fixture(scope="session")
def observed(twin) -> pd.DataFrame:
    tables = [registry.read(path).to_pandas() for path in sorted((twin / "archives").iterdir())]
    table = pd.concat(tables, ignore_index=True)
    return table.astype({name: str for name in ("source", "file", "cast", "cruise", "instrument")})


@pytest.fixture(scope="session")
def planted(twin) -> pd.DataFrame:
    return pd.read_parquet(twin / "truth" / "planted.parquet")


@pytest.fixture(scope="session")
def ocean() -> Ocean:
    return twin_ocean(0)


@pytest.fixture(scope="session")
def points() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the wet ocean, evenly over the sphere and the stretched depth."""
    rng = np.random.default_rng(4)
    latitude, longitude = np.degrees(np.arcsin(rng.uniform(-1, 1, 4000))), rng.uniform(-180, 180, 4000)
    depth = 100 * np.expm1(rng.uniform(0, stretched(np.array(5500.0)), 4000))
    wet = water_depth(latitude, longitude) > depth
    return latitude[wet], longitude[wet], depth[wet]
