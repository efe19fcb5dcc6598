"""Runs of the record dataflows, for tests."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness import Run, dataflow, node, run

FAST = "dora/timer/millis/20"
"""Simulated time runs five times as fast as the clock; lockstep makes the result the same."""


@contextmanager
def record(
    folder: Path,
    root: Path,
    *words: str,
    resume: bool = False,
    tick: str = FAST,
    probe: bool = True,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Run]:
    """Start `dataflow-record-operator.yaml`.

    Args:
        folder: where the run's log goes; created.
        root: of the dataset.
        words: overrides of the record config.
        resume: RESUME_RECORDING.
        tick: the control period's timer.
        probe: whether to write down what passes on `episode`.
        environ: further variables.
    """
    graph = dataflow("dataflow-record-operator.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = tick
    folder.mkdir(parents=True)
    variables = {
        "RECORD_ARGS": " ".join([f"--dataset.root={root}", *words]),
        "RESUME_RECORDING": "1" if resume else "",
        "RERUN_MODE": "off",
        "HF_HUB_OFFLINE": "1",
        **(environ or {}),
    }
    with run(graph, folder, environ=variables, probe=probe) as started:
        yield started


def reported(log: str) -> int:
    """Return how many episodes a recorder has said to be saved."""
    counts = [int(count) for count in re.findall(r"saved (\d+) of \d+", log)]
    return max(counts, default=0)
