"""Start the node: arguments, one object, one loop."""

from collections.abc import Sequence

from dora_hil.arguments import NodeArguments, number
from dora_hil.device.loop import run_device
from dora_hil.node.node import attach, run_main
from web_node.address import listen
from web_node.console import Console
from web_node.driver_seat import DriverSeat
from web_node.server import ConsoleServer

NAME = "web-node"


def build(argv: Sequence[str] | None = None) -> Console:
    """Read the command line and listen.

    Raises:
        AddressError: nobody can listen there.
    """
    arguments = NodeArguments(NAME, "The operator's console in a browser, as a dora node.")
    arguments.option(
        "--host",
        variable="WEB_HOST",
        default="127.0.0.1",
        about="address to listen on; 0.0.0.0 for all networks, which demands a token",
    )
    arguments.option(
        "--port",
        variable="WEB_PORT",
        default=8010,
        kind=number(int, 0, 65535),
        about="port; another free one is taken where it is in use",
    )
    arguments.option(
        "--token",
        variable="WEB_TOKEN",
        default=None,
        about="what viewers must show; made up where others can reach the address",
    )
    parsed = arguments.parse_node(argv)
    listening, address = listen(parsed.host, parsed.port, parsed.token)
    seat = DriverSeat()
    return Console(ConsoleServer(listening, address, seat), address, seat)


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, _main)


def _main() -> int:
    console = build()
    return run_device(attach(), console, console.hear, ended=console.ended)


if __name__ == "__main__":
    main()
