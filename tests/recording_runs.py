"""Runs of the record dataflows, for tests."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from harness import Run, dataflow, node, run, said_by

FAST = "dora/timer/millis/20"
"""Simulated time runs five times as fast as the clock; lockstep makes the result the same."""


def record(
    folder: Path,
    root: Path,
    *words: str,
    resume: bool = False,
    tick: str = FAST,
    probe: bool = True,
    environ: Mapping[str, str] | None = None,
) -> AbstractContextManager[Run]:
    """Return a run of `dataflow-record-operator.yaml`.

    Args:
        folder: where the run's log goes.
        root: of the dataset.
        words: overrides of the record config.
        resume: RESUME_RECORDING.
        tick: the control period's timer.
        probe: whether to write down what passes on `episode`.
        environ: further variables.
    """
    graph = dataflow("dataflow-record-operator.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = tick
    variables = {
        "RECORD_ARGS": " ".join([f"--dataset.root={root}", *words]),
        "RESUME_RECORDING": "1" if resume else "",
        "RERUN_MODE": "off",
        "HF_HUB_OFFLINE": "1",
        **(environ or {}),
    }
    return run(graph, folder, environ=variables, probe=probe)


def put_stage(graph: dict[str, Any], *listeners: str) -> None:
    """Put the reward classifier's node between the body and these nodes."""
    graph["nodes"].append(node(dataflow("dataflow-train-classifier.yaml"), "reward"))
    node(graph, "body")["inputs"]["control_reward"] = said_by("reward", "control")
    for listener in listeners:
        node(graph, listener)["inputs"]["episode"]["source"] = "reward/episode"


def reported(log: str) -> int:
    """Return how many episodes a recorder has said to be saved."""
    counts = [int(count) for count in re.findall(r"saved (\d+) of \d+", log)]
    return max(counts, default=0)
