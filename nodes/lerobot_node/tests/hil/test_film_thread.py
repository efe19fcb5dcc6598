"""Films of a training, in a thread of their own."""

import time

import pytest
from eval_rig import EvalRig
from noted_sink import NotedSink

from lerobot_node.hil.film_thread import FilmThread

EPISODE = [f"add {step}" for step in range(1, 7)]


def test_one_of_so_many_episodes_is_filmed_and_the_first_is_among_them() -> None:
    """From a short training there is a film, too."""
    sink = NotedSink()
    films = FilmThread(sink, every=2)
    EvalRig([7, 8, 9], [films]).run()
    assert films.close() == ""
    begin = ["discard", "begin"]
    assert sink.calls == [*begin, *EPISODE, "keep 0", *begin, *EPISODE, "keep 2", "close"]


def test_a_disk_that_hangs_costs_films_and_holds_nobody_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Said once; what it could not take in time is given up, the next episode is tried again."""
    sink = NotedSink()
    sink.may_go_on.clear()
    films = FilmThread(sink, every=1, max_waiting=3)
    began_s = time.monotonic()
    rig = EvalRig([7, 8, 9], [films]).run()
    assert time.monotonic() - began_s < 5.0
    assert len(rig.evaluator.records) == 3
    said = "films: the disk does not keep up; the training goes on with fewer"
    assert caplog.messages.count(said) == 1
    sink.may_go_on.set()
    films.close()
    assert not [call for call in sink.calls if call.startswith("keep")]
    assert sink.calls[-1] == "close"


def test_films_that_fail_are_said_in_one_line_and_the_training_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever it was."""
    sink = NotedSink(failure=ValueError("no such colour"))
    films = FilmThread(sink, every=1)
    rig = EvalRig([7, 8], [films]).run()
    assert films.close() == "films: no such colour"
    assert len(rig.evaluator.records) == 2
    assert [m for m in caplog.messages if "films" in m] == [
        "films: no such colour; the training goes on without"
    ]
