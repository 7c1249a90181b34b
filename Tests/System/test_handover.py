"""What the next process gets: after a planned restart everything, after a crash the connections; and what happens where it can't
read that. test_restart.py has the same under systemd."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import time

import pytest

from client import PING, PONG, TEXT, Client, Connection, command, frame, request
from daemon import Daemon, Stored
from faults import faults  # noqa: F401 (a fixture)
from patience import scaled, wait_until
from test_socketio import Poller

RESTARTS = [signal.SIGTERM, signal.SIGUSR2]


@pytest.fixture
def keep(chatrelay, tmp_path):
    """Starts daemons behind a listening socket that outlives them, with a service manager that stores their descriptors."""
    started = []

    def start(*options, environment=None):
        folder = tempfile.mkdtemp(prefix="chatrelay-keep-")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{folder}/chat.sock")
        listener.listen(4096)
        # A copy, because tests replace it.
        binary = shutil.copy(chatrelay, f"{folder}/chatrelay")
        options = ("--ledger", str(tmp_path / "ledger"), "--grace", "10", "--rate", "0", *options)
        daemon = Daemon(binary, folder, *options, listeners=[listener], environment=environment)
        started.append((daemon, listener, folder))
        return started[-1][0]

    yield start
    for daemon, listener, folder in started:
        try:
            assert daemon.stop() == 0, daemon.log()
        finally:
            listener.close()
            shutil.rmtree(folder)


def restart(daemon, number):
    """Ends the process by a signal, and waits for the next one."""
    if number == signal.SIGUSR2:
        return daemon.replace()
    if number == signal.SIGKILL:
        # The last recipient of a process that is killed may lose its connection; so that must not be a client of the test.
        with Connection(daemon.path, upgrade=False) as other:
            other.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            other.response()
    status = daemon.restart(number)
    assert status == (0 if number == signal.SIGTERM else -number), daemon.log()


def named(path, name):
    """A raw connection that is in the lobby."""
    connection = Connection(path)
    connection.send(command("hello", name=name))
    connection.until("history")
    return connection


def hello_again(client):
    """What a client sends after a crash."""
    client.send("hello", token=client.token, since=client.seq, ledger=client.welcome["ledger"], again=1)


@pytest.mark.parametrize("number", RESTARTS)
def test_a_restart_between_fragments_and_inside_of_a_request(keep, number):
    daemon = keep()
    with Client(daemon.path, "Observer") as observer:
        connection, handshake = named(daemon.path, "fragments"), Connection(daemon.path, upgrade=False)
        payload = json.dumps({"type": "message", "id": "f", "room": "lobby", "text": "Zoë " + "x" * 300}).encode()
        last = frame(0, payload[50:])
        connection.send(frame(TEXT, payload[:10], fin=False) + frame(PING, b"between") + frame(0, payload[10:50], fin=False) + last[:7])
        while connection.frame()[0] != PONG:
            pass
        handshake.send(request()[:40])
        observer.say("all of this is read")
        observer.until("message")
        restart(daemon, number)
        connection.send(last[7:])
        handshake.send(request()[40:])
        assert observer.until("message", id="f")["text"] == "Zoë " + "x" * 300
        assert handshake.response()[0] == 101
        connection.close()
        handshake.close()


@pytest.mark.parametrize("number", RESTARTS)
def test_a_restart_inside_of_a_frame(keep, number):
    daemon = keep()
    with Client(daemon.path, "Observer") as observer:
        halves = []
        for cut in (1, 2, 3, 4, 6, 7, 9, 50, 200):
            connection = named(daemon.path, f"n{cut}")
            whole = command("message", id=f"{cut}", room="lobby", text=f"cut at {cut} " + "ë" * 200)
            connection.send(whole[:cut])
            halves.append((connection, whole[cut:], cut))
        observer.say("now")
        observer.until("message", text="now")
        restart(daemon, number)
        for connection, rest, cut in halves:
            connection.send(rest)
            assert observer.until("message", id=f"{cut}")["text"] == f"cut at {cut} " + "ë" * 200
            connection.until("message", id=f"{cut}")
            connection.close()


@pytest.mark.parametrize("number", [*RESTARTS, signal.SIGKILL])
def test_a_frame_that_is_partly_written_is_completed(keep, number):
    """A slow reader has some frames in its socket and the rest in its outbox. Each frame that it gets is whole."""
    daemon = keep("--outbox-bytes", "1000000")
    slow = named(daemon.path, "Slow")
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["x" * 4_000] * 150)
        # It reads some, and the socket takes some more.
        first = [slow.until("message")["seq"] for _ in range(90)]
        ada.say("now")
        ada.until("message", text="now")
        restart(daemon, number)
        if number == signal.SIGKILL:
            # The outbox is lost, but for the frame that is partly written. The client is told, and asks for the rest.
            assert slow.until("system", event="restart")["again"] == 1
        else:
            seqs = first + [slow.until("message")["seq"] for _ in range(61)]
            assert seqs == sorted(set(seqs))
    slow.close()


def test_the_rate_limit_outlasts_a_restart(keep):
    daemon = keep("--rate", "1", "--burst", "3")
    with Client(daemon.path, "Ada") as ada:
        for _ in range(2):
            ada.send("rooms")
            ada.until("rooms")
        daemon.restart()
        ada.send("rooms")
        assert ada.next()["code"] == "rate-limited"


def test_a_session_outlasts_many_restarts(keep):
    daemon = keep()
    with Client(daemon.path, "Ada", rooms=["lobby", "attic"], create=True) as ada, Client(daemon.path, "Bob") as bob:
        for number in range(6):
            restart(daemon, RESTARTS[number % 2])
            ada.say(f"{number}", "attic")
            ada.until("message", text=f"{number}")
            bob.tell("Ada", f"psst {number}")
            ada.until("private", text=f"psst {number}")
        ada.send("who", room="lobby")
        assert ada.until("who")["names"] == ["Ada", "Bob"]
    assert "Took back 2 connections" in daemon.log()


def test_after_a_crash_clients_say_hello_again(keep):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.say("before")
        seq = bob.until("message", text="before")["seq"]
        ada.until("message", text="before")
        restart(daemon, signal.SIGKILL)
        told = ada.until("system", event="restart")
        assert (told["again"], told["seq"], told["ledger"]) == (1, seq, ada.welcome["ledger"])
        # A command before the hello is discarded.
        ada.say("lost")
        hello_again(ada)
        assert ada.expect("welcome")["name"] == "Ada"
        assert ada.expect("joined")["users"] == 2
        ada.say("after")
        ada.until("message", text="after")
        bob.until("system", event="restart")
        hello_again(bob)
        bob.expect("welcome")
        assert bob.expect("message")["text"] == "after", "no user joined or left"


def test_a_grace_period_outlasts_a_crash(keep):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        bob = Client(daemon.path, "Bob")
        bob.say("Hello")
        bob.until("message")
        bob.leave()
        wait_until(lambda: "Bob disconnected" in daemon.log(), what="the break")
        restart(daemon, signal.SIGKILL)
        ada.until("system", event="restart")
        hello_again(ada)
        assert ada.until("joined")["users"] == 2
        with bob.reconnect() as bob:
            assert bob.until("joined")["users"] == 2
            bob.say("Back")
            assert ada.next()["text"] == "Back", "no user joined"


def test_after_a_crash_the_rest_of_a_frame_is_discarded(keep):
    daemon = keep()
    with Client(daemon.path, "Observer") as observer:
        halves = []
        for cut in (1, 2, 3, 5, 9, 50):
            connection = named(daemon.path, f"n{cut}")
            whole = command("message", id=f"{cut}", room="lobby", text="lost " + "x" * 200)
            connection.send(whole[:cut])
            halves.append((connection, whole[cut:]))
        observer.say("all of this is read")
        observer.until("message")
        restart(daemon, signal.SIGKILL)
        for connection, rest in halves:
            told = connection.until("system", event="restart")["again"]
            connection.send(rest + command("hello", again=told, name=f"back {len(rest)}"))
            assert connection.until("welcome")["name"] == f"back {len(rest)}"
            connection.close()


@pytest.mark.parametrize("is_request", [True, False])
def test_a_connection_is_closed_whose_bytes_a_killed_process_has_read(keep, faults, is_request):  # noqa: F811
    """The next process would wait for a request that was read, or take the rest of a frame for its beginning."""
    daemon = keep(environment=faults.environment)
    with Client(daemon.path, "Observer") as observer:
        victim = Connection(daemon.path, upgrade=False) if is_request else named(daemon.path, "Ada")
        observer.say("both are there")
        observer.until("message")
        faults.kill = 1
        victim.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" if is_request else command("rooms")[:9])
        assert daemon.process.wait(scaled(10)) == -signal.SIGKILL
        faults.kill = 0
        daemon.start_next()
        observer.until("system", event="restart")
        victim.socket.settimeout(scaled(5))
        with contextlib.suppress(ConnectionResetError):
            while victim.socket.recv(4096):  # what was sent before
                assert not is_request, "no answer"
        victim.close()
        assert "closed 1 in doubt" in daemon.log()


def test_sessions_without_a_hello_are_closed(keep):
    """A new connection after the 10 seconds that it has, and an old one as long after a crash."""
    daemon = keep()
    old = named(daemon.path, "Ada")
    restart(daemon, signal.SIGKILL)
    with Connection(daemon.path) as new:
        for connection in (old, new):
            connection.seconds = 20
            assert connection.closed_with() == 4100
    old.close()


def replace(daemon, name, change):
    """Changes what the service manager has stored under a name."""
    entry = next(entry for entry in daemon.notified.stored if entry.name == name)
    file = os.memfd_create("changed", os.MFD_ALLOW_SEALING)
    with open(f"/proc/self/fd/{entry.number}", "rb") as old:
        os.write(file, change(old.read()))
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, 0xF)
    os.close(entry.number)
    entry.number = file


def hand_over(daemon):
    """Ends the process, which stores its state, and does not start the next."""
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(scaled(15)) == 0
    wait_until(lambda: any(entry.name == "s" for entry in daemon.notified.stored), what="the stored state")


def other_version(state):
    """A valid state of the version before, as after a downgrade."""
    body = state[32:]
    assert body[:17] == b"\x0fchatrelay state\x04"
    body = body[:16] + b"\x01" + body[17:]
    return hashlib.sha256(body).digest() + body


@pytest.mark.parametrize("change, sentence", [
    (lambda state: state[:-1], "it is damaged"),
    (lambda state: b"", "it is damaged"),
    (lambda state: state[:60] + bytes([state[60] ^ 1]) + state[61:], "it is damaged"),
    (other_version, "it is of version 1, and this is 4"),
], ids=["cut short", "empty", "changed", "other version"])
def test_a_state_that_can_not_be_read_costs_no_connection(keep, change, sentence):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        hand_over(daemon)
        replace(daemon, "s", change)
        daemon.start_next()
        assert sentence in daemon.log()
        ada.until("system", event="restart")
        hello_again(ada)
        assert ada.expect("welcome")["name"] == "Ada"


def test_without_anything_readable_connections_are_closed_and_the_daemon_starts(keep):
    daemon = keep()
    connection = named(daemon.path, "Ada")
    hand_over(daemon)
    replace(daemon, "r", lambda register: b"\0" * 4_096)
    replace(daemon, "s", lambda state: b"")
    daemon.start_next()
    with pytest.raises(EOFError):
        while True:
            connection.frame()
    assert "1 connection" in daemon.log() and "closed" in daemon.log()
    with Client(daemon.path, "Bob") as ada:
        ada.say("Hello")
        ada.until("message")
        # The next restart keeps connections again.
        daemon.restart()
        ada.say("Still here")
        ada.until("message", text="Still here")


def test_a_state_is_used_once(keep):
    """A state that is still stored after a crash is out of date, and is not used."""
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        hand_over(daemon)
        entry = next(entry for entry in daemon.notified.stored if entry.name == "s")
        copy = os.dup(entry.number)
        daemon.start_next()
        ada.say("Hello")
        ada.until("message")
        wait_until(lambda: not any(entry.name == "s" for entry in daemon.notified.stored), what="the removal")
        daemon.notified.stored.append(Stored("s", copy))
        restart(daemon, signal.SIGKILL)
        ada.until("system", event="restart")


def test_ended_connections_leave_nothing(keep):
    """Over restarts and crashes, stored descriptors, open descriptors and memory stay as they were."""
    daemon = keep()

    def visit(count):
        connections = [Connection(daemon.path, upgrade=False) for _ in range(count)]
        for connection in connections:
            connection.send(request())
        for connection in connections:
            connection.response()
            connection.close()

    def settled():
        with Client(daemon.path) as ada:
            ada.say(f"{os.urandom(4).hex()}")
            ada.until("message")
        wait_until(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) < 40, what="few descriptors")

    for _ in range(4):
        visit(500)
    settled()
    before = daemon.rss()
    for number in range(12):
        visit(500)
        if number == 5:
            daemon.restart()
        if number == 8:
            restart(daemon, signal.SIGKILL)
    settled()
    # The register, a pair in use, a spare one, and one or two with descriptors of ended connections.
    assert len(daemon.notified.stored) <= 9
    assert daemon.rss() < before + 8_192


@pytest.mark.parametrize("number", RESTARTS)
def test_a_waiting_tick_is_written_before_the_end(keep, number):
    daemon = keep()
    clients = [named(daemon.path, f"n{index}") for index in range(150)]
    for index in range(20):
        clients[0].send(command("message", id=f"m{index}", room="lobby", text="Hello"))
    # The others have not read the first message when the process ends.
    clients[0].until("message", id="m0")
    restart(daemon, number)
    for client in clients[1:]:
        for index in range(20):
            client.until("message", id=f"m{index}")
    for client in clients:
        client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_with_fewer_descriptors_only_the_surplus_is_lost(keep, number):
    daemon = keep()
    clients = [Client(daemon.path, f"User{index}") for index in range(316)]
    daemon._command = ["prlimit", "--nofile=200:200", *daemon._command]
    restart(daemon, number)
    assert "could not be kept: raise LimitNOFILE=" in daemon.log()
    kept = int(re.search(r"Took back (\d+) connections", daemon.log())[1])
    assert 100 < kept < 200
    # The oldest ones.
    if number == signal.SIGKILL:
        hello_again(clients[0])
        clients[0].until("welcome")
    clients[0].say("still here", id="x")
    clients[0].until("message", id="x")
    for client in clients:
        client.cut()


def test_without_crash_records_the_sentence_names_the_store(keep):
    """systemd drops descriptors where FileDescriptorStoreMax= was lowered."""
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        for entry in [entry for entry in daemon.notified.stored if entry.name == "r"]:
            daemon.notified.stored.remove(entry)
        restart(daemon, signal.SIGKILL)
        assert "could not be kept: raise LimitNOFILE= and FileDescriptorStoreMax=" in daemon.log()
        assert "another version" not in daemon.log()
        ada.cut()


def test_people_who_poll_stay_in_their_rooms_over_a_crash(keep):
    """Also where none of them had a connection at that moment."""
    daemon = keep()
    poller = Poller(daemon.path, connect=False)
    assert poller.post('40{"name":"Polly"}') == (200, "ok")
    assert poller.poll().startswith('40{"sid":')
    time.sleep(scaled(0.2))  # for the ends of its connections
    daemon.process.kill()
    daemon.process.wait()
    daemon.start_next()
    with Client(daemon.path, "Ada") as ada:
        ada.send("who", room="lobby")
        assert ada.until("who")["names"] == ["Ada", "Polly"]
