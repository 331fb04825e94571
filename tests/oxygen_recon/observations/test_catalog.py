import tomllib
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest

from oxygen_recon.observations import catalog
from oxygen_recon.observations.downloads.download import LOCK_NAME
from oxygen_recon.runtime import resources
from qc.errors import InputError
from qc.readers import registry

IN_THE_COLLECTION = {
    *(
        "wod",
        "wod_ascii",
        "argo",
        "argo_b",
        "glodap",
        "glodap_csv",
        "cchdo_exchange",
        "calcofi",
        "calcofi_extract",
        "kodc",
    ),
    *("cchdo_netcdf", "cchdo_woce"),
    *("hot_ctd", "hot_bottle", "bats_ctd", "bats_bottle", "cariaco", "etopo", "woa09_glodap_2deg"),
}
YAML = "mine: {title: t, licence: l, citation: c, reader: wod, files: ['a/*.nc', 'a/x*']}\n"


def load(tmp_path: Path, text: str) -> catalog.Catalog:
    path = tmp_path / "catalog.yaml"
    path.write_text(text)
    return catalog.load(path)


def test_the_shipped_catalogue_is_complete() -> None:
    known = catalog.load()
    assert {"wod", "argo", "glodap", "cchdo_exchange", "calcofi", "kodc", "etopo", "woa09_glodap_2deg"} <= set(
        known.entries
    )
    for name, entry in known.entries.items():
        assert entry.reader in {*registry.READERS, *catalog.OTHER_KINDS}, name
        assert len(entry.citation) > 20 and entry.licence, name


def test_every_pattern_finds_files_of_its_kind(data_root: Path) -> None:
    known = catalog.load()
    for name, entry in known.entries.items():
        if name not in IN_THE_COLLECTION and not any(any(data_root.glob(pattern)) for pattern in entry.files):
            continue
        found = known.resolve(name, data_root)
        assert found == sorted(set(found))
        if entry.reader in registry.READERS:
            assert {registry.detect_format(path) for path in found} == {entry.reader}, name
    assert len(known.resolve("kodc", data_root)) == 47
    assert len(known.resolve("cchdo_exchange", data_root)) == 9


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
    with pytest.raises(InputError, match=r"no dataset 'yours' in the catalogue; there are mine"):
        mine.resolve("yours", tmp_path)
    with pytest.raises(InputError, match="no such data folder"):
        mine.resolve("mine", tmp_path / "none")
    with pytest.raises(InputError, match=r"no file of dataset mine; looked for a/\*\.nc"):
        mine.resolve("mine", tmp_path / "a")


