"""The figures of an episode: LeRobot's, which the learner gets too, and the actor's own."""

import shlex
import statistics
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lerobot.utils.transition import Transition

from lerobot_node.dataset.episode_record import EpisodeRecord
from lerobot_node.hil.actor_parts import Policy

RUNNING_MEAN_EPISODES = 20
"""Of the intervention rate, as in the HIL-SERL paper; successes are counted over as many."""


class Figures:
    """Counts what goes over several episodes."""

    def __init__(self) -> None:
        """Start the clock."""
        self._intervention_rates: deque[float] = deque(maxlen=RUNNING_MEAN_EPISODES)
        self._successes: deque[bool] = deque(maxlen=RUNNING_MEAN_EPISODES)
        self._began_s = time.monotonic()

    def outcome(self, *, steps: int, episodes: int, target_steps: int, folder: Path) -> str:
        """Return in one line what there is at the end of a run, where, and how to go on.

        Args:
            steps: of all episodes.
            episodes: how many there are.
            target_steps: how many steps there shall be.
            folder: of the training.
        """
        if not episodes:
            return f"No episode was driven; {folder} begins with the first"
        lately = len(self._successes)
        rate = f", {sum(self._successes)} of the last {lately} succeeded" if lately else ""
        go_on, target = "RESUME_TRAINING=1 goes on", f" of {target_steps}"
        if steps >= target_steps:
            go_on, target = f"{go_on} with a larger policy.online_steps", ""
        return (
            f"{episodes} episode(s), {steps}{target} steps{rate}; the learner's checkpoint is in "
            f"{folder / 'checkpoints/last'}; {go_on}; evaluate it: dataflow-eval*.yaml with "
            f"EVAL_ARGS=--policy.path={shlex.quote(str(folder))} and this ENV_CONFIG"
        )

    def of(
        self,
        record: EpisodeRecord,
        transitions: Sequence[Transition],
        policy: Policy,
        *,
        steps: int,
        episodes: int,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the learner gets, and the line of the actor's file.

        Args:
            record: what the body said of the episode.
            transitions: of the episode.
            policy: acted; its latencies are taken.
            steps: of all episodes.
            episodes: how many there are.
        """
        self._successes.append(record.success)
        self._intervention_rates.append(record.interventions / record.length)
        sent = {
            "Episodic reward": sum(float(transition["reward"]) for transition in transitions),
            "Interaction step": steps,
            "Episode intervention": int(record.interventions > 0),
            "Intervention rate": self._intervention_rates[-1],
            **_frequency(policy),
        }
        line = {
            **sent,
            "episode": episodes,
            "length": record.length,
            "success": record.success,
            "end_reason": record.end_reason,
            "seed": record.seed,
            "intervention_rate_20": statistics.mean(self._intervention_rates),
            "late": record.late,
            "missed_ticks": record.missed_ticks,
            "weight_updates": policy.updates,
            "weight_age_s": _weight_age_s(policy),
            "wall_s": round(time.monotonic() - self._began_s, 3),
        }
        return sent, line


def _frequency(policy: Policy) -> dict[str, float]:
    latencies_s, policy.latencies_s = policy.latencies_s, []
    if not latencies_s:
        return {}
    slow_s = sorted(latencies_s)[int(0.9 * (len(latencies_s) - 1))]
    return {
        "Policy frequency [Hz]": 1.0 / statistics.mean(latencies_s),
        "Policy frequency 90th-p [Hz]": 1.0 / slow_s,
    }


def _weight_age_s(policy: Policy) -> float | None:
    if policy.loaded_s is None:
        return None
    return round(time.monotonic() - policy.loaded_s, 3)
