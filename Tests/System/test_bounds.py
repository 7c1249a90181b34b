"""What the server keeps and sends is bounded in the bytes that it keeps and sends: a text of 8 KiB of U+0001 is 48 KiB of JSON.
`pytest -s` prints the figures."""

import collections
import contextlib
import json
import time

import pytest

from client import TEXT, Client, Connection, command, frame
from pages import Metrics
from patience import Deadline

# The longest text, each byte of which is six in JSON.
LONG = "\x01" * 8_192
ROOMS = [f"r{number}" for number in range(16)]


def test_the_messages_in_memory_are_bounded_in_bytes(serve, tmp_path):
    """80 rooms with 50 long messages each are 195 MiB of JSON."""
    daemon = serve("--rate", "0", "--ping-interval", "300", "--idle-timeout", "600", "--ledger", str(tmp_path / "ledger"))
    before = daemon.rss()
    sessions = []
    for owner in range(5):
        rooms = [f"{room}-{owner}" for room in ROOMS]
        ada = Client(daemon.path, rooms=rooms, create=True)
        sessions.append(ada)
        # What is said before is part of the room's history, and comes with it.
        for room in rooms:
            ada.until("joined", room=room)
        for number in range(50):
            for room in rooms:
                ada.say(LONG, room, f"{room}-{number}")
                ada.until("message", room=room)
    growth = (daemon.rss() - before) / 1024
    print(f"\n4,000 messages of 48 KiB in 80 rooms: {before / 1024:.1f} + {growth:.1f} MiB")
    assert growth < 80
    # A room whose messages had to make room for others still has them all.
    page = sessions[0].ask("history", room="r0-0", limit=100)
    assert [message["id"] for message in page["messages"]] == ["r0-0-49"] and page["more"]
    with Client(daemon.path, rooms=["r0-0"], histories=True) as late:
        assert late.until("history")["messages"] == page["messages"]
    for session in sessions:
        session.leave()


def test_a_newcomer_to_rooms_of_long_messages_gets_them_all(serve):
    """A message in each of 16 rooms is 768 KiB of JSON, three outboxes."""
    daemon = serve("--rate", "0")
    with Client(daemon.path, rooms=ROOMS, create=True) as ada:
        for room in ROOMS:
            ada.say(LONG, room, room)
            ada.until("message", room=room)
        with Connection(daemon.path) as bob:
            bob.send(command("hello", rooms=ROOMS))
            time.sleep(0.5)  # it does not read at once
            events = [bob.event() for _ in range(1 + 2 * len(ROOMS))]
            histories = [event for event in events if event["type"] == "history"]
            assert [history["messages"][0]["id"] for history in histories] == ROOMS
            bob.send(command("rooms"))
            assert bob.event()["type"] == "rooms"
        # Pages of such messages, and what a search finds, are bounded, too.
        ada.say("one " + LONG[:-4], "r1", "again")
        ada.until("message", id="again")
        for type, fields in (("history", {"limit": 100}), ("search", {"text": "one"})):
            answer = ada.ask(type, room="r1", **fields)
            assert [message["id"] for message in answer["messages"]] == ["again"]


@pytest.mark.parametrize("bytes_a_second", [5_000])
def test_a_slow_line_shows_messages_soon(serve, bytes_a_second):
    """A client shows nothing of a frame before all of it is there."""
    daemon = serve("--rate", "0")
    with Client(daemon.path) as ada:
        ada.say_all(["x" * 2_000] * 50)
    with Connection(daemon.path) as slow:
        slow.send(command("hello"))
        sizes = []
        while not sizes or not payload.startswith(b'{"type":"history"'):
            _, payload = slow.frame()
            sizes.append(len(payload))
        assert sum(sizes) < 4 * bytes_a_second and slow.decoded(TEXT, payload)["more"]


@pytest.mark.timeout(120)
def test_a_steady_reader_that_is_behind_stays(serve):
    """It reads as fast as the others write, and always has some hundred KiB before it: no byte of its outbox is old."""
    daemon = serve("--rate", "0", "--ping-interval", "300", "--idle-timeout", "600")
    with Client(daemon.path, "Ada") as ada, Connection(daemon.path) as slow:
        slow.send(command("hello"))
        ada.until("system", event="joined")
        ada.say_all(["x" * 4_000] * 70, prefix="first")
        deadline = Deadline(35, grows=False)
        number = 0
        while deadline.left:
            ada.say("x" * 4_000, id=f"n-{number}")
            size = len(json.dumps(ada.until("message"), separators=(",", ":"))) + 4
            # As many bytes as were sent now, of what was sent before.
            while size:
                size -= len(part := slow.socket.recv(size))
                assert part, "the daemon has closed it"
            number += 1
            time.sleep(0.02)
        assert Metrics(daemon.path)["chatrelay_slow_readers_total"] == 0 and number > 100


