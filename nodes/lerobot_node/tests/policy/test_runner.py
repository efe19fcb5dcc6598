"""LeRobot's policies with their processors."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import lerobot_policy_tinyact
import numpy as np
import pytest
import small_policy
import torch
from eval_rig import BLOCK, BlockArm, without_cameras
from huggingface_hub import constants
from lerobot.common.control_utils import predict_action
from lerobot.configs import PreTrainedConfig
from lerobot.policies import get_policy_class, make_pre_post_processors
from plugin_folder import install

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import PolicyError
from lerobot_node.policy.runner import PolicyRunner

TASK = "lift the block"


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Save an ACT that looks at numbers; chunks of ten, of which five are executed."""
    root = tmp_path_factory.mktemp("act") / "policy"
    return Checkpoint.find(str(small_policy.write(root, without_cameras(BlockArm().spec))))


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Save an ACT that looks at pictures, too."""
    root = tmp_path_factory.mktemp("seeing") / "policy"
    return Checkpoint.find(str(small_policy.write(root, BlockArm().spec)))


@pytest.fixture(scope="module")
def sampling(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Save a policy that samples, with a discrete gripper."""
    root = tmp_path_factory.mktemp("sampling") / "policy"
    spec = without_cameras(BlockArm().spec)
    return Checkpoint.find(str(small_policy.write_gaussian_actor(root, spec)))


def observation(step: int) -> Columns:
    """Return what is seen at a step, as it is received: read-only, with more than is looked at."""
    noise = np.random.default_rng(step)
    columns = {
        "observation.state": noise.normal(size=4).astype(np.float32),
        "observation.environment_state": noise.normal(size=3).astype(np.float32),
        "observation.images.front": noise.integers(0, 256, (16, 16, 3), np.uint8),
        "privileged.block": np.zeros(3, np.float32),
    }
    for array in columns.values():
        array.setflags(write=False)
    return columns


def lerobots_own(checkpoint: Checkpoint, steps: int, **keys: Any) -> list[Float32Array]:
    """Return what LeRobot's own loop executes at these steps."""
    config = PreTrainedConfig.from_pretrained(checkpoint.path)
    for key, value in keys.items():
        setattr(config, key, value)
    policy = get_policy_class(config.type).from_pretrained(checkpoint.path, config=config)
    processors = make_pre_post_processors(config, pretrained_path=str(checkpoint.path))
    policy.reset()
    actions = []
    for step in range(steps):
        seen = {name: observation(step)[name].copy() for name in config.input_features}
        action = predict_action(seen, policy, torch.device("cpu"), *processors, False, TASK)
        actions.append(action.squeeze(0).numpy())
    return actions


def acted(runner: PolicyRunner, steps: int) -> list[Float32Array]:
    """Return what a runner executes at these steps, from a reset on."""
    runner.reset(0)
    return [runner.act(observation(step), TASK) for step in range(steps)]


@pytest.mark.parametrize("overrides", [{}, {"n_action_steps": 3}, {"n_action_steps": 1}])
def test_the_actions_are_those_of_lerobots_own_loop(
    act: Checkpoint, overrides: Mapping[str, Any]
) -> None:
    """The same numbers in the same order, over several chunks."""
    runner = PolicyRunner(act, overrides)
    assert np.array_equal(acted(runner, 12), lerobots_own(act, 12, **overrides))
    assert runner.n_action_steps == overrides.get("n_action_steps", 5)


def test_temporal_ensembling_is_that_of_lerobots_own_loop(act: Checkpoint) -> None:
    """And a pilot that plans ahead knows of it."""
    overrides = {"n_action_steps": 1, "temporal_ensemble_coeff": 0.01}
    runner = PolicyRunner(act, overrides)
    assert np.array_equal(acted(runner, 12), lerobots_own(act, 12, **overrides))
    assert runner.ensemble_coefficient == 0.01
    assert PolicyRunner(act, {}).ensemble_coefficient is None


def test_pictures_are_seen_as_in_lerobots_own_loop(seeing: Checkpoint) -> None:
    """Channels first, from 0 to 1."""
    assert np.array_equal(acted(PolicyRunner(seeing, {}), 6), lerobots_own(seeing, 6))


