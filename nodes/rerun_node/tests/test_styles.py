"""How series are drawn."""

from dora_hil.stream.spec import ColumnSpec, StreamSpec
from rerun_node.layout import Layout
from rerun_node.styles import styles


def test_curves_have_the_names_that_the_body_gives_them(spec: StreamSpec) -> None:
    """The legend says delta_x, not 0."""
    names = styles(spec, Layout.of(spec))["action.ee_delta"].names
    assert names is not None
    assert names.as_arrow_array().to_pylist() == ["delta_x", "delta_y", "delta_z", "gripper"]


def test_curves_without_names_are_numbered() -> None:
    """A body need not name its numbers."""
    bare = StreamSpec("task", "body", (), {"observation.state": ColumnSpec((2,))})
    names = styles(bare, Layout.of(bare))["observation.state"].names
    assert names is not None
    assert names.as_arrow_array().to_pylist() == ["observation.state[0]", "observation.state[1]"]


def test_the_reward_and_the_flags_have_a_style_in_any_case(spec: StreamSpec) -> None:
    """Every body reports them."""
    expected = {"next.reward", "next.success", "next.done", "next.truncated"}
    assert expected <= set(styles(spec, Layout.of(spec)))
