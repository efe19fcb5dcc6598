"""LeRobot's RL training config."""

import json
import re
import shutil
from pathlib import Path

import pytest
from mutations import check_reading
from transformers import ResNetConfig, ResNetModel

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from lerobot_node.hil.learning_policy import LearningPolicy
from lerobot_node.hil.train_config import check_same_network, load

CONFIGS = sorted((Path(__file__).parents[4] / "configs").glob("train_gym_hil_*.json"))
PIXELS, STATES = CONFIGS
FOUR_NUMBERS = "--env.features.action.shape=[4] --policy.output_features.action.shape=[4]"


def seen(front_px: int, wrist_px: int) -> str:
    """Return the words of square pictures for LeRobot's own encoder."""
    features = {
        f"observation.images.{name}": {"type": "VISUAL", "shape": [3, size_px, size_px]}
        for name, size_px in (("front", front_px), ("wrist", wrist_px))
    }
    words = "--policy.vision_encoder_name=null --policy.freeze_vision_encoder=false"
    return f"{words} --policy.input_features={json.dumps(features, separators=(',', ':'))}"


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
    ("words", "says"),
    [
        ("--policy.devise=cpu", "devise"),
        ("--batch_size=many", "batch_size|many"),
        ("--policy.type=act", "gaussian_actor"),
        ("--seed=null", "seed: must be a whole number from 0, got null"),
        ("--batch_size=0", "batch_size: must be 1 or more, got 0"),
        ("--policy.push_to_hub=true", "policy.push_to_hub: .* policy.repo_id"),
        ("--policy.input_features={}", "policy.input_features: must name"),
        ("--wandb=null", "wandb: expected a block of keys, got null"),
        ('--algorithm={"type":"ppo"}', "algorithm: expected a block whose type is one of .*sac"),
        # It would fill for ever.
        (
            "--policy.online_step_before_learning=101 --policy.online_buffer_capacity=100",
            "online_step_before_learning: 101 is more than",
        ),
        # LeRobot builds the policy by the one length of an action, and fills buffers by the other.
        (
            "--env.features.action.shape=[4]",
            r"env\.features\.action: must have the shape of .*, \[3\], got \[4\]",
        ),
        (
            "--env.features={}",
            r"env\.features\.action: must have the shape of .*, \[3\], got none",
        ),
        # Published configs count the gripper twice; the first action would be refused.
        (
            FOUR_NUMBERS,
            "has 4 numbers, with num_discrete_actions 3 an action would have 5; accepted: 3 w",
        ),
        (
            "--policy.num_discrete_actions=2",
            r"num_discrete_actions: must be 3 \(close, stay, open\) or null, got 2",
        ),
        # LeRobot freezes by default, also weights that are random.
        ("--policy.vision_encoder_name=null", "random weights would never be trained"),
        # Before a person has driven: learner and actor would find out with the first of them.
        (seen(32, 32), "too small for LeRobot's own encoder.*resize_size"),
        (seen(128, 64), "pictures of one size.*resize_size"),
    ],
)
def test_what_cannot_be_learned_from_is_one_line(words: str, says: str) -> None:
    """With the word, where its key is at fault, or the file's name."""
    given = words.split()
    with pytest.raises(ConfigError) as error:
        load(PIXELS, given)
    assert str(error.value).startswith(tuple(f"{place}: " for place in (*given, PIXELS)))
    assert re.search(says, str(error.value))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("words", ["", FOUR_NUMBERS])
def test_an_action_may_have_no_classes_of_its_gripper(words: str) -> None:
    """Without a gripper, or with one that is a fourth number."""
    load(PIXELS, ["--policy.num_discrete_actions=null", *words.split()])


def test_every_mistake_is_said_at_once() -> None:
    """Unknown keys and wrong types, in LeRobot's blocks too; draccus ends at the first."""
    words = ["--bach_size=3", "--steps=1.5", "--policy.concurrency.lerner=x", "--policy.device=3"]
    words += ["--policy.actor_learner_config.learner_port=high", "--algorithm.utd_ratio=twice"]
    with pytest.raises(ConfigError) as error:
        load(PIXELS, words)
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
    raw = json.loads(STATES.read_text())
    check_reading(load, tmp_path / "train.json", raw, ["env.features_map"])


def test_a_policy_that_says_nothing_of_the_hub_is_one_line(tmp_path: Path) -> None:
    """LeRobot's default is to upload it, and then it lacks a name."""
    raw = json.loads(PIXELS.read_text())
    del raw["policy"]["push_to_hub"]
    (tmp_path / "train.json").write_text(json.dumps(raw))
    with pytest.raises(ConfigError, match=r"policy\.push_to_hub: is true where nothing is said"):
        load(tmp_path / "train.json")


def test_a_checkpoint_of_another_network_is_refused_with_what_differs(tmp_path: Path) -> None:
    """Its weights would not fit; a learning rate, a device or a port may differ."""
    saved = load(PIXELS)
    saved.policy._save_pretrained(tmp_path)
    check_same_network(load(PIXELS, ["--policy.actor_learner_config.learner_port=7"]), tmp_path)
    wider = load(PIXELS, ["--policy.latent_dim=8"])
    wider.policy.input_features["observation.state"].shape = (30,)
    with pytest.raises(ConfigError) as error:
        check_same_network(wider, tmp_path)
    text = str(error.value)
    assert text.startswith(f"{tmp_path}: its weights do not fit the config: ")
    assert "policy.input_features.observation.state.shape is [30], there [" in text
    assert "policy.latent_dim is 8, there " in text
    assert "--output_dir" in text


def test_a_config_without_a_folder_gives_actor_and_learner_the_same_one() -> None:
    """As published ones are: LeRobot would name it after the second in which each has started."""
    words = ["--output_dir=null", "--job_name=null"]
    first, second = load(PIXELS, words), load(PIXELS, words)
    assert first.output_dir == second.output_dir == Path("outputs/train") / PIXELS.stem
    named = load(PIXELS, ["--output_dir=null", "--job_name=mine"])
    named.validate()
    assert named.output_dir == Path("outputs/train/mine")


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