def test_a_file_must_have_the_checksum_in_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.nc").write_bytes(b"hello")
    required = "sha256: {{x.nc: {}}}".format("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    mine = load(tmp_path, YAML.replace("reader: wod", f"reader: wod, {required}"))
    assert len(mine.resolve("mine", tmp_path)) == 1
    (tmp_path / "a" / "x.nc").write_bytes(b"hell")
    with pytest.raises(InputError, match="not the file that the catalogue requires"):
        mine.resolve("mine", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine: [", "not a YAML file"),
        ("- a\n- b\n", "dictionary"),
        ("", "dictionary"),
        (YAML.replace("citation", "citatoin"), r"mine\.citatoin: no such key; did you mean citation\?"),
        (YAML.replace("reader: wod", "reader: wood"), r"mine\.reader"),
        (YAML.replace("reader: wod", "reader: table"), "reader: table needs a description"),
        (YAML.replace("'a/*.nc'", "'../*.nc'"), "leads out of the data folder"),
        (YAML.replace("reader: wod", "reader: wod, density: guess"), r"mine\.density"),
        (YAML.replace("reader: wod", "reader: wod, sha256: {x.nc: abc}"), r"mine\.sha256"),
        (YAML.replace("reader: wod", "reader: wod, downloads: [{url: 'http://x', folder: a}]"), r"downloads\.0\.url"),
        (
            YAML.replace("reader: wod", "reader: wod, index: {url: 'http://x/a', root: 'https://x/', folder: a}"),
            r"mine\.index\.url",
        ),
        (
            YAML.replace("reader: wod", "reader: wod, index: {url: 'https://x/a', root: 'http://x/', folder: a}"),
            r"mine\.index\.root",
        ),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such catalogue"):
        catalog.load(tmp_path / "none.yaml")


def test_an_unfinished_download_is_no_file_of_a_dataset(tmp_path: Path) -> None:
    mine = load(tmp_path, YAML.replace("'a/*.nc'", "'a/*'"))
    (tmp_path / "a").mkdir()
    for name in ("x.nc", "y.nc.part", "y.nc.part.tag", "y.nc.part.lock"):
        (tmp_path / "a" / name).write_text("")
    assert [path.name for path in mine.resolve("mine", tmp_path)] == ["x.nc"]


def test_addresses_by_year() -> None:
    wod = catalog.load().entry("wod")
    every = [url.rsplit("/", 1)[-1] for d in wod.downloads for url in d.addresses((1898, 1901))]
    assert every == ["wod_osd_1800.nc", "wod_osd_1900.nc", "wod_osd_1901.nc"]  # CTD casts begin in 1961
    assert [len(d.addresses((1990, 1999))) for d in wod.downloads] == [0, 10, 10]
    en4 = catalog.load().entry("en4")
    assert [url for d in en4.downloads for url in d.addresses((2020, 2021))] == [
        "https://www.metoffice.gov.uk/hadobs/en4/data/en4-2-1/EN.4.2.2/EN.4.2.2.analyses.g10.2020.zip",
        "https://www.metoffice.gov.uk/hadobs/en4/data/en4-2-1/EN.4.2.2.analyses.g10.2021.zip",
    ]


def test_what_is_fetched_is_what_is_found() -> None:
    for name, entry in catalog.load().entries.items():
        for download in entry.downloads:
            file = PurePosixPath(download.folder) / download.addresses((download.span[0],) * 2)[0]
            below = PurePosixPath(download.folder) / file.name
            assert any(below.match(pattern) for pattern in entry.files), (name, file.name)
        if entry.index:
            for file in ("5904145_Sprof.nc", "SD1900722_001.nc", "SR1900722_001D.nc"):
                assert any((PurePosixPath(entry.index.folder) / file).match(p) for p in entry.files)


def test_a_dataset_without_address_names_another_access() -> None:
    for name in ("kodc", "calcofi", "cchdo_exchange", "geotraces_idp2021", "cmip6_o2"):
        entry = catalog.load().entry(name)
        assert not entry.downloads and "https://" in entry.access and "\n" not in entry.access, name


def test_an_installed_catalogue_is_found_among_the_files_of_the_distribution(tmp_path, monkeypatch) -> None:
    share = tmp_path / "share" / "oxygen-recon"
    packages = tmp_path / "lib" / "python3" / "site-packages"
    share.mkdir(parents=True)
    packages.mkdir(parents=True)
    (share / "data_catalog.yaml").write_text(YAML)
    file = metadata.PackagePath("../../../share/oxygen-recon/data_catalog.yaml")
    file.dist = metadata.PathDistribution(packages / "oxygen_recon.dist-info")  # type: ignore
    monkeypatch.setattr(resources, "ROOT", packages)
    monkeypatch.setattr(resources.metadata, "files", lambda name: [file])
    assert list(catalog.load().entries) == ["mine"]
    with pytest.raises(InputError, match=r"experiments/twin_demo.yaml: not among the installed files; install"):
        resources.find("experiments/twin_demo.yaml")


def test_the_shipped_files_are_packaged() -> None:
    root = Path(__file__).parents[3]
    listed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    patterns = listed["share/oxygen-recon"]
    for name in ("data_catalog.yaml", LOCK_NAME, "CITATION.cff", "experiments/twin_demo.yaml"):
        assert resources.find(name) == root / name
        assert any(PurePosixPath(name).match(pattern) for pattern in patterns), name


def test_every_fault_of_a_catalogue_is_named_and_the_place_to_look(tmp_path: Path) -> None:
    text = YAML.replace("reader: wod", "reader: wod, densty: sample, sha256: {x.nc: abc}")
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    line = str(caught.value)
    assert "mine.densty: no such key; did you mean density?" in line and "mine.sha256.x.nc: " in line
    assert line.endswith("; see Entry in oxygen_recon/observations/catalog.py")
