"""How one control period passes: inside of a simulator, or in the world.

A simulator moves time itself: at a tick it takes an action, simulates the period and shows what
came of it. In the world time passes by itself: at a tick the period that ends is measured, and only
then, with the answer to what was measured, the next action is sent.
"""

from collections.abc import Callable

from dora_hil.body.environment import Environment, Outcome, RealTimeEnvironment
from dora_hil.body.takeover import Choice
from dora_hil.node.node import POLL_S
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import HOLD

type Choose = Callable[[], Choice]

NOBODY = Choice(HOLD)
"""What is done where nobody may drive."""


class SimulatedDrive:
    """The period passes inside of the tick."""

    is_home = True
    is_open = False

    def __init__(self, environment: Environment) -> None:
        """Drive a simulator."""
        self._environment = environment

    def begin(self, seed: int) -> Columns:
        """Place everything anew."""
        return self._environment.begin(seed)

    def tick(self, choose: Choose) -> tuple[Choice, Outcome]:
        """Choose, and simulate a period."""
        choice = choose()
        return choice, self._environment.execute(choice.space, choice.value)

    def between(self, choose: Choose, *, is_awaited: bool, goes_home: bool, now_s: float) -> None:
        """Do nothing: it is chosen within the tick."""

    def wait_s(self, now_s: float) -> float:
        """Return that nothing happens by itself."""
        return POLL_S

    def rest(self, *, is_fault: bool) -> None:
        """Do nothing: without ticks nothing moves."""


class RealTimeDrive:
    """Measures at a tick; sends the answer when it comes, or holds from half of the period on."""

    def __init__(self, environment: RealTimeEnvironment) -> None:
        """Drive a robot."""
        self._environment = environment
        self._choice: Choice | None = NOBODY
        self._deadline_s: float | None = None

    @property
    def is_home(self) -> bool:
        """Say whether the arm stands where episodes begin."""
        return self._environment.is_home

    @property
    def is_open(self) -> bool:
        """Say whether nothing has been sent since the last tick."""
        return self._choice is None

    def begin(self, seed: int) -> Columns:
        """Start where the arm stands; the first action is now awaited."""
        self._open()
        return self._environment.begin(seed)

    def tick(self, choose: Choose) -> tuple[Choice, Outcome]:
        """Measure what was done since the last tick; the next action is now awaited."""
        choice = self._choice
        if choice is None:
            # Two ticks at once: nothing had time to arrive in between.
            choice = choose()
            self._environment.command(choice.space, choice.value)
        outcome = self._environment.measure()
        self._open()
        return choice, outcome

    def between(self, choose: Choose, *, is_awaited: bool, goes_home: bool, now_s: float) -> None:
        """Send the answer once it is there, or what holds at half of the period.

        Args:
            choose: what is to be done.
            is_awaited: the one who drives has still to answer what was measured last.
            goes_home: where nobody drives, the arm moves to where episodes begin.
            now_s: `time.monotonic()`.
        """
        if self._deadline_s is None:
            self._deadline_s = now_s + self._environment.control_dt_s / 2
        if is_awaited and now_s < self._deadline_s:
            return
        self._choice = choose()
        if goes_home and self._choice.driver == HOLD:
            self._environment.home()
        else:
            self._environment.command(self._choice.space, self._choice.value)

    def wait_s(self, now_s: float) -> float:
        """Return the time to the deadline of the awaited action."""
        if self._choice is not None or self._deadline_s is None:
            return POLL_S
        return min(POLL_S, max(0.001, self._deadline_s - now_s))

    def rest(self, *, is_fault: bool) -> None:
        """Hold or let go, as the robot's config says."""
        self._environment.rest(is_fault=is_fault)

    def _open(self) -> None:
        self._choice = None
        # Set at the next moment: until then the measurement has not been published.
        self._deadline_s = None


def drive_of(
    environment: Environment | RealTimeEnvironment,
) -> SimulatedDrive | RealTimeDrive:
    """Return the drive that fits."""
    if isinstance(environment, RealTimeEnvironment):
        return RealTimeDrive(environment)
    return SimulatedDrive(environment)
