"""What the owner of a run says on `status`."""

from dataclasses import replace

from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.training_progress import TrainingProgress


class RunOwner:
    """Words the statuses of one run; grants are counted here.

    Attributes:
        target: how many episodes there shall be; 0 for no limit.
        saved: how many there are.
        training: how it goes, where a policy is trained; said with every status.
    """

    training: TrainingProgress | None = None

    def __init__(self, role: str, target: int, saved: int = 0) -> None:
        """Own a run as recorder, replayer, evaluator, actor, bridge or body."""
        self.target = target
        self.saved = saved
        self._role = role
        self._grants = 0

    @property
    def is_complete(self) -> bool:
        """Say whether there are as many as there shall be."""
        return 0 < self.target <= self.saved

    def grant(self, seed: int, task: str = "") -> Status:
        """Grant the next episode.

        Args:
            seed: -1 lets the body choose.
            task: what is to be done, in words; empty leaves that to the body.
        """
        number, self._grants = self._grants, self._grants + 1
        return replace(self.busy(), state=RunState.GRANTED, grant=number, seed=seed, task=task)

    def busy(self) -> Status:
        """Say how far the run is."""
        return Status(
            RunState.BUSY,
            role=self._role,
            saved=self.saved,
            target=self.target,
            training=self.training,
        )

    def over(self, failure: str = "", outcome: str = "") -> Status:
        """Return the last word, with a line for people.

        Args:
            failure: what went wrong; empty if all went well.
            outcome: else what there is now, where, and how to go on.
        """
        message = failure or outcome
        return replace(self.busy(), state=RunState.OVER, ok=not failure, message=message)


class SelfOwner(RunOwner):
    """Grants a body its own episodes where no recorder, evaluator or actor does.

    The seed follows from the number of kept episodes, so that one that is recorded again
    starts from the same place.
    """

    def __init__(self, *, seed: int, episodes: int = 0) -> None:
        """Grant `episodes` (0 for no limit) with seeds from `seed` on."""
        super().__init__("body", episodes)
        self._seed = seed

    def grant_next(self) -> Status:
        """Grant the next episode."""
        return self.grant(self._seed + self.saved)

    def over(self, failure: str = "", outcome: str = "") -> Status:
        """Return the last word; nothing of the run is left but what was seen."""
        return super().over(
            failure, outcome or "Nothing was recorded; the dataflows dataflow-record*.yaml do that."
        )
