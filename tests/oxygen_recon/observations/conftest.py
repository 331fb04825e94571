from collections.abc import Iterator

import pytest

from oxygen_recon.observations.ingestion import plan
from tests.support import archive_server, bottle_files


@pytest.fixture(scope="package")
def server() -> Iterator[archive_server.Archive]:
    with archive_server.running() as archive:
        yield archive


@pytest.fixture
def archive(server: archive_server.Archive) -> archive_server.Archive:
    server.files.clear()
    server.requests.clear()
    return server


@pytest.fixture
def small_archives(tmp_path):
    """Four cruises, of which one lies in two files, beside what is no archive; they share a part."""
    folder = tmp_path / "in"
    for seed in range(4):
        bottle_files.archive(folder / f"leg{seed % 2}" / f"cruise{seed}_hy1.csv", seed)
    bottle_files.archive(folder / "again" / "copy_hy1.csv", 0)
    (folder / "README.txt").write_text("Cruises of the South Pacific.\n")
    (folder / ".hidden_hy1.csv").write_text("BOTTLE, half a file")
    return folder


@pytest.fixture
def archives(small_archives, monkeypatch):
    """The same, where each is as large as a part."""
    monkeypatch.setattr(plan, "_QUARTER", 0.0)
    return small_archives
