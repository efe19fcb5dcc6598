"""What is checked before `lerobot-train` trains a classifier, which would end in a traceback."""

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dora_hil.config import ConfigError, from_home, override, read_json
from dora_hil.recognitions import Reading, refuse_recognised
from dora_hil_datasets.dataset.columns import column_of
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.features import Features
from lerobot_node.encoder.efficientnet_lite import make_if_missing
from lerobot_node.reward.balance import balance, demand_both, read_labels

log = logging.getLogger(__name__)

CNN_INPUT = (128, 128)
"""LeRobot's pooling takes 4 x 4 cells, which its CNNs make of this size alone."""


def check(words: Sequence[str]) -> list[str]:
    """Check the config, the backbone and the labels, and say what there is to learn from.

    Args:
        words: the command line of `lerobot-train`.

    Returns:
        The command line for it, with paths that it can open.

    Raises:
        ConfigError: the config cannot be used.
        UserError: there is no usable dataset, or it shows only success or only failure.
    """
    path, rest = _split([from_home(word) for word in words])
    written = read_json(path)
    raw = override(written, rest)
    refuse_recognised(Reading.CLASSIFIER_TRAINING, raw, str(path))
    model, dataset = _block(raw, "reward_model"), _block(raw, "dataset")
    if model.get("type") != "reward_classifier":
        raise ConfigError(
            f"reward_model.type: accepted: 'reward_classifier', got {model.get('type')!r}"
        )
    if model.get("push_to_hub", True) and not model.get("repo_id"):
        raise ConfigError(
            f"{path}: reward_model.push_to_hub: is true where nothing is said; must be false, or "
            "reward_model.repo_id must name a repository"
        )
    name = str(model.get("model_name", "lerobot/resnet10"))
    if make_if_missing(name):
        log.info("made the encoder %s", name)
    if (name.count("/") != 1 and not Path(name).is_dir()) or Path(name).parent.is_dir():
        _check_backbone(Path(name))
    root = dataset.get("root")
    command = [f"--config_path={path}", *_placed(path, written), *rest]
    if root is None:
        return command
    existing = read_existing(Path(root))
    _check_cameras(model, existing.features)
    labels = read_labels(Path(root))
    demand_both(labels, Path(root))
    logging.getLogger().setLevel(logging.INFO)
    for line in balance(labels):
        log.info("%s", line)
    return command


def _placed(path: Path, placed: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of the file that mean something else to LeRobot, which reads it again."""
    stack: list[tuple[str, Any, Any]] = [("-", json.loads(path.read_text("utf-8")), placed)]
    while stack:
        key, as_written, as_meant = stack.pop()
        if isinstance(as_written, dict):
            dot = "." if key != "-" else "-"
            stack += [(f"{key}{dot}{n}", v, as_meant[n]) for n, v in as_written.items()]
        elif as_written != as_meant and isinstance(as_meant, str):
            yield f"{key}={as_meant}"


def _split(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Return the config's path, and the other words."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config_path", nargs="?")
    args, rest = parser.parse_known_args(words)
    if not args.config_path:
        raise ConfigError("--config_path: expected configs/train_reward_classifier.json or another")
    return Path(args.config_path), rest


def _block(raw: dict[str, Any], key: str) -> dict[str, Any]:
    block = raw.get(key)
    if not isinstance(block, dict):
        raise ConfigError(f"{key}: expected a block of keys, got {block!r}")
    return block


def _check_backbone(path: Path) -> None:
    if not (path / "config.json").is_file():
        raise ConfigError(
            f"reward_model.model_name: {path}: there is no network here; "
            f"uv run dora-hil classifier backbone --output {path} makes a small one"
        )


def _check_cameras(model: dict[str, Any], features: Features) -> None:
    inputs = _block(model, "input_features")
    if model.get("num_cameras", 2) != len(inputs):
        raise ConfigError(
            f"reward_model.num_cameras: is {model.get('num_cameras', 2)}, but input_features names "
            f"{len(inputs)} camera(s)"
        )
    for key in inputs:
        if key not in features:
            cameras = ", ".join(k for k in features if k.startswith("observation.images."))
            raise ConfigError(
                f"reward_model.input_features: {key} is not in the dataset; it has {cameras}"
            )
        height, width = column_of(features[key]).shape[:2]
        if model.get("model_type", "cnn") == "cnn" and (height, width) != CNN_INPUT:
            raise ConfigError(
                f"{key}: pictures are {height}x{width}; LeRobot's classifier with a CNN takes "
                f"{CNN_INPUT[0]}x{CNN_INPUT[1]} only"
            )
