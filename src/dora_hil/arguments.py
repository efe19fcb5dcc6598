"""Command-line options that are environment variables too.

dora expands variables in a node's `env:` alone, not in its `args:`, so that
``SEED=7 uv run dora run dataflow-demo.yaml`` reaches a node only as a variable.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from dora_hil.config import from_home


class NodeArguments(argparse.ArgumentParser):
    """An argument parser whose options take their default from the environment."""

    def option(
        self,
        name: str,
        *,
        variable: str,
        default: Any,
        kind: Callable[[str], Any] = str,
        choices: Sequence[str] | None = None,
        about: str,
    ) -> None:
        """Add an option.

        Args:
            name: the flag, for instance ``--seed``.
            variable: the environment variable; an empty one counts as unset.
            default: what holds where neither is given.
            kind: makes the value from text.
            choices: the accepted values, where they are few.
            about: one line of help.
        """
        text = os.environ.get(variable) or None
        self.add_argument(
            name,
            type=kind,
            choices=choices,
            # argparse puts a default that is text through `type` as it does the flag's value,
            # but does not check it against the choices: `parse_args` does.
            default=default if text is None else from_home(text),
            help=f"{about} (${variable}; default: {default})",
        )
        self._variables[name.lstrip("-").replace("-", "_")] = (variable, choices)

    def __init__(self, name: str, about: str) -> None:
        """Parse for the node `name`."""
        super().__init__(prog=name, description=about, allow_abbrev=False)
        self._variables: dict[str, tuple[str, Sequence[str] | None]] = {}

    def error(self, message: str) -> NoReturn:
        """Say in one line what was wrong, without argparse's half page of usage."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")

    def parse_known_args(  # type: ignore[override] # of its three signatures, the one in use
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse words in which `~` means the home folder, whatever option they belong to."""
        words = sys.argv[1:] if args is None else args
        return super().parse_known_args([from_home(word) for word in words], namespace)

    def parse_node(self, argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse the flags; a bad value of a variable is an error like a bad flag."""
        return self._checked(self.parse_args(argv))

    def parse_node_and_rest(self, argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """Parse the flags, and return what else there was: overrides of a config's keys."""
        parsed, rest = self.parse_known_args(argv)
        return self._checked(parsed), rest

    def _checked(self, parsed: argparse.Namespace) -> argparse.Namespace:
        for name, (variable, choices) in self._variables.items():
            value = getattr(parsed, name)
            if choices is not None and value not in choices:
                self.error(f"${variable}: {value!r} is not one of {', '.join(choices)}")
        return parsed


def names(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of names."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def switch(text: str) -> bool:
    """Read yes or no."""
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(words)}") from None


def number[N: (int, float)](
    kind: type[N], low: float, high: float = float("inf")
) -> Callable[[str], N]:
    """Return a reader of finite numbers from `low` to `high`, both included."""
    name = "a whole number" if kind is int else "a number"

    def read(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {name}") from None
        if not low <= value <= high or not math.isfinite(value):
            limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    return read


def path_ending(*suffixes: str) -> Callable[[str], Path]:
    """Return a reader of the paths of files to write, whose suffix says in which format."""

    def read(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(f"{text!r} does not end in {', '.join(suffixes)}")
        return path

    return read
