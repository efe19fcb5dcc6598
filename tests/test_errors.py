"""Errors of other people's libraries in one line."""

from dora_hil.errors import one_line


def test_line_breaks_become_spaces() -> None:
    """LeRobot explains itself over several lines."""
    error = ValueError("Feature mismatch:\nMissing features: {'task'}\n")
    assert one_line(error) == "Feature mismatch: Missing features: {'task'}"


def test_a_text_without_end_is_cut() -> None:
    """Arrow lists every column it does know."""
    text = one_line(ValueError("No match for FieldRef\n" + "column: double\n" * 1000))
    assert text.startswith("No match for FieldRef column: double")
    assert text.endswith(" ...")
    assert len(text) <= 400


def test_an_error_without_a_text_is_its_type() -> None:
    """An empty line says nothing."""
    assert one_line(MemoryError()) == "MemoryError"
