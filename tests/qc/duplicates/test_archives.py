"""Copies that are known to stand in real archives, and the twin ocean's, of which every one is known."""

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from oxygen_recon.sources.twin import TwinConfig, make
from qc.battery import battery
from qc.duplicates import candidates, compare, repeats, search, signatures
from qc.duplicates.cast_index import decode
from qc.readers import registry as readers
from qc.readers.registry import TableSpec

CATALOG = yaml.safe_load((Path(__file__).parents[3] / "data_catalog.yaml").read_text())
RULES = battery.load_battery().duplicates


def read(root: Path, *names: str, dataset: str | None = None) -> pa.Table:
    spec = TableSpec.model_validate(CATALOG[dataset]["table"]) if dataset else None
    return pa.concat_tables([readers.read(root / "observations" / name, spec) for name in names]).unify_dictionaries()


def station(name: pd.Series, pattern: str) -> list[str]:
    return [match.lstrip("0") for match in name.str.extract(pattern)[0].str.strip()]


def test_of_the_profiles_of_a_cycle_one_is_kept_and_an_adjusted_one_rather_than_the_raw_whole(data_root):
    """The synthetic file of 3902131 holds raw oxygen only, the b-files the adjusted values too."""
    table = read(data_root, "argo/3902131_BR_BD_D_profiles.tar.gz", "argo/3902131_Sprof.nc")
    found = search.find(table, RULES)
    assert signatures.summarise(table).num_rows == len(found) + 162
    cycle, theirs = (found[name].str.partition("#")[0] for name in ("name", "duplicate_of"))
    assert (cycle == theirs).all()
    cast, good = table["cast"].to_pylist(), table["oxygen_flag"].to_numpy() <= 2
    adjusted = {name.partition("#")[0] for name, fine in zip(cast, good) if fine}
    kept = found["duplicate_of"][cycle.str.removeprefix("argo/").isin(adjusted)]
    assert len(adjusted) > 150 and kept.str.contains("#BD").all()


def test_single_profiles_of_two_floats_are_those_of_their_synthetic_files(data_root):
    names = ("argo/bgcArgoDMQC_BR_BD_profiles.tar.gz", "argo/4901784_Sprof.nc", "argo/4902481_Sprof.nc")
    found = search.find(read(data_root, *names), RULES)
    assert (found["duplicate_of"] == found["name"].str.partition("#")[0]).all()
    assert found["name"].nunique() == 15  # 18 b-files: of three profiles two variants each


def test_raw_and_adjusted_profiles_agree_by_their_levels_too(data_root):
    """Without the names: the raw profile of 3902131 lies 2.4 % below the adjusted one."""
    table = read(data_root, "argo/3902131_BR_BD_D_profiles.tar.gz")
    raw = np.char.find(np.array(table["cast"].to_pylist(), str), "#BR") >= 0
    other = pa.array(np.where(raw, "raw", "argo")).dictionary_encode()
    found = search.find(table.set_column(0, table.schema.field(0), other.cast(table.schema.field(0).type)), RULES)
    own, theirs = (found[name].str.extract(r"/(\w+)#")[0] for name in ("name", "duplicate_of"))
    assert len(found) == 94 and (own == theirs).all()  # all of which both versions hold four levels


def test_cruises_under_two_names_are_found_station_by_station(data_root):
    pairs = {
        ("glodap/33RR20070204.mat", "cchdo/libcchdo_samples/nc_hyd__i08s_33RR20070204_nc_hyd.zip"): 88,
        ("glodap/49K619990523.mat", "cchdo/libcchdo_samples/bottle_woce__p01w_1999ahy.txt"): 53,
    }
    for files, casts in pairs.items():
        found = search.find(read(data_root, *files), RULES)
        assert len(found) == casts and found["name"].str.startswith("cchdo/").all()
        own, theirs = station(found["name"], r"_ *([^_]+)_ *\d+$"), station(found["duplicate_of"], r"_ *([^_]+)_ *\d+$")
        renamed = {(a, b) for a, b in zip(own, theirs) if a != b}  # by GLODAP, which has these and they are no others
        assert renamed == (set() if casts == 88 else {("X13", "43"), ("X14", "61"), ("35", "135")})


