"""The follower, as the body's stream shows it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace, Float64Array
from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import Phase, TimeStep

_ACTION: Final = f"action.{ActionSpace.JOINT}"
_STATE: Final = "observation.state"
_DEVICE: Final = "intervention_"


class FollowerError(UserError):
    """A body that no leader can drive; the text says what it has."""


@dataclass(frozen=True, eq=False)
class FollowerView:
    """What a leader has to know of its follower.

    Attributes:
        pose: float64[n], as measured; degrees, and percent of the gripper.
        target: float64[n], where it was sent last; its pose where nothing is known of that. They
            differ in a gripper that holds something.
        may_drive: the episode lets people drive, and no other hand does.
        is_driven_by_leader: the body says so.
        stretch: episode and phase; the body wants a fresh engagement in each.
    """

    pose: Float64Array
    target: Float64Array
    may_drive: bool
    is_driven_by_leader: bool
    stretch: tuple[int, Phase]


class Follower:
    """Hears what the body says."""

    SILENCE_S: Final = 1.0
    """What is older is not where the follower is."""

    def __init__(self, body_input: str) -> None:
        """Know nothing yet but the body's input that the leader's actions arrive on."""
        self._body_input = body_input
        self._heard_s = 0.0
        self._view: FollowerView | None = None
        self._spec: StreamSpec | None = None
        self._columns: list[int] = []
        self.joints: tuple[str, ...] = ()

    def hear(self, timestep: TimeStep, now_s: float) -> None:
        """Take what the body says.

        Raises:
            FollowerError: its joints are not sent, or not all of them are measured.
        """
        if timestep.spec is not self._spec:
            self._read(timestep.spec)
        pose = timestep.columns[_STATE][self._columns].astype(np.float64)
        sent = timestep.actions[ActionSpace.JOINT].astype(np.float64)
        is_open = timestep.phase in (Phase.RESETTING, Phase.RUNNING)
        is_mine = timestep.telemetry.driver == self._body_input
        self._heard_s = now_s
        self._view = FollowerView(
            pose=pose,
            target=sent if np.isfinite(sent).all() else pose,
            may_drive=is_open and (is_mine or not timestep.telemetry.driver.startswith(_DEVICE)),
            is_driven_by_leader=is_mine,
            stretch=(timestep.episode, timestep.phase),
        )

    def view(self, now_s: float) -> FollowerView | None:
        """Return what is known of it, or None where the body is silent."""
        return self._view if now_s - self._heard_s <= self.SILENCE_S else None

    def _read(self, spec: StreamSpec) -> None:
        if _ACTION not in spec.columns or ActionSpace.JOINT not in spec.action_spaces:
            raise FollowerError(
                f"the body {spec.body!r} is not driven by joints; "
                f"it accepts {', '.join(spec.action_spaces)}"
            )
        joints = spec.columns[_ACTION].names
        measured = spec.columns[_STATE].names if _STATE in spec.columns else ()
        missing = [joint for joint in joints if joint not in measured]
        if missing:
            raise FollowerError(
                f"{_STATE} of the body {spec.body!r} has no {', '.join(missing)}; "
                f"it has {', '.join(measured)}"
            )
        self._spec, self.joints = spec, joints
        self._columns = [measured.index(joint) for joint in joints]
