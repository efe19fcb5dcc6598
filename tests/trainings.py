"""Metrics of trainings, as actor and learner write them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dora_hil_datasets.curves.training import ACTOR, LEARNER
from lerobot_node.hil.metrics import MetricsFile

type Row = dict[str, Any]


def episode(time_s: float, step: int, **figures: Any) -> Row:
    """Return the actor's line about an episode that ended at an environment step."""
    return {"time_s": time_s, "Interaction step": step, **figures}


def update(time_s: float, count: int, **figures: Any) -> Row:
    """Return the learner's line after so many updates."""
    return {"time_s": time_s, "Optimization step": count, **figures}


def write_lines(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Append lines to a file."""
    metrics = MetricsFile(path)
    for line in lines:
        metrics.write(line)
    metrics.close()


def write_training(folder: Path, episodes: Sequence[Row], updates: Sequence[Row] = ()) -> Path:
    """Write both files; an empty one is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in ((ACTOR, episodes), (LEARNER, updates)):
        if lines:
            write_lines(folder / name, lines)
    return folder


def write_whole_training(folder: Path, episodes: int = 6, reward: float = 1.0) -> Path:
    """Write a training with every figure: an episode of ten steps a second, then two updates."""
    acted = [
        episode(
            100.0 + n,
            10 * n,
            **{
                "Episodic reward": reward * (n % 2),
                "Episode intervention": n % 2,
                "Intervention rate": 1.0 / n,
                "Policy frequency [Hz]": 300.0 + n,
                "Policy frequency 90th-p [Hz]": 200.0 + n,
            },
            episode=n,
            length=10,
            success=n % 2 == 1,
            end_reason="success",
            intervention_rate_20=0.5,
            own_success_20=0.25,
            weight_age_s=0.5 if n > 1 else None,
            wall_s=float(n),
        )
        for n in range(1, episodes + 1)
    ]
    learned = [
        update(
            100.5 + n,
            2 * n,
            loss_critic=1.0 / n,
            loss_discrete_critic=2.0 / n,
            loss_actor=-1.0 * n,
            loss_temperature=0.1,
            critic_grad_norm=3.0,
            discrete_critic_grad_norm=4.0,
            actor_grad_norm=5.0,
            temperature_grad_norm=0.1,
            temperature=0.01,
            replay_buffer_size=10 * n,
            offline_replay_buffer_size=5 * n,
        )
        for n in range(1, episodes + 1)
    ]
    return write_training(folder, acted, learned)
