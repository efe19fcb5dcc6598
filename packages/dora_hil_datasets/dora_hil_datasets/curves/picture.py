"""The file that a picture is written to."""

import io
from argparse import ArgumentTypeError
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.durable import write

SUFFIXES = (".png", ".svg", ".pdf")

DPI = 160


class PictureError(UserError):
    """A file that cannot be written."""


def picture_path(text: str) -> Path:
    """Read the path of a picture from the command line; its suffix says in which format."""
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        raise ArgumentTypeError(f"{text!r} does not end in {', '.join(SUFFIXES)}")
    return path


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
