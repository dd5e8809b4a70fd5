"""The state folder: whole or not at all, and never an alert lost to it."""

from pathlib import Path
from typing import Any

import pytest

from codedefender2th import disk
from codedefender2th.errors import Busy, StateError
from codedefender2th.slack.unread import Unread
from codedefender2th.state.checkpoint import Checkpoint, Failure, Place, State
from simulators.messages import ts_at

PLACE = Place("T1", "C1", "http://thehive:9000", "demo")
OLD = Checkpoint(Unread.since(ts_at(1)), senders={"B1": "one"})
NEW = Checkpoint(Unread.since(ts_at(2)), senders={"B1": "one"})


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path, PLACE)
    with state.locked():
        pass
    return state


def again(state: State) -> State:
    return State(state.folder.parent, PLACE)


def test_there_is_no_checkpoint_at_first(state: State) -> None:
    assert state.load() is None


def test_what_was_saved_is_loaded(state: State) -> None:
    state.save(OLD)
    state.save(NEW)
    assert again(state).load() == NEW


@pytest.mark.parametrize("other", ["T2", "C2", "http://other", "org"])
def test_each_place_has_a_folder_of_its_own(other: str) -> None:
    for name in ("team", "channel", "thehive", "organisation"):
        changed = Place(**{**PLACE.__dict__, name: other})
        assert changed.folder != PLACE.folder


def test_a_checkpoint_cut_at_any_byte_gives_way_to_the_one_before(state: State) -> None:
    state.save(OLD)
    state.save(NEW)
    path = state.folder / "checkpoint.json"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert again(state).load() == OLD, length


def test_a_checkpoint_with_any_byte_changed_is_not_believed(state: State) -> None:
    state.save(OLD)
    state.save(NEW)
    path = state.folder / "checkpoint.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x04]) + whole[place + 1 :])
        assert again(state).load() in (OLD, NEW), place


def test_without_any_whole_checkpoint_the_channel_counts_as_unread(state: State) -> None:
    state.save(OLD)
    state.save(NEW)
    for name in ("checkpoint.json", "checkpoint.previous.json"):
        (state.folder / name).write_text("{")
    assert again(state).load() == Checkpoint(Unread.since(None))


def test_a_damaged_checkpoint_never_replaces_the_good_one_before(state: State) -> None:
    state.save(OLD)
    state.save(NEW)
    (state.folder / "checkpoint.json").write_text("{")
    state.save(NEW)
    (state.folder / "checkpoint.json").write_text("{")
    assert again(state).load() == OLD


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_full_disk_is_told_and_loses_nothing(state: State, monkeypatch: Any, step: str) -> None:
    state.save(OLD)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(disk.os, "fsync", full)
    else:
        monkeypatch.setattr(Path, step, full)
    with pytest.raises(StateError, match="No space left"):
        state.save(NEW)
    monkeypatch.undo()
    assert again(state).load() == OLD


def test_a_second_run_is_refused_while_the_first_holds_the_folder(state: State) -> None:
    with state.locked(), pytest.raises(Busy, match="Another run"), again(state).locked():
        pass
    with again(state).locked():
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="can't be written"), State(tmp_path / "file", PLACE).locked():
        pass


def test_failures_are_kept(state: State) -> None:
    failure = Failure(ts_at(5), {"sourceRef": "C1-x"}, "BadRequest")
    state.save_failures([failure])
    assert again(state).failures() == [failure]


def test_a_lost_list_of_failures_is_read_again_from_its_first_message(state: State) -> None:
    state.save_failures([Failure(ts_at(5), {"sourceRef": "C1-x"}, "BadRequest")])
    state.save(Checkpoint(Unread.since(ts_at(9)), refused=(ts_at(5),)))
    (state.folder / "failures.json").unlink()
    loaded = again(state).load()
    assert loaded is not None
    assert loaded.unread.top.after < ts_at(5)
    assert loaded.refused == ()


def test_state_files_are_private(state: State) -> None:
    assert state.folder.stat().st_mode & 0o077 == 0


def test_a_checkpoint_of_an_earlier_version_is_read(state: State) -> None:
    old = {"unread": [[ts_at(1), None]], "in_flight": False, "senders": {}, "refused": []}
    disk.write(state.folder / "checkpoint.json", old)
    assert again(state).load() == Checkpoint(Unread.since(ts_at(1)))


def test_what_was_seen_and_what_could_not_be_had_are_remembered(state: State) -> None:
    unread = Unread.since(ts_at(1)).after_page(Unread.since(ts_at(1)).top, [ts_at(9), ts_at(5)], more=False)
    assert unread.seen == {ts_at(5), ts_at(9)}
    checkpoint = Checkpoint(unread, unreadable=(ts_at(7),))
    state.save(checkpoint)
    assert again(state).load() == checkpoint
