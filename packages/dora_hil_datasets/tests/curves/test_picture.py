"""The file of a picture."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from dora_hil_datasets.curves.picture import PictureError, save


@pytest.mark.parametrize(
    ("suffix", "beginning"),
    [("png", b"\x89PNG"), ("PNG", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")],
)
def test_the_picture_has_the_format_of_its_suffix(
    tmp_path: Path, suffix: str, beginning: bytes
) -> None:
    """Folders above it are created."""
    path = tmp_path / "new" / f"picture.{suffix}"
    save(Figure(), path)
    assert path.read_bytes().startswith(beginning)


def test_no_font_in_a_pdf_is_of_type_3(tmp_path: Path) -> None:
    """Conferences refuse those."""
    figure = Figure()
    figure.suptitle("Words")
    save(figure, tmp_path / "picture.pdf")
    content = (tmp_path / "picture.pdf").read_bytes()
    assert b"/TrueType" in content or b"/CIDFontType2" in content
    assert b"/Type3" not in content


def test_whoever_reads_the_old_picture_can_go_on(tmp_path: Path) -> None:
    """The new one takes its place, it is not written over it."""
    path = tmp_path / "picture.png"
    save(Figure((1, 1)), path)
    old = path.read_bytes()
    with path.open("rb") as file:
        save(Figure((2, 2)), path)
        assert file.read() == old
    assert path.read_bytes() != old
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_that_cannot_be_written_is_said() -> None:
    """With the path and the reason."""
    with pytest.raises(PictureError, match=r"/dev/null/p\.png: cannot be written: (File|Not)"):
        save(Figure(), Path("/dev/null/p.png"))
