import json

import pytest

from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import Stage, bring_up_to_date, is_whole, seconds_of
from qc.errors import InputError


class Kitchen:
    """Two stages that count how often they are made; the first one can fail half-way."""

    def __init__(self):
        self.made = []
        self.fail = False

    def first(self, home):
        self.made.append("first")
        (home / "half").write_text("work")
        if self.fail:
            raise KeyboardInterrupt
        (home / "whole").write_text("work")

    def second(self, home):
        self.made.append("second")
        assert (home.parent / "first" / "whole").exists()

    def run(self, folder, last="second", settings=1):
        lines = []
        stages = [
            Stage("first", {"a": settings}, (), lambda: self.first(folder / "first")),
            Stage("second", {}, ("first",), lambda: self.second(folder / "second")),
        ]
        bring_up_to_date(stages, RunFolder(folder), last, lines.append)
        return lines


def test_a_second_run_does_nothing(tmp_path):
    kitchen = Kitchen()
    kitchen.run(tmp_path)
    lines = kitchen.run(tmp_path)
    assert kitchen.made == ["first", "second"]
    assert lines == ["first: up to date", "second: up to date"]
    assert seconds_of(RunFolder(tmp_path), "second") >= 0


def test_changed_settings_remake_a_stage_and_all_that_stand_on_it(tmp_path):
    kitchen = Kitchen()
    kitchen.run(tmp_path)
    (tmp_path / "first" / "stale").write_text("old")
    kitchen.run(tmp_path, settings=2)
    assert kitchen.made == ["first", "second"] * 2
    assert not (tmp_path / "first" / "stale").exists()


def test_an_interrupted_stage_finds_its_own_work_and_no_other(tmp_path):
    kitchen = Kitchen()
    kitchen.fail = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.run(tmp_path)
    assert (tmp_path / "first" / "half").exists()
    assert not (tmp_path / "first" / "done.json").exists()
    kitchen.fail = False
    (tmp_path / "first" / "mark").write_text("kept")
    kitchen.run(tmp_path)
    assert (tmp_path / "first" / "mark").exists()
    assert kitchen.made == ["first", "first", "second"]


def test_a_stage_cut_while_being_remade_is_not_taken_for_done(tmp_path):
    kitchen = Kitchen()
    kitchen.run(tmp_path)
    kitchen.fail = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.run(tmp_path, settings=2)
    kitchen.fail = False
    kitchen.run(tmp_path, settings=1)
    assert kitchen.made == ["first", "second", "first", "first"]  # "second" of these settings still stands


def test_last_is_the_last_stage_and_a_broken_stamp_is_no_stamp(tmp_path):
    kitchen = Kitchen()
    assert kitchen.run(tmp_path, last="first") and kitchen.made == ["first"]
    stamp = tmp_path / "first" / "done.json"
    stamp.write_text(json.dumps({"key": "x"})[:4])
    kitchen.run(tmp_path, last="first")
    assert kitchen.made == ["first", "first"]


def test_a_folder_that_could_not_be_emptied_is_not_taken_for_done(tmp_path, monkeypatch):
    def refuse(home):
        raise PermissionError(str(home))

    kitchen = Kitchen()
    kitchen.run(tmp_path)
    monkeypatch.setattr("oxygen_recon.pipeline.run_folder.remove", refuse)
    with pytest.raises(PermissionError):
        kitchen.run(tmp_path, settings=2)
    kitchen.run(tmp_path, last="first")
    assert kitchen.made == ["first", "second", "first"]


def test_a_second_run_at_the_same_time_is_refused(tmp_path):
    pytest.importorskip("fcntl")
    kitchen, messages = Kitchen(), []

    class Second(Kitchen):
        def first(self, home):
            with pytest.raises(InputError, match="another command is at work in it") as refused:
                kitchen.run(tmp_path / "run")
            messages.append(str(refused.value))
            super().first(home)

    second = Second()
    second.run(tmp_path / "run")
    assert messages == [f"{tmp_path / 'run'}: another command is at work in it; wait until it has ended"]
    assert kitchen.made == [] and second.made == ["first", "second"]
    assert kitchen.run(tmp_path / "run") == ["first: up to date", "second: up to date"]


