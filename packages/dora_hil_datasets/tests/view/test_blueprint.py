"""The layout of an episode in the viewer."""

from pathlib import Path
from typing import Any

import pytest
import rerun as rr

from dora_hil_datasets.view.blueprint import episode_blueprint


def _classes(blueprint: rr.blueprint.Blueprint) -> list[str]:
    """Return the kinds of views from the top left on."""
    views: list[str] = []
    left: list[Any] = [blueprint.root_container]
    while left:
        part = left.pop(0)
        contents = getattr(part, "contents", None)
        if isinstance(part, rr.blueprint.Container):
            left = [*(contents or ()), *left]
        elif part is not None:
            views.append(f"{type(part).__name__} {part.name}")
    return views


def test_cameras_come_first_and_then_what_happened() -> None:
    """As in the live view."""
    blueprint = episode_blueprint(
        ["observation.images.front"],
        ["action", "observation.state"],
        ["next.reward"],
        ["next.done"],
        10,
        lists_recordings=False,
    )
    assert _classes(blueprint) == [
        "Spatial2DView front",
        "TextDocumentView episode",
        "StateTimelineView flags",
        "TimeSeriesView reward",
        "TimeSeriesView action",
        "TimeSeriesView observation.state",
    ]


def test_what_a_dataset_lacks_has_no_view() -> None:
    """An empty view looks like a failure."""
    blueprint = episode_blueprint([], ["action"], [], [], 10, lists_recordings=False)
    assert _classes(blueprint) == ["TextDocumentView episode", "TimeSeriesView action"]


@pytest.mark.parametrize("lists_recordings", [True, False])
def test_a_layout_can_be_saved(tmp_path: Path, *, lists_recordings: bool) -> None:
    """Rerun checks it only then."""
    blueprint = episode_blueprint(["front"], [], [], [], 10, lists_recordings=lists_recordings)
    blueprint.save("test", tmp_path / "layout.rbl")
    assert (tmp_path / "layout.rbl").stat().st_size > 0
