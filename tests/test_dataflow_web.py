"""The console's page in Chromium, against a running dataflow."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import HOLD_MS, PHONE, chromium
from harness import STEP_M, TEST_NODES, Run, count, dataflow, gaps_m, node, passed, python_node, run
from playwright.sync_api import Browser, Page
from relay import Relay

HOLD_PAINTING = """() => {
  const decode = createImageBitmap;
  const released = new Promise((release) => { window.paint = release; });
  window.createImageBitmap = async (...what) => { await released; return decode(...what); };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as started:
        yield started


@contextmanager
def demo(folder: Path, *, policy: bool = False) -> Iterator[tuple[Run, int]]:
    """Run the demo, with a policy where one is to be overridden; returns the page's port."""
    graph = dataflow("dataflow-demo.yaml")
    body = node(graph, "body")
    body["env"] |= {"VIEWER": "off", "ADVANCE": "auto" if policy else "confirm"}
    if policy:
        inputs = {
            "episode": {"source": "body/episode", "queue_size": 600},
            "status": {"source": "body/status", "queue_size": 10},
        }
        script = TEST_NODES / "policy.py"
        graph["nodes"].append(python_node("policy", script, inputs=inputs, outputs=["action"]))
        body["inputs"]["action"] = {"source": "policy/action", "queue_size": 10}
    with run(graph, folder, environ={"WEB_PORT": "0"}) as started:
        started.wait_for(bool)
        started.wait_for(lambda _: "in a browser" in started.log())
        found = re.search(r"in a browser: http://127\.0\.0\.1:(\d+)", started.log())
        assert found is not None
        yield started, int(found.group(1))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, int]]:
    """Run one demo for all tests that need no other; each has an episode of its own."""
    with demo(tmp_path_factory.mktemp("demo")) as started:
        yield started


@contextmanager
def page(browser: Browser, port: int, **options: Any) -> Iterator[Page]:
    """Open the page, once it shows a picture."""
    context = browser.new_context(**options)
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{port}")
    opened.wait_for_selector("canvas")
    opened.wait_for_selector("body[data-link=live]")
    yield opened
    context.close()


