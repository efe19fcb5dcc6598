"""Where the page is."""

import socket
from urllib.parse import parse_qs, urlparse

import pytest

from web_node.address import Address, AddressError, listen


def test_on_loopback_no_token_is_demanded() -> None:
    """Unless one is given."""
    listening, address = listen("127.0.0.1", 0)
    with listening:
        assert address.url == f"http://127.0.0.1:{address.port}"
        assert address.is_loopback
    listening, address = listen("localhost", 0, "secret")
    with listening:
        assert address.url.endswith("/?token=secret")


def test_where_others_reach_it_a_token_is_made_up() -> None:
    """Another one every time; the address names a network of this machine, not all of them."""
    tokens = []
    for _ in range(2):
        listening, address = listen("0.0.0.0", 0)
        with listening:
            assert not address.is_loopback
            url = urlparse(address.url)
            assert url.hostname != "0.0.0.0"
            tokens += parse_qs(url.query)["token"]
    assert len(set(tokens)) == 2
    assert min(len(token) for token in tokens) >= 20


def test_another_port_is_taken_where_the_one_asked_for_is_in_use() -> None:
    """And said: two dataflows may run on one machine."""
    first, taken = listen("127.0.0.1", 0)
    with first:
        second, address = listen("127.0.0.1", taken.port)
        with second:
            assert address.port != taken.port
            assert address.taken_port == taken.port
            assert taken.taken_port == 0


def test_an_address_of_another_machine_is_refused_in_one_line() -> None:
    """Nobody can listen there."""
    with pytest.raises(AddressError, match=r"^192\.0\.2\.7, port 0: "):
        listen("192.0.2.7", 0)
    with pytest.raises(AddressError, match="no such address"):
        listen("no.such.host.invalid", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_ipv6_address_is_written_in_brackets() -> None:
    """As browsers want it."""
    assert Address("::1", 8010).url == "http://[::1]:8010"
    assert Address("::1", 8010).is_loopback
