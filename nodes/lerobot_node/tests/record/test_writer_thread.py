"""Writing in a thread, into a store that is as slow or as broken as the test wants."""

import threading

import pytest
from memory_store import MemoryStore

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.record.writer_thread import WriterThread


def write(writer: WriterThread, index: int, frames: int) -> None:
    """Ask for a whole episode."""
    writer.begin({}, 10, "body")
    for frame in range(frames):
        writer.add({"frame": frame})
    writer.save(EpisodeRecord(index, frames))


def indices(writer: WriterThread) -> list[int]:
    """Return the episodes saved since the last call."""
    return [saved.record.episode_index for saved in writer.take_saved()]


def test_what_was_asked_for_is_done_in_order() -> None:
    """Begin, frames, save; begin, frame, discard."""
    writer = WriterThread(store := MemoryStore())
    write(writer, 0, 2)
    writer.begin({}, 10, "body")
    writer.add({"frame": 0})
    writer.discard()
    writer.finish()
    assert store.calls == ["begin", "add", "add", "save", "begin", "add", "discard"]
    assert store.episodes == [(EpisodeRecord(0, 2), [{"frame": 0}, {"frame": 1}])]


def test_writing_is_not_waited_for_and_nothing_is_lost_while_the_disk_hangs() -> None:
    """Ten episodes of a thousand frames come faster than they are written."""
    writer = WriterThread(store := MemoryStore())
    store.may_go_on.clear()
    for index in range(10):
        write(writer, index, 1000)
    assert (store.calls, writer.pending, indices(writer)) == ([], 10, [])
    store.may_go_on.set()
    writer.finish()
    assert indices(writer) == list(range(10))
    rows = [[row["frame"] for row in rows] for _, rows in store.episodes]
    assert rows == [list(range(1000))] * 10


def test_a_saved_episode_is_told_once_and_pending_until_then() -> None:
    """The recorder counts by it."""
    writer = WriterThread(MemoryStore())
    write(writer, 0, 2)
    writer.finish()
    assert writer.pending == 1
    assert (indices(writer), indices(writer), writer.pending) == ([0], [], 0)


def test_the_time_of_a_save_counts_from_when_it_was_asked_for() -> None:
    """The frames before it in the queue are part of the wait."""
    writer = WriterThread(store := MemoryStore())
    store.may_go_on.clear()
    write(writer, 0, 2)
    threading.Timer(0.05, store.may_go_on.set).start()
    writer.finish()
    (saved,) = writer.take_saved()
    assert saved.seconds >= 0.05


def test_after_a_failure_nothing_more_is_written() -> None:
    """What was saved before is still told; what was asked for later stays pending."""
    failure = OSError(28, "No space left on device")
    writer = WriterThread(store := MemoryStore(failures={"save 1": failure}))
    for index in range(3):
        write(writer, index, 1)
    writer.finish()
    assert writer.failure is failure
    assert store.calls == ["begin", "add", "save"] * 2 + ["abandon"]
    assert (indices(writer), writer.pending) == ([0], 2)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_is_open_is_closed_after_a_failure_even_if_that_fails_too() -> None:
    """The first failure is the one that is told."""
    failures: dict[str, Exception] = {"add": OSError("first"), "abandon": OSError("second")}
    writer = WriterThread(store := MemoryStore(failures=failures))
    write(writer, 0, 1)
    writer.finish()
    assert store.calls == ["begin", "add", "abandon"]
    assert str(writer.failure) == "first"


def test_a_writer_that_never_wrote_ends() -> None:
    """A run that was stopped before it began."""
    writer = WriterThread(store := MemoryStore())
    writer.finish()
    assert (store.calls, writer.take_saved(), writer.failure) == ([], [], None)
