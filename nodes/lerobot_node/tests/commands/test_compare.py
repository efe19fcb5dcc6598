"""The command that compares two evaluations."""

import json
from pathlib import Path

import pytest
from harness import command
from judged import judged

from dora_hil.errors import UserError

main = command("compare")


def test_it_prints_the_verdict_and_writes_figures_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it was told to."""
    judged(tmp_path / "a", "-" * 9)
    judged(tmp_path / "b", "+" * 9)
    main([str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(tmp_path / "c")])
    assert "the second is better" in capsys.readouterr().out
    assert json.loads((tmp_path / "c/comparison.json").read_text())["p"] == pytest.approx(2 / 2**9)
    assert "the second is better" in (tmp_path / "c/comparison.html").read_text()


def test_of_what_is_no_evaluation_nothing_is_written(tmp_path: Path) -> None:
    """It is said in one line."""
    with pytest.raises(UserError, match=r"has no results\.json"):
        main([str(tmp_path), str(tmp_path), "--output", str(tmp_path / "c")])
    assert not (tmp_path / "c").exists()
