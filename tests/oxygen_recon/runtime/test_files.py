import pytest

from oxygen_recon.runtime.files import checksum, locked
from qc.errors import InputError


def test_one_holder_at_a_time_also_where_the_last_one_removes_the_lock_file(tmp_path):
    path, taken = tmp_path / "a.lock", InputError("taken", "a")
    with locked(path, taken):
        with pytest.raises(InputError, match="taken"), locked(path, taken):
            pytest.fail("two hold it")
        path.unlink()
    with locked(path, taken), pytest.raises(InputError), locked(path, taken):
        pytest.fail("two hold it")


def test_a_lock_file_that_cannot_be_made_does_not_stop_the_work(tmp_path):
    (tmp_path / "a.lock").mkdir()
    with locked(tmp_path / "a.lock", InputError("taken", "a")):
        assert (tmp_path / "a.lock").is_dir()


def test_checksum_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"hello")
    assert checksum(tmp_path / "a") == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
