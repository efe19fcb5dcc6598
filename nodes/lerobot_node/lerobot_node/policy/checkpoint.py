"""A policy as LeRobot has saved it, looked at without loading it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from huggingface_hub import constants, snapshot_download
from huggingface_hub.utils import HFValidationError, validate_repo_id  # type: ignore[attr-defined]

from dora_hil.errors import one_line
from lerobot_node.policy.origin import (
    PROCESSORS,
    Origin,
    PolicyError,
    is_as_trained,
    read_object,
    state_files,
)

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TRAINING = "train_config.json"

_INSIDE = ("", "pretrained_model", "checkpoints/last/pretrained_model")


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a policy; everything that LeRobot will want of it is there.

    Attributes:
        path: the folder.
        config: its `config.json`.
        origin: what it was trained on; None where that is not known.
        unknown: why it is not, for people; empty where nothing says anything of it.
    """

    path: Path
    config: dict[str, Any]
    origin: Origin | None
    unknown: str = ""

    @classmethod
    def find(cls, name: str) -> Self:
        """Look for a policy.

        Args:
            name: a folder that LeRobot saved a policy into, the output folder of a training, or
                a repository on the Hub, which is downloaded.

        Raises:
            PolicyError: there is none, or a part of it is missing.
        """
        folder = _local(Path(name)) if Path(name).exists() else _download(name)
        for needed in (CONFIG, *PROCESSORS):
            if not (folder / needed).is_file():
                raise PolicyError(
                    f"{folder}: {needed} is missing; a policy is saved with its processors, by "
                    "lerobot-train or save_pretrained"
                )
        if not (folder / WEIGHTS).is_file():
            raise PolicyError(f"{folder}: {WEIGHTS} is missing")
        for state in state_files(folder):
            if not (folder / state).is_file():
                raise PolicyError(f"{folder}: {state}, which a processor refers to, is missing")
        config = read_object(folder / CONFIG)
        if not isinstance(config.get("type"), str):
            raise PolicyError(f"{folder / CONFIG}: the policy's type is missing")
        return cls(folder, config, *_origin(folder))


def _local(root: Path) -> Path:
    for inside in _INSIDE:
        if (root / inside / CONFIG).is_file():
            return root / inside
    raise PolicyError(
        f"{root}: there is no policy here ({CONFIG} is missing); expected a folder such as "
        "outputs/train/act/checkpoints/last/pretrained_model"
    )


def _download(name: str) -> Path:
    try:
        validate_repo_id(name)
        is_repo = name.count("/") == 1
    except HFValidationError:
        is_repo = False
    if not is_repo:
        raise PolicyError(f"policy.path: {name}: there is no such folder")
    try:
        return Path(snapshot_download(name, repo_type="model"))
    except Exception as error:
        reason = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else one_line(error)
        raise PolicyError(
            f"policy.path: {name}: there is no such folder, and it cannot be downloaded: {reason}"
        ) from None


def _origin(folder: Path) -> tuple[Origin | None, str]:
    """Return what a policy was trained on, or why that is not known."""
    beside = Origin.beside(folder)
    if beside is not None:
        return beside, ""
    dataset = read_object(folder / TRAINING).get("dataset") if _has_training(folder) else None
    if not isinstance(dataset, dict):
        return None, ""
    root = Path(dataset.get("root") or _lerobots_own(str(dataset.get("repo_id"))))
    if not (root / "meta/info.json").is_file():
        return None, ""
    if not is_as_trained(folder, root):
        return None, f"{root} is no longer what the policy was trained on: other statistics"
    return Origin.of_dataset(root), ""


def _has_training(folder: Path) -> bool:
    return (folder / TRAINING).is_file()


def _lerobots_own(repo_id: str) -> Path:
    """Return where LeRobot keeps a dataset that was given no root."""
    # Imported late: this takes seconds.
    from lerobot.utils.constants import HF_LEROBOT_HOME

    return Path(HF_LEROBOT_HOME, repo_id)
