"""The virtual SO-101's dataflows without windows, and with a scripted hand."""

import json
import sys
from pathlib import Path
from typing import Any

from harness import EPISODE, TEST_NODES, changed, dataflow, drop, node

HAND = TEST_NODES / "policy.py"
"""Answers each step of an episode, and lets go in between."""


def with_config(graph: dict[str, Any], config: dict[str, Any], folder: Path) -> None:
    """Give body and table an environment, and episodes that begin and end by themselves."""
    path = folder / "env.json"
    path.write_text(json.dumps(config))
    node(graph, "body")["env"] |= {"ENV_CONFIG": str(path), "ADVANCE": "auto"}
    node(graph, "table")["env"]["ENV_CONFIG"] = str(path)


def headless(name: str, config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a shipped dataflow without windows, in which a scripted hand is at the keyboard."""
    graph = dataflow(name)
    with_config(graph, config, folder)
    hand = node(graph, "keyboard")
    hand |= {"path": sys.executable, "args": str(HAND)}
    hand["inputs"] = {"status": hand["inputs"]["status"], "episode": dict(EPISODE)}
    drop(graph, "gamepad", "web", "rerun", "operator")
    return graph


def short_episodes(name: str = "so101_env.json", seconds: float = 2.0) -> dict[str, Any]:
    """Return a shipped environment whose episodes end soon."""
    return changed(
        name,
        env__processor__reset__control_time_s=seconds,
        env__processor__reset__reset_time_s=0.1,
        # This machine may do other work.
        robot__max_frame_age_s=10.0,
        robot__bus_timeout_s=5.0,
    )


def record_words(folder: Path, episodes: int) -> str:
    """Return the recorder's words for so many episodes in a folder."""
    return (
        f"--dataset.root={folder / 'dataset'} --dataset.repo_id=test/so101 "
        f"--dataset.num_episodes={episodes} --play_sounds=false"
    )


def recorded(
    folder: Path, episodes: int, env: str = "so101_env.json", more: str = ""
) -> dict[str, Any]:
    """Return the dataflow that records so many episodes into a folder."""
    graph = headless("dataflow-record-so101.yaml", short_episodes(env), folder)
    node(graph, "recorder")["env"]["RECORD_ARGS"] = f"{record_words(folder, episodes)} {more}"
    return graph
