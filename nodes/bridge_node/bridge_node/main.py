"""Start the node: arguments, the parts, one loop."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from bridge_node.listening import Listening
from bridge_node.newest_step import NewestStep
from bridge_node.owner import BridgeOwner
from bridge_node.people import People
from bridge_node.server import BridgeServer
from bridge_node.session import Session
from dora_hil.arguments import NodeArguments
from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import Event, NodePort, attach, run_main
from dora_hil.owner.loop import run_owner
from dora_hil.stream.codec import MessageError
from dora_hil.stream.timestep import Kind
from dora_hil_bridge.address import VARIABLE, socket_path

NAME = "bridge-node"


def run(port: NodePort, listening: Listening) -> int:
    """Serve LeRobot processes until the body has ended the run; returns the exit code."""
    newest, wheel = NewestStep(), Lock()
    people = People(port.inputs_named("intervention_"))
    owner = BridgeOwner(wheel.locked)
    server = BridgeServer(listening, lambda: Session(newest, people, wheel, port.send))

    def hear_person(event: Event) -> None:
        try:
            people.hear(event)
        except MessageError as error:
            port.refuse(event.id, error)

    def hear_all() -> None:
        stream = EpisodeStream(port, hear=hear_person)
        for batch in stream.batches():
            for timestep in batch:
                owner.hear(timestep)
                if timestep.kind is Kind.FIRST:
                    people.begin_episode()
            newest.show(batch[-1])
            for status in owner.statuses():
                port.send("status", status)
            if owner.is_over:
                break
        owner.stream_ended(expected=stream.is_stopped)

    server.start()
    try:
        return run_owner(port, owner, hear_all)
    finally:
        server.stop()


def parse_socket(argv: Sequence[str] | None = None) -> Path:
    """Return where to listen."""
    arguments = NodeArguments(NAME, "Lets LeRobot's commands use a dataflow as their robot.")
    arguments.option(
        "--socket",
        variable=VARIABLE,
        default=socket_path(),
        kind=Path,
        about="Unix socket to serve LeRobot processes on",
    )
    path: Path = arguments.parse_node(argv).socket
    return path


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, _main)


def _main() -> int:
    with closing(Listening(parse_socket())) as listening:
        return run(attach(), listening)


if __name__ == "__main__":
    main()
