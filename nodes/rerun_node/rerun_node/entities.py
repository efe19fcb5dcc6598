"""The names in a recording: LeRobot's where it has one."""

from typing import Final

REWARD: Final = "next.reward"
MARKS: Final = ("next.success", "next.done", "next.truncated")
"""Written where they are true."""
DRIVERS: Final = "driver"
SUMMARY: Final = "episode/summary"

# Of a training, as in the actor's file of figures.
TRAINING_SHARES: Final = ("training/own_success_20", "training/intervention_rate_20")
LEARNER_UPDATES: Final = "training/learner_updates"
WEIGHTS: Final = "training/weight_updates"
"""How often the policy has got new ones: where the learner does not say its updates."""
WEIGHT_AGE: Final = "training/weight_age_s"

# The timelines, both from 0 in each episode.
FRAME_INDEX: Final = "frame_index"
TIMESTAMP: Final = "timestamp"
