"""Uploads a trained policy: its files, a card, and what its dataset looked like."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.utils import HFValidationError, validate_repo_id  # type: ignore[attr-defined]

from dora_hil.errors import UserError
from dora_hil_datasets.hub_errors import failure_reason
from lerobot_node.policy import origin as origins
from lerobot_node.policy.card import card
from lerobot_node.policy.checkpoint import Checkpoint

CARD = "README.md"

_SUFFIXES = (".safetensors", ".json")

log = logging.getLogger(__name__)


class PublishError(UserError):
    """A policy that was not uploaded; the one on the disk is untouched."""


@dataclass(frozen=True)
class Publication:
    """A policy on its way to the Hub.

    Attributes:
        checkpoint: the policy.
        repo_id: its name there, ``user/name``.
        private: only its owner can see it; null leaves that to the Hub.
        tags: for the card.

    Raises:
        PublishError: the Hub accepts no such name.
    """

    checkpoint: Checkpoint
    repo_id: str
    private: bool | None = None
    tags: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the name."""
        if self.repo_id.count("/") != 1:
            raise PublishError(f"repo_id must be 'user/name', got {self.repo_id!r}")
        try:
            validate_repo_id(self.repo_id)
        except HFValidationError as error:
            raise PublishError(str(error)) from None

    def files(self) -> dict[str, Path | bytes]:
        """Return what is uploaded, by name: no optimizer, and no note that lies beside it."""
        folder, origin = self.checkpoint.path, self.checkpoint.origin
        found = (path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES)
        files: dict[str, Path | bytes] = {path.name: path for path in found}
        if origin is None:
            log.warning(
                "the dataset that the policy was trained on is not on this disk; whoever "
                "evaluates the policy has to name its action_space"
            )
        elif origins.FILE not in files:
            files[origins.FILE] = json.dumps(dict(origin.info), indent=4).encode()
        files[CARD] = self.card().encode()
        return files

    def card(self) -> str:
        """Return the policy's page."""
        return card(self.checkpoint, self.repo_id, self.tags)

    def upload(self) -> str:
        """Upload everything at once; return where it is now.

        Raises:
            PublishError: says in one line why not.
        """
        files = self.files()
        api = HfApi()
        try:
            url = api.create_repo(self.repo_id, private=self.private, exist_ok=True)
            api.create_commit(
                self.repo_id,
                [CommitOperationAdd(name, content) for name, content in files.items()],
                commit_message="Upload a policy with its processors",
            )
        except Exception as error:
            reason = failure_reason(error)
            raise PublishError(f"{self.repo_id} was not uploaded: {reason}") from error
        return str(url)
