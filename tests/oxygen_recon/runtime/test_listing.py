"""Files behind names: the same as glob finds where there are no links, and every folder once where there are."""

import glob
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.runtime import listing


def unexpected(folder, why):
    raise AssertionError(f"{folder}: {why}")


def names(name):
    return [str(path) for path in listing.files(str(name), unexpected)]


def test_a_pattern_names_the_files_that_glob_finds_and_no_others():
    for pattern, file, named in (
        ("/a/**/*.nc", "/a/x.nc", True),
        ("/a/**/*.nc", "/a/b/c/x.nc", True),
        ("/a/**/*.nc", "/b/a/x.nc", False),
        ("/a/*/x.nc", "/a/b/c/x.nc", False),
        ("/a/**", "/a/b/x.nc", True),
        ("/a/\xa0*.nc", "/a/\\xa0x.nc", True),
    ):
        assert listing.is_named_by([pattern], file) is named, (pattern, file)


PARTS = st.sampled_from(["a", "b", "x.nc", "y.nc", ".h", "*", "?", "*.nc", "[ab]", ".*"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=3).flatmap(
    lambda parts: st.integers(0, len(parts)).map(lambda i: [*parts[:i], "**", *parts[i:]]) | st.just(parts)
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    home = tmp_path_factory.mktemp("tree")
    for file in ("x.nc", "a/x.nc", "a/b/y.nc", "b/x.nc", "b/.h/x.nc", ".h/y.nc", "b/.x.nc", "a/b/b/x.nc", "a/[b]"):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text("")
    return home


@given(parts=PATTERNS.filter(lambda parts: any(map(glob.has_magic, parts))))
def test_what_glob_finds_is_found(tree, parts):
    pattern = str(tree.joinpath(*parts))
    expected = sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))
    found = names(pattern)
    assert sorted(set(found)) == expected
    assert all(listing.is_named_by([pattern], file) for file in found)


@given(
    links=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6),
    top=st.integers(0, 4),
    recursive=st.booleans(),
)
def test_every_folder_that_links_reach_is_listed_once(tmp_path_factory, links, top, recursive):
    home = tmp_path_factory.mktemp("linked")
    folders = [home / "0", home / "0" / "1", home / "0" / "2", home / "3", home / "3" / "4"]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / f"{number}.nc").write_text("")
    for number, (start, end) in enumerate(links):
        (folders[start] / f"link{number}").symlink_to(folders[end])
    reached, new = set(), {top}
    while new:
        reached |= new
        below = {i for i in range(5) for j in new if folders[i].parent == folders[j]}
        new = (below | {end for start, end in links if start in new}) - reached
    found = names(folders[top] / "**" / "*.nc" if recursive else folders[top])
    assert sorted(Path(path).name for path in found) == [f"{number}.nc" for number in sorted(reached)]
    assert found == names(folders[top] / "**" / "*.nc" if recursive else folders[top])
