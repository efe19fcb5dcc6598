"""Where the page is: the address that the node listens on, and what a person has to open."""

import errno
import ipaddress
import secrets
import socket
from dataclasses import dataclass

from dora_hil.errors import UserError

BACKLOG = 128


class AddressError(UserError):
    """Nobody can listen there."""


@dataclass(frozen=True)
class Address:
    """Where the node listens.

    Attributes:
        host: an IP address of this machine, or that of all its networks.
        port: a TCP port.
        token: what the page demands; empty for none.
        taken_port: what was asked for, where that is taken; else 0.
    """

    host: str
    port: int
    token: str = ""
    taken_port: int = 0

    @property
    def is_loopback(self) -> bool:
        """Say whether only this machine itself can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def url(self) -> str:
        """Return what a person has to open."""
        host = self.host
        if ipaddress.ip_address(host).is_unspecified:
            host = _own_address(host)
        if ":" in host:
            host = f"[{host}]"
        query = f"/?token={self.token}" if self.token else ""
        return f"http://{host}:{self.port}{query}"


def listen(host: str, port: int, token: str | None = None) -> tuple[socket.socket, Address]:
    """Listen, on another free port if that one is taken.

    Args:
        host: a name or an IP address of this machine.
        port: 0 takes a free one.
        token: demanded of every viewer; None makes one up where others than this machine can
            reach the address, and demands none where they cannot.

    Raises:
        AddressError: says why nobody can listen there.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise AddressError(f"{host}: no such address ({error.strerror})") from None
    family, ip = found[0], str(found[4][0])
    try:
        listening = _bound(family, ip, port)
        taken_port = 0
    except OSError as error:
        if port == 0 or error.errno != errno.EADDRINUSE:
            raise AddressError(f"{host}, port {port}: {error.strerror}") from None
        listening = _bound(family, ip, 0)
        taken_port = port
    if token is None and not ipaddress.ip_address(ip).is_loopback:
        token = secrets.token_urlsafe(16)
    return listening, Address(ip, listening.getsockname()[1], token or "", taken_port)


def _bound(family: socket.AddressFamily, ip: str, port: int) -> socket.socket:
    return socket.create_server((ip, port), family=family, backlog=BACKLOG)


def _own_address(unspecified: str) -> str:
    """Return the address by which others most likely reach this machine; nothing is sent."""
    is_v6 = ":" in unspecified
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("2001:db8::1" if is_v6 else "192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
