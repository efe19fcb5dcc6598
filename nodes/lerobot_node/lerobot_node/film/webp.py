"""Pictures as an animated WebP that is small enough."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from dora_hil import durable
from dora_hil.errors import UserError

_QUALITIES: Final = (80, 65, 50, 35, 20)


class WebpError(UserError):
    """A film that cannot be written, or does not become small enough."""


def write_webp(
    pictures: Sequence[Image.Image], path: Path, *, picture_s: float, hold_s: float, max_bytes: int
) -> int:
    """Write a film that plays for ever, as well as fits; returns its size in bytes.

    Whoever opens the file sees the old one or the new one, whole.

    Args:
        pictures: at least one, of one size.
        path: the file; its folder is made.
        picture_s: how long each is seen, in s.
        hold_s: how much longer the last one, in s.
        max_bytes: the largest size.

    Raises:
        WebpError: it is larger even at the lowest quality, or cannot be written.
    """
    lasts_ms = [round(1000 * picture_s)] * len(pictures)
    lasts_ms[-1] += round(1000 * hold_s)
    for quality in _QUALITIES:
        film = io.BytesIO()
        pictures[0].save(
            film,
            format="WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=lasts_ms,
            loop=0,
            quality=quality,
        )
        if film.tell() <= max_bytes:
            break
    else:
        raise WebpError(
            f"{path}: {film.tell() / 1e6:.1f} MB, more than {max_bytes / 1e6:.1f}; fewer episodes "
            "or pictures make it smaller"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, film.getvalue())
    except OSError as error:
        raise WebpError(f"{path}: cannot be written: {error.strerror}") from None
    return film.tell()
