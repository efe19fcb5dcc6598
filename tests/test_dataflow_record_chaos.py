"""Recordings that are killed, over and over, and lose nothing that was reported."""

import random
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from harness import Run, until
from lerobot.datasets import LeRobotDataset
from recording_runs import record, reported

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.opening import RecordingFolder

pytestmark = pytest.mark.slow

REPO_ID = "example/gym_hil_trial"
KILLS = 30
EPISODES = 120
"""More than thirty runs of a few seconds each can complete."""


def decode(root: Path, episodes: list[int] | None = None) -> None:
    """Read every frame, or every frame of some episodes, pictures included."""
    dataset = LeRobotDataset(REPO_ID, root=root, episodes=episodes)
    for position in range(len(dataset)):
        frame = dataset[position]
        assert frame["observation.images.front"].shape == (3, 128, 128)
        assert frame["observation.images.wrist"].shape == (3, 128, 128)


def test_thirty_kills_lose_no_reported_episode(tmp_path: Path) -> None:
    """Of the recorder alone or of everything; at start, between, while encoding and saving."""
    root = tmp_path / "data"
    chance = random.Random(7)
    safe = 0
    for kill in range(KILLS):
        words = (f"--dataset.num_episodes={EPISODES}",)
        with record(tmp_path / f"run-{kill}", root, *words, resume=True, probe=False) as running:
            if kill % 5:
                until(lambda: "recording" in running.log() or ended(running), running.log, 90)
                time.sleep(chance.uniform(0.0, 4.0))
            else:
                time.sleep(chance.uniform(0.0, 8.0))
            if kill % 2:
                running.kill_all()
            else:
                with suppress(AssertionError):
                    running.kill("lerobot-node")
                running.process.wait(60)
            safe = max(safe, reported(running.log()))
        if safe:
            dataset = LeRobotDataset(REPO_ID, root=root)
            assert dataset.num_episodes in (safe, safe + 1), running.log()
            safe = dataset.num_episodes
            decode(root, [safe - 1])
    with closing(RecordingFolder(root, resume=True)) as folder:
        assert folder.existing is not None
        assert folder.existing.episodes >= safe
        target = folder.existing.episodes + 2

    words = (f"--dataset.num_episodes={target}",)
    with record(tmp_path / "last", root, *words, resume=True, probe=False) as running:
        running.end_well(120)
    existing = read_existing(root)
    assert existing.episodes == target
    assert [r.seed for r in existing.records] == list(range(target))
    assert [r.length for r in existing.records] == list(existing.lengths)
    assert not (root / ".recording").exists()
    decode(root)
    print(f"{KILLS} kills, {target} episodes, {sum(existing.lengths)} frames read")


def ended(running: Run) -> bool:
    """Say whether `dora run` has ended."""
    return running.process.poll() is not None
