"""lerobot-node: LeRobot on dora, one program for everything that is built on it."""

import importlib
import sys
from collections.abc import Sequence
from typing import Final

from dora_hil.errors import UserError
from dora_hil.node.node import run_main

NAME = "lerobot-node"

COMMANDS: Final = {
    "record": "lerobot_node.record.command",
    "replay": "lerobot_node.replay.command",
    "eval": "lerobot_node.evaluate.command",
    "actor": "lerobot_node.hil.actor_command",
    "learner": "lerobot_node.hil.learner_command",
    "reward": "lerobot_node.reward.command",
}
"""Each command's module; `eval` is a Python builtin."""


class CommandError(UserError):
    """No such command."""


def start(argv: Sequence[str]) -> int:
    """Run a command; only its own imports are paid for."""
    command = argv[0] if argv else ""
    if command in ("-h", "--help"):
        print(_help())
        return 0
    if command not in COMMANDS:
        accepted = ", ".join(COMMANDS)
        raise CommandError(f"{command!r} is not a command; expected one of: {accepted}")
    return int(importlib.import_module(COMMANDS[command]).start(argv[1:]))


def _help() -> str:
    """Return what each command accepts."""
    modules = [importlib.import_module(module) for module in COMMANDS.values()]
    usage = f"usage: {NAME} {{{','.join(COMMANDS)}}} ..."
    return "\n\n".join([usage, *(module.parser().format_help() for module in modules)])


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, lambda: start(sys.argv[1:]))


if __name__ == "__main__":
    main()
