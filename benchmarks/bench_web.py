"""The console's page: pictures a second, their delay, and what it costs the loop.

    MUJOCO_GL=egl uv run python benchmarks/bench_web.py
    MUJOCO_GL=egl uv run python benchmarks/bench_web.py --pictures docs/images
    MUJOCO_GL=egl uv run python benchmarks/bench_web.py --training docs/images/console_training.png

The demo at 25 Hz with no viewer, with two in Chromium, one of whom drives, and with these two
while a thousand connections and nonsense arrive. "Painted" counts what a page has drawn of one
camera; "delay" is from the camera's capture to the word of the paint, back at the node.
The picture of a training is taken when three quarters of its steps are driven, with help and
without demonstrations: after four minutes on two idle cores.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import aiohttp
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import PHONE, chromium  # noqa: E402 - the helpers of the tests
from harness import dataflow, node, run  # noqa: E402

TICK_MS = 40
COUNT_PAINTS = """
window.paints = 0;
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...words) {
  window.paints += 1;
  return draw.apply(this, words);
};
"""


@contextmanager
def demo(folder: Path, tick_ms: int, advance: str = "auto") -> Iterator[str]:
    """Run the demo without a desktop; returns the page's address."""
    graph = dataflow("dataflow-demo.yaml")
    graph["nodes"] = [n for n in graph["nodes"] if n["id"] in ("body", "web")]
    for one in graph["nodes"]:
        one["inputs"]["tick"]["source"] = f"dora/timer/millis/{tick_ms}"
        one["inputs"] = {
            name: entry
            for name, entry in one["inputs"].items()
            if entry["source"].split("/")[0] not in ("keyboard", "gamepad")
        }
    body = node(graph, "body")
    body["env"] |= {"ADVANCE": advance, "VIEWER": "off", "SPEED": str(100 / tick_ms)}
    body["env"]["ENV_CONFIG"] = str(ROOT / "configs/gym_hil_env.json")
    with running(graph, folder) as url:
        yield url


@contextmanager
def training(folder: Path) -> Iterator[str]:
    """Train with the scripted operator's help; returns the address of the page that shows it."""
    graph = dataflow("dataflow-train-operator.yaml")
    graph["nodes"].append(node(dataflow("dataflow-train.yaml"), "web"))
    ours = {
        "ENV_CONFIG": str(ROOT / "configs/gym_hil_env_train.json"),
        "TRAIN_CONFIG": str(ROOT / "configs/train_gym_hil_env.json"),
        "TRAIN_ARGS": f"--dataset=null {os.environ.get('TRAIN_ARGS', '')}",
        "OPERATOR_NOISE": "0.2",
    }
    with running(graph, folder, ours) as url:
        yield url


