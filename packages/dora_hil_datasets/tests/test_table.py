"""Tables in text."""

from dora_hil_datasets.table import aligned


def test_a_column_is_as_wide_as_its_widest_cell() -> None:
    """Nothing follows the last one."""
    rows = [("seed", "steps"), ("1000", "7"), ("7", "100")]
    assert list(aligned(rows)) == ["seed  steps", "1000  7", "7     100"]
