"""LeRobot's RL training config."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutations import check_reading
from transformers import ResNetConfig, ResNetModel

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from lerobot_node.hil.learning_policy import LearningPolicy
from lerobot_node.hil.train_config import check_same_network, load

CONFIGS = sorted((Path(__file__).parents[4] / "configs").glob("train_gym_hil_*.json"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_config_is_one_of_lerobots(path: Path) -> None:
    """Learner and actor read the same file."""
    config = load(path)
    assert config.policy.type == "gaussian_actor"
    assert config.algorithm.type == "sac"
    assert config.algorithm.policy_config is config.policy
    # The actor's and the learner's gripper networks have to be of one size.
    kwargs = config.policy.discrete_critic_network_kwargs
    assert kwargs == config.algorithm.discrete_critic_network_kwargs
    # Critics see actions as they were executed.
    assert config.policy.dataset_stats["action"] == {"min": [-1] * 3, "max": [1] * 3}
    # The penalty of the gripper counts in all updates but the last.
    assert config.algorithm.utd_ratio >= 2


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("--policy.devise=cpu", "devise"),
        ("--batch_size=many", "batch_size|many"),
        ("--policy.type=act", "gaussian_actor"),
        ("--seed=null", "seed: must be a whole number from 0, got null"),
        ("--batch_size=0", "batch_size: must be 1 or more, got 0"),
        ("--policy.push_to_hub=true", "policy.push_to_hub: .* policy.repo_id"),
        ("--policy.input_features={}", "policy.input_features: must name"),
        ("--wandb=null", "wandb: expected a block of keys, got null"),
        ('--algorithm={"type": "ppo"}', "algorithm: expected a block whose type is one of .*sac"),
    ],
)
def test_what_lerobot_does_not_accept_is_one_line(word: str, says: str) -> None:
    """With the word, where its key is at fault, or the file's name."""
    with pytest.raises(ConfigError) as error:
        load(CONFIGS[0], [word])
    assert str(error.value).startswith((f"{word}: ", f"{CONFIGS[0]}: "))
    assert re.search(says, str(error.value))
    assert "\n" not in str(error.value)


def test_every_mistake_is_said_at_once() -> None:
    """Unknown keys and wrong types, in LeRobot's blocks too; draccus ends at the first."""
    words = ["--bach_size=3", "--steps=1.5", "--policy.concurrency.lerner=x", "--policy.device=3"]
    words += ["--policy.actor_learner_config.learner_port=high", "--algorithm.utd_ratio=twice"]
    with pytest.raises(ConfigError) as error:
        load(CONFIGS[0], words)
    for said in (
        "unknown key 'bach_size'",
        "(did you mean 'batch_size'?)",
        "unknown key 'policy.concurrency.lerner'",
        "steps: expected a whole number, got 1.5",
        "policy.actor_learner_config.learner_port: expected a whole number, got 'high'",
        "algorithm.utd_ratio: expected a whole number, got 'twice'",
    ):
        assert said in str(error.value)


@pytest.mark.slow
def test_a_spoiled_config_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    """Never a traceback, whichever key it is."""
    raw = json.loads(CONFIGS[0].with_name("train_gym_hil_state.json").read_text())
    check_reading(load, tmp_path / "train.json", raw, ["env.features_map"])


def test_a_policy_that_says_nothing_of_the_hub_is_one_line(tmp_path: Path) -> None:
    """LeRobot's default is to upload it, and then it lacks a name."""
    raw = json.loads(CONFIGS[0].read_text())
    del raw["policy"]["push_to_hub"]
    (tmp_path / "train.json").write_text(json.dumps(raw))
    with pytest.raises(ConfigError, match=r"policy\.push_to_hub: is true where nothing is said"):
        load(tmp_path / "train.json")


def test_a_checkpoint_of_another_network_is_refused_with_what_differs(tmp_path: Path) -> None:
    """Its weights would not fit; a learning rate, a device or a port may differ."""
    saved = load(CONFIGS[0])
    saved.policy._save_pretrained(tmp_path)
    check_same_network(load(CONFIGS[0], ["--policy.actor_learner_config.learner_port=7"]), tmp_path)
    wider = load(CONFIGS[0], ["--policy.latent_dim=8"])
    wider.policy.input_features["observation.state"].shape = (30,)
    with pytest.raises(ConfigError) as error:
        check_same_network(wider, tmp_path)
    text = str(error.value)
    assert text.startswith(f"{tmp_path}: its weights do not fit the config: ")
    assert "policy.input_features.observation.state.shape is [30], there [" in text
    assert "policy.latent_dim is 8, there " in text
    assert "--output_dir" in text


def test_the_command_line_has_the_last_word() -> None:
    """`device` is one field."""
    config = load(CONFIGS[0], ["--policy.online_steps=7", "--seed=3"])
    assert (config.policy.online_steps, config.seed) == (7, 3)


