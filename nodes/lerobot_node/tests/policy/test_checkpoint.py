"""A policy on the disk, looked at without loading it."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import small_policy
from eval_rig import BlockArm, without_cameras

from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import FILE as ORIGIN
from lerobot_node.policy.origin import PROCESSORS, Origin, PolicyError

NORMALIZER = "policy_preprocessor_step_3_normalizer_processor.safetensors"
UNNORMALIZER = "policy_postprocessor_step_0_unnormalizer_processor.safetensors"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a policy."""
    root = tmp_path_factory.mktemp("saved") / "policy"
    return small_policy.write(root, without_cameras(BlockArm().spec))


@pytest.fixture
def policy(saved: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be broken."""
    return Path(shutil.copytree(saved, tmp_path / "policy"))


def info(fps: int = 20) -> dict[str, Any]:
    """Return what a dataset says of itself."""
    return {"fps": fps, "features": {"action": {"shape": [4], "names": ["x", "y", "z", "grip"]}}}


def write_dataset(
    root: Path, fps: int = 20, mean: Sequence[float] = small_policy.ABOUT_HOME
) -> None:
    """Write of a dataset what is looked at."""
    write_json(root / "meta/info.json", info(fps))
    write_json(root / "meta/stats.json", {"action": {"mean": list(mean), "std": [0.01] * 4}})


def write_json(path: Path, content: object) -> None:
    """Write a file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "inside",
    ["", "pretrained_model", "last/pretrained_model", "checkpoints/last/pretrained_model"],
)
def test_a_policy_is_found_in_every_folder_that_a_training_makes(
    saved: Path, tmp_path: Path, inside: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The policy's own, its checkpoint's, and the output folder, of which the last one counts."""
    shutil.copytree(saved, tmp_path / "train/checkpoints/900/pretrained_model")
    folder = Path(shutil.copytree(saved, tmp_path / "train" / inside, dirs_exist_ok=True))
    found = Checkpoint.find(str(tmp_path / "train"))
    assert found.path.resolve() == folder.resolve()
    assert found.config["type"] == "act"
    assert not caplog.records


def test_what_a_policy_calls_otherwise_is_read_from_its_processor(
    saved: Path, tmp_path: Path
) -> None:
    """A person's word wins; both say what the body calls it."""
    folder = Path(shutil.copytree(saved, tmp_path / "policy"))
    assert not Checkpoint.find(str(folder)).rename_map
    path = folder / "policy_preprocessor.json"
    content = json.loads(path.read_text())
    (name, *_) = Checkpoint.find(str(folder)).inputs
    for step in content["steps"]:
        if step["registry_name"] == "rename_observations_processor":
            step["config"]["rename_map"] = {"observation.theirs": name}
    path.write_text(json.dumps(content))
    assert "observation.theirs" in Checkpoint.find(str(folder)).inputs
    said = Checkpoint.find(str(folder), {"observation.mine": name})
    assert "observation.mine" in said.inputs
    assert name not in said.inputs


def test_the_newest_checkpoint_is_taken_where_last_was_lost(
    saved: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy, a zip or a repository without symbolic links; numbers are compared as numbers."""
    checkpoints = tmp_path / "train" / "checkpoints"
    for number in ("99500", "100000"):
        shutil.copytree(saved, checkpoints / number / "pretrained_model")
    (checkpoints / "200000").mkdir()
    (checkpoints / "last").write_text("100000")
    for given in (checkpoints.parent, checkpoints):
        found = Checkpoint.find(str(given))
        assert found.path == checkpoints / "100000" / "pretrained_model"
    assert "nothing says which checkpoint is the last: taking" in caplog.text


@pytest.mark.parametrize(
    ("removed", "written", "says"),
    [
        # Its weights hold the normalisation.
        (PROCESSORS, {}, "migrate_policy_normalization --pretrained-path"),
        # PEFT saves no config of the policy either.
        (
            ["config.json", "model.safetensors"],
            {"adapter_config.json": '{"base_model_name_or_path": "lerobot/smolvla_base"}'},
            "is an adapter .*lerobot/smolvla_base, whose weights are missing",
        ),
        ([], {"config.json": '{"type": "sac"}'}, "dataflow-train.yaml"),
        # Before LeRobot would look for it on the Hub.
        (["model.safetensors"], {}, "policy: model.safetensors is missing"),
        *(([name], {}, f"policy: {name} is missing") for name in PROCESSORS),
        # Without it the observations would not be normalised as in training.
        ([NORMALIZER], {}, f"{NORMALIZER}, which a processor refers to, is missing"),
        ([UNNORMALIZER], {}, f"{UNNORMALIZER}, which a processor refers to, is missing"),
        # Loading them would end in a header that is too large.
        (
            [],
            {"model.safetensors": "version https://git-lfs.github.com/spec/v1\n"},
            r"model\.safetensors: was left out .*git lfs pull",
        ),
        ([], {"config.json": "{"}, "config.json: cannot be read: Expecting"),
        ([], {"config.json": "[]"}, "config.json: expected a JSON object"),
        ([], {"config.json": "{}"}, "config.json: the policy's type is missing"),
        ([], {PROCESSORS[0]: "nonsense"}, "policy_preprocessor.json: cannot be read"),
        ([], {ORIGIN: "{"}, "dora_hil_dataset.json: cannot be read"),
        ([], {ORIGIN: "{}"}, "dora_hil_dataset.json: expected a dataset's info, with fps and feat"),
        (
            [],
            {ORIGIN: '{"fps": 10, "features": {}}'},
            "dora_hil_dataset.json: expected a dataset's",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_it(
    policy: Path, removed: Sequence[str], written: Mapping[str, str], says: str
) -> None:
    """With the file, and what to do where there is something to do."""
    for name in removed:
        (policy / name).unlink()
    for name, text in written.items():
        (policy / name).write_text(text)
    with pytest.raises(PolicyError, match=says) as error:
        Checkpoint.find(str(policy))
    assert str(error.value).startswith(str(policy))
    assert "\n" not in str(error.value)


def test_a_folder_without_a_policy_is_refused_with_one_that_would_do(policy: Path) -> None:
    """A dataset's folder, for instance."""
    (policy / "config.json").unlink()
    with pytest.raises(PolicyError) as error:
        Checkpoint.find(str(policy))
    assert str(error.value) == (
        f"{policy}: there is no policy here (config.json is missing); expected a folder such as "
        "outputs/train/act/checkpoints/last/pretrained_model"
    )


@pytest.mark.parametrize("name", ["outputs/train/nowhere", "nowhere", "/nowhere/at/all", "a//b"])
def test_a_folder_that_is_not_there_is_named(name: str) -> None:
    """These are no repositories of the Hub: nothing is asked for there."""
    with pytest.raises(PolicyError) as error:
        Checkpoint.find(name)
    assert str(error.value) == f"policy.path: {name}: there is no such folder"


def test_a_repository_is_not_asked_for_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """`user/name` may be a folder that is not there, too."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PolicyError) as error:
        Checkpoint.find("nobody/nothing")
    assert str(error.value) == (
        "policy.path: nobody/nothing: there is no such folder, and it cannot be downloaded: "
        "HF_HUB_OFFLINE is set"
    )


def test_a_repository_that_is_on_this_disk_is_found_offline(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Downloaded before; in the layout of the Hub's cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    repo, commit = tmp_path / "models--somebody--act", "0" * 40
    shutil.copytree(saved, repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    assert Checkpoint.find("somebody/act").path == repo / "snapshots" / commit


def origin_of(policy: Path) -> Origin:
    """Return what is known of a policy's dataset."""
    origin = Checkpoint.find(str(policy)).origin
    assert origin is not None
    return origin


def forget(policy: Path, training: object = None) -> None:
    """Leave nothing beside a policy that says what it was trained on, but a training's config."""
    (policy / ORIGIN).unlink()
    if training is not None:
        write_json(policy / "train_config.json", training)


def test_the_dataset_is_known_by_what_travels_with_the_policy(policy: Path) -> None:
    """On whatever machine; it wins over what is on this disk."""
    write_json(policy / "train_config.json", {"dataset": {"root": str(policy / "data")}})
    write_json(policy / "data/meta/info.json", info(fps=20))
    origin = origin_of(policy)
    assert origin.features["action"]["names"] == ["x", "y", "z", "gripper"]
    assert origin.fps == origin.info["fps"] == 10


def test_the_dataset_is_found_where_the_training_read_it(policy: Path, tmp_path: Path) -> None:
    """As long as it is still there, and what it was: not recorded anew in the same folder."""
    root = tmp_path / "data"
    forget(policy, {"dataset": {"repo_id": "a/b", "root": str(root)}})
    assert Checkpoint.find(str(policy)).origin is None
    write_dataset(root, fps=20)
    assert origin_of(policy).fps == 20
    write_dataset(root, mean=(0.1, 0.0, 0.0, 1.0))
    found = Checkpoint.find(str(policy))
    assert found.origin is None
    assert found.unknown == (
        f"{root} is no longer what the policy was trained on: other statistics"
    )


def test_a_dataset_without_a_root_is_looked_for_in_lerobots_own_folder(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where LeRobot downloads to."""
    monkeypatch.setattr("lerobot.utils.constants.HF_LEROBOT_HOME", tmp_path / "home")
    forget(policy, {"dataset": {"repo_id": "a/b", "root": None}})
    write_dataset(tmp_path / "home/a/b", fps=30)
    assert origin_of(policy).fps == 30


@pytest.mark.parametrize("training", [None, {}, {"dataset": None}])
def test_a_policy_may_come_without_its_dataset(policy: Path, training: object) -> None:
    """From another's machine, or trained without one."""
    forget(policy, training)
    assert Checkpoint.find(str(policy)).origin is None


@pytest.mark.parametrize("key", ["input_features", "output_features"])
@pytest.mark.parametrize("features", [None, {"observation.state": [2]}, {"action": {"shape": [2]}}])
def test_a_config_without_features_is_one_line(policy: Path, key: str, features: object) -> None:
    """What a training begins with has none yet; LeRobot's first ones had plain lists."""
    config = json.loads((policy / "config.json").read_text())
    write_json(policy / "config.json", config | {key: features})
    with pytest.raises(PolicyError, match=rf"config\.json: {key}.*expected what LeRobot saves"):
        Checkpoint.find(str(policy))
