from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.observations.ingestion import plan as planning
from oxygen_recon.observations.ingestion.plan import plan

FILES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]), st.integers(0, 400), st.sampled_from(["", ".gz"]),
        st.none() | st.integers(0, 2**27) | st.integers(0, 2**18),
    ),
    max_size=60, unique_by=lambda file: file[:3],
)  # fmt: skip


def listed(files):
    return [(f"/in/{folder}/{i}.nc{end}", f"d-{folder}{i}{end}-00", size) for folder, i, end, size in files]


@given(FILES, st.randoms())
def test_every_file_is_in_one_part_whatever_the_order(files, random):
    given_files = listed(files)
    planned = plan(given_files)
    assert sorted(key for keys in planned.values() for key in keys) == sorted(key for _, key, _ in given_files)
    random.shuffle(given_files)
    assert plan(given_files) == planned
    path = {key: (file, size) for file, key, size in given_files}
    for name, keys in planned.items():
        names = [path[key][0].rsplit("/", 1)[-1] for key in keys]
        assert len(set(names)) == len(names), "the casts of two files of one name could not be distinguished"
        assert len(keys) > 1 or name == keys[0], "a single file gives its name to its part"
        sizes = [path[key][1] for key in keys]
        assert len(keys) == 1 or (None not in sizes and sum(sizes) < 2.25 * planning._BYTES)


def test_many_small_files_make_few_parts_and_one_more_changes_few():
    files = [(f"/in/float{i % 7}/BR{i:06d}.nc", f"argo-BR{i:06d}-{i:x}", 30_000 + i % 977) for i in range(20_000)]
    before = plan(files)
    assert 20 < len(before) < 200 and max(map(len, before.values())) <= 1024
    for i in range(0, 20_000, 1000):
        file, _, size = files[i]
        changed = [*files[:i], (file, "argo-changed-0", size + 5000), *files[i + 1 :]]
        added = [*files, (file.replace(".nc", "D.nc"), "argo-added-0", size)]
        for other in (changed, added, [*files[:i], *files[i + 1 :]]):
            assert len(plan(other).keys() - before.keys()) <= 3