def test_the_second_extract_of_a_database_is_the_first_cast_by_cast(data_root):
    table = pa.concat_tables(
        [
            read(data_root, "calcofi/bottle.csv.gz", dataset="calcofi"),
            read(data_root, "calcofi/bottle_cast_extract_2000_2015.csv.gz", dataset="calcofi_extract"),
        ]
    ).unify_dictionaries()
    found = search.find(table, RULES)
    lost, kept = (found[name].str.partition("/")[0] for name in ("name", "duplicate_of"))
    second = found[lost != kept]
    assert (kept[lost != kept] == "calcofi_extract").mean() > 0.99  # it has flags; the others have no oxygen to flag
    own, theirs = (second[name].str.partition("/")[2] for name in ("name", "duplicate_of"))
    assert len(second) >= 4415 and (own == theirs).mean() > 0.999  # of 4,420; the others have too few levels
    assert len(found) - len(second) < 50  # copies inside the database
    table = search.write(table, found)
    doubted = (table["oxygen_flag"].to_numpy() == 3) & table["duplicate_of"].is_null().to_numpy()
    assert doubted.sum() > 39_000  # interpolated, which the first extract does not flag
    frame = table.select(["source", "cast", "oxygen_flag", "oxygen_original_flag", "duplicate_of"]).to_pandas()
    names = frame["source"].astype(str) + "/" + frame["cast"].astype(str)
    flagless = frame["oxygen_original_flag"].isna().groupby(names).all()
    elsewhere = frame[(frame["oxygen_flag"] == 3) & frame["duplicate_of"].notna()]
    assert not flagless[elsewhere["duplicate_of"]].any()  # nor are interpolated values good in a copy that is kept


def test_rows_that_stand_twice_and_casts_of_mistaken_dates_in_one_archive(data_root):
    files = sorted(path.name for path in (data_root / "observations/kodc").glob("nso_*.gz"))
    table = read(data_root, *(f"kodc/{name}" for name in files), dataset="kodc")
    assert repeats.repeated(table).sum() == 80
    found = search.find(table, RULES)
    assert 100 < len(found) < 400  # of 52,539
    pairs = dict(zip(found["name"], found["duplicate_of"]))
    assert pairs["kodc/104-05 1968-06-21T15:25"] == "kodc/104-05 1968-06-12T15:25"


def test_sensor_and_bottles_of_a_station_are_no_copies(data_root):
    found = search.find(read(data_root, "cchdo/hydro__p02.csv.gz"), RULES)
    assert len(found) == 0


def test_sensor_values_at_bottle_stops_are_those_of_the_profile_and_bottles_are_not(data_root):
    files = {kind: sorted((data_root / "observations/hot").glob(f"*{kind}_profiles*")) for kind in ("CTD", "Niskin")}
    tables = [
        read(data_root, *(f"hot/{path.name}" for path in files[kind]), dataset=dataset)
        for kind, dataset in (("CTD", "hot_ctd"), ("Niskin", "hot_bottle"))
    ]
    found = search.find(pa.concat_tables(tables).unify_dictionaries(), RULES)
    by_name = found[found["reason"] == "name"]
    assert len(by_name) == 42 + 12  # casts that stand in both kinds of files
    assert (by_name["name"].str.partition("#")[0] == by_name["duplicate_of"].str.partition("#")[0]).all()
    assert by_name["name"].str.endswith("#stop").all() and len(found) - len(by_name) <= 2


def test_of_the_sample_without_oxygen_the_one_displaced_copy_is_found(data_root):
    table = read(data_root, "wod/DC_OCEAN_WOD18_TS_samples.tar.gz")
    assert signatures.summarise(table).num_rows == 73
    found = search.find(table, RULES)
    assert list(zip(found["name"], found["duplicate_of"])) == [("wod/8891325", "wod/8891307")]
    assert len(search.find(table, RULES.model_copy(update={"anywhere": 0}))) == 0  # their positions are 53 km apart


