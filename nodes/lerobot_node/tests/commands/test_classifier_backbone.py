"""A small network for a classifier."""

from pathlib import Path

import pytest
from harness import command
from transformers import AutoModel

from dora_hil.errors import UserError

main = command("classifier backbone")


def test_transformers_loads_it_and_it_says_that_nobody_has_trained_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the channels that were asked for."""
    main([f"--output={tmp_path / 'b'}", "--channels", "4", "8", "8", "16"])
    model = AutoModel.from_pretrained(tmp_path / "b")
    assert model.config.hidden_sizes == [4, 8, 8, 16]
    assert model.config.has_random_weights is True
    assert "weights, from seed 0" in capsys.readouterr().out


def test_the_same_seed_makes_the_same_network(tmp_path: Path) -> None:
    """So that a training can be repeated."""
    small = ["--channels", "4", "4", "4", "4"]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        main([f"--output={tmp_path / name}", f"--seed={seed}", *small])
    weights = {n: (tmp_path / n / "model.safetensors").read_bytes() for n in "abc"}
    assert weights["a"] == weights["b"] != weights["c"]


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A classifier may have been made from it."""
    with pytest.raises(UserError, match="is there already"):
        main([f"--output={tmp_path}"])
