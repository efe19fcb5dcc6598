"""A body's event loop: dora in, `Body` in the middle, dora out."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.environment import Environment, RealTimeEnvironment
from dora_hil.body.pace import LockstepGate
from dora_hil.body.takeover import Takeover
from dora_hil.errors import UserError, left_early
from dora_hil.node.node import Event, EventKind, NodePort, StatusWatch
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.codec import MessageError
from dora_hil.stream.messages import Action, Command, Control, Status
from dora_hil.stream.timestep import EndReason, Phase, TimeStep, Verdict

log = logging.getLogger(__name__)

type Observer = Callable[[TimeStep], None]

DRIVERS_GRACE_S = 1.0
"""INPUT_CLOSED overtakes queued messages: an `over` may still follow that of the last driver."""

ECHO_NS = 300_000_000
"""So close together two devices have heard one press: the page that has the focus, and the keyboard
past which every key of the same desktop comes."""


class LockstepError(UserError):
    """`--lockstep` names an input that cannot be waited for."""


def build_body(
    port: NodePort,
    environment: Environment | RealTimeEnvironment,
    config: BodyConfig,
    *,
    lockstep: Sequence[str] = (),
    lockstep_time_limit_s: float = 10.0,
    handover_hold_s: float = 0.3,
) -> Body:
    """Wire a body to the inputs that the YAML declares.

    Raises:
        LockstepError: names the inputs that may be waited for.
    """
    devices = port.inputs_named("intervention_")
    awaitable = [*(["action"] if "action" in port.inputs else []), *devices]
    unknown = [name for name in lockstep if name not in awaitable]
    if unknown:
        raise LockstepError(
            f"--lockstep: no such input {', '.join(unknown)}; "
            f"the dataflow declares: {', '.join(awaitable) or 'none'}"
        )
    takeover = Takeover(
        devices,
        has_action="action" in port.inputs,
        handover_hold_s=handover_hold_s,
        inputs_that_wait=lockstep,
    )
    gate = LockstepGate(lockstep, time_limit_s=lockstep_time_limit_s)
    return Body(environment, config, takeover, gate)


class BodyLoop:
    """Runs a body until the run is over."""

    def __init__(
        self,
        port: NodePort,
        body: Body,
        owner: SelfOwner,
        observers: Sequence[Observer] = (),
    ) -> None:
        """Take the parts; `owner` is used only where the YAML wires no `status` input."""
        self._port = port
        self._body = body
        self._owner = None if "status" in port.inputs else owner
        self._observers = observers
        self._watch = StatusWatch()
        self._drivers = {"action"} & port.inputs.keys() or {*port.inputs_named("intervention_")}
        self._drivers_closed_s: float | None = None
        self._presses: dict[Command, tuple[str, int]] = {}

    def run(self) -> int:
        """Handle events until the run is over; returns the exit code."""
        self._grant()
        for event in self._port.events(self._body.wait_s):
            now_s = time.monotonic()
            self._publish(self._handle(event, now_s))
            self._publish(self._body.advance())
            self._publish(self._check_drivers(now_s))
            code = self._exit_code(now_s)
            if code is not None:
                return code
        self._publish(self._body.end_run(EndReason.STOP))
        return 1 if self._body.fault else 0

    def _handle(self, event: Event, now_s: float) -> list[TimeStep]:
        match event.kind:
            case EventKind.STOP:
                self._watch.over = True
                return self._body.end_run(EndReason.STOP)
            case EventKind.CLOSED:
                return self._handle_closed(event.id, now_s)
            case EventKind.INPUT:
                try:
                    return self._handle_input(event.id, event.value, dict(event.metadata or {}))
                except UserError as error:
                    if isinstance(error, MessageError) and self._can_go_without(event.id):
                        self._port.refuse(event.id, error)
                        return []
                    fault = f"input {event.id!r}: {error}"
                    return self._body.end_run(EndReason.FAULT, fault)
        return []

    def _can_go_without(self, name: str) -> bool:
        """Say whether a run is whole without what an input says: one of several hands."""
        is_hand = name.startswith(("control_", "intervention_"))
        return is_hand and name not in self._body.gate.inputs

    def _is_echo(self, name: str, control: Control) -> bool:
        """Say whether another device has just said the same of the same press: one thing."""
        if control.episode != -1:
            # A program, which names the episode that it means, presses no keys.
            return False
        other, t_press_ns = self._presses.get(control.command, (name, 0))
        if other != name and abs(control.t_press_ns - t_press_ns) < ECHO_NS:
            return control.t_press_ns > 0
        self._presses[control.command] = (name, control.t_press_ns)
        return False

    def _handle_input(self, name: str, value: Any, metadata: dict[str, Any]) -> list[TimeStep]:
        body = self._body
        if name == "tick":
            sent = metadata.get("timestamp")
            return body.tick(sent.timestamp() if sent is not None else time.time())
        if name == "action" or name.startswith("intervention_"):
            body.receive_action(name, Action.from_arrow(value, metadata))
        elif name.startswith("control_"):
            control = Control.from_arrow(value, metadata)
            return [] if self._is_echo(name, control) else body.receive_control(control)
        elif name == "status":
            status = Status.from_arrow(value, metadata)
            self._watch.hear(status)
            return body.receive_status(status)
        return []

    def _handle_closed(self, name: str, now_s: float) -> list[TimeStep]:
        self._body.input_closed(name)
        if name == "status":
            self._watch.closed(now_s)
            return self._body.end_run(EndReason.STOP)
        if name.startswith("intervention_"):
            log.warning("the device on %s has gone; going on without it", name)
        if name in self._drivers:
            self._drivers.remove(name)
            if not self._drivers:
                self._drivers_closed_s = now_s
        return []

    def _check_drivers(self, now_s: float) -> list[TimeStep]:
        """End the run when nobody drives any more; a held arm would look like a bad policy."""
        closed_s = self._drivers_closed_s
        is_gone = closed_s is not None and now_s - closed_s >= DRIVERS_GRACE_S
        if not is_gone or self._body.cycle.phase is Phase.OVER:
            return []
        inputs = self._port.inputs
        if "action" in inputs:
            fault = f"the node on input 'action' ({inputs['action']}) has ended"
        else:
            devices = ", ".join(inputs[name] for name in self._port.inputs_named("intervention_"))
            fault = f"every device that could drive ({devices}) has ended"
        return self._body.end_run(EndReason.FAULT, fault)

    def _publish(self, timesteps: list[TimeStep]) -> None:
        for timestep in timesteps:
            self._port.send("episode", timestep)
            for observe in self._observers:
                observe(timestep)
            if self._owner is not None and timestep.verdict in (Verdict.KEEP, Verdict.DISCARD):
                self._owner.saved += timestep.verdict is Verdict.KEEP
                self._grant()

    def _grant(self) -> None:
        """Be one's own run owner: grant the next episode, or end after the last."""
        if self._owner is None or self._body.cycle.phase is Phase.OVER:
            return
        if self._owner.is_complete:
            self._publish(self._body.end_run(EndReason.NONE))
            return
        status = self._owner.grant_next()
        self._body.receive_status(status)
        self._port.send("status", status)

    def _exit_code(self, now_s: float) -> int | None:
        code = 1 if self._body.fault else 0
        if self._owner is not None:
            if self._body.cycle.phase is not Phase.OVER:
                return None
            self._port.send("status", self._owner.over(self._body.fault))
            return code
        owners = self._watch.exit_code(now_s)
        if owners == 1:
            log.error("%s", left_early(self._port.inputs.get("status", "status")))
        return owners if owners != 0 else code
