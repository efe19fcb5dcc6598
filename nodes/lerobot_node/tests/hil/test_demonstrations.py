"""Demonstrations as the recorder writes them, and as LeRobot's replay buffer reads them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lerobot.datasets import LeRobotDataset
from lerobot.rl.buffer import ReplayBuffer
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from replay_rig import body_of, perform, save

from dora_hil.body.environment import Outcome
from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.frames import frames
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.hil.demonstrations import (
    check_body,
    check_demonstrations,
    check_same_demonstrations,
)
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
KEY = "observation.state"
WIDE = json.dumps({KEY: {"type": "STATE", "shape": [14]}})
OTHER = json.dumps({"observation.environment_state": {"type": "ENV", "shape": [3]}})


class FinedArm(FakeEnvironment):
    """An arm that is fined for every change of its gripper."""

    def execute(self, space: ActionSpace, value: Float32Array) -> Outcome:
        """Fine whatever is not "stay"."""
        outcome = super().execute(space, value)
        return replace(outcome, discrete_penalty=-0.02 if value[3] != 1 else 0.0)


@pytest.fixture(scope="module")
def episodes() -> list[list[TimeStep]]:
    """Return one episode that succeeds, and one that runs out of time."""
    success = perform(body_of(FinedArm(succeed_at_step=6), max_steps=9), seed=1)
    time_out = perform(body_of(FinedArm(), max_steps=5), seed=2)
    return [success, time_out]


@pytest.fixture(scope="module")
def root(episodes: list[list[TimeStep]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record them, in the actions that HIL-SERL learns."""
    folder = tmp_path_factory.mktemp("demonstrations") / "data"
    save(folder, episodes, ActionSpace.EE_DELTA, video=False)
    return folder


def buffer_of(root: Path, kind: type[ReplayBuffer]) -> ReplayBuffer:
    """Load them as LeRobot's learner does."""
    dataset = LeRobotDataset("test/replay", root=root)
    return kind.from_lerobot_dataset(dataset, "cpu", [KEY], capacity=100)


@pytest.mark.parametrize("kind", [ReplayBuffer, WholeReplayBuffer])
def test_lerobots_buffer_holds_what_was_executed(
    kind: type[ReplayBuffer], root: Path, episodes: list[list[TimeStep]]
) -> None:
    """Actions, the discrete gripper, rewards, ends and penalties, to the last bit."""
    executed = [frame.after for frame in frames(episodes[0])]
    buffer = buffer_of(root, kind)
    rows = slice(0, len(executed))
    actions = np.array([step.actions["ee_delta"] for step in executed])
    np.testing.assert_array_equal(buffer.actions[rows], actions)
    assert set(actions[:, 3]) == {0.0, 1.0}
    np.testing.assert_array_equal(buffer.rewards[rows], [step.reward for step in executed])
    np.testing.assert_array_equal(buffer.dones[rows], [step.done for step in executed])
    penalties = np.array([step.discrete_penalty for step in executed], np.float32)
    np.testing.assert_array_equal(
        buffer.complementary_info["discrete_penalty"][rows].squeeze(), penalties
    )
    assert set(penalties) == {np.float32(-0.02), np.float32(0)}
    assert executed[-1].done


def test_states_and_next_states_follow_one_another(
    root: Path, episodes: list[list[TimeStep]]
) -> None:
    """As they were seen; the last step of a success leads nowhere, and needs not."""
    steps = list(frames(episodes[0]))
    buffer = buffer_of(root, WholeReplayBuffer)
    for row, frame in enumerate(steps[:-1]):
        np.testing.assert_array_equal(buffer.states[KEY][row], frame.before.columns[KEY])
        np.testing.assert_array_equal(buffer.next_states[KEY][row], frame.after.columns[KEY])


def test_the_last_step_of_a_time_out_is_left_out(
    root: Path, episodes: list[list[TimeStep]]
) -> None:
    """A dataset does not know where it led; LeRobot takes its own state for the next one."""
    success, time_out = (len(episode) - 1 for episode in episodes)
    assert len(buffer_of(root, ReplayBuffer)) == success + time_out
    assert len(buffer_of(root, WholeReplayBuffer)) == success + time_out - 1


def shipped(root: Path | None, **keys: Any) -> TrainRLServerPipelineConfig:
    """Return the shipped config with these demonstrations and other keys."""
    values = {
        "dataset.root": root,
        "dataset.repo_id": "test/replay",
        "policy.input_features": json.dumps({KEY: {"type": "STATE", "shape": [4]}}),
        **keys,
    }
    return load(CONFIG, [f"--{key}={value}" for key, value in values.items()])


def check(root: Path | None, **keys: Any) -> None:
    """Check demonstrations against the shipped config with other keys."""
    check_demonstrations(shipped(root, **keys))


