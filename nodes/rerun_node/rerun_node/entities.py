"""The names in a recording: LeRobot's where it has one."""

from typing import Final

REWARD: Final = "next.reward"
MARKS: Final = ("next.success", "next.done", "next.truncated")
"""Written where they are true."""
DRIVERS: Final = "driver"
SUMMARY: Final = "episode/summary"

# The timelines, both from 0 in each episode.
FRAME_INDEX: Final = "frame_index"
TIMESTAMP: Final = "timestamp"
