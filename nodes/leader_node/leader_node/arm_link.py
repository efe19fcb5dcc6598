"""Talks to an arm in a thread, so that a bus that does not answer stops nobody."""

import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from dora_hil.errors import one_line

Pose = Mapping[str, float]
"""By LeRobot's names (`elbow_flex.pos`); degrees, and percent of the gripper's opening."""


class ArmError(Exception):
    """An arm that does not answer; the text is one line for people."""


class NotCalibratedError(ArmError):
    """An arm that answers, but whose joints mean nothing yet."""


@contextlib.contextmanager
def arm_errors(say: Callable[[Exception], str] = one_line) -> Iterator[None]:
    """Make one kind of error of what drivers raise.

    Behind a pulled cable Feetech's raises OSError, termios.error, TypeError and LeRobot's own; a
    plugin's raises what its library does. An arm must not take the dataflow down with it.
    """
    try:
        yield
    except ArmError:
        raise
    except Exception as error:
        raise ArmError(say(error)) from None


class Arm(Protocol):
    """A leader arm; a call takes as long as its bus does."""

    def connect(self) -> None:
        """Open the port and check the motors; their torque is off then.

        Raises:
            NotCalibratedError: says what to type.
            ArmError: says what failed.
        """

    def exchange(self, goal: Pose | None) -> Pose:
        """Send it to a goal, or let go of it for None; returns where it was.

        Raises:
            ArmError: it did not answer; ask again, all of it.
        """

    def disconnect(self) -> None:
        """Switch the torque off and close the port, as far as that is still possible."""


@dataclass(frozen=True)
class Reading:
    """Where an arm was, and `time.monotonic_ns()` when it had been read."""

    pose: Pose
    t_ns: int


class ArmLink:
    """Asks an arm once a tick, and connects it again when it has gone.

    Attributes:
        failure: why there is no arm; empty while there is one, and before the first answer.
    """

    WAIT_S: Final = 0.02
    """For an exchange. A read takes 1 to 5 ms, switching the torque of six motors about 20."""
    RETRY_S: Final = 1.5
    SILENCE_NS: Final = 250_000_000
    """An older reading is not where the arm is."""
    FAILURES: Final = 5
    """So many in a row are no noise on the line."""

    def __init__(
        self, arm: Arm, *, wait_s: float = WAIT_S, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """Take an arm, which the thread alone uses from now on; the first exchange connects it."""
        self.failure = ""
        self._arm = arm
        self._wait_s = wait_s
        self._clock_ns = clock_ns
        self._thread = ThreadPoolExecutor(1, "arm")
        self._job: Future[Reading | None] | None = None
        self._reading: Reading | None = None
        # The thread's own.
        self._is_connected = False
        self._retry_ns: int | None = 0
        self._failed = 0
        self._why = ""

    def exchange(self, goal: Pose | None) -> Reading | None:
        """Send the arm to a goal, or let go of it; returns its newest reading, if there is one.

        What the bus has not finished in time is taken the next time.
        """
        self._take_finished(0.0)
        if self._job is None:
            self._job = self._thread.submit(self._ask, goal)
            self._take_finished(self._wait_s)
        reading = self._reading
        is_old = reading is None or self._clock_ns() - reading.t_ns > self.SILENCE_NS
        return None if is_old or self.failure else reading

    def close(self) -> None:
        """Let go of the arm and close its port."""
        self._thread.submit(self._arm.disconnect)
        self._thread.shutdown()

    def _take_finished(self, wait_s: float) -> None:
        if self._job is None or not concurrent.futures.wait([self._job], wait_s).done:
            return
        self._reading = self._job.result() or self._reading
        self._job = None

    def _ask(self, goal: Pose | None) -> Reading | None:
        """Do one exchange, in the thread."""
        if not self._is_connected and not self._connect():
            return None
        try:
            pose = self._arm.exchange(goal)
        except ArmError as error:
            # The first says what happened; those behind it may be what came of that.
            self._why = str(error) if self._failed == 0 else self._why
            self._failed += 1
            if self._failed >= self.FAILURES:
                self._is_connected = False
                self._retry_later(self._why)
                self._arm.disconnect()
            return None
        self._failed, self.failure = 0, ""
        return Reading(pose, self._clock_ns())

    def _connect(self) -> bool:
        if self._retry_ns is None or self._clock_ns() < self._retry_ns:
            return False
        try:
            self._arm.connect()
        except NotCalibratedError as error:
            self.failure, self._retry_ns = str(error), None
            return False
        except ArmError as error:
            self._retry_later(str(error))
            return False
        self._is_connected, self._failed = True, 0
        return True

    def _retry_later(self, why: str) -> None:
        self.failure = f"{why}; tried again every {self.RETRY_S:g} s"
        self._retry_ns = self._clock_ns() + round(self.RETRY_S * 1e9)
