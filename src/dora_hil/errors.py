"""Errors whose text is written for the person at the shell."""

import textwrap

_WIDTH = 400


class UserError(Exception):
    """Something the user can put right; a node prints the text as one line and exits with 2."""


def one_line(error: BaseException) -> str:
    """Return any error's text without its line breaks, or its type where it has no text."""
    return shortened(str(error)) or type(error).__name__


def counted(count: int, name: str) -> str:
    """Return how many there are of something: ``1 episode``, ``2 episodes``."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def left_early(source: str) -> str:
    """Return what is said of a node that is gone while the run goes on.

    Why it is gone it has said itself, or dora has: this is no error of its own.

    Args:
        source: the node, or one of its outputs, ``recorder/status``.
    """
    return f"the {source.partition('/')[0]} ended before the run was over; look for its last line"


def shortened(text: str) -> str:
    """Return a text without its line breaks, cut off where it is longer than a person reads."""
    return textwrap.shorten(text, _WIDTH, placeholder=" ...")