@pytest.mark.parametrize("damage", ["gone", "cut", "chunk"])
def test_a_stamp_stands_for_what_the_stage_left_and_what_is_not_whole_is_made_again(tmp_path, damage):
    def make():
        made.append(sorted(path.name for path in home.iterdir() if path.name != "begun.json"))
        for name in ("a.npy", "b/c.nc", "d.zarr/.zgroup", "d.zarr/x/0.0", "d.zarr/x/0.1", ".lock"):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text("work")

    def run():
        lines = []
        bring_up_to_date([Stage("one", 1, (), make)], RunFolder(tmp_path), "one", lines.append)
        return lines

    made, home = [], tmp_path / "one"
    run()
    before = seconds_of(RunFolder(tmp_path), "one")
    (home / ".lock").unlink()
    (home / "mine.txt").write_text("a note beside it")
    (home / "d.zarr" / "x" / ".DS_Store").write_text("what a desktop adds")
    assert run() == ["one: up to date"] and made == [[]]
    if damage == "gone":
        (home / "a.npy").unlink()
    else:
        (home / ("b/c.nc" if damage == "cut" else "d.zarr/x/0.1")).write_text("wo")
    lines = run()
    lost = {"gone": "a.npy", "cut": "b/c.nc", "chunk": "d.zarr"}[damage]
    assert lines[0] == f"one: {home / lost} was gone or damaged" and lines[1].startswith("one: done")
    there = {"gone": {"b", "d.zarr"}, "cut": {"a.npy", "b", "d.zarr"}, "chunk": {"a.npy", "b"}}[damage]
    assert set(made[1]) == there | {"mine.txt"}
    assert run() == ["one: up to date"] and seconds_of(RunFolder(tmp_path), "one") >= before


def diamond(made, left=1):
    """Four stages: `left` and `right` stand on `first`, `last` on both; `beside` on the first only."""
    inputs = {"first": (), "left": ("first",), "right": ("first",), "beside": ("first",), "last": ("right", "left")}
    settings = dict.fromkeys(inputs, 1) | {"left": left}
    return [Stage(name, settings[name], inputs[name], lambda name=name: made.append(name)) for name in inputs]


def test_only_what_stands_on_a_changed_stage_is_made_again(tmp_path):
    made = []
    bring_up_to_date(diamond(made), RunFolder(tmp_path), "last", print)
    assert made == ["first", "left", "right", "last"], "each once, after its inputs, and nothing beside"
    bring_up_to_date(diamond(made, left=2), RunFolder(tmp_path), "last", print)
    assert made[4:] == ["left", "last"]
    bring_up_to_date(diamond(made, left=2), RunFolder(tmp_path), "beside", print)
    assert made[6:] == ["beside"]


@pytest.mark.parametrize(
    "inputs, match",
    [
        ({"a": ("b",), "b": ("a",)}, "stages that wait for each other: "),
        ({"a": ("a",)}, "stages that wait for each other: a -> a"),
        ({"a": (), "b": ("c",)}, "stage b reads c, which is no stage"),
    ],
)
def test_a_cycle_and_an_unknown_input_are_errors(tmp_path, inputs, match):
    stages = [Stage(name, None, needs, lambda: pytest.fail("it was made")) for name, needs in inputs.items()]
    with pytest.raises(ValueError, match=match):
        bring_up_to_date(stages, RunFolder(tmp_path / "run"), "a", print)
    assert not (tmp_path / "run").exists()


def test_a_misspelt_stage_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"^lst: no such stage; did you mean last"):
        bring_up_to_date(diamond([]), RunFolder(tmp_path), "lst", print)


def test_a_stage_is_whole_while_its_files_and_the_stages_it_stands_on_are_as_it_found_them(tmp_path):
    kitchen, folder = Kitchen(), RunFolder(tmp_path)
    assert not is_whole(folder, "second")
    kitchen.run(tmp_path)
    assert is_whole(folder, "first") and is_whole(folder, "second")
    kitchen.run(tmp_path, last="first", settings=2)
    assert is_whole(folder, "first") and not is_whole(folder, "second")
    (tmp_path / "first" / "whole").write_text("cut")
    assert not is_whole(folder, "first") and (tmp_path / "first" / "whole").exists()
