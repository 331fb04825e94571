import gzip
from pathlib import Path

import pooch
import pytest

from oxygen_recon import catalog
from oxygen_recon.errors import Mistake
from qc import readers

YAML = "mine: {title: t, licence: l, citation: c, reader: wod, files: ['a/*.nc', 'a/x*']}\n"


def load(tmp_path: Path, text: str) -> catalog.Catalog:
    path = tmp_path / "catalog.yaml"
    path.write_text(text)
    return catalog.load(path)


def test_the_shipped_catalogue_is_complete() -> None:
    shipped = catalog.load()
    assert {"wod", "argo", "glodap", "cchdo_exchange", "calcofi", "kodc", "etopo", "woa09_glodap_2deg"} <= set(
        shipped.entries
    )
    for name, entry in shipped.entries.items():
        assert entry.reader in {*readers.READERS, "table", "field"}, name
        assert len(entry.citation) > 20 and entry.licence, name


def test_every_pattern_finds_files_of_its_kind(data_root: Path) -> None:
    shipped = catalog.load()
    for name, entry in shipped.entries.items():
        found = shipped.resolve(name, data_root)
        assert found == sorted(set(found))
        if entry.reader in readers.READERS:
            assert {readers.sniff(path) for path in found} == {entry.reader}, name
    assert len(shipped.resolve("kodc", data_root)) == 47
    assert len(shipped.resolve("cchdo_exchange", data_root)) == 9


def test_hash_is_of_the_content_not_of_the_layout(tmp_path: Path) -> None:
    one = load(tmp_path, YAML)
    assert (
        one.hash
        == load(tmp_path, "# a comment\n" + YAML.replace("{title: t, licence: l", "{licence: l, title: t")).hash
    )
    assert one.hash != load(tmp_path, YAML.replace("title: t", "title: u")).hash
    assert len(one.hash) == 64


def test_resolve(tmp_path: Path) -> None:
    mine = load(tmp_path, YAML)
    (tmp_path / "a").mkdir()
    for name in ("z.nc", "x.nc", "y.txt"):
        (tmp_path / "a" / name).write_text("")
    assert [path.name for path in mine.resolve("mine", tmp_path)] == ["x.nc", "z.nc"]
    with pytest.raises(Mistake, match=r"no dataset 'yours' in the catalogue; there are mine"):
        mine.resolve("yours", tmp_path)
    with pytest.raises(Mistake, match="no such data folder"):
        mine.resolve("mine", tmp_path / "none")
    with pytest.raises(Mistake, match=r"no file of dataset mine; looked for a/\*\.nc"):
        mine.resolve("mine", tmp_path / "a")


def test_a_pinned_file_must_be_that_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.nc").write_bytes(b"hello")
    pin = "sha256: {{x.nc: {}}}".format("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    mine = load(tmp_path, YAML.replace("reader: wod", f"reader: wod, {pin}"))
    assert len(mine.resolve("mine", tmp_path)) == 1
    (tmp_path / "a" / "x.nc").write_bytes(b"hell")
    with pytest.raises(Mistake, match="not the file the catalogue pins"):
        mine.resolve("mine", tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mine: [", "not a YAML file"),
        ("- a\n- b\n", "dictionary"),
        ("", "dictionary"),
        (YAML.replace("citation", "citatoin"), r"mine\.citation: field required"),
        (YAML.replace("reader: wod", "reader: wood"), r"mine\.reader"),
        (YAML.replace("reader: wod", "reader: table"), "reader: table needs a description"),
        (YAML.replace("'a/*.nc'", "'../*.nc'"), "leads out of the data folder"),
        (YAML.replace("reader: wod", "reader: wod, density: guess"), r"mine\.density"),
        (YAML.replace("reader: wod", "reader: wod, sha256: {x.nc: abc}"), r"mine\.sha256"),
        (YAML.replace("reader: wod", "reader: wod, downloads: [{url: 'http://x', folder: a}]"), r"downloads\.0\.url"),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=says) as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such catalogue"):
        catalog.load(tmp_path / "none.yaml")


def test_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def retrieve(url: str, known_hash: str | None, fname: str, path: Path) -> str:
        asked.append((url, known_hash))
        path.mkdir(parents=True, exist_ok=True)
        (path / fname).write_bytes(gzip.compress(b"x"))
        return str(path / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    shipped = catalog.load()
    osd, ctd = catalog.fetch(shipped, "wod", tmp_path, year=1975)
    assert (osd.name, ctd.name) == ("wod_osd_1975.nc", "wod_ctd_1975.nc")
    assert shipped.resolve("wod", tmp_path) == sorted([osd, ctd])  # what is fetched is what is found
    assert asked[0][0] == "https://www.ncei.noaa.gov/data/oceans/ncei/wod/1975/wod_osd_1975.nc"
    with pytest.raises(Mistake, match="say which year"):
        catalog.fetch(shipped, "wod", tmp_path)
    with pytest.raises(Mistake, match="has no public address"):
        catalog.fetch(shipped, "kodc", tmp_path)


def test_a_failed_download_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def retrieve(*_: object, **__: object) -> str:
        raise OSError("connection\nrefused")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(Mistake, match=r"glodap\.info.*download failed \(connection refused\)"):
        catalog.fetch(catalog.load(), "glodap", tmp_path)
