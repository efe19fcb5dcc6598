"""Where the episodes of an evaluation go: films, and a dataset."""

import resource
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from eval_rig import BlockArm, EvalRig
from lerobot.datasets import LeRobotDataset
from memory_store import MemoryStore

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.store import DatasetStore
from lerobot_node.evaluate.sinks import Films, Recording
from lerobot_node.record.writer_thread import WriterThread

type Wanted = Callable[[EpisodeRecord], bool]


def everything(record: EpisodeRecord) -> bool:
    """Want every film."""
    return True


def failures(record: EpisodeRecord) -> bool:
    """Want the films of failures."""
    return not record.success


def at(episode: int, step: int) -> Callable[[TimeStep], bool]:
    """Recognise a step."""
    return lambda timestep: (timestep.episode, timestep.step) == (episode, step)


def pictures(film: Path) -> int:
    """Return how many pictures a film has."""
    with closing(av.open(str(film))) as container:
        return sum(1 for _ in container.decode(video=0))


def names(folder: Path) -> list[str]:
    """Return the files of a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_film_is_named_by_its_episode_seed_and_outcome(tmp_path: Path) -> None:
    """And shows every observation, the first and the last included."""
    films = Films(tmp_path, everything)
    EvalRig([7, 8], [films]).run()
    assert films.close() == ""
    assert names(tmp_path) == [
        "episode_000_seed_7_time_limit.mp4",
        "episode_001_seed_8_time_limit.mp4",
    ]
    assert [pictures(film) for film in tmp_path.iterdir()] == [7, 7]


def test_only_films_that_are_wanted_stay(tmp_path: Path) -> None:
    """Here those of failures: the success leaves nothing."""
    arm = BlockArm(succeed_at_step=3)
    films = Films(tmp_path, failures)
    rig = EvalRig([7, 8], [films], arm=arm).run_to(at(0, 2)).run_to(at(1, 1))
    arm.succeed_at_step = 0
    rig.run()
    films.close()
    assert [r.success for r in rig.evaluator.records] == [True, False]
    assert names(tmp_path) == ["episode_001_seed_8_time_limit.mp4"]


def test_a_body_without_cameras_has_no_films(tmp_path: Path) -> None:
    """And the evaluation runs all the same."""
    films = Films(tmp_path, everything)
    rig = EvalRig([7], [films], arm=FakeEnvironment()).run()
    assert (films.close(), len(rig.evaluator.records)) == ("", 1)
    assert names(tmp_path) == []


def test_the_film_of_a_discarded_attempt_goes(tmp_path: Path) -> None:
    """The seed's next attempt has its own."""
    films = Films(tmp_path, everything)
    EvalRig([7], [films]).run_to(at(0, 3)).command(Command.RERECORD).run()
    films.close()
    assert names(tmp_path) == ["episode_000_seed_7_time_limit.mp4"]
    assert pictures(tmp_path / "episode_000_seed_7_time_limit.mp4") == 7


def test_a_film_that_was_not_finished_goes(tmp_path: Path) -> None:
    """The run ended before the episode did."""
    films = Films(tmp_path, everything)
    EvalRig([7], [films]).run_to(at(0, 3))
    assert names(tmp_path) == ["running.mp4"]
    assert films.close() == ""
    assert names(tmp_path) == []


def test_closing_leaves_alone_what_was_not_filmed(tmp_path: Path) -> None:
    """Somebody else's file with that name."""
    (tmp_path / "running.mp4").write_text("mine")
    Films(tmp_path, everything).close()
    assert (tmp_path / "running.mp4").read_text() == "mine"


