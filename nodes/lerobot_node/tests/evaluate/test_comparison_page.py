"""A comparison as a page."""

from pathlib import Path

from judged import judged

from lerobot_node.evaluate import comparison_page
from lerobot_node.evaluate.comparison import Comparison


def test_films_of_the_seeds_on_which_they_differ_stand_side_by_side(tmp_path: Path) -> None:
    """Within the page; those of the others are not there."""
    first, second = judged(tmp_path / "a", "+-+"), judged(tmp_path / "b", "++-")
    for folder, name in (
        ("a", "episode_000_seed_7_success"),
        ("a", "episode_001_seed_8_time_limit"),
        ("b", "episode_001_seed_8_success"),
    ):
        (tmp_path / folder / f"{name}.mp4").write_bytes(name.encode())
    html = comparison_page.render(Comparison(first, second))
    assert html.count("<h3>Seed") == 2
    assert html.count('<video src="data:video/mp4;base64,') == 2
    assert "time_limit, 11 steps" in html
    assert "--eval.video=all" not in html


def test_without_films_it_says_how_to_get_them(tmp_path: Path) -> None:
    """And what is different all the same."""
    first, second = judged(tmp_path / "a", "+-"), judged(tmp_path / "b", "++")
    html = comparison_page.render(Comparison(first, second))
    assert "--eval.video=all" in html
    assert "<h3>Seed 8</h3>" in html


def test_a_page_does_not_grow_without_limit(tmp_path: Path) -> None:
    """What is not shown is counted."""
    first, second = judged(tmp_path / "a", "-" * 30), judged(tmp_path / "b", "+" * 30)
    html = comparison_page.render(Comparison(first, second))
    assert html.count("<h3>Seed") == comparison_page.FILMS
    assert f"And {30 - comparison_page.FILMS} more." in html
