"""How much anybody may ask."""

from web_node.limits import Attempts, TokenBucket


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        """Start at none."""
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return seconds."""
        return self.now_s


def test_a_burst_passes_and_a_flood_does_not() -> None:
    """Twice a second's worth at once, then as many as are allowed."""
    clock = Clock()
    bucket = TokenBucket(10.0, clock)
    assert [bucket.take() for _ in range(21)] == [True] * 20 + [False]
    clock.now_s = 1.0
    assert sum(bucket.take() for _ in range(100)) == 10


def test_ten_wrong_tokens_block_an_address_for_a_minute() -> None:
    """And no other."""
    clock = Clock()
    attempts = Attempts(clock_s=clock)
    for _ in range(9):
        attempts.fail("10.0.0.9")
    assert not attempts.is_blocked("10.0.0.9")
    attempts.fail("10.0.0.9")
    assert attempts.is_blocked("10.0.0.9")
    assert not attempts.is_blocked("10.0.0.8")
    clock.now_s = 60.0
    assert not attempts.is_blocked("10.0.0.9")


def test_many_addresses_fill_no_memory() -> None:
    """The oldest are forgotten."""
    attempts = Attempts(limit=1, max_addresses=3)
    for number in range(5):
        attempts.fail(f"10.0.0.{number}")
    assert [attempts.is_blocked(f"10.0.0.{n}") for n in range(5)] == [False] * 2 + [True] * 3
