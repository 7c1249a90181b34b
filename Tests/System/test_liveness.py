"""Idle clients, slow readers, and clients above a limit: each is handled, and no other session notices. (test_handover.py has
clients without a hello.)"""

import contextlib
import os
import resource
import signal
import struct
import time

import pytest

from client import CLOSE, PING, PONG, TEXT, Client, Connection, command, frame, request
from pages import Metrics
from patience import wait_until

HELLO = command("hello", name="Slow")


def test_each_silent_connection_is_pinged(serve):
    """The pings of an interval are spread over its seconds. While nothing else happens, the daemon wakes up every 1.25 s."""
    path = serve("--ping-interval", "5", "--idle-timeout", "60").path
    with contextlib.ExitStack() as opened:
        connections = [opened.enter_context(Connection(path)) for _ in range(10)]
        for number, connection in enumerate(connections):
            connection.send(command("hello", name=f"n{number}"))
        time.sleep(11.5)
        pings = [connection.socket.recv(65536).count(bytes([0x80 | PING, 0])) for connection in connections]
        assert set(pings) <= {1, 2, 3}, pings


def test_who_has_sent_in_time_is_not_late_after_a_pause(daemon):
    """A virtual machine that is stopped for a while stops the daemon, and not what comes to its socket."""
    with Connection(daemon.path) as connection, Connection(daemon.path, upgrade=False) as other:
        os.kill(daemon.pid, signal.SIGSTOP)
        connection.send(command("hello", name="Ada"))
        other.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(11)
        os.kill(daemon.pid, signal.SIGCONT)
        assert connection.event()["type"] == "welcome"
        assert other.response()[0] == 200


def test_a_client_that_answers_pings_stays(serve):
    with Connection(serve("--ping-interval", "1", "--idle-timeout", "2").path) as connection:
        connection.send(HELLO)
        for _ in range(4):
            while (event := connection.frame())[0] != PING:
                assert event[0] == TEXT
            connection.send(frame(PONG, event[1]))
        connection.send(frame(TEXT, b'{"type":"message","id":"1","room":"lobby","text":"still here"}'))
        assert b"still here" in connection.frame()[1]


def test_an_idle_client_is_closed_with_4102(serve):
    daemon = serve("--ping-interval", "1", "--idle-timeout", "2")
    with Connection(daemon.path) as connection:
        connection.send(HELLO)
        assert connection.closed_with() == 4102
    wait_until(lambda: "Slow sent nothing for the time" in daemon.log(), what="the record")


def test_a_slow_reader_is_closed_and_costs_only_its_outbox(serve):
    daemon = serve("--outbox-bytes", "131072", "--rate", "0")
    with Connection(daemon.path) as slow, Client(daemon.path, "Ada") as ada:
        slow.send(HELLO)
        ada.until("system", event="joined", name="Slow")
        before = daemon.rss()
        sent, has_left = 0, False
        while not has_left:
            assert sent < 1_000, "it keeps everything for a reader that does not read"
            ada.say(f"{sent} " + "x" * 8_000, id=str(sent))
            while (event := ada.next()).get("id") != str(sent):
                has_left = has_left or event.items() >= {"event": "left", "name": "Slow"}.items()
            sent += 1
        assert "Slow reads too slowly" in daemon.log()
        assert daemon.rss() - before < 2_048, "more than its outbox"
        metrics = Metrics(daemon.path)
        assert metrics["chatrelay_slow_readers_total"] == metrics["chatrelay_closings_total", "4000"] == 1
        # The messages before the close frame are whole and in order. Its code says: come back at once.
        ids = []
        while (found := slow.frame())[0] != CLOSE:
            event = slow.decoded(*found)
            if event["type"] == "message":
                ids.append(int(event["id"]))
        assert struct.unpack(">H", found[1][:2])[0] == 4000
        assert ids == list(range(len(ids))) and 0 < len(ids) < sent


def test_slow_readers_that_are_closed_together_get_nothing_after_the_close_frame(serve):
    daemon = serve("--outbox-bytes", "131072", "--rate", "0")
    with Connection(daemon.path) as one, Connection(daemon.path) as other, Client(daemon.path, "Ada") as ada:
        for connection, name in ((one, "One"), (other, "Other")):
            connection.send(command("hello", name=name))
            ada.until("system", event="joined", name=name)
        sent = 0
        while daemon.log().count("reads too slowly") < 2:
            assert sent < 1_000
            ada.say("x" * 8_000, id=str(sent))
            ada.until("message", id=str(sent))
            sent += 1
        assert one.closed_with() == 4000 and other.closed_with() == 4000


def test_without_descriptors_new_connections_wait(serve):
    daemon = serve("--max-connections", "1000", environment={"WATCHDOG_USEC": "1000000"})
    used = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    with Client(daemon.path, "Ada") as ada:
        ada.expect("joined")
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + 3, used + 3))
        inside = [Connection(daemon.path), Connection(daemon.path)]
        waiting = Connection(daemon.path, upgrade=False)
        wait_until(lambda: "There is no free descriptor" in daemon.log(), what="the record")
        daemon.notified.wait("STATUS=There are too few descriptors, ")
        notified = len(daemon.notified.lines)
        daemon.notified.wait("WATCHDOG=1", after=notified)
        ada.say("all well")
        ada.expect("message", text="all well")
        inside[0].close()
        waiting.send(b"GET /ws HTTP/1.0\r\n\r\n")
        assert waiting.response()[0] == 426, "it was accepted once a descriptor was free"
        inside[1].close()
        waiting.close()
        daemon.notified.wait("STATUS=1 connection, ", after=len(daemon.notified.lines))


def test_above_the_limit_the_newest_requests_are_read(serve):
    daemon = serve("--max-connections", "1")
    with Client(daemon.path, "Ada") as ada, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(Connection(daemon.path, upgrade=False)) for _ in range(66)]
        assert silent[0].at_end() and silent[1].at_end(), "a new connection takes the place of the oldest"
        assert "More than 64 connections to the socket have sent no complete request" in daemon.log()
        silent[2].send(request("GET /healthz HTTP/1.1"))
        assert silent[2].response()[0] == 200
        ada.say("all well")
        ada.until("message", text="all well")


@pytest.mark.parametrize("count", [1, 3])
def test_a_full_server_refuses_connections_until_one_leaves(serve, count):
    daemon = serve("--max-connections", str(count))
    clients = [Client(daemon.path) for _ in range(count)]
    with Connection(daemon.path, upgrade=False) as connection:
        connection.send(request())
        assert connection.response()[0] == 503 and connection.at_end()
    # The health pages are still served.
    metrics = Metrics(daemon.path)
    assert metrics["chatrelay_connections"] == metrics["chatrelay_connections_limit"] == count
    assert metrics["chatrelay_upgrades_total", "503"] == 1 and metrics["chatrelay_closings_total", "none"] == 0
    daemon.notified.wait("STATUS=All connections are in use: raise --max-connections.")
    notified = len(daemon.notified.lines)
    clients[0].say("all well")
    clients[0].until("message", text="all well")
    clients.pop().leave()
    wait_until(lambda: "disconnected" in daemon.log(), what="the end of one connection")
    with Client(daemon.path) as last:
        last.expect("joined")
    for client in clients:
        client.leave()
    daemon.notified.wait("STATUS=0 connections, ", after=notified)
