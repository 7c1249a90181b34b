"""Who says nothing, who reads nothing, who comes when there is no room: each is dealt with, and nobody else notices."""

import contextlib
import json
import os
import resource
import struct

import pytest


HELLO = frame(TEXT, b'{"type":"hello","name":"Mute"}')


def test_whoever_answers_pings_stays(serve):
    with Connection(serve("--ping-interval", "1", "--idle-timeout", "2").path) as connection:
        connection.send(HELLO)
        for _ in range(4):
            while (event := connection.frame())[0] != PING:
                assert event[0] == TEXT
            connection.send(frame(PONG, event[1]))
        connection.send(frame(TEXT, b'{"type":"message","id":"1","room":"lobby","text":"still here"}'))
        assert b"still here" in connection.frame()[1]


def test_whoever_says_nothing_is_closed_and_told_to_come_later(serve):
    daemon = serve("--ping-interval", "1", "--idle-timeout", "2")
    with Connection(daemon.path) as connection:
        connection.send(HELLO)
        assert connection.closed_with() == 4102
    wait_until(lambda: "Mute was not heard of" in daemon.log(), what="the record")


def test_whoever_does_not_say_hello_is_closed(daemon):
    with Connection(daemon.path) as connection:
        connection.socket.settimeout(30)  # it has 10 seconds
        assert connection.closed_with() == 4100


def test_a_reader_that_is_too_slow_is_told_to_come_back_and_costs_little(serve):
    daemon = serve("--outbox-bytes", "131072", "--rate", "0")
    with Connection(daemon.path) as slow, Client(daemon.path, "Ada") as ada:
        slow.send(HELLO)
        ada.until("system", event="joined", name="Mute")
        before = daemon.rss()
        sent, is_gone = 0, False
        while not is_gone:
            assert sent < 1_000, "it holds everything for a reader that does not read"
            ada.say(f"{sent} " + "x" * 8_000, id=str(sent))
            while (event := ada.next()).get("id") != str(sent):
                is_gone = is_gone or event.items() >= {"event": "left", "name": "Mute"}.items()
            sent += 1
        assert "Mute reads too slowly" in daemon.log()
        assert daemon.rss() - before < 2_048, "more than its queue"
        # What went out before is whole and in order; then comes the code that says: at once.
        ids = []
        while (event := slow.frame())[0] != CLOSE:
            event = json.loads(event[1])
            if event["type"] == "message":
                ids.append(int(event["id"]))
        assert struct.unpack(">H", event[1][:2])[0] == 4000
        assert ids == list(range(len(ids))) and 0 < len(ids) < sent


def test_nothing_comes_after_the_close_frame_of_those_who_are_cut_off_together(serve):
    daemon = serve("--outbox-bytes", "131072", "--rate", "0")
    with Connection(daemon.path) as one, Connection(daemon.path) as other, Client(daemon.path, "Ada") as ada:
        for connection, name in ((one, b"Mute"), (other, b"Deaf")):
            connection.send(frame(TEXT, b'{"type":"hello","name":"%s"}' % name))
            ada.until("system", event="joined", name=name.decode())
        sent = 0
        while daemon.log().count("reads too slowly") < 2:
            assert sent < 1_000
            ada.say("x" * 8_000, id=str(sent))
            ada.until("message", id=str(sent))
            sent += 1
        assert one.closed_with() == 4000 and other.closed_with() == 4000


def test_without_descriptors_newcomers_wait_and_the_others_notice_nothing(serve):
    daemon = serve("--max-connections", "1000", environment={"WATCHDOG_USEC": "1000000"})
    used = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    with Client(daemon.path, "Ada") as ada:
        ada.expect("joined")
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + 3, used + 3))
        inside = [Connection(daemon.path), Connection(daemon.path)]
        waiting = Connection(daemon.path, upgrade=False)
        wait_until(lambda: "Newcomers have to wait" in daemon.log(), what="the record")
        daemon.notified.wait("STATUS=Newcomers have to wait, ")
        heard = len(daemon.notified.lines)
        daemon.notified.wait("WATCHDOG=1", after=heard)
        ada.say("all well")
        ada.expect("message", text="all well")
        inside[0].close()
        waiting.send(b"GET /ws HTTP/1.0\r\n\r\n")
        assert waiting.response()[0] == 400, "it came in once there was a descriptor"
        inside[1].close()
        waiting.close()
        daemon.notified.wait("STATUS=1 connection, ", after=len(daemon.notified.lines))


def test_of_those_above_the_limit_the_newest_are_heard(serve):
    daemon = serve("--max-connections", "1")
    with Client(daemon.path, "Ada") as ada, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(Connection(daemon.path, upgrade=False)) for _ in range(66)]
        assert silent[0].at_end() and silent[1].at_end(), "who has waited for the longest goes for a newcomer"
        assert "More than 64 connections to the socket have sent no whole request" in daemon.log()
        silent[2].send(request("GET /healthz HTTP/1.1"))
        assert silent[2].response()[0] == 200
        ada.say("all well")
        ada.until("message", text="all well")


@pytest.mark.parametrize("count", [1, 3])
def test_a_full_server_lets_the_next_in_when_somebody_leaves(serve, count):
    daemon = serve("--max-connections", str(count))
    people = [Client(daemon.path) for _ in range(count)]
    with Connection(daemon.path, upgrade=False) as connection:
        connection.send(request())
        assert connection.response()[0] == 503 and connection.at_end()
    people.pop().leave()
    wait_until(lambda: "disconnected" in daemon.log(), what="the departure")
    with Client(daemon.path) as late:
        late.expect("joined")
    for person in people:
        person.leave()
