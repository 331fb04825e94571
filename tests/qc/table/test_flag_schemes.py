from datetime import datetime
from pathlib import Path

import yaml

from qc.physics.seawater import UNITS
from qc.readers.delimited.description import TableSpec
from qc.readers.registry import read
from qc.table import flags
from qc.table.flag_schemes import IODE_MEANINGS, SCHEMES, Flag


def test_every_meaning_is_mapped_once() -> None:
    for name, scheme in flags.SCHEMES.items():
        mapped = "".join(scheme.iode.values())
        assert len(set(mapped)) == len(mapped), name
        assert set(scheme.meanings) <= set(mapped), name


def test_every_scheme_maps_single_characters_to_flags_of_the_table():
    for name, scheme in SCHEMES.items():
        assert set(scheme.iode) <= set(Flag), name
        assert all(len(code) == 1 and meaning for code, meaning in scheme.meanings.items()), name
    assert flags.SCHEMES is SCHEMES and IODE_MEANINGS[Flag.NOT_EVALUATED] == "not evaluated"


def test_the_page_lists_the_schemes_and_units_of_the_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "archives.md").read_text()
    _, _, table = page.partition("| scheme | good, 1 |")
    lines = table.split("\n\n")[0].splitlines()[2:]
    found = {}
    for line in lines:
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        codes = ["".join(cell.split()).replace("blank", " ") for cell in cells]
        found[name.strip("`")] = {flag: text for flag, text in zip((1, 2, 3, 4, 9), codes) if text}
    assert found == {name: scheme.iode for name, scheme in SCHEMES.items()}
    units = page.partition("Units are ")[2].partition(", in any usual")[0].replace("\n", " ")
    assert units.replace("`", "").split(", ") == [unit for unit in UNITS if " from " not in unit]


def test_the_german_example_of_the_page_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "archives.md").read_text()
    described = yaml.safe_load("archive: ostsee" + page.partition("archive: ostsee")[2].partition("```")[0])
    names = "Expedition\tStat\tDatum\tBreite\tLaenge\tTiefe [m]\tTemp [degC]\tSal\tO2 [ml/l]\tQF"
    row = "BS199602\t1\t05.02.1996\t54.4\t13.9\t1\t4.0\t7.1\t7.92\t3"
    (path := tmp_path / "ostsee.tsv").write_text(f"{names}\n{row}\n")
    (level,) = read(path, TableSpec.model_validate(described)).to_pylist()
    assert (level["cast"], level["cruise"], level["oxygen_flag"]) == ("BS199602-1", "BS199602", 3)
    assert level["time"] == datetime(1996, 2, 5, 12) and 340 < level["oxygen"] < 360
