"""How the viewer lays an episode out; `rerun_node` shows a running one in the same way."""

from collections.abc import Sequence
from typing import Final

import rerun.blueprint as rrb

FRAME_INDEX: Final = "frame_index"
TIMESTAMP: Final = "timestamp"
SUMMARY: Final = "episode/summary"
ACTION: Final = "action"


def episode_blueprint(
    cameras: Sequence[str],
    vectors: Sequence[str],
    scalars: Sequence[str],
    flags: Sequence[str],
    fps: int,
    *,
    lists_recordings: bool,
) -> rrb.Blueprint:
    """Return the layout: cameras on the left; what happened and the curves on the right.

    Args:
        cameras: entities with pictures.
        vectors: entities with several curves; `action` has a view of its own.
        scalars: entities with one curve; they share a view.
        flags: entities that are on or off; they share a view of bands.
        fps: how fast the episode is played.
        lists_recordings: show the panel in which one chooses between episodes.
    """
    summary = rrb.TextDocumentView(origin=SUMMARY, name="episode")
    bands = rrb.StateTimelineView(contents=list(flags), name="flags")
    rows: list[tuple[rrb.Container | rrb.View, int]] = [
        (rrb.Horizontal(summary, bands, column_shares=[2, 3]) if flags else summary, 3)
    ]
    if scalars:
        rows.append((rrb.TimeSeriesView(contents=list(scalars), name="reward"), 2))
    if ACTION in vectors:
        rows.append((rrb.TimeSeriesView(origin=ACTION, name=ACTION), 4))
    observed = [rrb.TimeSeriesView(origin=name, name=name) for name in vectors if name != ACTION]
    if observed:
        rows.append((rrb.Tabs(*observed), 4))
    right = rrb.Vertical(*(view for view, _ in rows), row_shares=[share for _, share in rows])
    pictures = [
        rrb.Spatial2DView(origin=name, name=name.removeprefix("observation.images."))
        for name in cameras
    ]
    return rrb.Blueprint(
        rrb.Horizontal(rrb.Vertical(*pictures), right, column_shares=[2, 3]) if pictures else right,
        rrb.TimePanel(
            state="collapsed",
            timeline=FRAME_INDEX,
            fps=fps,
            # A stream, unlike a file, would be followed at its end.
            play_state=rrb.components.PlayState.Playing,
        ),
        rrb.BlueprintPanel(state="expanded" if lists_recordings else "collapsed"),
        rrb.SelectionPanel(state="collapsed"),
        auto_views=False,
    )
