"""`lerobot-node record`: the parts put together, and the loop."""

import logging
import os
import shlex
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from dora_hil.arguments import NodeArguments, switch
from dora_hil.config import words_of
from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import NodePort, attach
from dora_hil.owner.loop import run_owner
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.edit.whole import make_whole
from lerobot_node.record.config import RecordConfig, load
from lerobot_node.record.progress import Progress, outcome
from lerobot_node.record.recorder import Recorder
from lerobot_node.record.voice import Voice
from lerobot_node.record.writer_thread import WriterThread

log = logging.getLogger(__name__)


class RecordLoop:
    """Runs a recorder until there is nothing left to record or to save."""

    def __init__(
        self,
        port: NodePort,
        recorder: Recorder,
        writer: WriterThread,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts."""
        self._port = port
        self._recorder = recorder
        self._writer = writer
        self._stream = EpisodeStream(port, now_s)

    def run(self) -> int:
        """Handle events until the run is over; returns the exit code.

        Raises:
            UserError: the stream cannot be recorded; what had ended is saved, and `over` said.
        """
        return run_owner(self._port, self._recorder, self._hear_and_save)

    @property
    def is_stopped(self) -> bool:
        """Say whether the whole dataflow was stopped, by Ctrl-C for instance."""
        return self._stream.is_stopped

    def _hear_and_save(self) -> None:
        try:
            self._hear_all()
        except Exception:
            # What had ended and awaited its verdict is kept.
            self._recorder.stream_ended(expected=True)
            raise
        finally:
            self._writer.finish()
            self._say()

    def _hear_all(self) -> None:
        if self._recorder.is_over:
            return
        for timestep in self._stream:
            self._recorder.hear(timestep)
            self._say()
            if self._recorder.is_over:
                return
        self._recorder.stream_ended(expected=self._stream.is_stopped)

    def _say(self) -> None:
        for status in self._recorder.statuses():
            self._port.send("status", status)


def parser() -> NodeArguments:
    """Return the options of `record`."""
    p = NodeArguments(
        "lerobot-node record",
        "Record episodes into a LeRobot dataset. Every key of the config can be given too: "
        "--dataset.num_episodes=5. RECORD_ARGS holds more of these words.",
    )
    p.option(
        "--config_path",
        variable="RECORD_CONFIG",
        default="configs/example_gym_hil_record.json",
        kind=Path,
        about="LeRobot-format record JSON",
    )
    p.option(
        "--resume",
        variable="RESUME_RECORDING",
        default=False,
        kind=switch,
        about="go on with the dataset that is there",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Run the recorder with these arguments; returns its exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = load(args.config_path, [*words, *words_of("RECORD_ARGS")])
    dataset = config.dataset
    names = [name for name in (dataset.repo_id, dataset.renamed_from) if name]
    with tempfile.TemporaryDirectory(prefix="lerobot-node-") as cache:
        # LeRobot would fill the user's cache with a copy of each episode's metadata.
        os.environ["HF_DATASETS_CACHE"] = cache
        is_resumed = args.resume or config.resume
        with closing(RecordingFolder(dataset.root, resume=is_resumed, names=names)) as folder:
            code, saved, is_stopped = record(config, folder)
        if code == 0 and not is_stopped:
            # Nothing is left that has to be saved: whoever loses patience may end it.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            make_whole(dataset)
        log.info("%s", outcome(saved, dataset))
        if dataset.push_to_hub and saved >= dataset.num_episodes:
            return _push(dataset) or code
    return code


def record(config: RecordConfig, folder: RecordingFolder) -> tuple[int, int, bool]:
    """Record into an open folder until the run is over.

    Returns:
        The exit code, how many episodes the dataset has, and whether the dataflow was stopped, so
        that dora kills what takes long now.
    """
    # Not before the folder is known to be good: this takes seconds.
    from dora_hil_datasets.dataset.store import DatasetStore, prepare_lerobot

    prepare_lerobot()
    store = DatasetStore(config.dataset, folder.existing)
    writer = WriterThread(store)
    progress = Progress(config.dataset.num_episodes, Voice(enabled=config.play_sounds))
    recorder = Recorder(config, folder.existing, writer, progress)
    loop = RecordLoop(attach(), recorder, writer)
    code = loop.run()
    return code, recorder.saved, loop.is_stopped


def _push(dataset: DatasetConfig) -> int:
    """Upload the complete dataset; returns the exit code."""
    from dora_hil_datasets.dataset.hub import PushError, push

    try:
        push(dataset)
    except PushError as error:
        log.error(
            "%s; later: uv run dora-hil push --repo_id=%s --root=%s",
            error,
            dataset.repo_id,
            shlex.quote(str(dataset.root)),
        )
        return 1
    log.info("uploaded as %s", dataset.repo_id)
    return 0
