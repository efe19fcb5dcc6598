"""What can be chosen at the command line, and the view that comes of it."""

import argparse
import re
import socket
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final
from urllib.parse import quote

from dora_hil.arguments import NodeArguments, number
from dora_hil.display.rerun_program import RerunProgram
from rerun_node.destination import Destination
from rerun_node.live_view import LiveView
from rerun_node.mode import Mode, chosen
from rerun_node.recording_folder import FolderError, RecordingFolder
from rerun_node.viewer import Server, Window

NAME: Final = "rerun-node"
LOOPBACK: Final = "127.0.0.1"
ALL_INTERFACES: Final = "0.0.0.0"
JPEG_QUALITY: Final = 85
UNCOMPRESSED: Final = 0
"""Rerun 0.33 hardly gets to show JPEGs while new ones keep coming."""
LATE_CLIENT_MEMORY: Final = "100MB"
"""What a window's own server keeps for clients that come later: hardly ever any."""


def build(arguments: Sequence[str], environ: Mapping[str, str]) -> LiveView | None:
    """Put the view together; None where there is to be none.

    Raises:
        FolderError: mode `save` cannot write where it was told to.
        ConfigError: the record config cannot be read.
    """
    args = parser().parse_node(arguments)
    destination = _destination(chosen(Mode(args.mode), args.config_path, environ), args)
    if destination is None:
        return None
    jpeg_quality = args.jpeg_quality
    if jpeg_quality is None:
        jpeg_quality = UNCOMPRESSED if destination.is_live else JPEG_QUALITY
    return LiveView(destination, jpeg_quality=jpeg_quality)


def parser() -> NodeArguments:
    """Return the node's options."""
    p = NodeArguments(NAME, "The live view of a dataflow, in Rerun.")
    p.option(
        "--mode",
        variable="RERUN_MODE",
        default=str(Mode.AUTO),
        choices=tuple(map(str, Mode)),
        about="a window (spawn), a server for browsers (serve), files (save), nothing (off); "
        "auto: spawn where there is a display, else serve",
    )
    p.option(
        "--path",
        variable="RERUN_PATH",
        default=None,
        kind=Path,
        about="mode save: a new folder, for one .rrd file per episode",
    )
    p.option(
        "--config_path",
        variable="RERUN_CONFIG",
        default=None,
        kind=Path,
        about="a record config (JSON): mode auto is off where its display_data is false",
    )
    p.option(
        "--jpeg-quality",
        variable="RERUN_JPEG_QUALITY",
        default=None,
        kind=number(int, 0, 100),
        about="of pictures; 0 leaves them uncompressed; not given: 85 in mode save, else 0",
    )
    p.option(
        "--memory-limit",
        variable="RERUN_MEMORY_LIMIT",
        default="1GB",
        kind=memory_limit,
        about="of the window or the server, 2GB or 10%%; the oldest data goes first",
    )
    p.option(
        "--bind",
        variable="RERUN_BIND",
        default=LOOPBACK,
        kind=ipv4_address,
        about="address to listen on; 0.0.0.0 lets the whole network watch",
    )
    p.option(
        "--port",
        variable="RERUN_PORT",
        default=9876,
        kind=number(int, 1, 65535),
        about="of the data (gRPC)",
    )
    p.option(
        "--web-port",
        variable="RERUN_WEB_PORT",
        default=9090,
        kind=number(int, 1, 65535),
        about="mode serve: of the page (HTTP)",
    )
    return p


def memory_limit(text: str) -> str:
    """Check an amount of memory as Rerun reads it."""
    if re.fullmatch(r"\d+(\.\d+)?(%|[kMGT]?B|[KMGT]iB)", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount like 2GB, 500MiB or 10%")
    return text


def ipv4_address(text: str) -> str:
    """Check an address to listen on."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IPv4 address") from None


def _destination(mode: Mode, args: argparse.Namespace) -> Destination | None:
    match mode:
        case Mode.SAVE if args.path is None:
            raise FolderError("mode save: name a new folder with --path or $RERUN_PATH")
        case Mode.SAVE:
            return RecordingFolder(args.path)
        case Mode.SPAWN:
            return _window(args)
        case Mode.SERVE:
            return _server(args)
    return None


def _window(args: argparse.Namespace) -> Window:
    limits = ["--memory-limit", args.memory_limit, "--server-memory-limit", LATE_CLIENT_MEMORY]
    looks = ["--hide-welcome-screen", "--expect-data-soon"]
    program = RerunProgram([*_listen(args), *limits, *looks], outlives_us=True)
    return Window(program, _reach(args.bind), args.port)


def _server(args: argparse.Namespace) -> Server:
    page = ["--serve-web", "--web-viewer-port", str(args.web_port)]
    if args.bind != LOOPBACK:
        # Else the data is for pages of localhost alone.
        page += ["--cors-allow-origin", f"http://*:{args.web_port}"]
    limits = ["--server-memory-limit", args.memory_limit]
    program = RerunProgram([*_listen(args), *page, *limits], outlives_us=False)
    greeting = _greeting(args.bind, args.port, args.web_port)
    return Server(program, _reach(args.bind), args.port, args.web_port, greeting)


def _listen(args: argparse.Namespace) -> list[str]:
    return ["--bind", args.bind, "--port", str(args.port)]


def _reach(bind: str) -> str:
    """Return where this machine finds what listens there."""
    return LOOPBACK if bind == ALL_INTERFACES else bind


def _greeting(bind: str, port: int, web_port: int) -> str:
    """Return where a browser finds the view."""
    name = {LOOPBACK: "localhost", ALL_INTERFACES: socket.gethostname()}.get(bind, bind)
    data = quote(f"rerun+http://{name}:{port}/proxy", safe="")
    page = f"the view: http://{name}:{web_port}/?url={data}"
    if bind != LOOPBACK:
        return page
    forward = f"ssh -L {web_port}:{LOOPBACK}:{web_port} -L {port}:{LOOPBACK}:{port}"
    return f"{page} (from another machine after: {forward} HOST)"
