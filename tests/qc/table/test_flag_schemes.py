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
