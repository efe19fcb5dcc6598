"""Hosts of their own on one machine: Linux network namespaces, each with a cable to one switch."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

THIS_THREADS = "/proc/thread-self/ns/net"
SWITCH = "switch"


class NetworkError(Exception):
    """The system or the user does not allow a network like this."""


class Network:
    """A switch and hosts, for as long as the context lasts.

    The namespaces have no names: the kernel removes them with the last process that is in them,
    also where this one is killed.

    Attributes:
        addresses: of each host, by its name.
    """

    def __init__(self, *hosts: str) -> None:
        """Name the hosts; nothing is made yet."""
        self.addresses = {host: f"10.77.0.{last}" for last, host in enumerate(hosts, start=1)}
        self._namespaces: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Make switch, hosts and cables.

        Raises:
            NetworkError: that needs Linux, root and iproute2.
        """
        if sys.platform != "linux":
            raise NetworkError("network namespaces are Linux's")
        try:
            for name in (SWITCH, *self.addresses):
                self._namespaces[name] = _new_namespace()
            self._connect()
        except NetworkError:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of them."""
        self._close()

    @contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """Start the processes of this block on a host: they inherit this thread's network."""
        own = os.open(THIS_THREADS, os.O_RDONLY)
        try:
            os.setns(self._namespaces[host], os.CLONE_NEWNET)
            yield
        finally:
            os.setns(own, os.CLONE_NEWNET)
            os.close(own)

    def cut(self, host: str) -> None:
        """Unplug a host at the switch: packets vanish, and nobody is told."""
        with self.inside(SWITCH):
            _ip("link", "set", _cable(host), "down")

    def mend(self, host: str) -> None:
        """Plug it in again."""
        with self.inside(SWITCH):
            _ip("link", "set", _cable(host), "up")

    def _connect(self) -> None:
        with self.inside(SWITCH):
            _ip("link", "add", "bridge", "type", "bridge")
            _ip("link", "set", "bridge", "up")
            for host in self.addresses:
                namespace = f"/proc/{os.getpid()}/fd/{self._namespaces[host]}"
                peer = ("peer", "name", "eth0", "netns", namespace)
                _ip("link", "add", _cable(host), "type", "veth", *peer)
                _ip("link", "set", _cable(host), "master", "bridge", "up")
        for host, address in self.addresses.items():
            with self.inside(host):
                _ip("link", "set", "lo", "up")
                _ip("address", "add", f"{address}/24", "dev", "eth0")
                _ip("link", "set", "eth0", "up")

    def _close(self) -> None:
        while self._namespaces:
            os.close(self._namespaces.popitem()[1])


def _new_namespace() -> int:
    own = os.open(THIS_THREADS, os.O_RDONLY)
    try:
        os.unshare(os.CLONE_NEWNET)
        made = os.open(THIS_THREADS, os.O_RDONLY)
        os.setns(own, os.CLONE_NEWNET)
    except PermissionError:
        raise NetworkError("only root may make a network namespace") from None
    finally:
        os.close(own)
    return made


def _cable(host: str) -> str:
    return f"to-{host}"


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise NetworkError("`ip` is missing; Debian has it in iproute2") from None
    except subprocess.CalledProcessError as error:
        raise NetworkError(f"ip {' '.join(words)}: {error.stderr.strip()}") from None
