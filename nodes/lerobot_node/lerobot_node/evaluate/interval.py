"""How sure a success rate is, and how sure a difference."""

import math
from statistics import NormalDist


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion; (0, 1) without trials.

    Unlike the normal approximation it holds for few trials, and for none or all successful.
    """
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, spread = successes / trials, z * z / trials
    middle = rate + spread / 2
    half = z * math.sqrt(rate * (1 - rate) / trials + spread / (4 * trials))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def paired_p(first_only: int, second_only: int) -> float:
    """Return the exact two-sided p of McNemar's test for paired successes.

    Where two policies are equally good, each trial that only one of them solves is a coin's throw:
    how likely is it that one side wins at least as many of them as here?

    Args:
        first_only: trials that the first solved and the second did not.
        second_only: the other way round.
    """
    trials = first_only + second_only
    fewer = min(first_only, second_only)
    tail = sum(math.comb(trials, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / int(2**trials))
