"""permessage-deflate (RFC 7692): negotiation, nginx, restarts, crashes, and decompression bombs."""

import json
import signal

import pytest

from client import TEXT, Client, Connection, deflate, frame
from test_control import controlled  # noqa: F401
from test_handover import keep, restart  # noqa: F401
from website import Site

ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
LONG = "the same words again and again, " * 20


class Compressed(Connection):
    """A connection with compression, on which each command is sent compressed."""

    def __init__(self, path):
        super().__init__(path, compression=True)
        assert self.fields["sec-websocket-extensions"] == ANSWER

    @staticmethod
    def compressed(type, **fields):
        return frame(TEXT, deflate(json.dumps({"type": type, **fields}).encode()), reserved=4)


def test_it_is_off_by_default_and_can_be_switched_while_it_runs(controlled):  # noqa: F811
    with Client(controlled.daemon.path, "Ann") as ann:
        assert not ann.connection.is_compressed
        controlled.settings.write_text("CHATRELAY_COMPRESSION=on\n")
        assert controlled.run("reload") == "Changed: compression.\n"
        with Client(controlled.daemon.path, "Bob") as bob:
            assert bob.connection.is_compressed
            bob.say(LONG, id="1")
            assert ann.until("message")["text"] == LONG


def test_clients_with_and_without_compression_chat_through_nginx(chatrelay):
    site = Site(chatrelay, "--compression", "on")
    try:
        with Client(site.url, "Ann") as ann, Client(site.url, "Bob") as bob, Client(site.url, "Cid", compression=False) as cid:
            assert ann.connection.is_compressed and bob.connection.is_compressed and not cid.connection.is_compressed
            for number, text in enumerate([LONG, "short", "你好 🦦 " * 100, "x" * 8_192]):
                [ann, cid][number % 2].say(text, id=str(number))
                assert [client.until("message")["text"] for client in (ann, bob, cid)] == [text] * 3
            with Client(site.url, "Dan", histories=True) as dan:
                assert len(dan.until("history")["messages"]) == 4
    finally:
        site.stop()


def test_long_messages_are_sent_compressed_and_short_ones_are_not(serve):
    daemon = serve("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.compressed("hello", name="Ann"))
        ann.until("history")
        for text, is_long in ((LONG, True), ("short", False)):
            ann.send(ann.compressed("message", id=text[:3], room="lobby", text=text))
            assert ann.until("message")["text"] == text and ann.came_compressed == is_long


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_a_restart_in_the_middle_of_a_compressed_message(keep, number):  # noqa: F811
    daemon = keep("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.compressed("hello", name="Ann"))
        ann.until("history")
        whole = ann.compressed("message", id="1", room="lobby", text=LONG)
        ann.send(whole[:30])
        restart(daemon, number)
        ann.send(whole[30:])
        assert ann.until("message")["text"] == LONG and ann.came_compressed


def test_compression_outlasts_a_crash(keep):  # noqa: F811
    daemon = keep("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.compressed("hello", name="Ann"))
        token = ann.until("welcome")["token"]
        whole = ann.compressed("message", id="1", room="lobby", text=LONG)
        ann.send(whole[:30])
        restart(daemon, signal.SIGKILL)
        told = ann.until("system")
        # The rest of the lost message, then hello and the whole message.
        ann.send(whole[30:] + ann.compressed("hello", name="Ann", token=token, again=told["again"]))
        ann.until("history")
        ann.send(whole)
        assert ann.until("message")["text"] == LONG and ann.came_compressed


def test_decompression_bombs_are_refused(serve):
    """One would inflate to a thousand times its size, another is as large as is allowed, again and again."""
    daemon = serve("--compression", "on")
    bomb = deflate(bytes(50_000_000))
    assert len(bomb) < 60_000
    with Client(daemon.path, "Ann") as ann:
        before = daemon.rss()
        for _ in range(50):
            with Compressed(daemon.path) as bomber:
                bomber.send(frame(TEXT, bomb, reserved=4))
                assert bomber.closed_with() == 1009
        for broken in (b"\xff\xff", b"", deflate(b"\xc3\x28")):
            with Compressed(daemon.path) as bomber:
                bomber.send(frame(TEXT, broken, reserved=4))
                assert bomber.closed_with() == 1007
        # The rate limiter ends the second kind.
        with Compressed(daemon.path) as bomber:
            bomber.send(bomber.compressed("hello", name="Bomber"))
            bomber.until("history")
            most = frame(TEXT, deflate(json.dumps({"type": "message", "text": "x" * 30_000}).encode()), reserved=4)
            bomber.send(most * 500)
            assert bomber.closed_with() == 4101
        assert daemon.rss() - before < 10_000
        ann.say("here")
        ann.until("message", text="here")
