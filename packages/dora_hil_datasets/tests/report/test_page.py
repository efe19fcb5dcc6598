"""The page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from PIL import Image
from playwright.sync_api import Browser

from dora_hil_datasets.report.axes import Axis
from dora_hil_datasets.report.flags import Flag
from dora_hil_datasets.report.page import Card, Page, Vector, number, percent, render, seconds
from dora_hil_datasets.report.ranges import DimensionRange
from dora_hil_datasets.report.thumbnails import Sprite, Thumbnail, data_uri


def _card(index: int, **fields: Any) -> Card:
    given: dict[str, Any] = {
        "length": 12,
        "bar": 50.0,
        "outcome": "success",
        "flags": (),
        "facts": [("length", "12 frames, 1.2 s")],
        "cameras": [("front", [Thumbnail(0, "data:image/jpeg;base64,AAAA")], None)],
        "lines": [["0,100.0 1,0.0"]],
        "success_frame": 11,
        "reward_sum": 1.0,
        "person_share": 0.5,
        "person_runs": [(0, 6)],
    }
    return Card(index, **(given | fields))


def _page(*cards: Card, **fields: Any) -> Page:
    dimension = DimensionRange("x_m", 0.0, 1.0, 0.5, 0.1, [0.0, 100.0], "never moves")
    given: dict[str, Any] = {
        "repo_id": "me/pick",
        "root": "data/pick",
        "fps": 10,
        "totals": [("episodes", "1", "")],
        "tasks": ["push the bar"],
        "warnings": (),
        "vectors": [Vector("action", [dimension], is_drawn=True)],
        "features": [{"name": "action", "dtype": "float32", "shape": "1", "names": "x_m"}],
        "cards": cards,
        "length_bars": [100.0],
        "median_length": 12.0,
        "view_command": "look",
        "delete_command": "delete",
    }
    return Page(**(given | fields))


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes, and checks that they are nested."""

    VOID = ("meta", "link", "input", "img", "br", "rect", "line", "polyline")

    def __init__(self, html: str) -> None:
        """Parse."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an empty element."""
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check what is closed."""
        assert self._open.pop() == tag

    def attributes(self, tag: str, name: str) -> list[str | None]:
        """Return the values of an attribute, over all elements of a kind that have it."""
        return [attributes[name] for t, attributes in self.found if t == tag and name in attributes]


def test_every_episode_has_a_card_that_can_be_linked_to() -> None:
    """The bars of the overview lead there."""
    page = Elements(render(_page(_card(0), _card(7))))
    assert page.attributes("article", "id") == ["episode-0", "episode-7"]
    links = page.attributes("a", "href")
    assert {"#episode-0", "#episode-7"} <= set(links)


def test_the_page_refers_to_nothing_outside_itself() -> None:
    """It is looked at without a network, years later, or sent to somebody."""
    html = render(_page(_card(0)))
    page = Elements(html)
    for _, attributes in page.found:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "://" not in html
    assert "@import" not in html
    assert "url(" not in html


def test_text_from_the_dataset_cannot_become_markup() -> None:
    """A dataset of somebody else's is data."""
    evil = "<script>alert(1)</script>"
    card = _card(0, flags=[Flag("short", evil)], facts=[("task", evil)])
    assert evil not in render(_page(card, repo_id=evil, root=evil, tasks=[evil], warnings=[evil]))


def test_what_is_sorted_and_filtered_by_stands_in_the_card() -> None:
    """The script reads it from there; what an episode lacks is empty."""
    card = _card(0, flags=[Flag("short", "4")], reward_sum=None, person_share=None)
    ((_, attributes),) = [f for f in Elements(render(_page(card))).found if f[0] == "article"]
    assert attributes["data-length"] == "12"
    assert attributes["data-flags"] == "1"
    assert attributes["data-outcome"] == "success"
    assert attributes["data-return"] == ""
    assert attributes["data-person"] == ""


def test_the_commands_for_ticked_episodes_are_in_the_page() -> None:
    """The script adds the folder and the numbers."""
    page = Elements(render(_page(_card(0))))
    commands = page.attributes("code", "data-command")
    assert commands == ["look", "delete"]


def test_every_picture_says_what_it_shows() -> None:
    """To whoever cannot see it, and to the mouse."""
    page = Elements(render(_page(_card(4))))
    assert page.attributes("img", "alt") == ["Episode 4, front, 0.0 s"]


def test_every_control_has_a_label() -> None:
    """It is reachable by keyboard and by screen reader: native controls inside labels."""
    html = render(_page(_card(0)))
    for control in ("<select", "<input"):
        for before in html.split(control)[:-1]:
            assert before.rfind("<label") > before.rfind("</label>")


