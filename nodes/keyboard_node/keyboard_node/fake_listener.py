"""A keyboard without a keyboard, for tests."""

from dataclasses import dataclass, field

from keyboard_node.listener import ListenerError, OnKey, OnPointer


@dataclass
class FakeListener:
    """Reports the keys that a test presses.

    Attributes:
        reads_state: the system can be asked which keys are down.
        hears_mouse: clicks and the wheel are reported.
        foreign: see `KeyListener`.
        failure: why there is no keyboard; empty while there is one.
        physically_down: what the system would say is down.
        stopped: `stop` was called.
    """

    reads_state: bool = True
    hears_mouse: bool = True
    foreign: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    physically_down: set[str] = field(default_factory=set)
    stopped: bool = False
    _press: OnKey | None = None
    _release: OnKey | None = None

    def start(self, press: OnKey, release: OnKey, point: OnPointer) -> None:
        """Take the callbacks."""
        self.check()
        self._press, self._release = press, release

    def check(self) -> None:
        """Return unless a `failure` was set."""
        if self.failure:
            raise ListenerError(self.failure)

    def down(self) -> frozenset[str] | None:
        """Return `physically_down`, or None where it cannot be asked."""
        return frozenset(self.physically_down) if self.reads_state else None

    def stop(self) -> None:
        """Report nothing more."""
        self.stopped = True

    def press(self, key: str) -> None:
        """Press a key, or repeat it."""
        self.physically_down.add(key)
        if self._press is not None and not self.stopped:
            self._press(key)

    def release(self, key: str, *, is_lost: bool = False) -> None:
        """Release a key, unseen where the release is lost."""
        self.physically_down.discard(key)
        if self._release is not None and not self.stopped and not is_lost:
            self._release(key)
