"""How a run owner's loop ends: with a last word on `status`, whatever happens."""

import logging
from collections.abc import Callable
from typing import Protocol

from dora_hil.errors import one_line
from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Status

log = logging.getLogger(__name__)


class Owner(Protocol):
    """What is needed of a run owner here."""

    def over(self, failure: str = "") -> Status:
        """Return the last word."""


def run_owner(port: NodePort, owner: Owner, hear_all: Callable[[], None]) -> int:
    """Hear everything there is to hear, say `over`, and return the exit code.

    The owner has the last word, also after an error, which is raised for the shell.
    """
    failure = ""
    try:
        hear_all()
    except Exception as error:
        failure = one_line(error)
        raise
    finally:
        over = owner.over(failure)
        port.send("status", over)
    if not over.ok:
        log.error("%s", over.message)
    return 0 if over.ok else 1
