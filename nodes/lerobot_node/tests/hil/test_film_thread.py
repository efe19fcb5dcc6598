"""Films of a training, in a thread of their own."""

import time
from pathlib import Path

import pytest
from eval_rig import EvalRig
from noted_sink import NotedSink

from lerobot_node.evaluate.sinks import Films
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


def test_the_films_are_those_of_an_evaluation(tmp_path: Path) -> None:
    """Same name, same pictures."""
    films = FilmThread(Films(tmp_path, lambda _: True, 32), every=1)
    EvalRig([7, 8], [films]).run()
    films.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "episode_000_seed_7_time_limit.mp4",
        "episode_001_seed_8_time_limit.mp4",
    ]


def test_an_episode_that_the_run_cut_off_leaves_no_film(tmp_path: Path) -> None:
    """A film of half an episode would look like a whole one."""
    films = FilmThread(Films(tmp_path, lambda _: True, 32), every=1)
    rig = EvalRig([7], [films])
    rig.tick(4)
    films.close()
    assert list(tmp_path.iterdir()) == []


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
    assert (
        caplog.messages.count("films: the disk does not keep up; the training goes on with fewer")
        == 1
    )
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
