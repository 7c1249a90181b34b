"""How many connections a client address and a user may have, and who may connect to the socket at all."""

import contextlib
import os
import signal
import subprocess

import pytest
from websockets.exceptions import ConnectionClosed

from test_handover import RESTARTS, again, keep  # noqa: F401 (a fixture)


def come(daemon, address=None):
    """Somebody whom the proxy lets in from an address."""
    connection = Connection(daemon.path, upgrade=False)
    connection.send(request(X_Real_IP=address))
    assert connection.response()[0] == 101, "it is told by a close frame, for a page can't read anything else"
    return connection


def is_let_in(daemon, address=None):
    """Whether there is room for one more from there."""
    with come(daemon, address) as connection:
        connection.send(frame(TEXT, b'{"type":"who"}'))
        opcode, _ = connection.frame()
        return opcode == TEXT


def is_refused(daemon, address):
    with come(daemon, address) as connection:
        return connection.closed_with() == 4103


def test_an_address_has_so_many_and_no_more(serve):
    daemon = serve("--address-connections", "2")
    inside = [come(daemon, "192.0.2.7"), come(daemon, "::ffff:192.0.2.7")]
    assert is_refused(daemon, "192.0.2.7")
    assert "192.0.2.7 has 2 connections, and no more are let in" in daemon.log()
    assert is_let_in(daemon, "192.0.2.8")
    inside[0].close()
    wait_until(lambda: is_let_in(daemon, "192.0.2.7"), what="room for another")
    inside.append(come(daemon, "192.0.2.7"))
    wait_until(lambda: is_refused(daemon, "192.0.2.7"), what="the other's departure")
    for connection in inside:
        connection.close()


@pytest.mark.parametrize("address, other", [("2001:db8::1", "2001:db8:0:1::1"), ("192.0.2.7", "192.0.2.8")])
def test_of_ipv6_all_of_a_network_counts(serve, address, other):
    daemon = serve("--address-connections", "1")
    with come(daemon, address):
        assert is_refused(daemon, address.replace("::1", "::2:3"))
        assert is_let_in(daemon, other)


@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1", "not an address"])
def test_who_stands_for_nobody_is_not_counted(serve, address):
    daemon = serve("--address-connections", "1")
    with come(daemon, address), come(daemon, address):
        assert is_let_in(daemon, address)


def test_without_a_word_an_address_has_half(serve):
    daemon = serve("--max-connections", "4")
    with come(daemon, "192.0.2.7"), come(daemon, "192.0.2.7"):
        # Who is refused takes nobody's place, as long as it may stay.
        refused = [come(daemon, "192.0.2.7") for _ in range(10)]
        with come(daemon, "192.0.2.8"):
            assert is_let_in(daemon, "192.0.2.9")
        for connection in refused:
            assert connection.closed_with() == 4103
    daemon = serve("--max-connections", "4", "--address-connections", "0")
    with come(daemon, "192.0.2.7"), come(daemon, "192.0.2.7"):
        assert is_let_in(daemon, "192.0.2.7")


def test_who_is_told_to_go_and_stays_is_counted_until_it_has_gone(serve):
    daemon = serve("--address-connections", "1")
    with come(daemon, "192.0.2.7") as stubborn:
        stubborn.send(frame(8, b"\x03\xe8"))
        assert stubborn.closed_with() == 1000
        assert is_refused(daemon, "192.0.2.7")


@pytest.mark.parametrize("number", [*RESTARTS, signal.SIGKILL])
def test_the_next_process_counts_on(keep, number):  # noqa: F811
    daemon = keep("--address-connections", "2")
    with come(daemon, "192.0.2.7") as one, come(daemon, "192.0.2.7") as other:
        again(daemon, number)
        assert is_refused(daemon, "192.0.2.7") and is_let_in(daemon, "192.0.2.8")
        other.close()
        wait_until(lambda: is_let_in(daemon, "192.0.2.7"), what="room for another")
        one.close()


def test_a_reload_changes_the_limits(serve, tmp_path):
    settings = tmp_path / "settings"
    settings.write_text("CHATRELAY_ADDRESS_CONNECTIONS=1\nCHATRELAY_USER_CONNECTIONS=1\n")
    daemon = serve("--config", str(settings))
    with come(daemon, "192.0.2.7"), Client(daemon.path, "Ada") as ada:
        assert is_refused(daemon, "192.0.2.7")
        settings.write_text("CHATRELAY_ADDRESS_CONNECTIONS=2\nCHATRELAY_USER_CONNECTIONS=2\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "Changed: address-connections, user-connections." in daemon.log(), what="the reload")
        assert is_let_in(daemon, "192.0.2.7")
        ada.session().leave()


def test_a_user_is_here_so_many_times_and_no_more(serve):
    daemon = serve("--user-connections", "2")
    with Client(daemon.path, "Ada") as ada, ada.session() as phone:
        with pytest.raises(ConnectionClosed) as refused:
            ada.session()
        assert refused.value.rcvd.code == 4104 and refused.value.rcvd.reason == "You are here too many times."
        assert "Ada is here 2 times, and no more are let in" in daemon.log()
        Client(daemon.path, "Bob").leave()
        phone.leave()
        wait_until(lambda: "Ada disconnected" in daemon.log(), what="the phone's departure")
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
    """A daemon that only user 65533 may connect to, at a socket that anybody can open."""
    if os.geteuid() != 0:
        pytest.skip("it acts as several users, which needs root")
    daemon = serve("--proxy-user", "65533")
    os.chmod(os.path.dirname(daemon.path), 0o755)
    os.chmod(daemon.path, 0o777)
    return daemon


@pytest.mark.parametrize("user", [0, 65533])
def test_the_proxy_may_connect_and_root(guarded, user):
    with acting_as(user):
        connection = Connection(guarded.path)
    connection.close()


def test_nobody_else_may_connect(guarded):
    with acting_as(65532):
        connection = Connection(guarded.path, upgrade=False)
    status, _, body = connection.response()
    assert status == 403 and "proxy" in body and connection.at_end()
    assert "User 65532 may not connect to the socket. If it is that of nginx, name it in --proxy-user." in guarded.log()
    connection.close()


def test_a_user_that_can_not_be_told_is_a_mistake(chatrelay):
    command = ["unshare", "--user", "--map-root-user", chatrelay, "serve", "--check", "--proxy-user"]
    if subprocess.run(command[:3] + ["true"], capture_output=True).returncode:
        pytest.skip("this place does not let us make a user namespace")
    checked = subprocess.run([*command, "nobody"], capture_output=True, text=True)
    assert checked.returncode == 78 and "set PrivateUsers=no" in checked.stderr
    assert subprocess.run([*command, "root"], capture_output=True).returncode == 0
