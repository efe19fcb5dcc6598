"""The page in Chromium, on what a server of ours shows: what a person is told and can do."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from browser import PHONE, chromium
from playwright.sync_api import Browser, Page, WebSocketRoute

from dora_hil.stream.messages import Command, Control, RunState, Status
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import EndReason, Kind, Phase, Telemetry, TimeStep, Verdict
from dora_hil.stream.training_progress import CurvePoint, TrainingProgress
from web_node.address import listen
from web_node.driver_seat import DriverSeat
from web_node.run_view import RunView, owner_words, training_words
from web_node.server import ConsoleServer

CAMERAS = ("observation.images.front", "observation.images.wrist")
SPEC = StreamSpec(
    "Pick up the red cube and lift it, without touching the blue one, then hold it still.",
    "fake",
    ("ee_delta",),
    {**{name: ColumnSpec.image(128, 128) for name in CAMERAS}, **ee_action_columns()},
    max_steps=100,
    advance="confirm",
)
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
ON_ITS_SIDE = PHONE | {"viewport": {"width": 844, "height": 390}}
HOLD_MS = 800
"""Longer than the page wants a command held that discards or ends."""

READY: dict[str, Any] = {"kind": Kind.PHASE, "phase": Phase.RESETTING, "step": -1}
RUNNING: dict[str, Any] = {"kind": Kind.MID, "phase": Phase.RUNNING, "step": 40}
PENDING: dict[str, Any] = {
    "kind": Kind.LAST,
    "phase": Phase.DONE,
    "step": 41,
    "end_reason": EndReason.OPERATOR,
    "verdict": Verdict.PENDING,
}
DISCARDING = READY | {
    "phase": Phase.DONE,
    "verdict": Verdict.PENDING,
    "telemetry": Telemetry(discard_in_s=2.4),
}
KEPT = READY | {"verdict": Verdict.KEEP}
DISCARDED = READY | {"verdict": Verdict.DISCARD, "end_reason": EndReason.RERECORD}
DRIVEN = RUNNING | {"telemetry": Telemetry(driver="action")}
WATCHDOG = Telemetry(missed_ticks=7, late=4, safety="watchdog")
TROUBLE = RUNNING | {"telemetry": WATCHDOG}
LEARNING = TrainingProgress(
    30_000,
    episodes=20,
    success=True,
    curve=(
        CurvePoint(70, 0.0, 0.4, 1),
        *(CurvePoint(n, n / 14e3, 0.12, n // 200, 3 * n, 2.6) for n in (9900, 12007)),
    ),
)
RECORDER = Status(RunState.GRANTED, role="recorder", saved=3, target=50)


class Console:
    """A server that shows what it is told to, and what was commanded, and how long ago pressed."""

    def __init__(self) -> None:
        """Listen."""
        listening, self.address = listen("127.0.0.1", 0)
        self.server = ConsoleServer(listening, self.address, DriverSeat())
        self.commands: list[Command] = []
        self.ages_s: list[float] = []
        self.tasks: list[str] = []
        self._view = RunView()
        self._rewards = (n + 0.5 for n in itertools.count())
        self.server.start(self._note)

    def _note(self, control: Control) -> None:
        self.commands.append(control.command)
        self.tasks.append(control.task)
        self.ages_s.append((time.monotonic_ns() - control.t_press_ns) / 1e9)

    def show(
        self, page: Page, said: dict[str, Any], status: Status | None = RECORDER, **values: Any
    ) -> None:
        """Show a step, and wait until the page has painted it."""
        grey = np.full((128, 128, 3), 90, dtype=np.uint8)
        step = TimeStep(
            **{
                "episode": 3,
                "columns": dict.fromkeys(CAMERAS, grey),
                "spec": SPEC,
                "control_dt_s": 0.1,
                "t_capture_ns": time.monotonic_ns(),
                # Another one each time, and said alike by Python and JavaScript.
                "reward": next(self._rewards),
                **said,
                **values,
            }
        )
        told = training_words(status)
        if told is not None:
            self.server.tell_training(told)
        self.server.show(self._view.see(step, status))
        page.wait_for_function(
            "reward => document.querySelector('#figure-reward')?.textContent == reward",
            arg=str(round(step.reward, 3)),
        )


def actor(training: TrainingProgress = LEARNING) -> Status:
    """Return what an actor says."""
    return Status(RunState.GRANTED, role="actor", saved=41, training=training)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as started:
        yield started


@pytest.fixture
def console() -> Iterator[Console]:
    """Return a server for this machine alone."""
    made = Console()
    yield made
    made.server.stop()


@contextmanager
def page(browser: Browser, console: Console, **options: Any) -> Iterator[Page]:
    """Open the page."""
    context = browser.new_context(**options)
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{console.address.port}")
    opened.wait_for_selector("body[data-link=live]")
    yield opened
    context.close()


@pytest.fixture
def opened(browser: Browser, console: Console) -> Iterator[Page]:
    """Open the page on a desk."""
    with page(browser, console, **DESKTOP) as it:
        yield it


def live(opened: Page) -> list[str]:
    """Return the commands that do something now."""
    buttons = opened.locator("[data-deed][aria-disabled=false]")
    return [str(button.get_attribute("data-deed")) for button in buttons.all()]


def test_the_state_is_said_and_the_buttons_follow_it(console: Console, opened: Page) -> None:
    """The sensible next one stands out, what does nothing now is dimmed."""
    everything = ["next", "success", "failure", "take_over", "rerecord", "stop"]

    def seen(said: dict[str, Any], **values: Any) -> tuple[str, str, str]:
        console.show(opened, said, **values)
        leads = opened.locator("[data-deed].leads")
        button = leads.locator("span").inner_text() if leads.count() else ""
        return opened.inner_text("#state"), opened.inner_text("#prompt"), button

    assert seen(READY) == ("Ready when you are", "Space begins episode 4 of 50.", "Begin")
    assert live(opened) == ["next", "take_over", "stop"]
    state, _, button = seen(RUNNING)
    assert (state, button) == ("Recording", "Success")
    assert live(opened) == everything
    assert seen(RUNNING, telemetry=Telemetry(driver="action"))[2] == "Take over"
    state, prompt, button = seen(PENDING)
    assert (state, button) == ("Keep it?", "Keep")
    assert prompt == "Ended by a person. Space keeps it; hold R to do it again."
    assert live(opened) == ["next", "rerecord", "stop"]
    state, prompt, button = seen(DISCARDING)
    assert (state, button) == ("Discarding", "Keep")
    assert "keeps it after all" in prompt
    assert opened.inner_text("#left") == "3 s left"
    assert opened.inner_text("[data-deed=rerecord] span") == "Undo"
    assert seen(KEPT)[1].startswith("Episode 3 is kept.")
    assert seen(DISCARDED, episode=4)[1].startswith("Episode 4 is discarded.")
    auto = replace(SPEC, advance="auto")
    assert seen(READY, spec=auto)[::2] == ("Between two episodes", "")


def test_who_ended_it_here_is_told_so(console: Console, opened: Page) -> None:
    """In the words of the one who reads it."""
    console.show(opened, RUNNING)
    opened.keyboard.press("Space")
    console.show(opened, PENDING)
    assert opened.inner_text("#prompt").startswith("Ended by you.")


def test_what_is_to_be_done_is_written_into_its_place(console: Console, opened: Page) -> None:
    """Keys write there, and command nothing; what the robot says does not write over it."""
    console.show(opened, RUNNING)
    opened.click("#task")
    opened.keyboard.press("ControlOrMeta+A")
    opened.keyboard.type("stack a red cube, first")
    console.show(opened, RUNNING)
    assert opened.inner_text("#task") == "stack a red cube, first"
    opened.keyboard.press("Enter")
    console.show(opened, RUNNING, spec=replace(SPEC, task="stack a red cube, first"))
    assert (console.commands, console.tasks) == ([Command.TASK], ["stack a red cube, first"])
    assert opened.inner_text("#task") == "stack a red cube, first"


def test_a_sentence_that_is_not_finished_is_told_nobody(console: Console, opened: Page) -> None:
    """`Esc` shows again what the robot was told, and stops no run."""
    console.show(opened, RUNNING)
    opened.click("#task")
    opened.keyboard.type("never mind")
    opened.keyboard.press("Escape")
    console.show(opened, RUNNING)
    assert opened.inner_text("#task") == SPEC.task
    assert console.commands == []


def test_the_name_is_written_with_a_mouse_and_keys(console: Console, opened: Page) -> None:
    """A click into a field leaves it there."""
    console.show(opened, RUNNING)
    opened.click("#help summary")
    opened.click("#name")
    opened.keyboard.type("Ada")
    assert opened.input_value("#name") == "Ada"


def test_who_only_watches_is_told_who_drives_and_may_stop(
    browser: Browser, console: Console
) -> None:
    """What would be refused is dimmed."""
    with page(browser, console, **DESKTOP) as ada, page(browser, console, **DESKTOP) as bob:
        console.show(bob, RUNNING)
        ada.keyboard.down("ArrowLeft")
        bob.wait_for_selector("#prompt:has-text('viewer 1 drives')")
        assert live(bob) == ["stop"]
        ada.keyboard.up("ArrowLeft")


def test_the_time_that_is_left_is_a_number_and_a_bar(console: Console, opened: Page) -> None:
    """Sixty steps of a tenth of a second; nothing where there is no limit."""
    console.show(opened, RUNNING)
    assert opened.inner_text("#left") == "6 s left"
    bar, whole = (opened.locator(name).bounding_box() for name in ("#bar i", "#bar"))
    assert bar is not None
    assert whole is not None
    assert bar["width"] == pytest.approx(0.6 * whole["width"], rel=0.01)
    console.show(opened, RUNNING, spec=replace(SPEC, max_steps=0))
    assert opened.inner_text("#left") == ""


@pytest.mark.parametrize(("deed", "key"), [("rerecord", "r"), ("stop", "Escape")])
def test_what_discards_or_ends_has_to_be_held(
    console: Console, opened: Page, deed: str, key: str
) -> None:
    """Under the mouse, as a key, as a button reached by Tab; a look away lets go of it too."""
    selector = f"[data-deed={deed}]"
    console.show(opened, RUNNING)
    opened.click(selector)
    opened.wait_for_selector("#notice.shown:has-text('until it is full')")
    opened.keyboard.press(key)
    opened.keyboard.down(key)
    opened.wait_for_selector(f"{selector}.holding")
    opened.evaluate("window.dispatchEvent(new Event('blur'))")
    opened.wait_for_timeout(HOLD_MS)
    opened.keyboard.up(key)
    assert console.commands == []

    opened.click(selector, delay=HOLD_MS)
    opened.keyboard.press(key, delay=HOLD_MS)
    opened.focus(selector)
    opened.keyboard.press("Space", delay=HOLD_MS)
    opened.wait_for_timeout(100)
    assert console.commands == [Command(deed)] * 3
    # From the press on, as the keyboard counts, which hears the same key on the same desktop.
    assert all(age_s > 0.5 for age_s in console.ages_s)


PAD = """
const pad = { connected: true, mapping: "standard", axes: [0, 0, 0, 0],
  buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })) };
