import pyarrow as pa
import pytest

from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError


@pytest.mark.parametrize("error", [ValueError("bytes"), KeyError("x"), OSError("no number"), pa.ArrowInvalid("magic")])
def test_what_a_library_says_of_damaged_bytes_is_one_line(error, tmp_path):
    with pytest.raises(InputError, match=r"a\.npz: is damaged; remove it and run the same command again"):
        with naming_damage(tmp_path / "a.npz"):
            raise error


@pytest.mark.parametrize(
    "error",
    [MemoryError(), pa.ArrowMemoryError("malloc"), FileNotFoundError(2, "no such"), InputError("what", "where")],
)
def test_short_memory_and_missing_files_are_no_damage(error, tmp_path):
    with pytest.raises(type(error)) as caught, naming_damage(tmp_path / "a.npz"):
        raise error
    assert caught.value is error