def changed(path: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Return a copy of a config with a change."""
    raw = json.loads(path.read_text())
    change(raw)
    copy = tmp_path / "train.json"
    copy.write_text(json.dumps(raw))
    return copy


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ([4], r"env\.features\.action: must have the shape of .*, \[3\], got \[4\]"),
        (None, r"env\.features\.action: must have the shape of .*, \[3\], got none"),
    ],
)
def test_an_action_has_one_length(tmp_path: Path, shape: list[int] | None, says: str) -> None:
    """LeRobot builds the policy by the one, and fills the buffers by the other."""

    def change(raw: dict[str, Any]) -> None:
        action = raw["env"]["features"].pop("action")
        if shape:
            raw["env"]["features"]["action"] = {**action, "shape": shape}

    with pytest.raises(ConfigError, match=says):
        load(changed(CONFIGS[0], tmp_path, change))


@pytest.mark.parametrize(
    ("length", "classes", "says"),
    [
        (4, 3, r"has 4 numbers, with num_discrete_actions 3 an action would have 5; accepted: 3 w"),
        (3, 2, r"num_discrete_actions: must be 3 \(close, stay, open\) or null, got 2"),
        (4, None, ""),
        (3, None, ""),
    ],
)
def test_an_action_is_as_long_as_a_body_takes_it(
    tmp_path: Path, length: int, classes: int | None, says: str
) -> None:
    """Published configs count the gripper twice; the first action would be refused."""

    def change(raw: dict[str, Any]) -> None:
        for features in (raw["env"]["features"], raw["policy"]["output_features"]):
            features["action"] = {"type": "ACTION", "shape": [length]}
        raw["policy"]["num_discrete_actions"] = classes

    path = changed(CONFIGS[0], tmp_path, change)
    if not says:
        load(path)
        return
    with pytest.raises(ConfigError, match=says):
        load(path)


def test_a_config_without_a_folder_gives_actor_and_learner_the_same_one() -> None:
    """As published ones are: LeRobot would name it after the second in which each has started."""
    words = ["--output_dir=null", "--job_name=null"]
    first, second = load(CONFIGS[0], words), load(CONFIGS[0], words)
    assert first.output_dir == second.output_dir == Path("outputs/train") / CONFIGS[0].stem
    named = load(CONFIGS[0], ["--output_dir=null", "--job_name=mine"])
    named.validate()
    assert named.output_dir == Path("outputs/train/mine")


def test_a_buffer_that_never_holds_enough_to_learn_from_is_refused() -> None:
    """It would fill for ever."""
    words = ["--policy.online_step_before_learning=101", "--policy.online_buffer_capacity=100"]
    with pytest.raises(ConfigError, match="online_step_before_learning: 101 is more than"):
        load(CONFIGS[0], words)


PIXELS = CONFIGS[0].with_name("train_gym_hil_env.json")


def test_an_encoder_that_would_never_be_trained_is_refused() -> None:
    """LeRobot freezes by default, also weights that are random."""
    with pytest.raises(ConfigError, match="random weights would never be trained"):
        load(PIXELS, ["--policy.vision_encoder_name=null"])


@pytest.mark.parametrize(
    ("sizes_px", "says"),
    [((32, 32), "too small for LeRobot's own encoder"), ((128, 64), "pictures of one size")],
)
def test_pictures_that_the_encoder_fails_on_are_refused(
    tmp_path: Path, sizes_px: tuple[int, int], says: str
) -> None:
    """Before a person has driven: learner and actor would find out with the first of them."""

    def change(raw: dict[str, Any]) -> None:
        raw["policy"] |= {"vision_encoder_name": None, "freeze_vision_encoder": False}
        for feature, size_px in zip(
            (
                raw["policy"]["input_features"][f"observation.images.{n}"]
                for n in ("front", "wrist")
            ),
            sizes_px,
            strict=True,
        ):
            feature["shape"] = [3, size_px, size_px]

    with pytest.raises(ConfigError, match=says) as error:
        load(changed(PIXELS, tmp_path, change))
    assert "resize_size" in str(error.value)


def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """With the name that was given."""
    with pytest.raises(ConfigError, match=f"vision_encoder_name {tmp_path} is neither") as error:
        load(PIXELS, [f"--policy.vision_encoder_name={tmp_path}"])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("damaged", ["model.safetensors", "config.json"])
def test_a_damaged_encoder_is_one_line_with_its_folder_and_the_way_out(
    tmp_path: Path, damaged: str
) -> None:
    """Cut off by a full disk or a copy, or gone; what it says to do is what helps."""
    folder = tmp_path / "efficientnet_lite0"
    words = [f"--policy.vision_encoder_name={folder}"]
    load(PIXELS, words)
    content = (folder / damaged).read_bytes()
    for kept in (content[: len(content) // 2], b"", None):
        if kept is None:
            (folder / damaged).unlink()
        else:
            (folder / damaged).write_bytes(kept)
        with pytest.raises(UserError) as error:
            load(PIXELS, words)
        assert f"policy.vision_encoder_name {folder}" in str(error.value)
        assert f"delete the folder {folder}, and it is made anew" in str(error.value)
        assert "\n" not in str(error.value)
    shutil.rmtree(folder)
    load(PIXELS, words)


def test_an_encoder_comes_from_a_folder_without_a_network(tmp_path: Path) -> None:
    """As with LeRobot's ResNet-10 once it is downloaded; frozen, it is not trained."""
    shape = {
        "embedding_size": 8,
        "hidden_sizes": [8, 8, 8, 8],
        "depths": [1, 1, 1, 1],
        "layer_type": "basic",
    }
    model = ResNetModel(ResNetConfig.from_dict(shape))  # type: ignore[no-untyped-call]
    model.save_pretrained(tmp_path)
    words = [f"--policy.vision_encoder_name={tmp_path}", "--policy.freeze_vision_encoder=true"]
    made = LearningPolicy(load(PIXELS, ["--policy.device=cpu", *words]))
    encoder = made._policy.actor.encoder.image_encoder
    assert not any(weight.requires_grad for weight in encoder.parameters())
    assert any(weight.requires_grad for weight in made._policy.actor.encoder.parameters())
