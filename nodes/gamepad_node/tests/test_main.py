"""The node's options."""

from pathlib import Path

import pytest

from dora_hil.config import ConfigError
from gamepad_node.main import build


def test_bindings_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By flag or variable; a bad one is refused before the run begins."""
    path = tmp_path / "pad.json"
    path.write_text('{"success": ["r2"]}')
    monkeypatch.setenv("GAMEPAD_CONFIG", str(path))
    with pytest.raises(ConfigError, match="unknown button 'r2'"):
        build([])
    build(["--config", str(Path(__file__).parents[3] / "configs/gamepad.json")])


def test_a_pad_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Pads are counted from 0."""
    with pytest.raises(SystemExit) as ended:
        build(["--index", "-1"])
    assert ended.value.code == 2
    assert "-1 is not 0 or more" in capsys.readouterr().err
