"""What of a corrected attempt there is to learn from."""

from enum import StrEnum


class Learn(StrEnum):
    """What of an attempt in which a person took over is learned from.

    Attributes:
        CORRECTIONS: what the person drove, each time as an episode of its own.
        RECOVERIES: besides, what the policy did well: not the steps that led into a takeover, and
            of an attempt that failed nothing behind the last correction.
        ATTEMPTS: the whole attempt, where it succeeded.
    """

    CORRECTIONS = "corrections"
    RECOVERIES = "recoveries"
    ATTEMPTS = "attempts"
