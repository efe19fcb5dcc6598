"""A policy's dataset, recorded by the recorder's store and read by LeRobot's own classes."""

import json
import shutil
from pathlib import Path

import pytest
import recordings
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.datasets import LeRobotDataset
from lerobot.policies import make_pre_post_processors
from lerobot.policies.act.configuration_act import ACTConfig

from lerobot_node.policy.origin import FILE, Origin, PolicyError, is_as_trained, state_files


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two episodes."""
    folder = tmp_path_factory.mktemp("origin") / "data"
    recordings.write(folder, [3, 4], video=False)
    return folder


@pytest.fixture(scope="module")
def policy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the processors that LeRobot makes for a training on them."""
    folder = tmp_path_factory.mktemp("policy")
    config = ACTConfig(
        input_features={"observation.state": PolicyFeature(FeatureType.STATE, (2,))},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (4,))},
        device="cpu",
    )
    stats = LeRobotDataset(recordings.REPO_ID, root=root).meta.stats
    for processor in make_pre_post_processors(config, dataset_stats=stats):
        processor.save_pretrained(folder)
    return folder


def test_a_dataset_says_its_columns_its_rate_and_its_sentences(root: Path) -> None:
    """The sentences stand in a file of their own."""
    origin = Origin.of_dataset(root)
    assert (origin.fps, origin.tasks) == (10, ("pick",))
    assert origin.features["action"]["names"] == ["x", "y", "z", "gripper"]


def test_what_stands_beside_a_policy_is_read_back(root: Path, tmp_path: Path) -> None:
    """As it was written there; nothing is there by itself."""
    assert Origin.beside(tmp_path) is None
    (tmp_path / FILE).write_text(json.dumps(dict(Origin.of_dataset(root).info)))
    beside = Origin.beside(tmp_path)
    assert beside is not None
    assert beside.tasks == ("pick",)


def test_a_policys_dataset_is_known_by_its_statistics(policy: Path, root: Path) -> None:
    """LeRobot saves them with every policy, for it normalises with them."""
    assert any(state_files(policy))
    assert is_as_trained(policy, root)


def test_another_recording_in_the_same_folder_has_others(
    policy: Path, root: Path, tmp_path: Path
) -> None:
    """Be it one episode more."""
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    recordings.write(copy, [2], video=False)
    assert not is_as_trained(policy, copy)


def test_a_dataset_without_statistics_is_not_known(
    policy: Path, root: Path, tmp_path: Path
) -> None:
    """Nor is anything that a policy has no statistics of."""
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    (copy / "meta/stats.json").write_text('{"other": {"mean": [1.0]}}')
    assert not is_as_trained(policy, copy)
    (copy / "meta/stats.json").unlink()
    assert not is_as_trained(policy, copy)


def test_statistics_that_cannot_be_read_are_one_line(
    policy: Path, root: Path, tmp_path: Path
) -> None:
    """With the file in it."""
    copy = Path(shutil.copytree(policy, tmp_path / "policy"))
    name = next(state_files(copy))
    (copy / name).write_bytes(b"nonsense")
    with pytest.raises(PolicyError, match=f"{name}: cannot be read"):
        is_as_trained(copy, root)
