"""Errors whose text is written for the person at the shell."""

import textwrap

_WIDTH = 400


class UserError(Exception):
    """Something the user can put right; a node prints the text as one line and exits with 2."""


def one_line(error: BaseException) -> str:
    """Return any error's text without its line breaks, or its type where it has no text."""
    return shortened(str(error)) or type(error).__name__


def shortened(text: str) -> str:
    """Return a text without its line breaks, cut off where it is longer than a person reads."""
    return textwrap.shorten(text, _WIDTH, placeholder=" ...")
