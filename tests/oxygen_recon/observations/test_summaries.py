import numpy as np

from oxygen_recon.observations import summaries
from qc.battery import battery, run
from qc.table import schema


def table(salinity: float):
    p = np.tile(np.linspace(5, 300, 12), 30)
    cast = np.repeat(np.arange(30), 12)
    columns = {
        "source": "wod", "file": "a", "cast": cast.astype(str), "cruise": "A1", "instrument": "bottle", "pressure": p,
        "time": np.full(p.size, np.datetime64("2001-05-01")), "latitude": 10 + cast / 10, "oxygen": 250 - 0.3 * p,
        "longitude": np.full(p.size, -150.0), "temperature": 20 - p / 30, "salinity": np.full(p.size, salinity),
    }  # fmt: skip
    return schema.from_columns(columns, "test")


def test_parts_that_count_and_parts_that_have_nothing_to_count_are_flagged_alike(tmp_path):
    checks = battery.load_battery()
    for known, (name, salinity) in enumerate((("without", np.nan), ("with", 35.0))):
        flagged, counts = run.run_profile_tests(table(salinity), checks)
        summaries.save_region_counts(counts, tmp_path / name)
        digest = summaries.save_region_statistics([tmp_path / name], checks, tmp_path / "regions.npz")
        regions = summaries.region_statistics(tmp_path / "regions.npz", digest)
        assert set(regions) == set(counts) and all((one.group.size > 0) == known for one in regions.values())
        regional = run.run_regional_tests(flagged, checks, regions)
        assert regional["oxygen_checks"].equals(run.run_battery(table(salinity))["oxygen_checks"])