@contextmanager
def running(
    graph: dict[str, Any], folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a dataflow with a console; returns the page's address."""
    node(graph, "web")["env"]["WEB_PORT"] = "0"
    with run(graph, folder, environ=environ, probe=False) as started:
        while not (found := re.search(r"in a browser: (http://\S+)", started.log())):
            time.sleep(0.1)
            if started.process.poll() is not None:
                raise SystemExit(started.log())
        try:
            yield found.group(1)
        finally:
            started.process.send_signal(signal.SIGINT)
            started.wait(30)


def open_page(browser: Browser, url: str, **options: Any) -> Page:
    """Open the page and wait for its first picture."""
    page = browser.new_context(**options).new_page()
    page.add_init_script(COUNT_PAINTS)
    page.goto(url)
    page.wait_for_selector("canvas")
    return page


def figure(page: Page, name: str) -> str:
    """Return one of the page's figures, whether the drawer is open or not."""
    return str(page.text_content(f"#figure-{name}"))


async def missed_so_far(url: str) -> int:
    """Return how many ticks the body has missed since it began."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/socket", headers={"Origin": url}) as page,
    ):
        while (message := await page.receive()).type is not aiohttp.WSMsgType.BINARY:
            pass
        (length,) = struct.unpack_from("<I", message.data)
        return int(json.loads(message.data[4 : 4 + length])["state"]["missed_ticks"])


def attack(url: str, seconds: float) -> str:
    """Do what nobody should, for a while; returns what was done."""
    address = urlparse(url)
    place = (str(address.hostname), int(address.port or 80))
    crowd: list[socket.socket] = []
    nonsense = 0
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if len(crowd) < 1000:
            crowd.append(socket.create_connection(place, 5))
        else:
            time.sleep(0.01)
        if len(crowd) % 5 == 0:
            nonsense += say_nonsense(place, url)
    for one in crowd:
        one.close()
    return f"{len(crowd)} idle connections and {nonsense} that said nonsense"


def say_nonsense(place: tuple[str, int], origin: str) -> int:
    """Open a WebSocket by hand and send no JSON; returns 1 if it was opened."""
    head = (
        f"GET /socket HTTP/1.1\r\nHost: {place[0]}:{place[1]}\r\nOrigin: {origin}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(place, 5) as one:
        one.sendall(head.encode())
        is_open = one.recv(100).startswith(b"HTTP/1.1 101")
        # A text frame of eight bytes, masked with zeros.
        one.sendall(b"\x81\x88\x00\x00\x00\x00nonsense")
        return int(is_open)


def measure(browser: Browser, seconds: float) -> None:
    """Print the table."""
    # Playwright has an event loop in this thread.
    elsewhere = ThreadPoolExecutor(1)
    print("| | painted, pictures/s | delay, ms median (95 %) | missed ticks |")
    print("| --- | --- | --- | --- |")
    for viewers, is_attacked in ((0, False), (2, False), (2, True)):
        with tempfile.TemporaryDirectory() as folder, demo(Path(folder), TICK_MS) as url:
            pages = [open_page(browser, url) for _ in range(viewers)]
            if pages:
                pages[0].keyboard.down("ArrowLeft")
            time.sleep(3.0)
            lost = -elsewhere.submit(asyncio.run, missed_so_far(url)).result()
            before = [page.evaluate("paints") for page in pages]
            began_s = time.monotonic()
            done = attack(url, seconds) if is_attacked else ""
            time.sleep(max(0.0, began_s + seconds - time.monotonic()))
            took_s = time.monotonic() - began_s
            cameras = [page.locator("canvas").count() for page in pages]
            rates = [
                (page.evaluate("paints") - paints) / took_s / count
                for page, paints, count in zip(pages, before, cameras, strict=True)
            ]
            delays = [
                f"{figure(page, 'picture-delay')} ({figure(page, 'delay-95')})" for page in pages
            ]
            lost += elsewhere.submit(asyncio.run, missed_so_far(url)).result()
            who = pages[0].inner_text("#who") if pages else ""
            for page in pages:
                page.context.close()
        name = f"{viewers} viewers" + (f", {done}; {who}" if is_attacked else "")
        painted = " and ".join(f"{rate:.1f}" for rate in rates) or "-"
        print(f"| {name} | {painted} | {' and '.join(delays) or '-'} | {lost} |", flush=True)


def take_pictures(browser: Browser, folder: Path) -> None:
    """Save what the page looks like on a desktop and on a phone."""
    with tempfile.TemporaryDirectory() as temporary, demo(Path(temporary), 100, "confirm") as url:
        screen = {"width": 1280, "height": 800}
        desktop = open_page(browser, url, viewport=screen, color_scheme="dark")
        phone = open_page(browser, url, color_scheme="dark", **PHONE)
        desktop.keyboard.press("Space")
        desktop.wait_for_selector("#state:has-text('Running')")
        for key in ("ArrowDown", "ArrowLeft"):
            desktop.keyboard.down(key)
            desktop.wait_for_timeout(700)
            desktop.screenshot(path=folder / "console.png")
            desktop.keyboard.up(key)
        desktop.keyboard.press("s")
        # Whoever has held nothing for three seconds no longer drives.
        phone.wait_for_selector("#prompt:has-text('Tap Keep')")
        phone.screenshot(path=folder / "console_phone.png", scale="css")


def take_picture_of_a_training(browser: Browser, path: Path) -> None:
    """Save what the page looks like when one sees that the policy has become better."""
    with tempfile.TemporaryDirectory() as folder, training(Path(folder)) as url:
        page = open_page(browser, url, viewport={"width": 1280, "height": 800}, color_scheme="dark")
        steps = target = 0
        while not target or steps < 0.75 * target:
            time.sleep(1.0)
            said = str(page.text_content("#steps-driven")).replace(",", "")
            if found := re.fullmatch(r"(\d+) of (\d+)", said):
                steps, target = map(int, found.groups())
        page.screenshot(path=path)


def main() -> None:
    """Measure, or take pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--pictures", type=Path, help="only save screenshots, in this folder")
    parser.add_argument("--training", type=Path, help="only train, and save a screenshot as this")
    args = parser.parse_args()
    with chromium() as browser:
        if args.pictures is not None:
            take_pictures(browser, args.pictures)
        elif args.training is not None:
            take_picture_of_a_training(browser, args.training)
        else:
            measure(browser, args.seconds)


if __name__ == "__main__":
    main()