def test_an_episode_without_pictures_or_actions_has_a_card_all_the_same() -> None:
    """Any LeRobot dataset will do."""
    bare = _card(
        0, cameras=(), lines=(), success_frame=None, person_share=None, person_runs=(),
        reward_sum=None,
    )  # fmt: skip
    page = Elements(render(_page(bare, vectors=[])))
    assert page.attributes("article", "id") == ["episode-0"]
    assert not page.attributes("img", "src")


def test_outcomes_are_not_mentioned_where_the_dataset_has_none() -> None:
    """Fifty times "unknown" tells nothing."""
    page = Elements(render(_page(_card(0, outcome="unknown"))))
    assert not [a for _, a in page.found if (a.get("class") or "").startswith("outcome")]


def test_an_episode_of_a_single_frame_can_be_drawn() -> None:
    """A drawing without width would not be shown at all; it ends with the last frame's end."""
    assert 'viewBox="0 -4 1 108"' in render(_page(_card(0, length=1, success_frame=0)))


def test_curves_have_axes_with_units() -> None:
    """The ends of both scales, the time, and by which of them each line is read."""
    axes = [Axis("m", -0.25, 0.5, (0, 1)), Axis("0 closed, 1 open", 0.0, 1.0, (2,))]
    dimensions = [DimensionRange(n, 0.0, 1.0, 0.5, 0.1, [], "") for n in ("x", "y", "gripper")]
    vectors = [Vector("action", dimensions, is_drawn=True)]
    html = render(_page(_card(0), vectors=vectors, axes=axes))
    assert "<span>0.5</span><span>m</span><span>-0.25</span>" in html
    assert "x <small>m, left</small>" in html
    assert "gripper <small>0 closed, 1 open, right</small>" in html
    assert "<span>0 s</span><span>0.6 s</span><span>1.2 s</span>" in html


def test_a_scale_of_a_constant_has_one_figure() -> None:
    """It is drawn in the middle; the same number at both ends would be no scale."""
    html = render(_page(_card(0), axes=[Axis("m", 1.0, 1.0, (0,))]))
    assert "<span></span><span>1 m</span><span></span>" in html


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as started:
        yield started


WATCH_FILM = """() => new Promise((seen) => {
  const colors = {};
  const look = () => {
    const film = document.querySelector(".film");
    if (film?.dataset.frame) {
      const color = [...film.getContext("2d").getImageData(5, 5, 1, 1).data].slice(0, 3);
      colors[film.dataset.frame] = color.indexOf(Math.max(...color));
    }
    if (Object.keys(colors).length === 3) seen(colors); else requestAnimationFrame(look);
  };
  look();
})"""
"""Returns which of red, green and blue each frame showed."""


def test_an_episode_plays_while_it_is_pointed_at(browser: Browser, tmp_path: Path) -> None:
    """Frame after frame, with a line through its curves; then it shows its pictures again."""
    sheet = Image.new("RGB", (30, 10))
    for place, color in enumerate(("red", "lime", "blue")):
        sheet.paste(color, (10 * place, 0, 10 * place + 10, 10))
    still = Thumbnail(0, data_uri(Image.new("RGB", (10, 10))))
    card = _card(0, cameras=[("front", [still], Sprite((0, 5, 11), data_uri(sheet)))])
    path = tmp_path / "page.html"
    path.write_text(render(_page(card)), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.hover("figure[data-sprite]")
    assert page.evaluate(WATCH_FILM) == {"0": 0, "5": 1, "11": 2}
    assert page.get_attribute("line.now", "hidden") is None
    page.hover("h1")
    assert not page.locator(".film").count()
    page.close()


def test_the_commands_show_the_episodes_and_follow_the_folder(
    browser: Browser, tmp_path: Path
) -> None:
    """Whole, and quoted for a shell; somebody else's folder is filled in."""
    path = tmp_path / "page.html"
    path.write_text(render(_page(_card(0), _card(7))), encoding="utf-8")
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.goto(path.as_uri())
    for box in page.locator("article input").all():
        box.check()
    command = page.locator(".command code").last
    assert command.inner_text() == 'delete --root data/pick --episode_indices "[0,7]"'
    page.fill("#root", "/home/ada/it's here")
    assert command.inner_text().startswith("delete --root '/home/ada/it'\"'\"'s here' --epi")
    assert page.evaluate(
        "[...document.querySelectorAll('code')].every((c) => c.scrollWidth <= c.clientWidth)"
    )
    page.close()


@pytest.mark.parametrize(
    ("frames", "text"),
    [(17, "1.7 s"), (599, "59.9 s"), (1080, "1 min 48 s"), (72_600, "2 h 1 min")],
)
def test_times_are_written_as_people_say_them(frames: int, text: str) -> None:
    """At 10 frames a second."""
    assert seconds(frames, 10) == text


def test_numbers_have_four_figures() -> None:
    """More would not be read."""
    assert number(0.123456) == "0.1235"
    assert percent(0.164) == "16 %"
