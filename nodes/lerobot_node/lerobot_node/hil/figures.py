"""The figures of an episode: LeRobot's, which the learner gets too, and the actor's own."""

import shlex
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from lerobot.utils.transition import Transition

from dora_hil.stream.training_progress import WINDOW_EPISODES, CurvePoint, TrainingProgress
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.hil.actor_parts import Link, Policy

MAX_POINTS = 200
"""The whole curve travels with every status, so that whoever hears one knows all: in 10 kB."""


class Figures:
    """Words what is to be said of a training, episode by episode and over the last of them.

    The lines of the actor's file say enough to go on after a restart as if there had been none.
    """

    def __init__(self, target_steps: int, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        """Start the clock of a run to `target_steps`, and go on from the lines of earlier ones."""
        self._target_steps = target_steps
        self._began_s = time.monotonic()
        self.go_on_from(lines)

    def go_on_from(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Begin again with these lines; what is no episode's is left out."""
        # Of each of the last episodes, whether it succeeded and how much of it was helped.
        self._lately: deque[tuple[bool, float]] = deque(maxlen=WINDOW_EPISODES)
        self._points: list[CurvePoint] = []
        for line in lines:
            if {"Interaction step", "Intervention rate", "success"} <= line.keys():
                self.add(line)

    def add(self, line: Mapping[str, Any]) -> CurvePoint:
        """Take an episode's line; returns where the training stands after it."""
        self._lately.append((bool(line["success"]), line["Intervention rate"]))
        point = CurvePoint(
            line["Interaction step"],
            mean(success and rate <= 0 for success, rate in self._lately),
            mean(rate for _, rate in self._lately),
            line.get("weight_updates", 0),
            line.get("learner_updates"),
            line.get("weight_age_s"),
        )
        self._points.append(point)
        return point

    def progress(self) -> TrainingProgress:
        """Return what there is to tell people."""
        success, rate = self._lately[-1] if self._lately else (False, 0.0)
        return TrainingProgress(
            self._target_steps,
            episodes=len(self._lately),
            success=success,
            helped=rate > 0,
            curve=self._thinned(),
        )

    def _thinned(self) -> tuple[CurvePoint, ...]:
        """Return every second, fourth, eighth ... point, so that few change, and the newest."""
        stride = 1
        while len(self._points) > MAX_POINTS * stride:
            stride *= 2
        points = self._points[::stride]
        if self._points and points[-1] is not self._points[-1]:
            points[-1] = self._points[-1]
        return tuple(points)

    def outcome(self, steps: int, episodes: int, folder: Path) -> str:
        """Return in one line what there is at the end of a run, where, and how to go on."""
        if not episodes:
            return f"No episode was driven; {folder} begins with the first"
        successes = sum(success for success, _ in self._lately)
        rate = f", {successes} of the last {len(self._lately)} succeeded" if self._lately else ""
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
        point = self.add(line)
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
        "Policy frequency [Hz]": 1.0 / mean(latencies_s),
        "Policy frequency 90th-p [Hz]": 1.0 / slow_s,
    }


def _weight_age_s(policy: Policy) -> float | None:
    if policy.loaded_s is None:
        return None
    return round(time.monotonic() - policy.loaded_s, 3)
