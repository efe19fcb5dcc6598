"""Functions of a library that a process has its own for, and can have back."""

from collections.abc import Callable
from typing import Any


class Exchange:
    """Some functions of classes, and what stands in their place."""

    def __init__(self, *parts: tuple[type, str, Callable[..., Any]]) -> None:
        """Remember the library's own; nothing is exchanged yet.

        Args:
            parts: a class, the name of one of its functions, and what to put there.
        """
        self._ours = parts
        self._stock = [(owner, name, getattr(owner, name)) for owner, name, _ in parts]

    def make(self) -> None:
        """Put ours there, in this process."""
        for owner, name, ours in self._ours:
            setattr(owner, name, ours)

    def undo(self) -> None:
        """Put the library's own back."""
        for owner, name, stock in self._stock:
            setattr(owner, name, stock)
