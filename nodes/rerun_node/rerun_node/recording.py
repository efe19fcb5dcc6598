"""An episode as a recording of Rerun's, under the names that LeRobot gives its features."""

from typing import Any

import numpy as np
import rerun as rr
from numpy.typing import NDArray

from dora_hil.stream.messages import Status
from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import Kind, TimeStep
from rerun_node.driver_band import DriverBand
from rerun_node.entities import FRAME_INDEX, MARKS, REWARD, SUMMARY, TIMESTAMP
from rerun_node.layout import Layout
from rerun_node.styles import styles
from rerun_node.summary import Summary
from rerun_node.training_series import TrainingSeries


class Recording:
    """Writes the messages of one episode.

    What a message says of o_t stands at frame t; the action, reward and flags that led to it
    stand at frame t - 1, as in a dataset. What is no frame of a dataset (PHASE) goes on in
    `timestamp`, but has no `frame_index`.
    """

    def __init__(
        self,
        stream: rr.RecordingStream,
        spec: StreamSpec,
        layout: Layout,
        jpeg_quality: int,
        *,
        is_live: bool = False,
    ) -> None:
        """Name and colour everything in a stream that has its destination already.

        The quality is 1 to 100; 0 leaves pictures as they are.
        """
        self._stream = stream
        self._layout = layout
        self._jpeg_quality = jpeg_quality
        self._drivers = DriverBand(stream)
        self._summary = Summary()
        self._training = TrainingSeries(stream, is_live=is_live)
        self._newest: tuple[float, int] | None = None
        for path, style in styles(spec, layout).items():
            stream.log(path, style, static=True)

    def write(self, step: TimeStep, status: Status | None) -> None:
        """Write one message, with what the run owner said last; gaps do no harm."""
        if step.kind in (Kind.MID, Kind.LAST):
            self._at_frame(step.step - 1, step.control_dt_s)
            self._write_transition(step)
        if step.kind is Kind.PHASE:
            timestamp_s = self._timestamp_s(step)
            self._stream.reset_time()
            self._stream.set_time(TIMESTAMP, duration=timestamp_s)
        else:
            timestamp_s = self._at_frame(step.step, step.control_dt_s)
            for name in self._layout.vectors:
                self._stream.log(name, rr.Scalars(step.columns[name]))
        self._newest = timestamp_s, step.t_capture_ns
        for name in self._layout.pictures:
            self._stream.log(name, self._picture(step.columns[name]))
        text = self._summary.text(step, status)
        if status is not None and status.training is not None:
            self._training.write(status.training, step.control_dt_s)
        self._stream.log(SUMMARY, rr.TextDocument(text, media_type=rr.MediaType.MARKDOWN))

    def _at_frame(self, index: int, control_dt_s: float) -> float:
        self._stream.reset_time()
        self._stream.set_time(FRAME_INDEX, sequence=index)
        self._stream.set_time(TIMESTAMP, duration=index * control_dt_s)
        return index * control_dt_s

    def _timestamp_s(self, step: TimeStep) -> float:
        """Return when a message comes that is no frame, by the clock since the one before."""
        if self._newest is None:
            return 0.0
        timestamp_s, t_capture_ns = self._newest
        return timestamp_s + (step.t_capture_ns - t_capture_ns) * 1e-9

    def _write_transition(self, step: TimeStep) -> None:
        for name in self._layout.actions:
            self._stream.log(name, rr.Scalars(step.actions[name.removeprefix("action.")]))
        self._stream.log(REWARD, rr.Scalars(step.reward))
        for name, is_set in zip(MARKS, (step.success, step.done, step.truncated), strict=True):
            if is_set:
                self._stream.log(name, rr.Scalars(1.0))
        self._drivers.mark(step.telemetry.driver)

    def _picture(self, rgb: NDArray[np.uint8]) -> Any:
        picture = rr.Image(rgb)
        return picture.compress(jpeg_quality=self._jpeg_quality) if self._jpeg_quality else picture
