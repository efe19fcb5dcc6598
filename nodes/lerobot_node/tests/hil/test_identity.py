"""Whether an actor and a learner belong together."""

from dataclasses import replace
from pathlib import Path

import pytest

from dora_hil.errors import UserError
from lerobot_node.hil.identity import (
    ABOUT,
    About,
    Acquaintance,
    StrangerError,
    job_of,
    keep_training_id,
    training_id,
)
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
JOB = {"job_name": "pick", "env.fps": "10"}
NEW = About("id-1", "/gpu/outputs/pick", JOB, 0, 0)
WHERE = "gpu:50051"


def actor(folder: Path, *, is_new: bool = True, joins: bool = False) -> Acquaintance:
    """Return what an actor of the job JOB expects."""
    return Acquaintance(JOB, folder, is_new=is_new, joins=joins)


def test_what_is_said_arrives_as_it_was() -> None:
    """As metadata of a call; LeRobot's own learner says nothing."""
    assert About.read((("other", "x"), *NEW.metadata())) == NEW
    assert About.read((("other", "x"),)) is None
    assert About.read(None) is None


def test_a_learner_of_another_version_is_said_in_one_line() -> None:
    """What it says of itself has other keys."""
    with pytest.raises(StrangerError, match="another version of dora-hil"):
        About.read(((ABOUT, '{"training": "id-1", "colour": "red"}'),))


def test_a_disk_that_does_not_take_the_id_is_said_in_one_line(tmp_path: Path) -> None:
    """Full, or not to be written: nothing is driven that would belong to no training."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"training\.json: cannot be written: Not a directory"):
        actor(tmp_path / "file/out").meet(NEW, WHERE)


def test_a_job_is_what_has_to_be_equal_and_nothing_of_the_machine(tmp_path: Path) -> None:
    """Folders, devices, ports and rates may differ; what is seen and done may not."""
    job = job_of(load(CONFIG))
    same = ["--policy.device=cuda", f"--output_dir={tmp_path}", "--batch_size=3", "--seed=4"]
    assert job_of(load(CONFIG, same)) == job
    for word in ("--job_name=b", "--env.fps=30", "--policy.num_discrete_actions=null"):
        assert job_of(load(CONFIG, [word])) != job
    # gRPC allows 8 kB of metadata.
    assert sum(map(len, About("x" * 32, "y", job, 1, 1).metadata()[0])) < 4000


def test_a_new_actor_takes_up_with_a_new_learner_and_knows_it_again(tmp_path: Path) -> None:
    """Also the next time, by a file in its folder."""
    actor(tmp_path).meet(NEW, WHERE)
    assert training_id(tmp_path) == "id-1"
    actor(tmp_path, is_new=False).meet(replace(NEW, episodes=9, steps=90), WHERE)


def test_a_learner_of_another_job_is_named_with_what_differs(tmp_path: Path) -> None:
    """Which was met, which is expected, and how to put it right."""
    other = replace(NEW, job={**JOB, "env.fps": "30"})
    with pytest.raises(StrangerError) as error:
        actor(tmp_path).meet(other, WHERE)
    said = "env.fps is 30 there and 10 here"
    for words in ("gpu:50051 trains pick", "/gpu/outputs/pick", said, "learner_port"):
        assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert training_id(tmp_path) is None


def test_another_training_of_the_same_job_is_refused(tmp_path: Path) -> None:
    """The learner began anew in another folder, say: episodes would be mixed."""
    keep_training_id(tmp_path, "id-2")
    with pytest.raises(StrangerError, match=r"another training of this name.*RESUME_TRAINING=1"):
        actor(tmp_path, is_new=False).meet(NEW, WHERE)


def test_a_new_actor_goes_on_with_somebody_elses_training_only_if_told(tmp_path: Path) -> None:
    """As the learner itself refuses a folder that holds a training."""
    driven = replace(NEW, episodes=3, steps=30)
    with pytest.raises(StrangerError, match=r"holds a training already"):
        actor(tmp_path).meet(driven, WHERE)
    actor(tmp_path, joins=True).meet(driven, WHERE)
    assert training_id(tmp_path) == "id-1"


def test_an_id_is_made_once(tmp_path: Path) -> None:
    """Another folder has another one."""
    first = keep_training_id(tmp_path / "a")
    assert training_id(tmp_path / "a") == first
    assert keep_training_id(tmp_path / "b") != first
