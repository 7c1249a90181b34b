"""What one process leaves to the next: after a planned restart everything, after a crash the connections; and when it can't be
read, or not be handed over. test_restart.py has the same under the real systemd."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import tempfile

import pytest

from daemon import Daemon, Stored

RESTARTS = [signal.SIGTERM, signal.SIGUSR2]


@pytest.fixture
def keep(chatrelay, tmp_path):
    """Starts daemons behind a listening socket that outlives them, with a service manager that keeps what they leave."""
    started = []

    def start(*options):
        folder = tempfile.mkdtemp(prefix="chatrelay-keep-")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{folder}/chat.sock")
        listener.listen(4096)
        # A copy, for it may be replaced.
        binary = shutil.copy(chatrelay, f"{folder}/chatrelay")
        options = ("--ledger", str(tmp_path / "ledger"), "--grace", "10", "--rate", "0", *options)
        started.append((Daemon(binary, folder, *options, listeners=[listener]), listener, folder))
        return started[-1][0]

    yield start
    for daemon, listener, folder in started:
        try:
            assert daemon.stop() == 0, daemon.log()
        finally:
            listener.close()
            shutil.rmtree(folder)


def again(daemon, number):
    """The next process, by a signal."""
    if number == signal.SIGUSR2:
        return daemon.replace()
    if number == signal.SIGKILL:
        # Whoever was written to last may be in doubt still: that is somebody else.
        with Connection(daemon.path, upgrade=False) as other:
            other.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            other.response()
    status = daemon.restart(number)
    assert status == (0 if number == signal.SIGTERM else -number), daemon.log()


def text(**command):
    return frame(TEXT, json.dumps(command).encode())


def named(path, name, **fields):
    """A raw connection that is in the lobby."""
    connection = Connection(path)
    connection.send(text(type="hello", name=name, **fields))
    until(connection, "history")
    return connection


def until(connection, type, **fields):
    while True:
        opcode, payload = connection.frame()
        event = json.loads(payload) if opcode == TEXT else {}
        if event.items() >= {"type": type, **fields}.items():
            return event


@pytest.mark.parametrize("number", RESTARTS)
def test_it_goes_on_between_fragments_and_in_a_handshake(keep, number):
    daemon = keep()
    with Client(daemon.path, "witness") as witness:
        connection, handshake = named(daemon.path, "fragments"), Connection(daemon.path, upgrade=False)
        payload = json.dumps({"type": "message", "id": "f", "room": "lobby", "text": "Zoë " + "x" * 300}).encode()
        last = frame(0, payload[50:])
        connection.send(frame(TEXT, payload[:10], fin=False) + frame(PING, b"between") + frame(0, payload[10:50], fin=False) + last[:7])
        while connection.frame()[0] != PONG:
            pass
        handshake.send(request()[:40])
        witness.say("all of this is read")
        witness.until("message")
        again(daemon, number)
        connection.send(last[7:])
        handshake.send(request()[40:])
        assert witness.until("message", id="f")["text"] == "Zoë " + "x" * 300
        assert handshake.response()[0] == 101
        connection.close()
        handshake.close()


@pytest.mark.parametrize("number", RESTARTS)
def test_half_a_message_is_one_message(keep, number):
    daemon = keep()
    with Client(daemon.path, "witness") as witness:
        halves = []
        for cut in (1, 2, 3, 4, 6, 7, 9, 50, 200):
            connection = named(daemon.path, f"n{cut}")
            whole = text(type="message", id=f"{cut}", room="lobby", text=f"cut at {cut} " + "ë" * 200)
            connection.send(whole[:cut])
            halves.append((connection, whole[cut:], cut))
        witness.say("now")
        witness.until("message", text="now")
        again(daemon, number)
        for connection, rest, cut in halves:
            connection.send(rest)
            assert witness.until("message", id=f"{cut}")["text"] == f"cut at {cut} " + "ë" * 200
            until(connection, "message", id=f"{cut}")
            connection.close()


@pytest.mark.parametrize("number", [*RESTARTS, signal.SIGKILL])
def test_a_frame_that_is_half_written_is_written_to_its_end(keep, number):
    """A reader that lags, with some of its frames in the socket and the rest behind it: every frame comes whole."""
    daemon = keep("--outbox-bytes", "1000000")
    lagging = named(daemon.path, "Laggard")
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["x" * 4_000] * 150)
        # It reads some, and the socket takes as much again.
        first = [until(lagging, "message")["seq"] for _ in range(90)]
        ada.say("now")
        ada.until("message", text="now")
        again(daemon, number)
        if number == signal.SIGKILL:
            # What waited is lost, but for the frame under way: the client is told, and comes back for the rest.
            assert until(lagging, "system", event="restart")["again"] == 1
        else:
            seqs = first + [until(lagging, "message")["seq"] for _ in range(61)]
            assert seqs == sorted(set(seqs))
    lagging.close()


def test_budgets_go_on(keep):
    daemon = keep("--rate", "1", "--burst", "3")
    with Client(daemon.path, "Ada") as ada:
        for _ in range(2):
            ada.send("rooms")
            ada.until("rooms")
        daemon.restart()
        ada.send("rooms")
        assert ada.next()["code"] == "rate-limited"


def test_a_person_is_the_same_after_many_restarts(keep):
    daemon = keep()
    with Client(daemon.path, "Ada", rooms=["lobby", "attic"], create=True) as ada, Client(daemon.path, "Bob") as bob:
        for number in range(6):
            again(daemon, RESTARTS[number % 2])
            ada.say(f"{number}", "attic")
            ada.until("message", text=f"{number}")
            bob.tell("Ada", f"psst {number}")
            ada.until("private", text=f"psst {number}")
        ada.send("who", room="lobby")
        assert ada.until("who")["names"] == ["Ada", "Bob"]
    assert "Took back 2 connections" in daemon.log()


def test_after_a_crash_one_says_hello_again(keep):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.say("before")
        seq = bob.until("message", text="before")["seq"]
        ada.until("message", text="before")
        again(daemon, signal.SIGKILL)
        told = ada.until("system", event="restart")
        assert (told["again"], told["seq"], told["ledger"]) == (1, seq, ada.welcome["ledger"])
        # What comes before the hello is thrown away.
        ada.say("lost")
        ada.send("hello", token=ada.token, since=ada.seq, ledger=ada.welcome["ledger"], again=1)
        assert ada.expect("welcome")["name"] == "Ada"
        assert ada.expect("joined")["users"] == 2
        ada.say("after")
        ada.until("message", text="after")
        bob.until("system", event="restart")
        bob.send("hello", token=bob.token, since=bob.seq, ledger=bob.welcome["ledger"], again=1)
        bob.expect("welcome")
        assert bob.expect("message")["text"] == "after", "and nobody joined or left"


def test_a_line_that_broke_before_the_crash_is_still_in_its_grace(keep):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        bob = Client(daemon.path, "Bob")
        bob.say("Hello")
        bob.until("message")
        bob.leave()
        wait_until(lambda: "Bob disconnected" in daemon.log())
        again(daemon, signal.SIGKILL)
        ada.until("system", event="restart")
        ada.send("hello", token=ada.token, since=ada.seq, ledger=ada.welcome["ledger"], again=1)
        assert ada.until("joined")["users"] == 2
        with bob.reconnect() as bob:
            assert bob.until("joined")["users"] == 2
            bob.say("Back")
            assert ada.next()["text"] == "Back", "nobody joined"


def test_after_a_crash_half_a_message_is_passed_over(keep):
    daemon = keep()
    with Client(daemon.path, "witness") as witness:
        halves = []
        for cut in (1, 2, 3, 5, 9, 50):
            connection = named(daemon.path, f"n{cut}")
            whole = text(type="message", id=f"{cut}", room="lobby", text="lost " + "x" * 200)
            connection.send(whole[:cut])
            halves.append((connection, whole[cut:]))
        witness.say("all of this is read")
        witness.until("message")
        again(daemon, signal.SIGKILL)
        for connection, rest in halves:
            again_number = until(connection, "system", event="restart")["again"]
            connection.send(rest + text(type="hello", again=again_number, name=f"back {len(rest)}"))
            assert until(connection, "welcome")["name"] == f"back {len(rest)}"
            connection.close()


def test_whoever_says_nothing_after_a_crash_is_closed(keep):
    daemon = keep()
    connection = named(daemon.path, "Ada")
    again(daemon, signal.SIGKILL)
    connection.socket.settimeout(20)
    assert connection.closed_with() == 4100


def replace(daemon, name, change):
    """What the service manager keeps under a name becomes something else."""
    entry = next(entry for entry in daemon.notified.stored if entry.name == name)
    file = os.memfd_create("changed", os.MFD_ALLOW_SEALING)
    with open(f"/proc/self/fd/{entry.number}", "rb") as old:
        os.write(file, change(old.read()))
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, 0xF)
    os.close(entry.number)
    entry.number = file


def hand_over(daemon):
    """The process ends and leaves its state; the next is not started yet."""
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait() == 0
    wait_until(lambda: any(entry.name == "s" for entry in daemon.notified.stored))


@pytest.mark.parametrize("change, sentence", [
    (lambda state: state[:-1], "it is damaged"),
    (lambda state: b"", "it is damaged"),
    (lambda state: state[:60] + bytes([state[60] ^ 1]) + state[61:], "it is damaged"),
])
def test_a_damaged_state_costs_no_connection(keep, change, sentence):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        hand_over(daemon)
        replace(daemon, "s", change)
        daemon.start_next()
        assert sentence in daemon.log()
        ada.until("system", event="restart")
        ada.send("hello", token=ada.token, since=ada.seq, ledger=ada.welcome["ledger"], again=1)
        assert ada.expect("welcome")["name"] == "Ada"


def test_the_state_of_another_version_costs_no_connection(keep):
    """As that of the version before, or the one after a downgrade: whole, with a good checksum, and written otherwise."""
    def change(state):
        body = state[32:]
        assert body[:17] == b"\x0fchatrelay state\x02"
        body = body[:16] + b"\x01" + body[17:]
        return hashlib.sha256(body).digest() + body

    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        hand_over(daemon)
        replace(daemon, "s", change)
        daemon.start_next()
        assert "it is of version 1, and this is 2" in daemon.log()
        ada.until("system", event="restart")
        ada.send("hello", token=ada.token, since=ada.seq, ledger=ada.welcome["ledger"], again=1)
        assert ada.expect("welcome")["name"] == "Ada"


def test_where_nothing_can_be_read_connections_end_and_the_start_does_not(keep):
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
        # And what comes after that is kept again.
        daemon.restart()
        ada.say("Still here")
        ada.until("message", text="Still here")


def test_a_state_is_used_once(keep):
    """One that is still there after a crash is out of date."""
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        hand_over(daemon)
        entry = next(entry for entry in daemon.notified.stored if entry.name == "s")
        copy = os.dup(entry.number)
        daemon.start_next()
        ada.say("Hello")
        ada.until("message")
        wait_until(lambda: not any(entry.name == "s" for entry in daemon.notified.stored))
        daemon.notified.stored.append(Stored("s", copy))
        again(daemon, signal.SIGKILL)
        ada.until("system", event="restart")


def test_a_program_that_cannot_start_changes_nothing(keep, chatrelay):
    daemon = keep()
    with Client(daemon.path, "Ada") as ada:
        os.unlink(daemon.binary)
        daemon.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: "This process goes on" in daemon.log())
        shutil.copy(chatrelay, daemon.binary)
        ada.say("Hello")
        ada.until("message", text="Hello")
        daemon.replace()
        ada.say("Hello again")
        ada.until("message", text="Hello again")


def test_connections_that_end_leave_nothing(keep):
    """Thousands of them, over restarts and crashes: what is kept, descriptors and memory stay where they were."""
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
        wait_until(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) < 40)

    for _ in range(4):
        visit(500)
    settled()
    before = daemon.rss()
    for number in range(12):
        visit(500)
        if number == 5:
            daemon.restart()
        if number == 8:
            again(daemon, signal.SIGKILL)
    settled()
    # The register, and a pair in use, one to spare, and one or two whose dead are let lie.
    assert len(daemon.notified.stored) <= 9
    assert daemon.rss() < before + 8_192


@pytest.mark.parametrize("number", RESTARTS)
def test_what_waits_for_slow_readers_goes_out_before_the_end(keep, number):
    daemon = keep()
    people = [named(daemon.path, f"n{index}") for index in range(150)]
    for index in range(20):
        people[0].send(text(type="message", id=f"m{index}", room="lobby", text="Hello"))
    # They have not read the first of them when the process ends.
    until(people[0], "message", id="m0")
    again(daemon, number)
    for person in people[1:]:
        for index in range(20):
            until(person, "message", id=f"m{index}")
    for person in people:
        person.close()
