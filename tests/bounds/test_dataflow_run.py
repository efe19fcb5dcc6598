"""A copy of a dataflow, and what is read of it."""

from pathlib import Path

import pytest

from dora_hil.bounds.dataflow_run import DataflowError, body_environment, expanded, read_dataflow

BODY = "nodes: [{id: body, path: x, outputs: [episode]}]"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${ENV_CONFIG:-configs/a.json}", "configs/a.json"),
        ("${SET:-configs/a.json}", "b.json"),
        ("${EMPTY:-configs/a.json}", "configs/a.json"),
        ("${SET}", "b.json"),
        ("${UNSET}", ""),
        ("${UNSET:-}", ""),
        ("configs/a.json", "configs/a.json"),
    ],
)
def test_variables_are_filled_in_as_dora_does(text: str, value: str) -> None:
    """With their defaults."""
    assert expanded(text, {"SET": "b.json", "EMPTY": ""}) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nodes: []", "there is no node 'body' with the output 'episode'"),
        ("nodes: [{id: body, outputs: [status]}]", "there is no node 'body'"),
        ("- 1", "there is no node 'body'"),
        ("nodes: [", "not YAML"),
    ],
)
def test_a_file_that_is_no_dataflow_with_a_body_is_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    """With what it lacks."""
    path = tmp_path / "dataflow.yaml"
    path.write_text(text)
    with pytest.raises(DataflowError) as caught:
        read_dataflow(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(DataflowError, match=r"nowhere\.yaml: cannot be read"):
        read_dataflow(tmp_path / "nowhere.yaml")


def test_the_environment_of_the_body_can_be_changed(tmp_path: Path) -> None:
    """Where the YAML has none, too."""
    path = tmp_path / "dataflow.yaml"
    path.write_text(BODY)
    graph = read_dataflow(path)
    body_environment(graph)["ENV_CONFIG"] = "a.json"
    assert graph["nodes"][0]["env"] == {"ENV_CONFIG": "a.json"}
