"""Fifty episodes recorded without a person, and every tool that people open them with."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from harness import BIN
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
        assert running.wait(600) == 0, running.log()
        steps = steps_of(running.messages())
    existing = read_existing(root)
    assert existing.lengths == tuple(steps.values())
    assert len(existing.lengths) == EPISODES
    assert [r.seed for r in existing.records] == list(range(EPISODES))
    assert all(r.success for r in existing.records)
    return root


def tool(*words: str, cwd: Path) -> str:
    """Run a command of LeRobot or Rerun and return what it prints."""
    environ = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [BIN / words[0], *words[1:]], cwd=cwd, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


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
    words = ["--repo-id", REPO_ID, "--root", str(recorded), "--episode-index", "7"]
    words += ["--save", "1", "--output-dir", str(tmp_path), "--num-workers", "0"]
    tool("lerobot-dataset-viz", *words, cwd=tmp_path)
    (saved,) = tmp_path.glob("*.rrd")
    tool("rerun", "rrd", "verify", str(saved), cwd=tmp_path)


def test_rerun_opens_the_folder_itself(recorded: Path, tmp_path: Path) -> None:
    """As a LeRobot dataset, without any of this project's tools."""
    tool("rerun", "--save", str(tmp_path / "all.rrd"), str(recorded), cwd=tmp_path)
    assert "observation.images.front" in tool(
        "rerun", "rrd", "print", str(tmp_path / "all.rrd"), cwd=tmp_path
    )


def test_lerobot_edit_dataset_deletes_from_it(recorded: Path, tmp_path: Path) -> None:
    """Into a new folder."""
    words = ["--repo_id", REPO_ID, "--root", str(recorded), "--new_root", str(tmp_path / "edited")]
    words += ["--operation.type", "delete_episodes", "--operation.episode_indices", "[3,4]"]
    tool("lerobot-edit-dataset", *words, cwd=tmp_path)
    assert LeRobotDataset(REPO_ID, root=tmp_path / "edited").num_episodes == EPISODES - 2


def test_after_lerobots_own_deletion_no_start_is_recorded_twice(
    recorded: Path, tmp_path: Path
) -> None:
    """Its command leaves the seeds behind; the recording that goes on keeps them again."""
    root = Path(shutil.copytree(recorded, tmp_path / "data"))
    words = ["--repo_id", REPO_ID, "--root", str(root), "--new_root", str(root)]
    words += ["--operation.type", "delete_episodes", "--operation.episode_indices", "[0,3]"]
    tool("lerobot-edit-dataset", *words, cwd=tmp_path)
    goal = f"--dataset.num_episodes={EPISODES}"
    with record(tmp_path / "run", root, goal, resume=True) as running:
        assert running.wait(300) == 0, running.log()
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
    log = tool("lerobot-train", *words, cwd=tmp_path)
    assert "step:3 " in log
    assert "End of training" in log
    assert (tmp_path / "train/checkpoints/last/pretrained_model/model.safetensors").exists()