navigator.getGamepads = () => [pad];
window.press = (isDown) => { pad.buttons[2].pressed = isDown; };
"""


def test_a_gamepads_button_that_discards_has_to_be_held_too(console: Console, opened: Page) -> None:
    """X; Y, A and Start act at once, for what they do can still be undone."""
    console.show(opened, RUNNING)
    opened.evaluate(PAD)
    opened.evaluate("press(true); setTimeout(() => press(false), 100)")
    opened.wait_for_selector("#notice.shown:has-text('until it is full')")
    assert console.commands == []
    opened.evaluate("press(true)")
    opened.wait_for_timeout(HOLD_MS)
    assert console.commands == [Command.RERECORD]


@pytest.mark.parametrize("status", [RECORDER, actor()], ids=["recorder", "actor"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE, ON_ITS_SIDE])
def test_nothing_moves_from_state_to_state(
    browser: Browser, console: Console, device: dict[str, Any], status: Status
) -> None:
    """A finger finds the button where it was, whatever is said, and even if something is wrong."""
    boxes = """() => [
      "#cameras", "[data-deed=next]", "[data-deed=stop]", "#stick-xy", "#stick-z", "#grip"
    ].map((name) => JSON.stringify(document.querySelector(name).getBoundingClientRect()))"""
    with page(browser, console, **device) as opened:
        console.show(opened, READY, status)
        before = opened.evaluate(boxes)
        for said in (RUNNING, TROUBLE, PENDING, DISCARDING, DISCARDED, KEPT):
            console.show(opened, said, status)
            assert opened.evaluate(boxes) == before, said
        bottom = "document.querySelector('#stick-xy').getBoundingClientRect().bottom <= innerHeight"
        assert opened.evaluate(bottom)
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pictures_are_as_large_as_the_screen_lets_them(console: Console, opened: Page) -> None:
    """Two square ones side by side where it is wide, one above the other where it is not."""
    console.show(opened, RUNNING)

    def sides() -> list[tuple[float, float]]:
        boxes = [canvas.bounding_box() for canvas in opened.locator("canvas").all()]
        return [(box["width"], box["y"]) for box in boxes if box is not None]

    (wide, top), (_, beside) = sides()
    assert wide >= 500
    assert top == beside
    opened.set_viewport_size({"width": 700, "height": 1400})
    opened.wait_for_function(
        "() => innerWidth === 700 && document.querySelector('canvas').offsetWidth < 480"
    )
    (wide, top), (_, below) = sides()
    assert wide >= 400
    assert below > top + wide


def test_a_phone_names_no_keys_and_has_room_for_fingers(browser: Browser, console: Console) -> None:
    """The task's sentence is whole."""
    with page(browser, console, **PHONE) as opened:
        for said in (READY, RUNNING, PENDING, DISCARDING, KEPT):
            console.show(opened, said)
            text = opened.inner_text("#say") + opened.inner_text("#deeds")
            assert not [key for key in ("Space", "Esc", "hold R", "S:") if key in text]
        assert opened.inner_text("#task") == SPEC.task
        assert opened.evaluate("task.scrollWidth <= task.clientWidth")
        for button in opened.locator("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44


def test_the_figures_show_themselves_when_something_is_wrong(
    console: Console, opened: Page
) -> None:
    """Closed by hand, they stay so until something else is wrong."""
    console.show(opened, READY)
    assert not opened.is_visible("#figures")
    console.show(opened, TROUBLE)
    assert opened.is_visible("#figures")
    assert "7 ticks missed" in opened.inner_text("#trouble")
    opened.click("#drawer summary")
    console.show(opened, TROUBLE, telemetry=replace(WATCHDOG, missed_ticks=8))
    assert not opened.is_visible("#figures")
    console.show(opened, TROUBLE, telemetry=replace(WATCHDOG, safety="bus"))
    assert "the arm does not answer" in opened.inner_text("#trouble")
    assert opened.is_visible("#figures")


@pytest.mark.parametrize(
    ("last", "state", "prompt", "tally"),
    [
        (
            replace(RECORDER, state=RunState.OVER, saved=12, message="data holds 12 of 50"),
            "The run is over",
            "data holds 12 of 50",
            "saved12 of 50",
        ),
        (
            Status(RunState.OVER, role="body", message="Nothing was recorded."),
            "The run is over",
            "1 episode kept. Nothing was recorded.",
            "kept1",
        ),
        (
            replace(RECORDER, state=RunState.OVER, ok=False, message="the disk is full"),
            "The run has failed",
            "the disk is full",
            "saved3 of 50",
        ),
        (None, "The run is over", "This page can be closed.", "saved3 of 50"),
    ],
)
def test_at_the_end_the_page_says_what_there_is(
    browser: Browser, last: Status | None, state: str, prompt: str, tally: str
) -> None:
    """How many, where, and how to go on, in the run owner's words; a demo has saved nothing."""
    console = Console()
    with page(browser, console, **DESKTOP) as opened:
        console.show(opened, PENDING)
        console.show(opened, KEPT)
        console.server.last_word = owner_words(last)
        console.server.stop()
        opened.wait_for_selector(f"#state:has-text('{state}')")
        assert opened.inner_text("#prompt") == prompt
        assert str(opened.text_content("#tally > div")) == tally
        assert live(opened) == []


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color, under) => {
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (element === null) return "#000";
    const color = getComputedStyle(element).backgroundColor;
    return color === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : color;
  };
  const poor = [];
  for (const element of document.body.querySelectorAll("*")) {
    const isText = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!isText || !element.checkVisibility() || element.id === "notice") continue;
    const back = behind(element);
    const a = light(parse(getComputedStyle(element).color, back)), b = light(parse(back, "#000"));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.id} ${element.textContent.trim()}: ${ratio.toFixed(1)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_word_can_be_read(browser: Browser, console: Console, scheme: str) -> None:
    """By the contrast that WCAG AA wants, 4.5 to 1, in each state and whoever drives."""
    with page(browser, console, color_scheme=scheme, **DESKTOP) as opened:
        for said in (READY, RUNNING, DRIVEN, TROUBLE, PENDING):
            console.show(opened, said, actor())
            assert opened.evaluate(CONTRAST) == []
        opened.click("#help summary")
        opened.keyboard.down("ArrowLeft")
        opened.wait_for_selector("body[data-who=you]")
        assert opened.evaluate(CONTRAST) == []


def figures(opened: Page) -> dict[str, str]:
    """Return the small figures of a training."""
    rows = opened.locator("#learning dl > div").all()
    return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}


