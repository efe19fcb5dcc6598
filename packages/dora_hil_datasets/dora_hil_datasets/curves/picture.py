"""The file that a picture is written to."""

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from dora_hil.durable import write
from dora_hil.errors import UserError

DPI = 160


class PictureError(UserError):
    """A file that cannot be written."""


def save(figure: Figure, path: Path) -> None:
    """Write a picture; whoever opens the file sees the old one or the new one, whole.

    Raises:
        PictureError: it cannot be written.
    """
    image = io.BytesIO()
    # TrueType: conferences refuse matplotlib's Type 3 fonts.
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(image, format=path.suffix[1:].lower(), dpi=DPI)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, image.getvalue())
    except OSError as error:
        raise PictureError(f"{path}: cannot be written: {error.strerror}") from None
