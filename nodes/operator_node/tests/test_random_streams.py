"""Draws depend on what they are for and on nothing else."""

from operator_node.random_streams import Draw, random_for


def test_a_draw_is_the_same_whatever_was_drawn_in_between() -> None:
    """Episodes may be skipped, repeated or interleaved."""
    before = random_for(Draw.NOISE, 1, 2, 3).random()
    random_for(Draw.NOISE, 1, 9, 9).random(100)
    assert random_for(Draw.NOISE, 1, 2, 3).random() == before


def test_purpose_seed_episode_and_step_each_change_the_draw() -> None:
    """No two of them share their numbers."""
    keys = [
        (Draw.NOISE, 1, 2, 3),
        (Draw.ENGAGEMENT, 1, 2, 3),
        (Draw.NOISE, 0, 2, 3),
        (Draw.NOISE, 1, 0, 3),
        (Draw.NOISE, 1, 2, 0),
    ]
    assert len({random_for(*key).random() for key in keys}) == len(keys)