def test_a_camera_that_the_policy_calls_otherwise_is_the_same_picture(seeing: Checkpoint) -> None:
    """The same actions, from the body's name."""
    (name,) = (n for n, feature in seeing.inputs.items() if feature["type"] == "VISUAL")
    renamed = replace(seeing, rename_map={"observation.images.body": name})
    runner = PolicyRunner(renamed, {})
    runner.reset(0)
    ours = {name: "observation.images.body"}

    def seen(step: int) -> dict[str, Any]:
        return {ours.get(n, n): column for n, column in observation(step).items()}

    actions = [runner.act(seen(step), TASK) for step in range(6)]
    assert np.array_equal(actions, lerobots_own(seeing, 6))


def test_actions_are_unnormalised_and_float32(act: Checkpoint) -> None:
    """Metres, as the body wants them."""
    action = PolicyRunner(act, {}).act(observation(0), TASK)
    assert (action.dtype.name, action.shape) == ("float32", (4,))
    assert action == pytest.approx(small_policy.ABOUT_HOME, abs=0.1)


def test_what_it_warmed_up_with_is_forgotten(act: Checkpoint) -> None:
    """The first action is the first of a chunk for what is seen then."""
    first = PolicyRunner(act, {}).act(observation(0), TASK)
    assert np.array_equal([first], lerobots_own(act, 1))


def test_a_reset_begins_a_new_chunk(act: Checkpoint) -> None:
    """In the middle of one."""
    runner = PolicyRunner(act, {})
    first = acted(runner, 3)
    runner.act(observation(3), TASK)
    assert np.array_equal(acted(runner, 3), first)


def test_a_chunk_is_what_would_be_executed_one_by_one(act: Checkpoint) -> None:
    """All ten actions of it, from a single observation."""
    runner = PolicyRunner(act, {"n_action_steps": 10})
    runner.reset(0)
    chunk = runner.chunk(observation(0), TASK)
    assert (chunk.dtype.name, chunk.shape) == ("float32", (10, 4))
    assert np.array_equal(chunk, acted(runner, 10))


def test_what_was_seen_is_left_as_it_was(seeing: Checkpoint) -> None:
    """The message belongs to others, too."""
    seen = observation(3)
    PolicyRunner(seeing, {}).act(seen, TASK)
    assert {name: array.tobytes() for name, array in seen.items()} == {
        name: array.tobytes() for name, array in observation(3).items()
    }


def test_inference_is_timed_when_the_network_runs_and_only_then(act: Checkpoint) -> None:
    """Not when an action comes from the present chunk, and not while warming up."""
    runner = PolicyRunner(act, {})
    assert runner.inference_s == []
    acted(runner, 11)
    assert len(runner.inference_s) == 3
    runner.chunk(observation(0), TASK)
    assert len(runner.inference_s) == 4
    assert min(runner.inference_s) > 0


def test_a_policy_without_chunks_is_timed_at_every_step(sampling: Checkpoint) -> None:
    """Its network runs each time."""
    runner = PolicyRunner(sampling, {})
    acted(runner, 3)
    assert (len(runner.inference_s), runner.n_action_steps) == (3, 1)


def test_chunks_can_be_planned_ahead_where_a_policy_has_them(
    act: Checkpoint, sampling: Checkpoint
) -> None:
    """From one observation."""
    assert PolicyRunner(act, {}).can_predict_chunks
    assert not PolicyRunner(sampling, {}).can_predict_chunks


def test_a_policy_that_samples_repeats_itself_with_the_same_seed(sampling: Checkpoint) -> None:
    """And not with another; an episode without one, -1, is sampled too, though torch takes none."""
    runner = PolicyRunner(sampling, {})

    def sampled(seed: int) -> list[list[float]]:
        runner.reset(seed)
        return [runner.act(observation(step), TASK).tolist() for step in range(3)]

    first = sampled(5)
    assert sampled(6) != first
    assert sampled(5) == first
    assert np.isfinite(sampled(-1)).all()


def test_a_policy_that_does_not_explore_needs_no_seed(sampling: Checkpoint) -> None:
    """It takes the mean; the gripper's class is what it was."""
    runner = PolicyRunner(sampling, {}, is_sampled=False)
    actions = []
    for seed in (5, 6):
        runner.reset(seed)
        actions.append(np.stack(acted(runner, 3)))
    np.testing.assert_array_equal(actions[0], actions[1])
    assert (actions[0][:, 3] == small_policy.GRIPPER_CLASS).all()


