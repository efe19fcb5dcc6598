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


def test_a_default_holds_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither flag nor variable."""
    monkeypatch.delenv("SEED", raising=False)
    assert arguments().parse_node([]).seed == 3


def test_a_variable_replaces_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is read like the flag."""
    monkeypatch.setenv("SEED", "8")
    assert arguments().parse_node([]).seed == 8


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataflow writes `${SEED:-}`."""
    monkeypatch.setenv("SEED", "")
    assert arguments().parse_node([]).seed == 3


def test_a_flag_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearer one."""
    monkeypatch.setenv("SEED", "8")
    assert arguments().parse_node(["--seed", "9"]).seed == 9


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
    """Nor is anything that is not finite accepted."""
    with pytest.raises(argparse.ArgumentTypeError, match=expected):
        number(float, 0.5, 2)(text)


def test_a_number_may_lie_on_its_limits() -> None:
    """Both are included."""
    assert number(int, 0)("0") == 0
    assert number(float, 0.5, 2)("2") == 2.0


def test_a_switch_takes_yes_and_no_in_a_few_spellings() -> None:
    """`RESUME_RECORDING=1` as well as `true`."""
    assert [switch(word) for word in ("1", "True", "yes", "0", "false", "no")] == [True] * 3 + [
        False
    ] * 3
    with pytest.raises(argparse.ArgumentTypeError, match="'maybe' is not one of 1, true"):
        switch("maybe")


def test_what_is_no_option_is_returned_for_the_config() -> None:
    """`--dataset.fps=10` is a key of a config, not a flag of the node."""
    arguments = NodeArguments("n", "about")
    arguments.option("--seed", variable="SEED_OF_TEST", default=0, kind=int, about="seed")
    parsed, rest = arguments.parse_node_and_rest(["--dataset.fps=10", "--seed", "3"])
    assert parsed.seed == 3
    assert rest == ["--dataset.fps=10"]


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


@pytest.mark.parametrize("text", ["a~/b", "about ~ five", "~nobody-of-that-name/x", "file~"])
def test_another_tilde_stays(text: str) -> None:
    """A sentence, or a name."""
    args, _ = arguments().parse_node_and_rest([text])
    assert arguments().parse_node_and_rest([text])[1] == [text]
    assert args.seed == 3


@pytest.mark.parametrize("name", ["a.png", "b/c.svg", "d.e.PNG"])
def test_a_files_suffix_says_the_format(name: str) -> None:
    """In whatever case."""
    assert path_ending(".png", ".svg")(name) == Path(name)


@pytest.mark.parametrize("name", ["a.gif", "a", "png", ".png", "a.png.txt"])
def test_other_suffixes_are_refused(name: str) -> None:
    """With those that are accepted."""
    with pytest.raises(argparse.ArgumentTypeError, match=r"does not end in \.png, \.svg"):
        path_ending(".png", ".svg")(name)
