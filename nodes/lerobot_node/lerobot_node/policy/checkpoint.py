"""A policy as LeRobot has saved it, looked at without loading it."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypedDict

from huggingface_hub import constants, snapshot_download
from huggingface_hub.utils import HFValidationError, validate_repo_id  # type: ignore[attr-defined]
from pydantic import TypeAdapter, ValidationError

from dora_hil.errors import one_line
from dora_hil.recognitions import Reading, recognise
from dora_hil_datasets.arguments import root_of
from dora_hil_datasets.dataset.existing import POINTER, is_git_lfs_pointer
from lerobot_node.policy.origin import (
    PROCESSORS,
    Origin,
    PolicyError,
    is_as_trained,
    read_object,
    state_files,
)

log = logging.getLogger(__name__)

CONFIG = "config.json"
ADAPTER = "adapter_config.json"
WEIGHTS = "model.safetensors"
TRAINING = "train_config.json"

RENAMES = "rename_observations_processor"
"""LeRobot's name of the step that calls columns otherwise."""
_RESIZING = ("resize_imgs_with_padding", "image_resolution", "resize_shape")
"""Keys of policies' configs: SmolVLA and XVLA; pi0, pi0.5, pi0-FAST, EVO-1; diffusion."""

_INSIDE = ("", *(f"{at}pretrained_model" for at in ("", "last/", "checkpoints/last/")))


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a policy; everything that LeRobot will want of it is there.

    Attributes:
        path: the folder.
        config: its `config.json`.
        origin: what it was trained on; None where that is not known.
        unknown: why it is not, for people; empty where nothing says anything of it.
        rename_map: what a body calls otherwise: its names to those of the policy, as LeRobot has
            it; as the policy's processor was saved, or as a person says.
    """

    path: Path
    config: dict[str, Any]
    origin: Origin | None
    unknown: str = ""
    rename_map: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, name: str, rename_map: Mapping[str, str] | None = None) -> Self:
        """Look for a policy.

        Args:
            name: a folder that LeRobot saved a policy into, the output folder of a training, or
                a repository on the Hub, which is downloaded.
            rename_map: in place of the saved one, if it says anything.

        Raises:
            PolicyError: there is none, or a part of it is missing.
        """
        folder = _local(Path(name)) if Path(name).exists() else _download(name)
        _refuse_recognised(folder)
        for needed in (CONFIG, *PROCESSORS):
            if not (folder / needed).is_file():
                raise PolicyError(
                    f"{folder}: {needed} is missing; a policy is saved with its processors, by "
                    "lerobot-train or save_pretrained"
                )
        if not (folder / WEIGHTS).is_file():
            raise PolicyError(f"{folder}: {WEIGHTS} is missing")
        if is_git_lfs_pointer(folder / WEIGHTS):
            raise PolicyError(f"{folder / WEIGHTS}: {POINTER}")
        for state in state_files(folder):
            if not (folder / state).is_file():
                raise PolicyError(f"{folder}: {state}, which a processor refers to, is missing")
        config = read_object(folder / CONFIG)
        if not isinstance(config.get("type"), str):
            raise PolicyError(f"{folder / CONFIG}: the policy's type is missing")
        _check_features(config, folder / CONFIG)
        return cls(folder, config, *_origin(folder), rename_map or _saved_rename_map(folder))

    @property
    def inputs(self) -> dict[str, Any]:
        """Return what a body has to show: LeRobot's features by the body's names.

        Places that were left for cameras which there were none of in the training
        (`empty_cameras`) are not among them: LeRobot fills those itself.
        """
        places = range(self.config.get("empty_cameras") or 0)
        empty = {f"observation.images.empty_camera_{place}" for place in places}
        called = {theirs: ours for ours, theirs in self.rename_map.items()}
        return {
            called.get(n, n): f for n, f in self.config["input_features"].items() if n not in empty
        }

    @property
    def resizes_pictures(self) -> bool:
        """Say whether the policy itself brings pictures of any size to the one it looks at."""
        return any(self.config.get(key) for key in _RESIZING)


def _saved_rename_map(folder: Path) -> dict[str, str]:
    steps = read_object(folder / PROCESSORS[0]).get("steps", ())
    renames = [s for s in steps if isinstance(s, dict) and s.get("registry_name") == RENAMES]
    found = renames[0].get("config", {}).get("rename_map") if renames else None
    return dict(found) if isinstance(found, dict) else {}


def _check_features(config: dict[str, Any], path: Path) -> None:
    for key in ("input_features", "output_features"):
        try:
            _FEATURES.validate_python(config.get(key))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in (key, *first["loc"]))
            raise PolicyError(
                f"{path}: {where}: {first['msg']}; expected what LeRobot saves after a training: "
                'by name, {"type": "STATE", "shape": [18]} for instance'
            ) from None


class _Feature(TypedDict):
    type: str
    shape: tuple[int, ...]


_FEATURES = TypeAdapter(dict[str, _Feature])


def _refuse_recognised(folder: Path) -> None:
    """Refuse what is no policy that can be used as it is.

    Raises:
        PolicyError: says what it is and what to do.
    """
    files = frozenset(path.name for path in folder.iterdir())
    raw = read_object(folder / CONFIG) if CONFIG in files else {}
    raw |= read_object(folder / ADAPTER) if ADAPTER in files else {}
    answer = recognise(Reading.POLICY, folder, raw, files)
    if answer is not None:
        raise PolicyError(f"{folder} {answer}")


def _local(root: Path) -> Path:
    for inside in chain(_INSIDE, _numbered(root)):
        if any((root / inside / name).is_file() for name in (CONFIG, ADAPTER)):
            return root / inside
    raise PolicyError(
        f"{root}: there is no policy here ({CONFIG} is missing); expected a folder such as "
        "outputs/train/act/checkpoints/last/pretrained_model"
    )


def _numbered(root: Path) -> Iterator[str]:
    """Yield the checkpoints of a training whose link `last` was lost, the newest first."""
    folders = [path for path in (root, root / "checkpoints") if path.is_dir()]
    numbers = {path for folder in folders for path in folder.iterdir() if path.name.isdecimal()}
    for path in sorted(numbers, key=lambda path: int(path.name), reverse=True):
        if (path / "pretrained_model" / CONFIG).is_file():
            inside = path.relative_to(root) / "pretrained_model"
            log.warning("%s: nothing says which checkpoint is the last: taking %s", root, inside)
            yield str(inside)


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
    file = folder / TRAINING
    dataset = read_object(file).get("dataset") if file.is_file() else None
    if not isinstance(dataset, dict):
        return None, ""
    where = dataset.get("root")
    root = root_of(str(dataset.get("repo_id")), Path(where) if where else None)
    if not (root / "meta/info.json").is_file():
        return None, ""
    if not is_as_trained(folder, root):
        return None, f"{root} is no longer what the policy was trained on: other statistics"
    return Origin.of_dataset(root), ""