def test_demonstrations_of_this_config_are_accepted(root: Path) -> None:
    """Before anything is trained; and none, for HIL-SERL can begin from nothing."""
    check(root)
    check_demonstrations(load(CONFIG, ["--dataset=null"]))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"policy.input_features": WIDE}, r"observation.state is \[4\] .*, expected \[14\]; "),
        ({"policy.input_features": OTHER}, "has no column observation.environment_state"),
        (
            {"policy.offline_buffer_capacity": 5},
            "has 11 frames, policy.offline_buffer_capacity is 5",
        ),
        # LeRobot would read whatever lies in the folder.
        ({"dataset.repo_id": "test/other"}, "holds the dataset 'test/replay', dataset.repo_id is"),
        # LeRobot loads those that `dataset.episodes` names, and ends where there is none.
        (
            {"dataset.episodes": "[0]", "policy.offline_buffer_capacity": 5},
            "has 6 frames, policy.offline_buffer_capacity is 5",
        ),
        ({"dataset.episodes": "[7]"}, "there is no episode 7; there are 0 to 1"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(root: Path, keys: dict[str, Any], says: str) -> None:
    """With the column and both shapes, or what is missing."""
    with pytest.raises(ConfigError, match=says):
        check(root, **keys)


def test_episodes_that_are_left_out_need_no_room(root: Path) -> None:
    """The second alone is short enough."""
    check(root, **{"dataset.episodes": "[1]", "policy.offline_buffer_capacity": 5})


def test_demonstrations_that_are_not_there_are_asked_for_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The likeliest mistake of all: the training is the second command, not the first."""
    monkeypatch.setenv("ENV_CONFIG", "configs/mine.json")
    with pytest.raises(ConfigError) as error:
        check(tmp_path)
    said = str(error.value)
    assert said.startswith(f"dataset.root {tmp_path}: there are no demonstrations here")
    assert "ENV_CONFIG=configs/mine.json RECORD_ARGS=" in said
    for word in ("--action_space=ee_delta", "--dataset.repo_id=test/replay", f"root={tmp_path} "):
        assert word in said
    assert "uv run dora run dataflow-record-operator.yaml" in said
    assert "TRAIN_ARGS=--dataset=null" in said
    assert (CONFIG.parents[1] / "dataflow-record-operator.yaml").is_file()


def test_a_training_does_not_go_on_with_other_demonstrations(root: Path, tmp_path: Path) -> None:
    """What it stores holds the first ones; the folder may have moved, and a name be a new one."""
    shipped(root).save_pretrained(tmp_path)
    check_same_demonstrations(shipped(root), tmp_path)
    check_same_demonstrations(shipped(tmp_path / "elsewhere"), tmp_path)
    check_same_demonstrations(load(CONFIG, ["--dataset=null"]), tmp_path)
    renamed = {"dataset.repo_id": "test/renamed"}
    check_same_demonstrations(shipped(root, **renamed), tmp_path)
    with pytest.raises(ConfigError, match=r"began with 'test/replay'.*TRAIN_ARGS=--output_dir"):
        check_same_demonstrations(shipped(tmp_path / "elsewhere", **renamed), tmp_path)


def test_all_that_differs_is_said_at_once_the_actions_first(
    episodes: list[list[TimeStep]], tmp_path: Path
) -> None:
    """They name what was done wrong: positions would be learned as steps, at another speed."""
    save(tmp_path / "data", episodes, ActionSpace.EE_ABSOLUTE, video=False)
    with pytest.raises(ConfigError) as error:
        check(tmp_path / "data", **{"policy.input_features": WIDE, "env.fps": 30})
    assert str(error.value) == (
        f"dataset.root {tmp_path / 'data'}: action is [4] (x, y, z, gripper), expected [4] "
        f"(delta_x, delta_y, delta_z, gripper); {KEY} is [4] (x, y, z, gripper), expected [14]; "
        "was recorded at 10 Hz, env.fps is 30; record them with this environment's config and "
        "--action_space=ee_delta"
    )


def copy_with(root: Path, folder: Path, change: Callable[[Any], object]) -> Path:
    """Return a copy of the demonstrations that says something else of its columns."""
    shutil.copytree(root, folder)
    info = json.loads((folder / "meta/info.json").read_text())
    change(info["features"])
    (folder / "meta/info.json").write_text(json.dumps(info))
    return folder


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda features: features.pop("next.reward"),
            "no column next.reward, which HIL-SERL needs",
        ),
        (
            lambda features: features["action"].update(names={"motors": list("abcd")}),
            r"action is \[4\] \(a, b, c, d\), expected",
        ),
    ],
)
def test_demonstrations_with_other_columns_are_refused(
    root: Path, tmp_path: Path, change: Callable[[Any], object], says: str
) -> None:
    """What HIL-SERL needs is missing, or has other names, and so is not the same."""
    with pytest.raises(ConfigError, match=says):
        check(copy_with(root, tmp_path / "data", change))


def test_demonstrations_of_lerobots_own_recorder_are_read(root: Path, tmp_path: Path) -> None:
    """It numbers the actions."""
    names = {"delta_x": 0, "delta_y": 1, "delta_z": 2, "gripper": 3}
    check(copy_with(root, tmp_path / "data", lambda f: f["action"].update(names=names)))


def test_actions_without_names_are_taken_for_deltas_with_a_word(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing tells; somebody may see it there."""
    check(copy_with(root, tmp_path / "data", lambda features: features["action"].pop("names")))
    assert "its actions have no names; they are taken for ee_delta" in caplog.text


def test_a_body_at_another_rate_than_the_training_is_refused(
    root: Path, episodes: list[list[TimeStep]]
) -> None:
    """Before anything is driven."""
    first = episodes[0][0]
    check_body(shipped(root), first)
    with pytest.raises(FeatureError, match=r"fps: env.fps has 30, the body steps at 10 Hz; ENV"):
        check_body(shipped(root, **{"env.fps": 30}), first)


def test_a_body_with_other_names_than_the_demonstrations_is_refused(
    root: Path, episodes: list[list[TimeStep]], tmp_path: Path
) -> None:
    """As many numbers, and others; a dataset on the learner's machine alone cannot be asked."""
    spec = episodes[0][0].spec
    columns = {**spec.columns, KEY: ColumnSpec((4,), tuple("abcd"))}
    other = replace(episodes[0][0], spec=replace(spec, columns=columns))
    with pytest.raises(FeatureError, match=r"has \[4\] \(x, y, z, gripper\), the body .* gives"):
        check_body(shipped(root), other)
    check_body(shipped(tmp_path / "elsewhere"), other)
    check_body(load(CONFIG, ["--dataset=null"]), other)