def test_a_training_shows_at_a_glance_how_well_the_policy_does(
    console: Console, opened: Page
) -> None:
    """One large figure, the others beside it; as soon as it runs, and in the words of people."""
    console.show(opened, RUNNING, actor(TrainingProgress(30_000)))
    assert opened.inner_text("#own").split("\n") == [
        *("Solved without help", "-", "no episode has ended yet")
    ]
    one = TrainingProgress(30_000, 1, helped=True, curve=(CurvePoint(70, 0.0, 0.4),))
    console.show(opened, RUNNING, actor(one))
    assert opened.inner_text("#own-of") == "of the first episode"
    assert figures(opened)["last episode"] == "not solved, with help"
    console.show(opened, RUNNING, actor())
    assert opened.inner_text("#own-success") == "86 %"
    assert opened.inner_text("#own-of") == "of the last 20 episodes"
    assert figures(opened) == {
        "steps helped": "12 %",
        "updates of the learner": "36,021",
        "age of the weights": "3 s",
        "last episode": "solved, without help",
        "steps driven": "12,007 of 30,000",
    }


def test_where_the_learner_says_nothing_of_its_updates_new_weights_are_counted(
    console: Console, opened: Page
) -> None:
    """LeRobot's own does not; the figure says what it is."""
    console.show(opened, RUNNING, actor(replace(LEARNING, curve=LEARNING.curve[:1])))
    assert figures(opened)["new weights received"] == "1"
    assert figures(opened)["age of the weights"] == "-"