def expert_pairs(root: Path, name: str) -> pd.DataFrame:
    """Positions, dates, depths and sums of temperature of the listed pairs, two rows a pair."""
    rows = []
    path = root / f"observations/wod/DC_OCEAN__{name}_unique_pairs_generic.txt.gz"
    for line in gzip.decompress(path.read_bytes()).decode("latin-1").splitlines():
        if not re.search(r"wod_\d+O\.nc.*wod_\d+O\.nc", line):
            continue
        field = [part.strip() for part in line.split(",")]
        at = 8 if "Undup" in name else 20  # the list of duplicates has twelve columns of reasons
        for k in (0, 1):
            lat, lon, year, month, day, hour, minute = (float(field[at + 2 * i + k]) for i in range(7))
            time = np.datetime64(f"{year:04.0f}-{month:02.0f}-{day:02.0f}T{hour:02.0f}:{minute:02.0f}", "ms")
            levels = int(field[at + 18 + k])
            rows.append((field[2 + k], lat, lon, time, levels))
    return pd.DataFrame(rows, columns=["cast", "latitude", "longitude", "time", "levels"])


def test_expert_pairs_whose_files_are_not_there_are_searched_by_their_description(data_root):
    """Of the listed pairs only descriptions exist here. All five duplicates are single surface temperatures, 11 to 93
    km apart: no profile, so no rule for profiles may call them copies. Of the 24 others two pairs of moored
    casts and an expendable probe with its repetition come near enough for their levels to be compared."""
    for name, pairs, near in (("DuplicateList_sorted", 5, 0), ("Unduplicatelist_sorted", 24, 3)):
        listed = expert_pairs(data_root, name)
        assert len(listed) == 2 * pairs
        assert ("Undup" in name) or (listed["levels"] == 1).all()
        unique = listed.drop_duplicates("cast").reset_index(drop=True)
        n = len(unique)
        columns = {name: unique[name].to_numpy() for name in ("latitude", "longitude", "time")}
        columns |= {"source": "wod", "file": "list", "instrument": "xbt", "cast": unique["cast"].to_numpy(str)}
        columns |= {"levels": np.zeros(n, int), "good": np.zeros(n, int), "flagged": np.zeros(n, bool)}
        columns |= {"thermal": unique["levels"].to_numpy()}
        columns |= {"content": np.arange(n).astype(np.uint64), "varied": np.ones(n, int)}
        columns["coarse"] = np.zeros((n, len(signatures.PRESSURES)))
        found = candidates.candidates(decode(signatures.table_of(columns)), RULES)
        assert len(found) == near


@pytest.mark.slow
def test_every_copy_of_the_twin_ocean_but_those_spoilt_is_found_and_nothing_else(tmp_path):
    config = TwinConfig(casts=1500, resolution=30.0, levels=(0.0, 1000.0), climate_model=False)
    twin = make(config, tmp_path / "twin")
    table = pa.concat_tables([readers.read(path) for path in sorted((twin / "archives").iterdir())])
    found = search.find(table.unify_dictionaries(), RULES)
    copies = pd.read_parquet(twin / "truth" / "copies.parquet")
    of = pd.Series(copies["station"].to_numpy(), copies["source"] + "/" + copies["cast"].astype(str))
    right = of.reindex(found["name"]).to_numpy() == of.reindex(found["duplicate_of"]).to_numpy()
    expected = len(copies) - copies["station"].nunique()
    print(f"recall {right.sum()} of {expected}, precision {right.sum()} of {len(found)}")
    assert right.all() and right.sum() >= 0.99 * expected


def test_matching_fetches_no_levels_where_there_is_no_pair():
    def never(rows):
        raise AssertionError("nothing to fetch")

    empty = decode(signatures.SUMMARY.empty_table())
    assert len(compare.matching(empty, candidates.candidates(empty, RULES), never, RULES)) == 0
