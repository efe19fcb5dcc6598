"""Which columns are shown."""

from dora_hil.stream.spec import ColumnSpec, StreamSpec
from rerun_node.layout import Layout


def test_columns_are_sorted_by_how_they_are_shown(spec: StreamSpec) -> None:
    """Actions in every space that the body reports; what only scripts may see is left out.

    A person who drives by it would record what a policy cannot repeat.
    """
    layout = Layout.of(spec)
    assert layout.pictures == ("observation.images.front",)
    assert layout.vectors == ("observation.state",)
    assert layout.actions == ("action.ee_delta", "action.ee_absolute")


def test_a_body_without_cameras_and_actions_has_a_layout_too() -> None:
    """Whatever it has is shown."""
    bare = StreamSpec("task", "body", (), {"observation.state": ColumnSpec((2,))})
    assert Layout.of(bare) == Layout((), ("observation.state",), (), {"observation.state": ()})
