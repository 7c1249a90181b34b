"""The number of connections of a client address and of a user, and which users may connect to the socket."""

import contextlib
import os
import signal
import subprocess

import pytest

from client import TEXT, Client, Closed, Connection, frame, request
from patience import wait_until
from test_handover import RESTARTS, keep, restart  # noqa: F401 (a fixture)


def connect(daemon, address=None):
    """A connection through the proxy, from an address."""
    connection = Connection(daemon.path, upgrade=False)
    connection.send(request(X_Real_IP=address))
    assert connection.response()[0] == 101, "a refusal is a close frame, because a page can't read an HTTP error"
    return connection


def is_accepted(daemon, address=None):
    """Whether one more connection from there is accepted."""
    with connect(daemon, address) as connection:
        connection.send(frame(TEXT, b'{"type":"who"}'))
        opcode, _ = connection.frame()
        return opcode == TEXT


def is_refused(daemon, address):
    with connect(daemon, address) as connection:
        return connection.closed_with() == 4103


def test_connections_of_an_address_are_limited(serve):
    daemon = serve("--address-connections", "2")
    inside = [connect(daemon, "192.0.2.7"), connect(daemon, "::ffff:192.0.2.7")]
    assert is_refused(daemon, "192.0.2.7")
    assert "192.0.2.7 has 2 connections, its limit" in daemon.log()
    assert is_accepted(daemon, "192.0.2.8")
    inside[0].close()
    wait_until(lambda: is_accepted(daemon, "192.0.2.7"), what="a free place")
    inside.append(connect(daemon, "192.0.2.7"))
    wait_until(lambda: is_refused(daemon, "192.0.2.7"), what="the end of the other connection")
    for connection in inside:
        connection.close()


@pytest.mark.parametrize("address, other", [("2001:db8::1", "2001:db8:0:1::1"), ("192.0.2.7", "192.0.2.8")])
def test_an_ipv6_network_counts_as_one_address(serve, address, other):
    daemon = serve("--address-connections", "1")
    with connect(daemon, address):
        assert is_refused(daemon, address.replace("::1", "::2:3"))
        assert is_accepted(daemon, other)


@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1", "not an address"])
def test_connections_without_a_client_address_are_not_counted(serve, address):
    daemon = serve("--address-connections", "1")
    with connect(daemon, address), connect(daemon, address):
        assert is_accepted(daemon, address)


def test_by_default_an_address_may_have_half_of_all_connections(serve):
    daemon = serve("--max-connections", "4")
    with connect(daemon, "192.0.2.7"), connect(daemon, "192.0.2.7"):
        # Refused connections that are still open do not count.
        refused = [connect(daemon, "192.0.2.7") for _ in range(10)]
        with connect(daemon, "192.0.2.8"):
            assert is_accepted(daemon, "192.0.2.9")
        for connection in refused:
            assert connection.closed_with() == 4103
    daemon = serve("--max-connections", "4", "--address-connections", "0")
    with connect(daemon, "192.0.2.7"), connect(daemon, "192.0.2.7"):
        assert is_accepted(daemon, "192.0.2.7")


def test_a_closed_connection_counts_until_it_has_ended(serve):
    daemon = serve("--address-connections", "1")
    with connect(daemon, "192.0.2.7") as connection:
        connection.send(frame(8, b"\x03\xe8"))
        assert connection.closed_with() == 1000
        assert is_refused(daemon, "192.0.2.7")


@pytest.mark.parametrize("number", [*RESTARTS, signal.SIGKILL])
def test_the_next_process_goes_on_counting(keep, number):  # noqa: F811
    daemon = keep("--address-connections", "2")
    with connect(daemon, "192.0.2.7") as one, connect(daemon, "192.0.2.7") as other:
        restart(daemon, number)
        assert is_refused(daemon, "192.0.2.7") and is_accepted(daemon, "192.0.2.8")
        other.close()
        wait_until(lambda: is_accepted(daemon, "192.0.2.7"), what="a free place")
        one.close()


def test_a_reload_changes_the_limits(serve, tmp_path):
    settings = tmp_path / "settings"
    settings.write_text("CHATRELAY_ADDRESS_CONNECTIONS=1\nCHATRELAY_USER_CONNECTIONS=1\n")
    daemon = serve("--config", str(settings))
    with connect(daemon, "192.0.2.7"), Client(daemon.path, "Ada") as ada:
        assert is_refused(daemon, "192.0.2.7")
        settings.write_text("CHATRELAY_ADDRESS_CONNECTIONS=2\nCHATRELAY_USER_CONNECTIONS=2\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "Changed: address-connections, user-connections." in daemon.log(), what="the reload")
        assert is_accepted(daemon, "192.0.2.7")
        ada.session().leave()


def test_connections_of_a_user_are_limited(serve):
    daemon = serve("--user-connections", "2")
    with Client(daemon.path, "Ada") as ada, ada.session() as phone:
        with pytest.raises(Closed) as refused:
            ada.session()
        assert refused.value.code == 4104 and refused.value.reason == "You have too many connections."
        assert "Ada has 2 connections, the limit of a user" in daemon.log()
        Client(daemon.path, "Bob").leave()
        phone.leave()
        wait_until(lambda: "Ada disconnected" in daemon.log(), what="the end of the phone's connection")
        with ada.session() as tablet:
            tablet.say("all well")
            ada.until("message", text="all well")


# Who may connect

@contextlib.contextmanager
def acting_as(user):
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def guarded(serve):
    """A daemon that only user 65533 may connect to, at a socket that each user can open."""
    if os.geteuid() != 0:
        pytest.skip("acting as other users needs root")
    daemon = serve("--proxy-user", "65533")
    os.chmod(os.path.dirname(daemon.path), 0o755)
    os.chmod(daemon.path, 0o777)
    return daemon


@pytest.mark.parametrize("user", [0, 65533])
def test_the_proxy_and_root_may_connect(guarded, user):
    with acting_as(user):
        connection = Connection(guarded.path)
    connection.close()


def test_another_user_may_not_connect(guarded):
    with acting_as(65532):
        connection = Connection(guarded.path, upgrade=False)
    status, _, body = connection.response()
    assert status == 403 and "proxy" in body and connection.at_end()
    assert "User 65532 may not connect to the socket. If nginx runs as this user, name it in --proxy-user." in guarded.log()
    connection.close()


def test_a_user_that_is_not_visible_is_refused_as_proxy(chatrelay):
    command = ["unshare", "--user", "--map-root-user", chatrelay, "serve", "--check", "--proxy-user"]
    if subprocess.run(command[:3] + ["true"], capture_output=True).returncode:
        pytest.skip("user namespaces are not allowed here")
    checked = subprocess.run([*command, "nobody"], capture_output=True, text=True)
    assert checked.returncode == 78 and "set PrivateUsers=no" in checked.stderr
    assert subprocess.run([*command, "root"], capture_output=True).returncode == 0