def test_the_unfinished_messages_of_an_address_are_bounded(serve):
    """300 messages of nearly 64 KiB whose last fragment never comes."""
    daemon = serve()
    before = daemon.rss()
    connections = []
    for number in range(300):
        connections.append(Connection(daemon.path, headers={"X-Real-IP": "192.0.2.7"}))
        connections[-1].send(frame(TEXT, b"x" * 65_000, fin=False))
    with Client(daemon.path, "Ada", headers={"X-Real-IP": "192.0.2.8"}) as ada:
        ada.until("joined")
        growth = (daemon.rss() - before) / 1024
        # On a slow machine some have waited too long for a hello, too.
        codes = collections.Counter(one.closed_with() for one in connections if one.has_data())
        print(f"\n300 unfinished messages: +{growth:.1f} MiB, closed with {dict(codes)}")
        assert 120 < 300 - codes[1008] < 270
        ada.connection.send(frame(TEXT, b'{"type":', fin=False))
        ada.connection.send(frame(0, b'"rooms"}'))
        ada.until("rooms")
    for connection in connections:
        connection.close()


def test_the_outboxes_of_an_address_are_bounded(serve):
    """400 connections that ask and do not read: with 128 KiB for each they could keep 50 MiB."""
    daemon = serve("--rate", "0", "--outbox-bytes", "131072", "--ping-interval", "300", "--idle-timeout", "600")
    flood = [Connection(daemon.path, headers={"X-Real-IP": "192.0.2.7"}) for _ in range(400)]
    for number, one in enumerate(flood):
        one.send(command("hello", name=f"a-name-of-thirty-characters-{number:03}"))
    with Client(daemon.path, "Ada", headers={"X-Real-IP": "192.0.2.8"}) as ada, \
            Connection(daemon.path, headers={"X-Real-IP": "192.0.2.8"}) as slow:
        slow.send(command("hello", name="Bob"))
        ada.until("joined")
        before = daemon.forget_peak()
        deadline = Deadline(60)
        while Metrics(daemon.path)["chatrelay_slow_readers_total"] < 50 and deadline.left:
            for one in [slow, *flood]:
                with contextlib.suppress(ConnectionError):  # it has been closed
                    one.send(command("who", room="lobby"))
            ada.send("who", room="lobby")
            ada.until("who")
        growth = (daemon.peak() - before) / 1024
        print(f"\n400 outboxes of an address: +{growth:.1f} MiB")
        # The bound is 16 MiB, and the lists of a tick come on top.
        assert growth < 32
        assert "bytes waited, with those of others at its address" in daemon.log()
        # Other addresses have their own share.
        assert "Bob reads too slowly" not in daemon.log()
        ada.say("x")
        ada.until("message")
    for one in flood:
        one.close()


def test_a_refusal_names_its_command(serve):
    """Otherwise a client would send it again for ever."""
    daemon = serve("--rate", "1", "--burst", "8")
    half = r'"half \ud83d end"'
    with Client(daemon.path) as ada:
        for text, code, named in (
                (rf'{{"type":"message","id":"a-1","room":"lobby","text":{half}}}', "bad-json", {"id": "a-1"}),
                (rf'{{"text":{half},"type":"private","id":"a-2","to":"Bob"}}', "bad-json", {"id": "a-2"}),
                ('{"type":"message","id":"a-3","room":7,"text":"x"}', "bad-json", {"id": "a-3"}),
                ('{"type":"message","id":"a 4","room":"lobby","text":"x"}', "bad-id", {"id": "a 4"}),
                ('{"type":"shout","id":"a-5","room":"lobby","text":"x"}', "unknown-type", {"id": "a-5"}),
                ('{"type":"join","room":"not a room!"}', "bad-room", {"room": "not a room!"}),
                (rf'{{"type":"message","id":"a-6","room":"lobby","text":{half}}}', "bad-json", {"id": "a-6"}),
                (rf'{{"type":"message","id":"a-7","room":"lobby","text":{half}}}', "rate-limited", {"id": "a-7"})):
            ada.send_text(text)
            error = ada.until("error")
            assert error.items() >= {"code": code, **named}.items()


def test_a_bad_room_costs_that_room_only(serve):
    daemon = serve()
    with Client(daemon.path, "Ada", rooms=["not a room!", "lobby"]) as ada:
        assert ada.until("error").items() >= {"code": "bad-room", "room": "not a room!"}.items()
        ada.until("joined", room="lobby")
        ada.say("x")
        ada.until("message")
        # A name that was refused since, or never was one, does not keep its user out.
        with Client(daemon.path, "\u2800", token=ada.token, rooms=["lobby"]) as phone:
            assert phone.name == "Ada"


@pytest.mark.parametrize("blank", ["\u2800", "\u3164", "\u00ad", "\u200b", "\U0001d159", "\U00013441", "\ufffc", "\u2063 \u202e"])
def test_what_shows_nothing_is_refused(serve, blank):
    daemon = serve()
    with Client(daemon.path, hello=False) as ada:
        ada.send("hello", name=blank)
        assert ada.next()["code"] == "bad-name"
        ada.send("hello", name="Ada")
        ada.until("joined")
        ada.say(blank, id="a-1")
        ada.until("error", code="empty-text", id="a-1")
        ada.tell("Ada", blank, id="a-2")
        ada.until("error", code="empty-text", id="a-2")
        ada.say(blank + "x", id="a-3")
        ada.until("message", id="a-3")
