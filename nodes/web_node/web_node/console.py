"""The page as a device: it drives, and shows the run."""

import logging
from collections.abc import Callable

from dora_hil.node.node import Event, EventKind
from dora_hil.stream.messages import Action, Control, Status
from dora_hil.stream.timestep import TimeStep
from web_node.address import Address
from web_node.driver_seat import DriverSeat
from web_node.run_view import RunView, owner_words, training_words
from web_node.server import ConsoleServer

log = logging.getLogger(__name__)


class Console:
    """One seat, and everybody who watches."""

    def __init__(self, server: ConsoleServer, address: Address, seat: DriverSeat) -> None:
        """Take the parts; nobody is answered before `start`."""
        self._server, self._address, self._seat = server, address, seat
        self._view = RunView()
        self._told: Status | None = None

    def start(self, send: Callable[[Control], None]) -> None:
        """Open the page; `send` takes each command at once, from the server's thread."""
        self._server.start(send)
        address = self._address
        if address.taken_port:
            log.warning("port %d is taken; the console is on another one", address.taken_port)
        log.info("watch and drive in a browser: %s", address.url)
        if address.is_loopback:
            log.info(
                "from another machine: ssh -L %d:%s:%d <this machine>, then the same address",
                address.port,
                f"[{address.host}]" if ":" in address.host else address.host,
                address.port,
            )

    def action(self) -> Action:
        """Return what the driver's hands ask for; call it once a tick."""
        return self._seat.action()

    def hear(self, event: Event, status: Status | None) -> None:
        """Show a message of the body, with what the run owner said last.

        Raises:
            MessageError: it is no `TimeStep`.
        """
        if event.id == "episode" and event.kind is EventKind.INPUT:
            step = TimeStep.from_arrow(event.value, event.metadata or {})
            self._tell_training(status)
            self._server.show(self._view.see(step, status))

    def _tell_training(self, status: Status | None) -> None:
        """Say how a training goes, once for each word of the run owner: it is kilobytes long."""
        training = training_words(status) if status is not self._told else None
        self._told = status
        if training is not None:
            self._server.tell_training(training)

    def ended(self, status: Status | None) -> None:
        """Take what the run owner said last, which everybody is told in the end."""
        self._tell_training(status)
        self._server.last_word = owner_words(status)

    def stop(self) -> None:
        """Hang up on everybody."""
        self._server.stop()
