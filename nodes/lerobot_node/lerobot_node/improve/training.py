"""LeRobot's own training, on what a policy is to learn next: anew, from it, or where it was."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dora_hil_datasets.arguments import root_of
from dora_hil_datasets.dataset.local import LocalDataset
from lerobot_node.improve.training_set import ImproveError
from lerobot_node.policy.checkpoint import TRAINING, Checkpoint
from lerobot_node.policy.origin import read_object


@dataclass(frozen=True)
class Training:
    """How a policy was trained, and how it is trained on.

    Attributes:
        checkpoint: the policy.
        output_dir: of the next training.
    """

    checkpoint: Checkpoint
    output_dir: Path

    @property
    def config(self) -> dict[str, Any]:
        """Return LeRobot's config of the training that the policy comes from.

        Raises:
            ImproveError: it does not lie beside the policy.
        """
        path = self.checkpoint.path / TRAINING
        if not path.is_file():
            raise ImproveError(
                f"{self.checkpoint.path}: {TRAINING} is missing, which lerobot-train saves beside "
                "a policy: how it was trained is not known"
            )
        return read_object(path)

    @property
    def dataset(self) -> LocalDataset:
        """Return what the policy learned from.

        Raises:
            UserError: it is not on this machine.
        """
        block = self.config.get("dataset") or {}
        repo_id, root = str(block.get("repo_id")), block.get("root")
        return LocalDataset(repo_id, root_of(repo_id, Path(root) if root else None))

    def words(
        self, repo_id: str, root: Path, more: Sequence[str], *, from_scratch: bool
    ) -> list[str] | None:
        """Return the command line of `lerobot-train`; None where the training is done.

        What a killed one has saved is gone on from; what it has not is begun again.

        Args:
            repo_id: the name of the dataset to learn from.
            root: its folder.
            more: any of LeRobot's own words.
            from_scratch: with new weights; else with those of the checkpoint.
        """
        last = self.output_dir / "checkpoints/last"
        if (last / "pretrained_model" / TRAINING).is_file():
            if self._is_done(last):
                return None
            return [f"--config_path={last / 'pretrained_model' / TRAINING}", "--resume=true", *more]
        # LeRobot refuses a folder that is there, also where nothing is in it yet.
        shutil.rmtree(self.output_dir, ignore_errors=True)
        start = [] if from_scratch else [f"--policy.path={self.checkpoint.path}"]
        return [
            f"--config_path={self.checkpoint.path / TRAINING}",
            *start,
            f"--dataset.repo_id={repo_id}",
            f"--dataset.root={root}",
            f"--output_dir={self.output_dir}",
            "--resume=false",
            *more,
        ]

    def _is_done(self, last: Path) -> bool:
        wanted = read_object(last / "pretrained_model" / TRAINING).get("steps")
        return bool(read_object(last / "training_state/training_step.json").get("step") == wanted)
