"""Beginning in an empty folder."""

import tomllib
from pathlib import Path

import pytest
from harness import ROOT, command

from dora_hil.config import ConfigError

main = command("init")


def test_the_dataflows_and_their_configs_are_laid_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are here, by the same relative paths."""
    main([str(tmp_path / "new")])
    for path in (*ROOT.glob("dataflow-*.yaml"), *ROOT.glob("configs/*.json")):
        assert (tmp_path / "new" / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    assert capsys.readouterr().out.startswith(f"{tmp_path}/new: ")


def test_where_they_are_already_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even in a checkout, where a file would be copied onto itself."""
    monkeypatch.chdir(ROOT)
    main([])
    assert f"{ROOT}: 0 new files" in capsys.readouterr().out


def test_a_file_that_is_another_one_is_never_written_over(tmp_path: Path) -> None:
    """Nor is anything else written; what is the same already is no obstacle."""
    main([str(tmp_path)])
    (tmp_path / "configs/gamepad.json").write_text("{}")
    (tmp_path / "dataflow-demo.yaml").unlink()
    with pytest.raises(ConfigError, match=r"has configs/gamepad\.json of its own; nothing was"):
        main([str(tmp_path)])
    assert not (tmp_path / "dataflow-demo.yaml").exists()


def test_a_wheel_has_all_of_them() -> None:
    """None is forgotten when one is added."""
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]
    packed = hatch["build"]["targets"]["wheel"]["force-include"]
    named = {"configs", *(path.name for path in ROOT.glob("dataflow-*.yaml"))}
    assert packed == {name: f"dora_hil_workspace/{name}" for name in named}
