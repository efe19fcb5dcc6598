"""How the views are arranged."""

import rerun as rr
import rerun.blueprint as rrb

from rerun_node.entities import (
    DRIVERS,
    LEARNER_UPDATES,
    MARKS,
    REWARD,
    SUMMARY,
    TIMESTAMP,
    TRAINING_SHARES,
    WEIGHT_AGE,
    WEIGHTS,
)
from rerun_node.layout import Layout


def blueprint(layout: Layout, *, has_training: bool = False) -> rrb.Blueprint:
    """Put cameras on the left, the episode, who drives and the curves on the right."""
    drivers = rrb.TimeSeriesView(
        name="who drives",
        origin=DRIVERS,
        plot_legend=rrb.Corner2D.RightTop,
        axis_y=rrb.ScalarAxis(range=(-0.5, 3.5)),
    )
    summary = rrb.TextDocumentView(origin=SUMMARY, name="episode")
    rows: list[tuple[rrb.Container | rrb.View, int]] = [
        (rrb.Horizontal(summary, drivers, column_shares=[2, 3]), 3),
        (rrb.TimeSeriesView(name="reward", contents=[REWARD, *MARKS]), 2),
    ]
    if has_training:
        rows.insert(1, (_training(), 4))
    actions = [rrb.TimeSeriesView(name=name, origin=name) for name in layout.actions]
    observed = [view for name in layout.vectors for view in _by_unit(layout, name)]
    rows += [(rrb.Tabs(*views), 4) for views in (actions, observed) if views]
    right = rrb.Vertical(*(view for view, _ in rows), row_shares=[share for _, share in rows])
    return rrb.Blueprint(
        rrb.Horizontal(_cameras(layout), right, column_shares=[2, 3]) if layout.pictures else right,
        rrb.TimePanel(
            state="collapsed",
            # PHASE has this time too: cameras stay live between two episodes.
            timeline=TIMESTAMP,
            play_state=rrb.components.PlayState.Following,
        ),
        rrb.BlueprintPanel(state="collapsed"),
        rrb.SelectionPanel(state="collapsed"),
        auto_views=False,
    )


def _training() -> rrb.Horizontal:
    shares = rrb.TimeSeriesView(
        name="training",
        contents=list(TRAINING_SHARES),
        plot_legend=rrb.Corner2D.LeftTop,
        axis_y=rrb.ScalarAxis(range=(-0.03, 1.03)),
    )
    updates = rrb.TimeSeriesView(name="updates", contents=[LEARNER_UPDATES, WEIGHTS])
    age = rrb.TimeSeriesView(name="weight age s", contents=[WEIGHT_AGE])
    return rrb.Horizontal(shares, rrb.Tabs(updates, age), column_shares=[3, 2])


def _cameras(layout: Layout) -> rrb.Grid:
    views = [
        rrb.Spatial2DView(origin=name, name=name.removeprefix("observation.images."))
        for name in layout.pictures
    ]
    return rrb.Grid(*views, grid_columns=1 if len(views) <= 2 else 2)


def _by_unit(layout: Layout, name: str) -> list[rrb.TimeSeriesView]:
    """Return one view per unit: beside a gripper's 255, radians are a flat line."""
    units = layout.units[name]
    if len(set(units)) < 2:
        return [rrb.TimeSeriesView(name=name, origin=name)]
    return [
        rrb.TimeSeriesView(
            name=f"{name} [{unit}]",
            origin=name,
            overrides={name: rr.SeriesLines.from_fields(visible_series=[u == unit for u in units])},
        )
        for unit in dict.fromkeys(units)
    ]
