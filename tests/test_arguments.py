"""Options that are environment variables too."""

import argparse
from pathlib import Path

import pytest

from dora_hil.arguments import NodeArguments, names, number, path_ending, switch


def arguments() -> NodeArguments:
    """Return a parser with two options."""
    parser = NodeArguments("some-node", "Do something.")
    parser.option("--seed", variable="SEED", default=3, kind=number(int, 0), about="first seed")
    parser.option(
        "--advance", variable="ADVANCE", default="auto", choices=("auto", "confirm"), about="who"
    )
    return parser


@pytest.mark.parametrize(
    ("variable", "flags", "seed"),
    [
        (None, [], 3),
        ("8", [], 8),
        # A dataflow writes `${SEED:-}`.
        ("", [], 3),
        # The nearer one wins.
        ("8", ["--seed", "9"], 9),
    ],
)
def test_a_variable_replaces_the_default_and_a_flag_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, flags: list[str], seed: int
) -> None:
    """It is read like the flag; an empty one counts as unset."""
    monkeypatch.delenv("SEED", raising=False)
    if variable is not None:
        monkeypatch.setenv("SEED", variable)
    assert arguments().parse_node(flags).seed == seed


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SEED", "-1", "-1 is not 0 or more"),
        ("ADVANCE", "never", "$ADVANCE: 'never' is not one of auto, confirm"),
    ],
)
def test_a_bad_variable_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    expected: str,
) -> None:
    """As a bad flag is."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as error:
        arguments().parse_node([])
    assert error.value.code == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1


def test_the_help_names_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to read the code."""
    with pytest.raises(SystemExit):
        arguments().parse_node(["--help"])
    assert "$SEED; default: 3" in capsys.readouterr().out


def test_names_are_separated_by_commas() -> None:
    """With or without blanks."""
    assert names("action, intervention_web") == ("action", "intervention_web")
    assert names("") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("soon", "'soon' is not a number"),
        ("nan", "nan is not from 0.5 to 2"),
        ("0.4", "0.4 is not from 0.5 to 2"),
        ("inf", "inf is not from 0.5 to 2"),
    ],
)
def test_a_number_outside_its_limits_is_refused_with_them(text: str, expected: str) -> None:
    """Both are included; nor is anything that is not finite accepted."""
    read = number(float, 0.5, 2)
    assert (read("0.5"), read("2"), number(int, 0)("0")) == (0.5, 2.0, 0)
    with pytest.raises(argparse.ArgumentTypeError, match=expected):
        read(text)


def test_a_switch_takes_yes_and_no_in_a_few_spellings() -> None:
    """`RESUME_RECORDING=1` as well as `true`."""
    assert all(switch(word) for word in ("1", "True", "yes"))
    assert not any(switch(word) for word in ("0", "false", "no"))
    with pytest.raises(argparse.ArgumentTypeError, match="'maybe' is not one of 1, true"):
        switch("maybe")


@pytest.mark.parametrize(
    "word",
    [
        "--dataset.fps=10",
        # Another tilde than that of the home folder stays: a sentence, or a name.
        "a~/b",
        "about ~ five",
        "~nobody-of-that-name/x",
        "file~",
    ],
)
def test_what_is_no_option_is_returned_for_the_config(word: str) -> None:
    """A key of a config, not a flag of the node."""
    parsed, rest = arguments().parse_node_and_rest([word, "--seed", "4"])
    assert (parsed.seed, rest) == (4, [word])


@pytest.mark.parametrize("word", ["--root=~/data", "--root", "$ROOT"])
def test_the_home_folder_may_be_short_wherever_a_path_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str
) -> None:
    """A shell leaves `--root=~/data` and a variable's value in a YAML alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    if word == "$ROOT":
        monkeypatch.setenv("ROOT", "~/data")
    parser = NodeArguments("some-node", "Do something.")
    parser.option("--root", variable="ROOT", default=None, kind=Path, about="a folder")
    given = {"--root": ["--root", "~/data"], "$ROOT": []}.get(word, [word])
    args, rest = parser.parse_node_and_rest([*given, "--dataset.root=~/more", "me=~/a,~/b"])
    assert args.root == tmp_path / "data"
    assert rest == [f"--dataset.root={tmp_path}/more", f"me={tmp_path}/a,{tmp_path}/b"]


def test_a_files_suffix_says_the_format() -> None:
    """In whatever case; another one is refused with those that are accepted."""
    read = path_ending(".png", ".svg")
    for name in ("a.png", "b/c.svg", "d.e.PNG"):
        assert read(name) == Path(name)
    for name in ("a.gif", "a", "png", ".png", "a.png.txt"):
        with pytest.raises(argparse.ArgumentTypeError, match=r"does not end in \.png, \.svg"):
            read(name)
