"""The report as one HTML page that needs nothing beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from dora_hil_datasets.report.axes import Axis
from dora_hil_datasets.report.flags import Flag
from dora_hil_datasets.report.ranges import DimensionRange
from dora_hil_datasets.report.thumbnails import Sprite, Thumbnail

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, eq=False)
class Card:
    """What the page shows of an episode.

    Attributes:
        index: the episode's number.
        length: frames.
        bar: its length in percent of the longest one's.
        outcome: see `Outcome`.
        flags: what makes it suspicious.
        facts: label and value, in the order they are shown.
        cameras: the short name of each, its pictures, and what is played, if anything is.
        lines: for each dimension of the action, SVG points; see `polylines`.
        success_frame: the first that led to success, if one did.
        reward_sum: None without rewards.
        person_share: of the frames, from 0 to 1; None where it is not known.
        person_runs: where a person drove, as (first frame, count).
    """

    index: int
    length: int
    bar: float
    outcome: str
    flags: Sequence[Flag]
    facts: Sequence[tuple[str, str]]
    cameras: Sequence[tuple[str, Sequence[Thumbnail], Sprite | None]]
    lines: Sequence[Sequence[str]]
    success_frame: int | None
    reward_sum: float | None
    person_share: float | None
    person_runs: Sequence[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Vector:
    """A vector feature over the whole dataset.

    Attributes:
        name: of the feature.
        dimensions: what each ranges over.
        is_drawn: its dimensions are the lines in the cards.
    """

    name: str
    dimensions: Sequence[DimensionRange]
    is_drawn: bool

    @property
    def warnings(self) -> int:
        """Return how many dimensions look wrong."""
        return sum(bool(d.warning) for d in self.dimensions)


@dataclass(frozen=True, eq=False)
class Page:
    """What the page shows.

    Attributes:
        repo_id: which dataset it is.
        root: where it is for whoever reads the page: no absolute path.
        fps: frames per second.
        totals: label, value and a note, in the order they are shown.
        tasks: sentences.
        warnings: what holds for the whole dataset.
        vectors: the vector features; the one that is drawn first.
        features: name, dtype, shape and names of all columns, as text.
        cards: the episodes, in order.
        length_bars: the distribution of their lengths.
        view_command, delete_command: to be completed by `--root` and `--episode_indices`.
        axes: what the lines are drawn to, the left one first.
        knows_drivers: it was noted who drove, not only who overrode a policy.
        picture_bytes: of the page, for an episode's pictures on average.
    """

    repo_id: str
    root: str
    fps: int
    totals: Sequence[tuple[str, str, str]]
    tasks: Sequence[str]
    warnings: Sequence[str]
    vectors: Sequence[Vector]
    features: Sequence[Mapping[str, str]]
    cards: Sequence[Card]
    length_bars: Sequence[float]
    median_length: float
    view_command: str
    delete_command: str
    axes: Sequence[Axis] = ()
    knows_drivers: bool = False
    picture_bytes: int = 0

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the name of each drawn dimension, and to which scale it is drawn."""
        names = [d.name for vector in self.vectors if vector.is_drawn for d in vector.dimensions]
        return [(name, self._scale(index)) for index, name in enumerate(names)]

    def _scale(self, index: int) -> str:
        for number, axis in enumerate(self.axes):
            if index in axis.dimensions:
                place = ("left", "right")[number] if number < 2 else None
                ends = place or f"{axis.low:.4g} to {axis.high:.4g}"
                is_alone = len(self.axes) == 1
                return ", ".join(filter(None, [axis.unit, "" if is_alone else ends]))
        return ""

    @property
    def is_played(self) -> bool:
        """Say whether there is an episode that can be played."""
        return any(sprite for card in self.cards for _, _, sprite in card.cameras)


def templates(*folders: Path) -> jinja2.Environment:
    """Return the templates of folders, and those of a report, whose styles others include."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, ASSETS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def render(page: Page) -> str:
    """Return the HTML."""
    environment = templates()
    environment.filters |= {"number": number, "percent": percent, "seconds": seconds}
    return environment.get_template("report.html.jinja").render(page=page)


def number(value: float) -> str:
    """Write a number with four figures."""
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{share:.0%}".replace("%", " %")


def seconds(frames: float, fps: int) -> str:
    """Write a number of frames as time."""
    duration_s = frames / fps
    if duration_s < 60:
        return f"{duration_s:.1f} s"
    whole_s = round(duration_s)
    hours, minutes = divmod(whole_s // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole_s % 60} s"
