"""The real keyboard, by pynput."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from dora_hil.errors import UserError
from keyboard_node.keys import US_LETTERS, KeyNamer, key_name

if TYPE_CHECKING:
    from pynput.keyboard import Listener

    from keyboard_node.x11 import X11Keymap

type OnKey = Callable[[str], None]
type OnPointer = Callable[[], None]

READY_S: Final = 3.0


class ListenerError(UserError):
    """No keys can be read here, or no more; the text says why."""


class KeyListener(Protocol):
    """What tells which keys go down and up."""

    @property
    def reads_state(self) -> bool:
        """Say whether `down` can tell."""

    @property
    def hears_mouse(self) -> bool:
        """Say whether clicks and the wheel are reported; valid after `start`."""

    @property
    def foreign(self) -> Mapping[str, str]:
        """Return what is written on letters that the layout lacks; valid after `start`."""

    def start(self, press: OnKey, release: OnKey, point: OnPointer) -> None:
        """Begin to report keys by name, repeats included, and the mouse, from any thread.

        Raises:
            ListenerError: there is no keyboard to listen to.
        """

    def check(self) -> None:
        """Return if keys are still reported.

        Raises:
            ListenerError: the keyboard is gone.
        """

    def down(self) -> frozenset[str] | None:
        """Ask the system which keys are down; None where it cannot be asked.

        Raises:
            ListenerError: the keyboard is gone.
        """

    def stop(self) -> None:
        """Report nothing more."""


class PynputListener:
    """Listens to every key of the desktop session, whichever window has the focus."""

    def __init__(self) -> None:
        """Import pynput; slow, so done before the start barrier. `start` says what failed."""
        self._failure = ""
        self._thread: Listener | None = None
        self._keymap: X11Keymap | None = None
        self._is_x11 = sys.platform.startswith("linux")
        self._mouse: Any = None
        us_letters = US_LETTERS.get(sys.platform)
        self._namer = KeyNamer(modifiers_toggle=sys.platform == "darwin", us_letters=us_letters)
        try:
            self._keyboard = _import_pynput(is_x11=self._is_x11)
        except ListenerError as error:
            self._failure = str(error)

    @property
    def reads_state(self) -> bool:
        """Say whether `down` can tell: on X11."""
        return self._is_x11

    @property
    def hears_mouse(self) -> bool:
        """Say whether clicks and the wheel are reported: on X11 with the keys, in their order."""
        return self._is_x11 or self._mouse is not None

    @property
    def foreign(self) -> Mapping[str, str]:
        """Return what is written on letters that the layout lacks; on X11 alone."""
        return self._keymap.foreign if self._keymap is not None else {}

    def start(self, press: OnKey, release: OnKey, point: OnPointer) -> None:
        """Begin to report keys and the mouse; see `KeyListener`."""
        if self._failure:
            raise ListenerError(self._failure)
        if self._is_x11:
            self._keymap = self._open_keymap()

        def pressed(key: object) -> None:
            name, is_press = self._namer.press(key)
            (press if is_press else release)(name)

        def released(key: object) -> None:
            release(self._namer.release(key))

        kind = self._keyboard.Listener
        if self._keymap is not None:
            kind = self._keymap.listener(self._keyboard, point)
        else:
            self._mouse = _listening_mouse(point)
        self._thread = _listening_thread(kind, pressed, released, self._fail)
        self._thread.start()
        self._wait_until_ready(self._thread)
        if sys.platform == "darwin" and not self._thread.IS_TRUSTED:
            raise ListenerError(
                "macOS does not let this program read the keyboard: allow your terminal under "
                "System Settings > Privacy & Security, Input Monitoring and Accessibility, "
                "and start again"
            )

    def check(self) -> None:
        """Return if keys are still reported; a key that could not be handled ends that, too."""
        if self._thread is not None and not self._thread.is_alive():
            raise ListenerError(f"the keyboard is gone ({self._failure or 'listening ended'})")

    def down(self) -> frozenset[str] | None:
        """Ask the X server which keys are down; None elsewhere."""
        if self._keymap is None:
            return None
        try:
            return self._keymap.down()
        except Exception as error:  # python-xlib raises a dozen unrelated kinds here
            raise ListenerError(f"the keyboard is gone ({_said(error)})") from None

    def stop(self) -> None:
        """Report nothing more."""
        # Either may fail in any way if the X server has gone; there is nothing left to stop.
        if self._thread is not None:
            with contextlib.suppress(Exception):
                self._thread.stop()
        if self._mouse is not None:
            with contextlib.suppress(Exception):
                self._mouse.stop()
        if self._keymap is not None:
            with contextlib.suppress(Exception):
                self._keymap.close()
            self._keymap = None

    def _open_keymap(self) -> "X11Keymap":
        from keyboard_node.x11 import X11Keymap

        try:
            keymap = X11Keymap({key.value.vk: key_name(key) for key in self._keyboard.Key})
        except Exception as error:
            raise ListenerError(_no_display(_said(error))) from None
        if not keymap.can_record:
            keymap.close()
            raise ListenerError(
                f"the display {os.environ['DISPLAY']!r} lets nobody listen to its keyboard; "
                "over SSH, log in with `ssh -Y` instead of `ssh -X`"
            )
        return keymap

    def _wait_until_ready(self, thread: "Listener") -> None:
        """Wait for pynput, which waits for ever itself if its thread dies."""
        waiting = threading.Thread(target=thread.wait, daemon=True)
        waiting.start()
        for _ in range(int(READY_S / 0.05)):
            waiting.join(0.05)
            if not waiting.is_alive():
                return
            self.check()
        raise ListenerError(f"the keyboard did not answer within {READY_S:g} s")

    def _fail(self, error: Exception) -> None:
        self._failure = _said(error)


def _import_pynput(*, is_x11: bool) -> Any:
    """Import pynput's keyboard; without a display the import itself fails.

    Raises:
        ListenerError: says what is missing.
    """
    if is_x11:
        session = os.environ.get("XDG_SESSION_TYPE", "").lower()
        if os.environ.get("WAYLAND_DISPLAY") or session == "wayland":
            raise ListenerError(
                "this is a Wayland session, where keys are seen in XWayland windows only, "
                "not in your terminal; log in to an X11 (Xorg) session"
            )
        if not os.environ.get("DISPLAY"):
            raise ListenerError(_no_display("$DISPLAY is not set"))
    try:
        from pynput import keyboard
    except ImportError as error:
        if is_x11:
            detail = f"cannot connect to $DISPLAY, {os.environ['DISPLAY']!r}"
            raise ListenerError(_no_display(detail)) from error
        raise ListenerError(f"pynput cannot be used here: {_said(error)}") from error
    return keyboard


def _listening_thread(
    kind: Any,
    pressed: Callable[[object], None],
    released: Callable[[object], None],
    failed: Callable[[Exception], None],
) -> "Listener":
    """Return pynput's thread; it tells `failed` what ended it instead of printing it."""

    class ListeningThread(kind):  # type: ignore[misc]
        def run(self) -> None:
            try:
                super().run()
            except Exception as error:
                failed(error)

    return ListeningThread(on_press=pressed, on_release=released)


def _listening_mouse(point: OnPointer) -> Any:
    """Return a started listener to the mouse, or None where there is none to be had."""
    try:
        from pynput import mouse

        listener = mouse.Listener(on_click=lambda *_: point(), on_scroll=lambda *_: point())
        listener.start()
    except Exception:  # whatever the platform raises: the keys work without it
        return None
    return listener


def _no_display(detail: str) -> str:
    return f"there is no X display to read the keyboard from ({detail})"


def _said(error: Exception) -> str:
    """Return the first line of an error's text."""
    text = str(error) or type(error).__name__
    return text.splitlines()[0]
