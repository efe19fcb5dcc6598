"""A training's figures in a size that can be kept."""

import json
from pathlib import Path

import numpy as np
from trainings import episode, update, write_training

from dora_hil_datasets.curves.thin import thin
from dora_hil_datasets.curves.training import ACTOR, LEARNER, TrainingCurves


def test_every_episode_and_some_updates_are_kept(tmp_path: Path) -> None:
    """The curves stay where they were."""
    episodes = [episode(100.0 + n, 10 * n, **{"Episodic reward": n / 7}) for n in range(1, 9)]
    updates = [update(100.0 + n, n, loss_critic=1 / (n + 2)) for n in range(9)]
    whole = write_training(tmp_path / "whole", episodes, [*episodes, *updates])
    thin(whole, tmp_path / "thin", every=4)
    before, after = TrainingCurves(whole), TrainingCurves(tmp_path / "thin")
    rewards = [made.episodes.curve("Episodic reward") for made in (before, after)]
    np.testing.assert_allclose(rewards[1].values, rewards[0].values, rtol=1e-3)
    np.testing.assert_array_equal(rewards[1].steps, rewards[0].steps)
    assert after.updates.curve("loss_critic").values.tolist() == [0.5, 0.1667, 0.1]


def test_numbers_keep_four_digits_and_counts_all(tmp_path: Path) -> None:
    """Times too, to the hundredth of a second."""
    line = episode(1795294752.569, 123456, **{"Intervention rate": 0.0123456, "success": True})
    folder = write_training(tmp_path / "whole", [line])
    thin(folder, tmp_path / "thin")
    kept = json.loads((tmp_path / "thin" / ACTOR).read_text())
    assert kept == {
        "time_s": 1795294752.57,
        "Interaction step": 123456,
        "Intervention rate": 0.01235,
        "success": True,
    }
    assert (tmp_path / "thin" / LEARNER).read_text() == ""
