"""Two evaluations seed by seed."""

from pathlib import Path

import pytest
from judged import ABOUT, judged

from lerobot_node.evaluate.comparison import Comparison, ComparisonError, Judged


def test_seeds_that_both_did_alone_are_paired(tmp_path: Path) -> None:
    """One seed was helped, one was given to the second alone."""
    compared = Comparison(judged(tmp_path / "a", "++--+h"), judged(tmp_path / "b", "+-+-+++"))
    told = compared.to_json()
    assert (told["seeds"], told["left_out"]) == (5, 2)
    assert (told["both"], told["neither"]) == (2, 1)
    assert (told["first_only"], told["second_only"]) == ([8], [9])
    assert told["p"] == 1.0
    assert told["steps_where_both_succeed"] == [12.0, 12.0]
    assert list(compared.lines())[2:] == [
        "of 5 seeds: both 2, only the first 1, only the second 1, neither 1; 2 left out, done by "
        "one alone or with a person's help",
        "steps where both succeed: 12.0 and 12.0",
        "neither is shown to be better (McNemar's exact test, p = 1)",
    ]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("-" * 8, "+" * 8, "the second is better (McNemar's exact test, p = 0.0078)"),
        ("+" * 8, "-" * 8, "the first is better (McNemar's exact test, p = 0.0078)"),
        ("-" * 5, "+" * 5, "neither is shown to be better (McNemar's exact test, p = 0.062)"),
    ],
)
def test_better_is_said_where_chance_is_unlikely(
    tmp_path: Path, first: str, second: str, said: str
) -> None:
    """Five of five may still be chance."""
    compared = Comparison(judged(tmp_path / "a", first), judged(tmp_path / "b", second))
    assert list(compared.lines())[-1] == said


def test_evaluations_without_a_common_seed_are_refused(tmp_path: Path) -> None:
    """What would have to be done is said."""
    first, second = judged(tmp_path / "a", "++"), judged(tmp_path / "b", "++", first_seed=50)
    with pytest.raises(ComparisonError, match="no seed in common that both did alone: evaluate"):
        Comparison(first, second)


def test_another_body_is_refused(tmp_path: Path) -> None:
    """Their successes are not those of the same thing."""
    first = judged(tmp_path / "a", "++")
    second = judged(tmp_path / "b", "++", about={**ABOUT, "body": "arm"})
    with pytest.raises(ComparisonError, match="another body, 'fake' and 'arm'"):
        Comparison(first, second)


def test_other_sentences_are_said(tmp_path: Path) -> None:
    """Each policy is told what it was trained with."""
    first = judged(tmp_path / "a", "++")
    second = judged(tmp_path / "b", "++", about={**ABOUT, "task": "stack"})
    assert "they were told 'pick' and 'stack'" in list(Comparison(first, second).lines())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"has no results\.json"),
        ("{", "is not what an evaluation writes"),
        ("[]", "is not what an evaluation writes"),
        ('{"episodes": [{"seed": "x"}]}', "is not what an evaluation writes"),
        ('{"summary": {}}', "is not what an evaluation writes"),
    ],
)
def test_what_is_no_evaluation_is_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    """With its path."""
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    with pytest.raises(ComparisonError, match=said) as error:
        Judged.read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_film_is_found_by_its_episode(tmp_path: Path) -> None:
    """As the evaluation names it; an episode that was not filmed has none."""
    evaluation = judged(tmp_path, "+-")
    film = tmp_path / "episode_001_seed_8_time_limit.mp4"
    film.touch()
    assert evaluation.film(evaluation.records[1]) == film
    assert evaluation.film(evaluation.records[0]) is None