def test_a_film_that_cannot_be_opened_is_said_once_and_the_evaluation_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The figures are worth more."""
    (tmp_path / "running.mp4").mkdir()
    films = Films(tmp_path, everything)
    rig = EvalRig([7, 8], [films]).run()
    assert len(rig.evaluator.records) == 2
    failure = films.close()
    assert failure.startswith("films: ")
    assert "Is a directory" in failure
    assert [m for m in caplog.messages if "films" in m] == [f"{failure}; the run goes on without"]


@contextmanager
def disk_of(size_bytes: int) -> Iterator[None]:
    """Write no larger file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_film_that_cannot_be_written_to_its_end_is_not_passed_off_as_one(
    tmp_path: Path,
) -> None:
    """Said with the path and the reason; the evaluation goes on."""
    films = Films(tmp_path, everything)
    rig = EvalRig([7, 8], [films])
    with disk_of(500):
        rig.run()
    assert len(rig.evaluator.records) == 2
    assert films.close() == f"films: {tmp_path / 'running.mp4'}: File too large"
    assert names(tmp_path) == []


def test_a_dataset_has_the_kept_episodes_alone_and_opens_with_lerobot(tmp_path: Path) -> None:
    """Numbered from 0, with seeds and outcome; a discarded, a holed and a cut one are not in it."""
    root = tmp_path / "data"
    recording = Recording(WriterThread(DatasetStore(DatasetConfig("a/b", root), None)), video=True)
    rig = EvalRig([7, 8, 9, 10], [recording])
    rig.loses = at(2, 3)
    rig.run_to(at(0, 3)).command(Command.RERECORD).run_to(at(4, 2))
    assert recording.close() == ""
    assert [r.seed for r in rig.evaluator.records] == [7, 8, 9]
    dataset = read_existing(root)
    assert [(r.episode_index, r.seed, r.length) for r in dataset.records] == [(0, 7, 6), (1, 9, 6)]
    assert not (root / ".recording").exists()
    opened = LeRobotDataset("a/b", root=root)
    assert (opened.num_episodes, opened.num_frames, opened.fps) == (2, 12, 10)
    assert opened[0]["task"] == "do nothing in particular"
    actions = np.stack([a.value for a in rig.actions if a.episode == 1])
    recorded = np.stack([opened[i]["action"].numpy() for i in range(6)])
    assert recorded == pytest.approx(actions)


def test_the_task_is_what_the_policy_was_told() -> None:
    """Not the body's own sentence."""
    store = MemoryStore()
    recording = Recording(WriterThread(store), video=False)
    EvalRig([7], [recording], task="lift it").run()
    recording.close()
    [(_, rows)] = store.episodes
    assert {row["task"] for row in rows} == {"lift it"}
    assert store.calls[-1] == "save", "there was nothing left to drop"


@pytest.mark.parametrize("wanted", [None, ActionSpace.EE_DELTA])
def test_actions_are_recorded_as_the_policy_or_a_person_wants_them(
    wanted: ActionSpace | None,
) -> None:
    """A policy that acts in places leaves deltas to learn HIL-SERL from."""
    store = MemoryStore()
    recording = Recording(WriterThread(store), video=False, space=wanted)
    rig = EvalRig((7,), [recording]).run()
    assert recording.close() == ""
    space = str(wanted or ActionSpace.EE_ABSOLUTE)
    done = [m.actions[space] for m in rig.published if m.kind in (Kind.MID, Kind.LAST)]
    [(_, rows)] = store.episodes
    np.testing.assert_array_equal([row["action"] for row in rows], done)


def test_an_unfinished_episode_is_dropped_before_the_dataset_is_closed() -> None:
    """Its encoder would go on writing into a folder that nobody holds any more."""
    store = MemoryStore()
    recording = Recording(WriterThread(store), video=True)
    rig = EvalRig([7, 8], [recording]).run_to(at(1, 3))
    recording.close()
    assert (len(rig.evaluator.records), len(store.episodes)) == (1, 1)
    assert store.calls[-1] == "discard"


def test_a_dataset_that_cannot_be_written_is_said_and_the_evaluation_goes_on() -> None:
    """The figures are worth more; the error is told at the end."""
    store = MemoryStore(failures={"save": OSError(28, "No space left on device")})
    recording = Recording(WriterThread(store), video=True)
    rig = EvalRig([7, 8], [recording]).run()
    assert len(rig.evaluator.records) == 2
    assert recording.close() == "dataset: [Errno 28] No space left on device"
