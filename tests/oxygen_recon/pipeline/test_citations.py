import re
from pathlib import Path

import pytest

from oxygen_recon.observations import catalog
from oxygen_recon.pipeline import citations
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.sources.compared import ClimateModelsConfig
from qc.errors import InputError

EXPERIMENTS = Path(__file__).parents[3] / "experiments"


def test_citations_name_all_data_and_the_toolkit() -> None:
    text = citations.cite(Experiment.from_yaml(EXPERIMENTS / "east_sea.yaml"))
    entries = catalog.load().entries
    for name in ("kodc", "etopo"):
        assert entries[name].citation in text and entries[name].licence in text
    assert text.startswith("oxygen-recon: ") and "BSD-3-Clause" in text and "calcofi" not in text.lower()
    twin = citations.cite(Experiment.from_yaml(EXPERIMENTS / "twin_demo.yaml"))
    assert "No data of others" in twin and "etopo" not in twin.lower()


def test_a_climate_model_is_cited_and_bibtex_is_well_formed() -> None:
    static = Experiment.from_yaml(EXPERIMENTS / "global_static.yaml").model_copy(
        update={"climate_models": [ClimateModelsConfig(files="cmip6/o2_*.nc")]}
    )
    assert citations.datasets(static, catalog.load()) == ["woa09_glodap_2deg", "cmip6_o2"]
    text = citations.cite(static, "bibtex")
    assert text.count("@misc{") == 3 and text.count("{") - text.count("}") == 0
    assert "doi = {10.5194/gmd-9-1937-2016}" in text and "further\\_info\\_url" in text
    with pytest.raises(InputError, match="no such form of citation"):
        citations.cite(static, "ris")


def test_products_of_ones_own_are_named_beside_a_synthetic_ocean_too() -> None:
    twin = Experiment.from_yaml(EXPERIMENTS / "twin_demo.yaml").model_dump()
    twin |= {"covariates": {"kind": "product", "paths": ["mine.nc"]}, "background": "own_oxygen.nc"}
    text = citations.cite(Experiment.model_validate(twin))
    assert "mine.nc, own_oxygen.nc" in text and "No data of others" not in text


def test_products_and_background_are_cited() -> None:
    sea = Experiment.from_yaml(EXPERIMENTS / "east_sea.yaml").model_dump()
    sea |= {"covariates": {"kind": "product", "entries": ["en4"]}, "background": "woa23_oxygen"}
    assert citations.datasets(Experiment.model_validate(sea), catalog.load()) == [
        "kodc", "etopo", "en4", "woa23_oxygen"
    ]  # fmt: skip


def test_the_attributes_of_a_field_name_terms_papers_and_data() -> None:
    sea, twin = (Experiment.from_yaml(EXPERIMENTS / f"{name}.yaml") for name in ("east_sea", "twin_demo"))
    kodc = catalog.load().entry("kodc")
    assert kodc.citation in citations.references(sea) and kodc.licence in citations.licence(sea)
    assert citations.references(sea).startswith("Lu, Bin: OxyGenerator")
    assert "synthetic" in citations.licence(twin) and "KODC" not in citations.references(twin)


def test_what_stands_in_bibtex_is_what_the_catalogue_says() -> None:
    text = citations.cite(Experiment.from_yaml(EXPERIMENTS / "california_current.yaml"), "bibtex")
    entry = text.split("@misc{calcofi,")[1].split("\n}")[0]
    year = re.search(r"year = \{(\d{4})\}", entry)
    assert year and f"Accessed {year[1]}" in entry and "doi" not in entry
    assert r"howpublished = {\url{https://calcofi.org/data/oceanographic-data/bottle-database/}}" in entry
    wod = citations.cite(Experiment.from_yaml(EXPERIMENTS / "global_static.yaml"), "bibtex")
    assert "year = {2020}" in wod and "Accessed" not in wod and "howpublished" not in wod
    assert "year" not in text.split("@misc{")[1]  # the toolkit gives its version


def test_a_collection_is_cited_by_what_was_read_into_it(tmp_path: Path) -> None:
    lines = [
        "kodc-some-1,/a/some,read,1,0,",
        "file-cruise-2,/a/cruise,read,1,0,",
        "table-mine-3,/a/mine,read,1,0,",
        "hot_ctd-hot-4,/a/hot,at fault,0,0,why",
    ]
    (tmp_path / "files.csv").write_text("\n".join(["key,file,state,levels,refused,message", *lines]) + "\n")
    counted = ["/a/some,kodc,oxygen,1", "/a/cruise,cchdo,oxygen,1", "/a/mine,mine,oxygen,1"]
    (tmp_path / "counts.csv").write_text("\n".join(["file,source,variable,levels", *counted]) + "\n")
    text, entries = citations.cite(tmp_path), catalog.load().entries
    for name in ("kodc", "cchdo_exchange"):
        assert entries[name].citation in text and entries[name].licence in text
    assert text.endswith("Not in the catalogue, cite as their providers ask: mine.") and "HOT" not in text
    bibtex = citations.cite(tmp_path, "bibtex")
    assert bibtex.count("@misc{") == 3 and bibtex.endswith("% Not in the catalogue, cite as their providers ask: mine.")
    (tmp_path / "files.csv").write_text("key,file,state,levels,refused,message\ntwin-a-1,/a/a,read,1,0,\n")
    assert citations.cite(tmp_path).endswith("the twin ocean is synthetic.")
    (tmp_path / "counts.csv").unlink()
    with pytest.raises(InputError, match="no counts of this table"):
        citations.cite(tmp_path)
    with pytest.raises(InputError, match="is no ingested"):
        citations.cite(tmp_path / "none")


def test_files_of_ones_own_are_named_and_entries_of_ones_own_are_cited(tmp_path):
    own = "my_casts: {title: Mine, licence: none, citation: Me (2020), reader: wod, files: ['*.nc']}"
    (tmp_path / "catalog.yaml").write_text(own)
    path = tmp_path / "mine.yaml"
    text = (EXPERIMENTS / "east_sea.yaml").read_text()
    path.write_text(text.replace("entries: [kodc]", "entries: [my_casts], paths: [casts.csv]"))
    experiment = Experiment.from_yaml(path, catalog=tmp_path / "catalog.yaml")
    cited = citations.cite(experiment)
    assert "Me (2020)" in cited and cited.endswith("Not in the catalogue, cite as their providers ask: casts.csv.")
    assert "Me (2020)" in citations.references(experiment)
    assert "my_casts: none" in citations.licence(experiment) and "their owner" in citations.licence(experiment)
