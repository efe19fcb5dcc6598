"""Tables in text."""

from lerobot_node.table import aligned


def test_a_column_is_as_wide_as_its_widest_cell() -> None:
    """Nothing follows the last one."""
    rows = [("seed", "steps"), ("1000", "7"), ("7", "100")]
    assert list(aligned(rows)) == ["seed  steps", "1000  7", "7     100"]
