"""The node's options."""

import pytest

from web_node.address import AddressError
from web_node.main import build


def test_options_may_come_from_flags_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Empty ones count as unset, as dataflows hand them on."""
    caplog.set_level("INFO")
    monkeypatch.setenv("WEB_HOST", "")
    monkeypatch.setenv("WEB_PORT", "0")
    monkeypatch.setenv("WEB_TOKEN", "a-token")
    console = build([])
    console.start(lambda _: None)
    console.stop()
    assert "http://127.0.0.1:" in caplog.text
    assert "/?token=a-token" in caplog.text


def test_an_address_that_is_not_this_machines_is_refused_before_the_run_begins() -> None:
    """In one line."""
    with pytest.raises(AddressError, match="192"):
        build(["--host", "192.0.2.7"])


def test_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With what is accepted."""
    with pytest.raises(SystemExit) as ended:
        build(["--port", "70000"])
    assert ended.value.code == 2
    assert "70000 is not from 0 to 65535" in capsys.readouterr().err
