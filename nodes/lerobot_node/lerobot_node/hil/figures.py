"""The figures of an episode: LeRobot's, which the learner gets too, and the actor's own."""

import shlex
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lerobot.utils.transition import Transition

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.hil.actor_parts import Link, Policy
from lerobot_node.hil.learning_curve import LearningCurve


class Figures:
    """Words what is to be said of a training, episode by episode.

    Attributes:
        curve: what goes over several episodes.
    """

    def __init__(self, target_steps: int, lines: Iterable[Mapping[str, Any]]) -> None:
        """Start the clock of a run to `target_steps`, and go on from the lines of earlier ones."""
        self._target_steps = target_steps
        self._began_s = time.monotonic()
        self.go_on_from(lines)

    def go_on_from(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Count from these lines of the actor's file on, and forget what others had."""
        self.curve = LearningCurve(self._target_steps, lines)

    def outcome(self, steps: int, episodes: int, folder: Path) -> str:
        """Return in one line what there is at the end of a run, where, and how to go on."""
        if not episodes:
            return f"No episode was driven; {folder} begins with the first"
        successes, lately = self.curve.lately
        rate = f", {successes} of the last {lately} succeeded" if lately else ""
        go_on, target = "RESUME_TRAINING=1 goes on", f" of {self._target_steps}"
        if steps >= self._target_steps:
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
        link: Link,
        *,
        steps: int,
        episodes: int,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the learner gets, and the line of the actor's file.

        Args:
            record: what the body said of the episode.
            transitions: of the episode.
            policy: acted; its latencies are taken.
            link: the episode is not sent over it yet.
            steps: of all episodes.
            episodes: how many there are.
        """
        sent = {
            "Episodic reward": sum(float(transition["reward"]) for transition in transitions),
            "Interaction step": steps,
            "Episode intervention": int(record.interventions > 0),
            "Intervention rate": record.interventions / record.length,
            **_frequency(policy),
        }
        line = {
            **sent,
            "episode": episodes,
            "length": record.length,
            "success": record.success,
            "end_reason": record.end_reason,
            "seed": record.seed,
            "late": record.late,
            "missed_ticks": record.missed_ticks,
            "learner_updates": link.updates,
            "weight_updates": policy.updates,
            "weight_age_s": _weight_age_s(policy),
            "wall_s": round(time.monotonic() - self._began_s, 3),
        }
        point = self.curve.add(line)
        line |= {
            "own_success_20": point.own_success,
            "intervention_rate_20": point.intervention_rate,
            "unconfirmed_episodes": link.unconfirmed + 1,
            "failed_calls": link.failures,
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
