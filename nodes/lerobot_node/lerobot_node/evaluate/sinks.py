"""Where the episodes of an evaluation go besides its figures: into films, into a dataset."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from dora_hil.display.video import VideoError, VideoWriter
from dora_hil.errors import one_line
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.features import dataset_features, dataset_fps, frame_row
from lerobot_node.evaluate.result import outcome_of
from lerobot_node.record.writer_thread import WriterThread

log = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes every episode as it happens."""

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Take the first message of an episode."""

    def add(self, frame: Frame) -> None:
        """Take a step."""

    def keep(self, record: EpisodeRecord) -> None:
        """Note that the episode counts."""

    def discard(self) -> None:
        """Note that it does not."""

    def close(self) -> str:
        """Finish; returns what went wrong, for people, or nothing."""


class Films:
    """Films episodes, and keeps the films that are wanted."""

    def __init__(
        self, folder: Path, wanted: Callable[[EpisodeRecord], bool], height_px: int = 256
    ) -> None:
        """Write into `folder`; every camera's picture is scaled to `height_px`."""
        self._folder = folder
        self._height_px = height_px
        self._wanted = wanted
        self._path = folder / "running.mp4"
        self._writer: VideoWriter | None = None
        self._failure = ""

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Open a film; a body without cameras has none."""
        del space
        if self._failure or not any(n.startswith("observation.images.") for n in first.columns):
            return
        with self._going_on():
            self._writer = VideoWriter(
                self._path, fps=1.0 / first.control_dt_s, height_px=self._height_px
            )
            self._writer(first)

    def add(self, frame: Frame) -> None:
        """Film a step."""
        if self._writer is not None:
            with self._going_on():
                self._writer(frame.after)

    def keep(self, record: EpisodeRecord) -> None:
        """Give the film its name, or drop it."""
        if self._writer is None:
            return
        if not self._wanted(record):
            self._drop()
            return
        with self._going_on():
            self._close()
            name = f"episode_{record.episode_index:03d}_seed_{record.seed}_{outcome_of(record)}.mp4"
            self._path.replace(self._folder / name)

    def discard(self) -> None:
        """Drop the film."""
        if self._writer is not None:
            self._drop()

    def close(self) -> str:
        """Drop a film that was not finished."""
        self.discard()
        return self._failure

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Go on without films where the disk fails: the figures are worth more."""
        try:
            yield
        except (OSError, VideoError) as error:
            self._failure = f"films: {error}"
            log.error("%s; the run goes on without", self._failure)
            self._drop()

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _drop(self) -> None:
        with suppress(VideoError):
            self._close()
        with suppress(OSError):
            self._path.unlink()


class Recording:
    """Records the evaluation as a LeRobot dataset."""

    def __init__(
        self, writer: WriterThread, *, video: bool, space: ActionSpace | None = None
    ) -> None:
        """Write episodes with `writer`; in `space`, or in the policy's own."""
        self._writer = writer
        self._video = video
        self._wanted = space
        self._space: ActionSpace | None = None
        self._episodes = 0

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Open an episode."""
        self._space = self._wanted or space
        features = dataset_features(first.spec, self._space, video=self._video)
        self._writer.begin(features, dataset_fps(first.control_dt_s, None), first.spec.body)

    def add(self, frame: Frame) -> None:
        """Write a frame."""
        assert self._space is not None
        self._writer.add(frame_row(frame, self._space))

    def keep(self, record: EpisodeRecord) -> None:
        """Save the episode."""
        self._writer.save(replace(record, episode_index=self._episodes))
        self._episodes += 1
        self._space = None

    def discard(self) -> None:
        """Drop the episode."""
        self._writer.discard()
        self._space = None

    def close(self) -> str:
        """Drop an episode that was not finished, and save what is left to save."""
        if self._space is not None:
            self.discard()
        self._writer.finish()
        failure = self._writer.failure
        return f"dataset: {one_line(failure)}" if failure is not None else ""
