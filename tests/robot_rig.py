"""The virtual SO-101's dataflows without windows, and with a scripted hand."""

import json
import sys
from pathlib import Path
from typing import Any

from harness import ROOT, TEST_NODES, dataflow, node

HAND = TEST_NODES / "policy.py"
"""Answers each step of an episode, and lets go in between."""

EPISODE = {"source": "body/episode", "queue_size": 600}
STATUS = {"source": "body/status", "queue_size": 10, "queue_policy": "backpressure"}


def drop(graph: dict[str, Any], *names: str) -> None:
    """Take devices and listeners out of a dataflow."""
    graph["nodes"] = [n for n in graph["nodes"] if n["id"] not in names]
    inputs = node(graph, "body")["inputs"]
    for key in [key for key, i in inputs.items() if i["source"].split("/")[0] in names]:
        del inputs[key]


def with_config(graph: dict[str, Any], config: dict[str, Any], folder: Path) -> None:
    """Give body and table an environment, and episodes that begin and end by themselves."""
    path = folder / "env.json"
    path.write_text(json.dumps(config))
    node(graph, "body")["env"] |= {"ENV_CONFIG": str(path), "ADVANCE": "auto"}
    node(graph, "table")["env"]["ENV_CONFIG"] = str(path)


def headless(name: str, config: dict[str, Any], folder: Path, **variables: str) -> dict[str, Any]:
    """Return a shipped dataflow without windows, in which a scripted hand is at the keyboard."""
    graph = dataflow(name)
    with_config(graph, config, folder)
    hand = node(graph, "keyboard")
    hand |= {"path": sys.executable, "args": str(HAND)}
    hand["inputs"] = {"status": hand["inputs"]["status"], "episode": dict(EPISODE)}
    drop(graph, "gamepad", "web", "rerun", "operator")
    for entry in graph["nodes"]:
        entry.setdefault("env", {}).update(
            {key: value for key, value in variables.items() if key in entry.get("env", {})}
        )
    return graph


def short_episodes(name: str = "so101_env.json", seconds: float = 2.0) -> dict[str, Any]:
    """Return a shipped environment whose episodes end soon."""
    config: dict[str, Any] = json.loads((ROOT / "configs" / name).read_text())
    config["env"]["processor"]["reset"] |= {"control_time_s": seconds, "reset_time_s": 0.1}
    # This machine may do other work.
    config["robot"] |= {"max_frame_age_s": 10.0, "bus_timeout_s": 5.0}
    return config


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
    words = f"{record_words(folder, episodes)} {more}"
    return headless("dataflow-record-so101.yaml", short_episodes(env), folder, RECORD_ARGS=words)