def test_only_a_training_has_the_panel(browser: Browser, console: Console) -> None:
    """A page that was left open, and is answered by a run without one, shows it no more."""
    answers = [[training_words(actor())], []]
    sockets: list[WebSocketRoute] = []

    def answer(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.send(json.dumps({"about": "hello", "you": 1}))
        for training in answers[len(sockets) - 1]:
            socket.send(json.dumps({"about": "training", **(training or {})}))

    with browser.new_context(**DESKTOP) as context:
        opened = context.new_page()
        opened.route_web_socket("**/socket", answer)
        opened.goto(f"http://127.0.0.1:{console.address.port}")
        opened.wait_for_selector("#learning", state="visible")
        beside = opened.evaluate("cameras.clientWidth")
        sockets[0].close()
        opened.wait_for_selector("#learning", state="hidden")
        assert opened.evaluate("cameras.clientWidth") > beside + 300


def test_a_page_that_is_opened_late_shows_the_whole_curve(
    browser: Browser, console: Console
) -> None:
    """Over the steps driven, from 0 to 100 %, with numbers at both axes."""
    with page(browser, console, **DESKTOP) as first:
        console.show(first, RUNNING, actor())
    with page(browser, console, **DESKTOP) as opened:
        opened.wait_for_selector("#own-curve polyline")
        drawn = """id => document.getElementById(id).querySelector("polyline").points"""
        points = [
            opened.evaluate(f"[...({drawn})('{name}')].map(point => [point.x, point.y])")
            for name in ("own-curve", "helped-curve")
        ]
        assert [len(curve) for curve in points] == [3, 3]
        (_, low), (x_before, _), (x_newest, high) = points[0]
        assert x_before < x_newest
        assert low > high
        for name in ("own-curve", "helped-curve"):
            texts = opened.locator(f"#{name} text").all_text_contents()
            assert texts == ["0 %", "50 %", "100 %", "0", "5k", "10k"]


@pytest.mark.parametrize("device", [DESKTOP, PHONE, ON_ITS_SIDE])
def test_the_panel_of_a_training_has_room_for_all_it_says(
    browser: Browser, console: Console, device: dict[str, Any]
) -> None:
    """Beside the pictures; below the sticks on a phone held upright. Nothing is cut off."""
    with page(browser, console, **device) as opened:
        whole = replace(LEARNING, curve=(CurvePoint(29_999, 1.0, 1.0, 57, 123_456, 90.0),))
        console.show(opened, RUNNING, actor(whole))
        panel = opened.evaluate(f"({BOX})('#learning')")
        outside = opened.evaluate(OUTSIDE)
        assert outside == []
        beside = opened.evaluate(f"({BOX})('#cameras')")
        if device is PHONE:
            assert panel["top"] >= opened.evaluate(f"({BOX})('#stick-xy')")["bottom"]
            assert panel["width"] > 350
        else:
            assert panel["left"] >= beside["right"]
            assert (panel["top"], panel["bottom"]) == (beside["top"], beside["bottom"])
            assert panel["bottom"] <= opened.evaluate("innerHeight")
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


BOX = "name => document.querySelector(name).getBoundingClientRect().toJSON()"
OUTSIDE = """() => {
  const box = learning.getBoundingClientRect(), letters = document.createRange();
  return [...learning.querySelectorAll("*")].filter((element) => {
    if (!element.checkVisibility() || element.children.length) return false;
    if (!element.textContent.trim()) return false;
    letters.selectNodeContents(element);
    const { left, right, top, bottom } = letters.getBoundingClientRect();
    return left < box.left || right > box.right || top < box.top || bottom > box.bottom;
  }).map((element) => element.id || element.textContent);
}"""
