"""Shows the `episode` stream, as long as its destination takes it."""

import logging

import rerun as rr
import rerun.blueprint as rrb

from dora_hil.display.rerun_program import ViewError
from dora_hil.stream.messages import Status
from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import Kind, TimeStep, Verdict
from rerun_node.blueprint import blueprint
from rerun_node.destination import BehindError, Destination
from rerun_node.layout import Layout
from rerun_node.missing_steps import MissingSteps
from rerun_node.recording import Recording

log = logging.getLogger(__name__)


class LiveView:
    """Writes what it is shown, one recording per episode.

    It may block on Rerun: call it from a thread of its own.
    """

    def __init__(self, destination: Destination, *, jpeg_quality: int = 0) -> None:
        """Take the parts; nothing is opened before `open`.

        The quality is 1 to 100; 0 leaves pictures as they are.
        """
        self._destination = destination
        self._jpeg_quality = jpeg_quality
        self._missing = MissingSteps()
        self._episode = -1
        self._spec: StreamSpec | None = None
        self._blueprint: rrb.Blueprint | None = None
        self._has_training = False
        self._stream: rr.RecordingStream | None = None
        self._recording: Recording | None = None
        self._is_behind = False

    def open(self) -> None:
        """Start the viewer.

        Raises:
            ViewError: there is none.
        """
        self._destination.open()

    def show(self, step: TimeStep, status: Status | None) -> None:
        """Write one message; skipped while the viewer has not taken the one before.

        Raises:
            ViewError: the viewer has gone, or the columns change within an episode.
        """
        is_waiting = step.kind is Kind.PHASE and step.verdict in (Verdict.NONE, Verdict.PENDING)
        if is_waiting and not self._destination.is_live:
            return
        if self._is_behind and not self._has_caught_up():
            return
        self._recording_of(step, status).write(step, status)
        self._missing.shown(step)
        self._has_caught_up()

    def close(self) -> None:
        """Finish the recording.

        Raises:
            ViewError: it could not be completed.
        """
        self._missing.say()
        # In this order: a server that hangs is ended, and nothing waits for it.
        self._destination.close()
        self._end()

    def _recording_of(self, step: TimeStep, status: Status | None) -> Recording:
        if self._recording is not None and step.episode == self._episode:
            if self._spec is None or step.spec.columns != self._spec.columns:
                raise ViewError(f"the columns of body {step.spec.body!r} changed in an episode")
            return self._recording
        self._end()
        self._recording = self._begin(step, status)
        return self._recording

    def _begin(self, step: TimeStep, status: Status | None) -> Recording:
        layout = Layout.of(step.spec)
        has_training = status is not None and status.training is not None
        if self._blueprint is None or (step.spec, has_training) != (self._spec, self._has_training):
            self._blueprint = blueprint(layout, has_training=has_training)
        self._has_training = has_training
        self._episode, self._spec = step.episode, step.spec
        self._stream = rr.RecordingStream(f"dora-hil {step.spec.body}")
        self._destination.begin(self._stream, self._blueprint, step.episode)
        number = f"episode {step.episode}" if step.episode >= 0 else "before the first episode"
        self._stream.send_recording_name(number)
        is_live = self._destination.is_live
        return Recording(self._stream, step.spec, layout, self._jpeg_quality, is_live=is_live)

    def _end(self) -> None:
        if self._stream is not None:
            self._destination.end(self._stream)

    def _has_caught_up(self) -> bool:
        was_behind, self._is_behind = self._is_behind, False
        try:
            if self._stream is not None:
                self._destination.deliver(self._stream)
        except BehindError as error:
            self._is_behind = True
            if not was_behind:
                log.warning("%s does not keep up: it is shown fewer steps", error)
        return not self._is_behind
