"""The figures of a classifier as a page."""

from html.parser import HTMLParser
from pathlib import Path

import lamps
import numpy as np
import pytest

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from lerobot_node.reward import page, score
from lerobot_node.reward.balance import read_labels


class Tags(HTMLParser):
    """Counts elements, and what they refer to."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.tags.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and v and "data:" not in v]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Render the page of a classifier that is wrong in two frames."""
    root = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(root, [3, None], length=6)
    dataset = LocalDataset(lamps.REPO_ID, root).open()
    labels = read_labels(root)
    seen = {
        0: np.array([0.0, 0.1, 0.9, 0.9, 0.9, 0.9], np.float32),
        1: np.array([0.0, 0.1, 0.7, 0.1, 0.1, 0.1], np.float32),
    }
    found = page.mistakes(dataset, read_episodes(dataset), labels, seen)
    return page.render("lamp <b>", score.report(labels, seen, 0.5, 1), found, labels, seen)


def test_the_worst_mistakes_are_shown_with_every_cameras_picture(html: str) -> None:
    """Two frames, two cameras; which one, its label and what was said."""
    tags = Tags()
    tags.feed(html)
    assert tags.tags.count("img") == 4
    assert "episode 0, frame 2: no success, said 0.90" in html
    assert "episode 1, frame 2: no success, said 0.70" in html


def test_there_is_a_curve_for_the_roc_and_one_for_each_episode(html: str) -> None:
    """And a mark where success begins, in the one that has it."""
    assert html.count("<polyline") == 3
    assert html.count('class="onset"') == 1


def test_the_page_needs_nothing_beside_it(html: str) -> None:
    """It may be mailed."""
    tags = Tags()
    tags.feed(html)
    assert tags.outside == []


def test_names_are_text_and_never_markup(html: str) -> None:
    """A folder may be called anything."""
    assert "lamp &lt;b&gt;" in html


def test_without_mistakes_it_says_so(tmp_path: Path) -> None:
    """Instead of an empty grid."""
    lamps.write(tmp_path / "data", [2], length=4)
    labels = read_labels(tmp_path / "data")
    seen = {0: labels[0].astype(np.float32)}
    told = score.report(labels, seen, 0.5, 1)
    assert "None: no frame was on the wrong side" in page.render("t", told, [], labels, seen)
