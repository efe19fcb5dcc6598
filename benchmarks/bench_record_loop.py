"""How long the recorder's event loop is busy with one message: it must never be for 50 ms.

The recorder's own loop at 10 Hz in real time, with LeRobot's classes behind it, two 128x128
cameras full of noise (the worst there is for an encoder). `own` writes in its thread; `inline`
does the same work in the event loop, as a recorder without a thread would.

    uv run python benchmarks/bench_record_loop.py
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
# As the command does, before LeRobot is imported.
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import recorder_rig  # noqa: E402 - the rig of the tests

from dora_hil.body.body import Body, BodyConfig  # noqa: E402
from dora_hil.body.episode import Advance, EpisodeRules  # noqa: E402
from dora_hil.body.takeover import Takeover  # noqa: E402
from dora_hil.node.node import NodePort  # noqa: E402
from dora_hil.stream.messages import Status  # noqa: E402
from dora_hil.stream.spec import (  # noqa: E402
    Columns,
    ColumnSpec,
    StreamSpec,
)
from dora_hil.testing.fake_environment import FakeEnvironment  # noqa: E402
from dora_hil.testing.fake_node import FakeNode, input_event  # noqa: E402
from dora_hil_datasets.dataset.opening import RecordingFolder  # noqa: E402
from dora_hil_datasets.dataset.store import DatasetStore, prepare_lerobot  # noqa: E402
from lerobot_node.record.command import RecordLoop  # noqa: E402
from lerobot_node.record.progress import Progress  # noqa: E402
from lerobot_node.record.recorder import Recorder  # noqa: E402
from lerobot_node.record.voice import Voice  # noqa: E402
from lerobot_node.record.writer_thread import WriterThread  # noqa: E402

CAMERAS = ("observation.images.front", "observation.images.wrist")
DT_S = 0.1
STEPS = 20


class NoisyArm(FakeEnvironment):
    """A point-like arm with two cameras that see noise."""

    def __init__(self) -> None:
        """Succeed after `STEPS` steps."""
        super().__init__(succeed_at_step=STEPS)
        self._noise = np.random.default_rng(0)

    @property
    def spec(self) -> StreamSpec:
        """Describe the pictures too."""
        spec = super().spec
        pictures = {name: ColumnSpec.image(128, 128) for name in CAMERAS}
        return replace(spec, columns={**spec.columns, **pictures})

    def observe(self) -> Columns:
        """Return the state and new noise."""
        pictures = {n: self._noise.integers(0, 256, (128, 128, 3), np.uint8) for n in CAMERAS}
        return {**super().observe(), **pictures}


class InlineWriter(WriterThread):
    """Does in the caller's thread what the writer's own thread would do."""

    def _ask(self, call: Any, *args: Any) -> None:
        call(*args)


def busy_ms(writer_class: type[WriterThread], episodes: int, root: Path) -> list[float]:
    """Record in real time; returns how long each message was worked on."""
    busy: list[float] = []
    body = Body(NoisyArm(), BodyConfig(EpisodeRules(Advance.AUTO)), Takeover([]))
    config = recorder_rig.config(episodes, root=root)
    with closing(RecordingFolder(root, resume=False)):
        writer = writer_class(DatasetStore(config.dataset, None))
        recorder = Recorder(config, None, writer, Progress(episodes, Voice(enabled=False)))

        def script() -> Iterator[dict[str, Any]]:
            began_s, ticks, heard = time.monotonic(), 0, 0
            while True:
                while len(node.sent) > heard:
                    _, value, metadata = node.sent[heard]
                    heard += 1
                    list(body.receive_status(Status.from_arrow(value, metadata)))
                ticks += 1
                time.sleep(max(0.0, began_s + ticks * DT_S - time.monotonic()))
                for timestep in body.tick(ticks * DT_S):
                    event = input_event("episode", timestep)
                    start_s = time.monotonic()
                    yield event
                    busy.append(1e3 * (time.monotonic() - start_s))

        node = FakeNode(script(), {"episode": "body/episode"}, ("status",))
        assert RecordLoop(NodePort(node), recorder, writer).run() == 0
    return busy


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    prepare_lerobot()
    figures: dict[str, list[float]] = {}
    print(f"{args.episodes} episodes of {STEPS} steps: ms of the event loop for a message")
    print(f"{'':8}{'messages':>9}{'median':>9}{'p99':>9}{'max':>9}{'over 50':>9}")
    for name, writer in (("inline", InlineWriter), ("own", WriterThread)):
        with tempfile.TemporaryDirectory() as folder:
            busy = figures[name] = busy_ms(writer, args.episodes, Path(folder) / "data")
        row = (statistics.median(busy), float(np.percentile(busy, 99)), max(busy))
        print(f"{name:8}{len(busy):9}", end="")
        print("".join(f"{ms:9.1f}" for ms in row), end="")
        print(f"{sum(ms > 50 for ms in busy):9}")
    if args.json:
        args.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