def steps(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the MID steps of the newest episode."""
    return [m for m in messages if m["kind"] == "mid" and m["episode"] == messages[-1]["episode"]]


def moving(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps in which something was asked for."""
    return [m for m in steps(messages) if any(m["action.ee_delta"][:3])]


@contextmanager
def episode(running: Run, console: Page) -> Iterator[None]:
    """Begin an episode, and discard it in the end."""
    begun = count(running.messages(), kind="first")
    console.keyboard.press("Space")
    running.wait_for(lambda ms: count(ms, kind="first") > begun)
    yield
    discarded = count(running.messages(), verdict="discard")
    console.keyboard.press("r", delay=HOLD_MS)
    running.wait_for(lambda ms: count(ms, verdict="discard") > discarded)


def stop(running: Run, console: Page) -> None:
    """Hold Esc and wait for the end."""
    console.keyboard.press("Escape", delay=HOLD_MS)
    running.end_well(20)


def opening(messages: list[dict[str, Any]]) -> float:
    """Return how far open the gripper is."""
    return float(messages[-1]["privileged.gripper_opening"][0])


def tap_until(
    running: Run, console: Page, selector: str, reached: Callable[[list[dict[str, Any]]], bool]
) -> None:
    """Tap, and again where the page was silent for 250 ms: then it has let go of everything."""
    for is_last in (False, False, True):
        console.tap(selector)
        try:
            running.wait_for(reached, timeout_s=5)
            return
        except AssertionError:
            if is_last:
                raise


def picture(console: Page) -> str:
    """Return what the first camera shows."""
    return str(console.evaluate("document.querySelector('canvas').toDataURL()"))


def test_a_held_arrow_moves_the_arm_as_the_keyboard_node_does(
    tmp_path: Path, browser: Browser
) -> None:
    """One step size a tick, to the left; the camera shows it; Space ends and keeps."""
    with demo(tmp_path) as (running, port), page(browser, port) as console:
        console.keyboard.press("Space")
        running.wait_for(passed(kind="first"))
        before = picture(console)
        console.keyboard.down("ArrowLeft")
        running.wait_for(lambda ms: len(moving(ms)) >= 8)
        assert console.inner_text("#who") == "you drive"
        console.keyboard.up("ArrowLeft")
        driven = moving(running.wait_for(lambda ms: not any(steps(ms)[-1]["action.ee_delta"][:3])))
        assert all(m["action.ee_delta"] == [0, 1, 0, 1] for m in driven)
        assert gaps_m(driven) == pytest.approx([STEP_M] * (len(driven) - 1), abs=1e-6)
        tcp_y_m = [m["privileged.tcp_xyz_m"][1] for m in driven]
        assert tcp_y_m[-1] - tcp_y_m[0] == pytest.approx(STEP_M * (len(driven) - 1), rel=0.3)
        assert picture(console) != before

        console.keyboard.down("g")
        running.wait_for(lambda ms: ms[-1]["privileged.gripper_opening"][0] < 0.2)
        console.keyboard.up("g")
        console.click("[data-deed=success]")
        running.wait_for(passed(kind="last", success=True))
        console.wait_for_selector("#prompt:has-text('keeps it')")
        console.keyboard.press("Space")
        console.wait_for_selector("#figure-success:has-text('1 of 1')")
        console.evaluate(HOLD_PAINTING)
        console.keyboard.press("Space")
        running.wait_for(lambda ms: len(steps(ms)) >= 3)
        stop(running, console)
        console.wait_for_selector("#state:has-text('over')")
        console.evaluate("paint()")
        console.wait_for_timeout(500)
        assert console.inner_text("#state") == "The run is over", "a late picture took it back"
        assert console.inner_text("#prompt").startswith("1 episode kept. Nothing was recorded")


@pytest.mark.parametrize("kind", ["cut", "dead"])
def test_a_lost_connection_stops_the_arm_until_a_fresh_press(
    shared: tuple[Run, int], browser: Browser, kind: str
) -> None:
    """Within two ticks of a cut; a path that swallows everything is silence: 250 ms more."""
    running, port = shared
    relay = Relay(port)
    with page(browser, relay.port) as console, episode(running, console):
        console.keyboard.down("ArrowLeft")
        running.wait_for(lambda ms: len(moving(ms)) >= 3)
        lost_ns = time.monotonic_ns()
        if kind == "cut":
            relay.cut()
        else:
            relay.swallows = True
        running.wait_for(lambda ms: not any(steps(ms)[-1]["action.ee_delta"][:3]))
        # One step was under way; a dead path is noticed two and a half ticks later.
        allowed = 3 if kind == "cut" else 6
        after = [m for m in moving(running.messages()) if m["t_capture_ns"] > lost_ns]
        assert len(after) <= allowed

        relay.cut()
        relay.swallows = False
        console.wait_for_selector("body[data-link=live]")
        moved = len(moving(running.messages()))
        time.sleep(0.5)
        assert len(moving(running.messages())) == moved, "the old press moves the arm again"
        console.keyboard.up("ArrowLeft")
        console.keyboard.down("ArrowRight")
        running.wait_for(lambda ms: moving(ms)[-1]["action.ee_delta"][1] == -1)
        console.keyboard.up("ArrowRight")
    relay.close()


@pytest.mark.slow
def test_a_person_takes_over_from_a_policy_and_hands_back(tmp_path: Path, browser: Browser) -> None:
    """Latched by `t`, without a motion; another viewer sees who drives and is refused."""
    with (
        demo(tmp_path, policy=True) as (running, port),
        page(browser, port) as ada,
        page(browser, port) as bob,
    ):
        running.wait_for(lambda ms: ms[-1]["driver"] == "action")
        ada.wait_for_selector("#who:has-text('the policy drives')")
        ada.click("#help summary")
        ada.fill("#name", "Ada")
        ada.press("#name", "Enter")
        ada.click("#state")
        ada.keyboard.press("t")
        taken = running.wait_for(lambda ms: ms[-1]["driver"] == "intervention_web")
        assert taken[-1]["is_intervention"]
        bob.wait_for_selector("#who:has-text('Ada drives')")
        bob.keyboard.press("s")
        bob.wait_for_selector("#notice.shown:has-text('Ada drives')")
        assert ada.inner_text("#take-over") == "Hand back"
        ada.click("#take-over")
        running.wait_for(lambda ms: ms[-1]["driver"] == "action")
        stop(running, bob)


def test_a_finger_drives_on_a_phone(shared: tuple[Run, int], browser: Browser) -> None:
    """The stick follows it; the grip stays until it is touched again; nothing is cut off."""
    running, port = shared
    with page(browser, port, **PHONE) as console, episode(running, console):
        assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = console.locator("#stick-xy").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = console.context.new_cdp_session(console)

        def finger(kind: str, *points: tuple[float, float]) -> None:
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]},
            )

        finger("touchStart", (x, y))
        finger("touchMove", (x, y - box["height"]))
        # Four steps on, the workspace ends, and what is executed is cut off.
        running.wait_for(lambda ms: any(m["action.ee_delta"][0] > 0.95 for m in moving(ms)))
        finger("touchEnd")
        running.wait_for(lambda ms: not any(steps(ms)[-1]["action.ee_delta"][:3]))
        tap_until(running, console, "#grip", lambda ms: opening(ms) < 0.2)
        tap_until(running, console, "#grip", lambda ms: steps(ms)[-1]["action.ee_absolute"][3] == 1)
        console.tap("[data-deed=failure]")
        running.wait_for(passed(end_reason="failure"))


PAD = """
window.pad = { connected: true, mapping: "standard", axes: [0, 0, 0, 0],
  buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })) };
navigator.getGamepads = () => [window.pad];
"""


def test_a_gamepad_of_the_viewers_machine_drives(shared: tuple[Run, int], browser: Browser) -> None:
    """As the browser reports it; unplugged, it lets go."""
    running, port = shared
    with page(browser, port) as console, episode(running, console):
        console.evaluate(PAD)
        console.evaluate("pad.axes[0] = -1")
        driven = moving(running.wait_for(lambda ms: len(moving(ms)) >= 2))
        assert driven[-1]["action.ee_delta"] == [0, 1, 0, 1]
        console.evaluate("pad.axes[0] = 0; pad.buttons[6].value = 1")
        running.wait_for(lambda ms: steps(ms)[-1]["action.ee_delta"] == [0, 0, 0, 0])
        console.evaluate("navigator.getGamepads = () => [null]")
        running.wait_for(lambda ms: steps(ms)[-1]["action.ee_delta"] == [0, 0, 0, 1])


def test_a_page_that_is_not_looked_at_drives_nothing(
    shared: tuple[Run, int], browser: Browser
) -> None:
    """The focus is gone: whoever pressed the key is somewhere else now."""
    running, port = shared
    with page(browser, port) as console, episode(running, console):
        console.keyboard.down("ArrowLeft")
        running.wait_for(lambda ms: len(moving(ms)) >= 2)
        console.evaluate("window.dispatchEvent(new Event('blur'))")
        running.wait_for(lambda ms: not any(steps(ms)[-1]["action.ee_delta"][:3]))
