"""Fifty episodes recorded without a person, and every tool that people open them with."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from harness import printed
from lerobot.datasets import LeRobotDataset
from recording_runs import record
from test_dataflow_record import REPO_ID, steps_of

from dora_hil_datasets.dataset.decoder import video_backend
from dora_hil_datasets.dataset.existing import read_existing

pytestmark = pytest.mark.slow

EPISODES = 50


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of fifty episodes, each with as many frames as the body took steps."""
    folder = tmp_path_factory.mktemp("fifty")
    root = folder / "data"
    with record(folder / "run", root, f"--dataset.num_episodes={EPISODES}") as running:
        running.end_well(600)
    existing = read_existing(root)
    assert existing.lengths == tuple(steps_of(running.messages()).values())
    assert len(existing.lengths) == EPISODES
    assert [r.seed for r in existing.records] == list(range(EPISODES))
    assert all(r.success for r in existing.records)
    return root


def delete_by_lerobot(episodes: str, root: Path, new_root: Path) -> None:
    """Take episodes out with LeRobot's own command."""
    words = ["--repo_id", REPO_ID, "--root", root, "--new_root", new_root]
    words += ["--operation.type", "delete_episodes", "--operation.episode_indices", episodes]
    printed("lerobot-edit-dataset", *words)


def test_lerobots_own_class_reads_every_frame(recorded: Path) -> None:
    """Rows and pictures."""
    dataset = LeRobotDataset(REPO_ID, root=recorded)
    assert (dataset.num_episodes, dataset.fps) == (EPISODES, 10)
    assert dataset.meta.robot_type == "gym_hil"
    for position in range(len(dataset)):
        frame = dataset[position]
        assert frame["task"] == "pick up the cube and lift it"
        assert frame["observation.images.wrist"].shape == (3, 128, 128)
        assert frame["action"].isfinite().all()
        is_end = (
            position + 1 == dataset.meta.episodes["dataset_to_index"][int(frame["episode_index"])]
        )
        assert bool(frame["next.done"]) == bool(frame["next.success"]) == is_end


def test_lerobot_dataset_viz_shows_an_episode(recorded: Path, tmp_path: Path) -> None:
    """As a file that Rerun opens."""
    words = ["--repo-id", REPO_ID, "--root", recorded, "--episode-index", 7]
    words += ["--save", 1, "--output-dir", tmp_path, "--num-workers", 0]
    printed("lerobot-dataset-viz", *words, cwd=tmp_path)
    (saved,) = tmp_path.glob("*.rrd")
    printed("rerun", "rrd", "verify", saved)


def test_rerun_opens_the_folder_itself(recorded: Path, tmp_path: Path) -> None:
    """As a LeRobot dataset, without any of this project's tools."""
    printed("rerun", "--save", tmp_path / "all.rrd", recorded, cwd=tmp_path)
    assert "observation.images.front" in printed("rerun", "rrd", "print", tmp_path / "all.rrd")


def test_lerobot_edit_dataset_deletes_from_it(recorded: Path, tmp_path: Path) -> None:
    """Into a new folder."""
    delete_by_lerobot("[3,4]", recorded, tmp_path / "edited")
    assert LeRobotDataset(REPO_ID, root=tmp_path / "edited").num_episodes == EPISODES - 2


def test_after_lerobots_own_deletion_no_start_is_recorded_twice(
    recorded: Path, tmp_path: Path
) -> None:
    """Its command leaves the seeds behind; the recording that goes on keeps them again."""
    root = Path(shutil.copytree(recorded, tmp_path / "data"))
    delete_by_lerobot("[0,3]", root, root)
    goal = f"--dataset.num_episodes={EPISODES}"
    with record(tmp_path / "run", root, goal, resume=True) as running:
        running.end_well(300)
        assert f"the seeds of {EPISODES - 2} of its {EPISODES - 2} episodes" in running.log()
    dataset = LeRobotDataset(REPO_ID, root=root)
    actions = np.array(dataset.hf_dataset.with_format("numpy")["action"])
    bounds = dataset.meta.episodes["dataset_to_index"][:-1]
    # The operator does the same from the same place, to the bit.
    assert len({part.tobytes() for part in np.split(actions, bounds)}) == EPISODES
    assert all(record.is_known for record in read_existing(root).records[-2:])


@pytest.mark.parametrize(
    "streaming",
    [
        "false",
        pytest.param(
            "true",
            marks=pytest.mark.skipif(
                video_backend() == "pyav", reason="LeRobot streams by torchcodec: needs FFmpeg"
            ),
        ),
    ],
)
def test_lerobot_train_learns_from_it(recorded: Path, tmp_path: Path, streaming: str) -> None:
    """A few steps of ACT."""
    words = [f"--dataset.repo_id={REPO_ID}", f"--dataset.root={recorded}", "--policy.type=act"]
    words += [f"--dataset.streaming={streaming}"]
    words += ["--policy.pretrained_backbone_weights=null", "--policy.push_to_hub=false"]
    words += ["--policy.device=cpu", "--policy.dim_model=64", "--policy.n_heads=2"]
    words += ["--policy.dim_feedforward=64", "--policy.chunk_size=10"]
    words += ["--policy.n_action_steps=10", "--steps=3", "--batch_size=2"]
    # Without a worker, accelerate takes a stream for an empty one.
    words += [f"--num_workers={int(streaming == 'true')}"]
    words += [f"--output_dir={tmp_path / 'train'}", "--wandb.enable=false", "--log_freq=1"]
    log = printed("lerobot-train", *words, cwd=tmp_path)
    assert "step:3 " in log
    assert "End of training" in log
    assert (tmp_path / "train/checkpoints/last/pretrained_model/model.safetensors").exists()