def test_the_class_of_a_discrete_gripper_stays_what_it_is(sampling: Checkpoint) -> None:
    """Only the motion was normalised: here to half a step; 2 opens."""
    actions = np.stack(acted(PolicyRunner(sampling, {}), 20))
    assert actions.shape == (20, 4)
    assert set(actions[:, 3]) == {small_policy.GRIPPER_CLASS}
    assert 0.1 < np.abs(actions[:, :3]).max() <= 0.5


@pytest.mark.parametrize("key", ["n_actions_steps", "type"])
def test_a_key_that_the_policy_does_not_have_is_refused_with_those_it_has(
    act: Checkpoint, key: str
) -> None:
    """A typing error must not pass for a setting; another type is another policy."""
    with pytest.raises(PolicyError) as error:
        PolicyRunner(act, {key: "diffusion"})
    assert str(error.value).startswith(
        f"policy.{key}: the policy 'act' has no such key; accepted: chunk_size, device, "
    )


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"n_action_steps": "few"}, "`n_action_steps`: Couldn't parse 'few' into an int"),
        ({"n_action_steps": 99}, "Got 99 for `n_action_steps` and 10 for `chunk_size`"),
        ({"device": "gpu"}, "Unknown device gpu. Supported devices are"),
        ({"use_amp": "maybe"}, "`use_amp`: Couldn't parse 'maybe' into a bool"),
        ({"dim_model": 16}, "size mismatch for "),
    ],
)
def test_a_value_that_the_policy_refuses_is_one_line(
    act: Checkpoint, overrides: Mapping[str, Any], says: str
) -> None:
    """LeRobot's own words, with the key."""
    with pytest.raises(PolicyError) as error:
        PolicyRunner(act, overrides)
    assert str(error.value).startswith(f"{act.path}: cannot be loaded: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["model.safetensors", "policy_postprocessor_step_0_unnormalizer_processor.safetensors"],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, name: str) -> None:
    """A download that was cut off, for instance."""
    root = small_policy.write(tmp_path / "policy", without_cameras(BlockArm().spec))
    (root / name).write_bytes(b"nonsense")
    with pytest.raises(PolicyError, match="Error while deserializing header") as error:
        PolicyRunner(Checkpoint.find(str(root)), {})
    assert "\n" not in str(error.value)


def test_what_a_policy_builds_on_that_is_not_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A SmolVLA's language model, of which LeRobot reads words and layout from the Hub."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    root = small_policy.write_smolvla(tmp_path / "policy", BlockArm().spec)
    config = json.loads((root / "config.json").read_text())
    (root / "config.json").write_text(json.dumps(config | {"vlm_model_name": "somebody/vlm"}))
    with pytest.raises(
        PolicyError,
        match=r"it builds on somebody/vlm \(vlm_model_name\) of the Hub, which is not on this "
        r"machine: fetch it once with a network: hf download somebody/vlm$",
    ):
        PolicyRunner(Checkpoint.find(str(root)), {})


def test_a_policy_of_a_plugin_acts(tmp_path: Path) -> None:
    """In a process that knows of it what is installed alone, as a node is."""
    plugin = install(lerobot_policy_tinyact, tmp_path / "plugin")
    kind = lerobot_policy_tinyact.TinyActPolicy
    root = small_policy.write(tmp_path / "p", without_cameras(BlockArm().spec), kind=kind)
    seen = {name: observation(0)[name].tolist() for name in ("observation.state", BLOCK)}
    script = (
        "import numpy as np, sys, json\n"
        "from lerobot_node.policy.checkpoint import Checkpoint\n"
        "from lerobot_node.policy.runner import PolicyRunner\n"
        "runner = PolicyRunner(Checkpoint.find(sys.argv[1]), {})\n"
        "seen = {n: np.array(v, np.float32) for n, v in json.loads(sys.argv[2]).items()}\n"
        "print(json.dumps(runner.act(seen, 'lift the block').tolist()))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(root), json.dumps(seen)],
        env={**os.environ, "PYTHONPATH": str(plugin)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(said) == pytest.approx(small_policy.ABOUT_HOME, abs=0.1)


def test_a_policy_that_gives_no_action_is_one_line(act: Checkpoint) -> None:
    """LeRobot accepts a chunk of which nothing is executed."""
    with pytest.raises(PolicyError, match=f"{act.path}: gives no action: pop from an empty"):
        PolicyRunner(act, {"n_action_steps": 0})
