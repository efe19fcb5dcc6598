"""Films of episodes side by side, drawn frame by frame."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import av
from PIL import Image, ImageDraw, ImageFont

from dora_hil.display.video import TAKEOVER_RGB
from dora_hil.errors import UserError, one_line
from lerobot_node.film.episodes import FilmedEpisode, Part

type Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FILM_PX: Final = 256
"""Width of an episode's film."""

LEGEND: Final = "Yellow frame: somebody helps the policy"

_GAP_PX, _TITLE_PX, _CAPTION_PX, _LEGEND_PX = 10, 30, 44, 22
_PAPER, _INK, _SOFT = (15, 17, 19), (236, 238, 240), (163, 172, 183)
_GOOD, _BAD = (85, 189, 136), (245, 138, 138)
"""As on the console in the dark."""


class FilmError(UserError):
    """A film that cannot be read."""


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def read_film(path: Path, every: int) -> tuple[list[Image.Image], float]:
    """Return one of `every` pictures of a film, and the last, FILM_PX wide; and its length in s.

    Raises:
        FilmError: it cannot be read, or has no picture.
    """
    try:
        with closing(av.open(str(path))) as container:
            rate = container.streams.video[0].average_rate
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    except (av.FFmpegError, IndexError) as error:
        raise FilmError(f"{path}: is no film: {one_line(error)}") from None
    if not frames or not rate:
        raise FilmError(f"{path}: is a film without pictures")
    length_s = (len(frames) - 1) / float(rate)
    kept = [Image.fromarray(frame) for frame in (*frames[:-1:every], frames[-1])]
    high = round(FILM_PX * kept[0].height / kept[0].width)
    return [picture.resize((FILM_PX, high)) for picture in kept], length_s


class Grid:
    """Draws the parts of a training below one another, the episodes of each side by side.

    Attributes:
        frames: pictures until the longest film is over.
    """

    def __init__(self, parts: Sequence[Part], every: int) -> None:
        """Read the films, and take one of `every` pictures.

        Raises:
            FilmError: one of them cannot be read.
        """
        self._parts = parts
        self._films = {
            episode.number: read_film(episode.path, every)
            for part in parts
            for episode in part.episodes
        }
        films = [pictures for pictures, _ in self._films.values()]
        self.frames = max(map(len, films))
        self._high_px = max(film[0].height for film in films)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height, in pixels."""
        # A part's title needs the place of two.
        columns = max(2, *(len(part.episodes) for part in self._parts))
        part_px = _TITLE_PX + self._high_px + _CAPTION_PX
        return (
            columns * (FILM_PX + _GAP_PX) + _GAP_PX,
            len(self._parts) * part_px + _LEGEND_PX + _GAP_PX,
        )

    def pictures(self) -> Iterator[Image.Image]:
        """Yield the film's pictures; an episode that is over stays at its last one."""
        for index in range(self.frames):
            picture = Image.new("RGB", self.size, _PAPER)
            draw = ImageDraw.Draw(picture)
            y_px = _GAP_PX
            for part in self._parts:
                self._draw_title(draw, part, y_px)
                y_px += _TITLE_PX
                for column, episode in enumerate(part.episodes):
                    x_px = _GAP_PX + column * (FILM_PX + _GAP_PX)
                    self._draw_episode(picture, draw, episode, index, (x_px, y_px))
                y_px += self._high_px + _CAPTION_PX
            draw.text((_GAP_PX, y_px), LEGEND, TAKEOVER_RGB, _font(14))
            yield picture

    def _draw_title(self, draw: ImageDraw.ImageDraw, part: Part, y_px: int) -> None:
        draw.text((_GAP_PX, y_px), part.title, _INK, _font(20))
        right = self.size[0] - _GAP_PX
        draw.text((right, y_px + 5), span(part), _SOFT, _font(14), anchor="ra")

    def _draw_episode(
        self,
        picture: Image.Image,
        draw: ImageDraw.ImageDraw,
        episode: FilmedEpisode,
        index: int,
        place_px: tuple[int, int],
    ) -> None:
        film, length_s = self._films[episode.number]
        picture.paste(film[min(index, len(film) - 1)], place_px)
        x_px, y_px = place_px[0], place_px[1] + self._high_px + 4
        draw.text((x_px, y_px), f"episode {episode.number}", _SOFT, _font(14))
        help_said = f"helped in {episode.helped:.0%} of it" if episode.helped else "no help"
        colour = TAKEOVER_RGB if episode.helped else _SOFT
        draw.text((x_px + FILM_PX, y_px), help_said, colour, _font(14), anchor="ra")
        if index >= len(film) - 1:
            said = f"{'solved' if episode.success else episode.end} after {length_s:.1f} s"
            colour = _GOOD if episode.success else _BAD
            draw.text((x_px, y_px + 17), said, colour, _font(14))


def span(part: Part) -> str:
    """Return which part of a training it is."""
    begin, end = part.episodes[0], part.episodes[-1]
    return f"minute {begin.minutes:.1f} to {end.minutes:.1f}, step {begin.steps:,} to {end.steps:,}"
