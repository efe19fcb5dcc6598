"""How the views are arranged."""

from pathlib import Path
from typing import Any

import rerun.blueprint as rrb

from dora_hil.stream.spec import ColumnSpec, StreamSpec
from rerun_node.blueprint import blueprint
from rerun_node.layout import Layout


def _views(layout: Layout, *, has_training: bool = False) -> list[str]:
    """Return the kinds of views and their names, from the top left on."""
    views: list[str] = []
    left: list[Any] = [blueprint(layout, has_training=has_training).root_container]
    while left:
        part = left.pop(0)
        if isinstance(part, rrb.Container):
            left = [*(part.contents or ()), *left]
        else:
            views.append(f"{type(part).__name__} {part.name}")
    return views


def test_cameras_come_first_and_then_the_episode(spec: StreamSpec) -> None:
    """As in the view of a dataset; numbers of different units are drawn apart."""
    assert _views(Layout.of(spec)) == [
        "Spatial2DView front",
        "TextDocumentView episode",
        "TimeSeriesView who drives",
        "TimeSeriesView reward",
        "TimeSeriesView action.ee_delta",
        "TimeSeriesView action.ee_absolute",
        "TimeSeriesView observation.state [rad]",
        "TimeSeriesView observation.state [0 open, 255 closed]",
    ]


def test_what_a_body_lacks_has_no_view() -> None:
    """An empty view looks like a failure."""
    bare = StreamSpec("task", "body", (), {"observation.state": ColumnSpec((2,))})
    assert _views(Layout.of(bare)) == [
        "TextDocumentView episode",
        "TimeSeriesView who drives",
        "TimeSeriesView reward",
        "TimeSeriesView observation.state",
    ]


def test_how_a_training_goes_is_shown_where_there_is_one(spec: StreamSpec) -> None:
    """Below the episode, before its curves."""
    shown = _views(Layout.of(spec), has_training=True)
    assert set(shown) - set(_views(Layout.of(spec))) == {
        "TimeSeriesView training",
        "TimeSeriesView updates",
        "TimeSeriesView weight age s",
    }
    assert shown.index("TimeSeriesView training") < shown.index("TimeSeriesView reward")


def test_rerun_takes_it(spec: StreamSpec, tmp_path: Path) -> None:
    """It checks it only then."""
    blueprint(Layout.of(spec)).save("test", tmp_path / "layout.rbl")
    assert (tmp_path / "layout.rbl").stat().st_size > 0
