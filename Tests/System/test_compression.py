"""permessage-deflate (RFC 7692) as clients meet it: agreed on, through nginx, over restarts and crashes, and against bombs."""

import json
import signal
import zlib

import pytest

from person import Person
from test_control import controlled  # noqa: F401
from test_handover import again, keep  # noqa: F401
from website import Site
from wire import TEXT, Wire, deflate, frame, request

OFFER = {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"}
ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
LONG = "the same words again and again, " * 20


class Compressed(Wire):
    """A connection with which compression is agreed on."""

    def __init__(self, path):
        super().__init__(path, upgrade=False)
        self.send(request(**OFFER))
        status, fields, _ = self.response()
        assert (status, fields.get("sec-websocket-extensions")) == (101, ANSWER)

    def command(self, **fields):
        return frame(TEXT, deflate(json.dumps(fields).encode()), reserved=4)

    def event(self):
        """The next event, and whether it came compressed."""
        first = self._take(1)[0]
        self._read = bytes([first & ~0x40]) + self._read
        opcode, payload = self.frame()
        assert opcode == TEXT, payload
        if first & 0x40:
            payload = zlib.decompressobj(wbits=-15).decompress(payload + b"\x00\x00\xff\xff")
        return json.loads(payload), bool(first & 0x40)

    def until(self, type):
        while True:
            event, is_compressed = self.event()
            if event["type"] == type:
                return event, is_compressed


def agreed(person):
    return [type(one).__name__ for one in person.socket.protocol.extensions] == ["PerMessageDeflate"]


def test_it_is_off_by_default_and_can_be_switched_while_it_runs(controlled):  # noqa: F811
    with Person(controlled.daemon.path, "Ann") as ann:
        assert not agreed(ann)
        controlled.settings.write_text("CHATRELAY_COMPRESSION=on\n")
        assert controlled.run("reload") == "Changed: compression.\n"
        with Person(controlled.daemon.path, "Bob") as bob:
            assert agreed(bob)
            bob.say(LONG, id="1")
            assert ann.until("message")["text"] == LONG


def test_everybody_gets_the_same_through_nginx(chatrelay):
    site = Site(chatrelay, "--compression", "on")
    try:
        plain = {"options": {"compression": None}}
        with Person(site.url, "Ann") as ann, Person(site.url, "Bob") as bob, Person(site.url, "Cid", **plain) as cid:
            assert agreed(ann) and agreed(bob) and not agreed(cid)
            for number, text in enumerate([LONG, "short", "你好 🦦 " * 100, "x" * 8_192]):
                [ann, cid][number % 2].say(text, id=str(number))
                assert [one.until("message")["text"] for one in (ann, bob, cid)] == [text] * 3
            with Person(site.url, "Dan", histories=True) as dan:
                assert len(dan.until("history")["messages"]) == 4
    finally:
        site.stop()


def test_what_is_long_comes_compressed_and_what_is_short_does_not(serve):
    daemon = serve("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.command(type="hello", name="Ann"))
        ann.until("history")
        for text, is_long in ((LONG, True), ("short", False)):
            ann.send(ann.command(type="message", id=text[:3], room="lobby", text=text))
            event, is_compressed = ann.until("message")
            assert (event["text"], is_compressed) == (text, is_long)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_a_restart_goes_on_in_the_middle_of_a_compressed_message(keep, number):  # noqa: F811
    daemon = keep("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.command(type="hello", name="Ann"))
        ann.until("history")
        whole = ann.command(type="message", id="1", room="lobby", text=LONG)
        ann.send(whole[:30])
        again(daemon, number)
        ann.send(whole[30:])
        event, is_compressed = ann.until("message")
        assert (event["text"], is_compressed) == (LONG, True)


def test_after_a_crash_it_is_still_compressed(keep):  # noqa: F811
    daemon = keep("--compression", "on")
    with Compressed(daemon.path) as ann:
        ann.send(ann.command(type="hello", name="Ann"))
        token = ann.until("welcome")[0]["token"]
        whole = ann.command(type="message", id="1", room="lobby", text=LONG)
        ann.send(whole[:30])
        again(daemon, signal.SIGKILL)
        restart, _ = ann.until("system")
        # The rest of what is lost, then all again.
        ann.send(whole[30:] + ann.command(type="hello", name="Ann", token=token, again=restart["again"]))
        ann.until("history")
        ann.send(whole)
        event, is_compressed = ann.until("message")
        assert (event["text"], is_compressed) == (LONG, True)


def test_bombs_do_nothing(serve):
    """What would inflate to a thousand times its size, and what does so as far as it may."""
    daemon = serve("--compression", "on")
    bomb = deflate(bytes(50_000_000))
    assert len(bomb) < 60_000
    with Person(daemon.path, "Ann") as ann:
        before = daemon.rss()
        for _ in range(50):
            with Compressed(daemon.path) as bomber:
                bomber.send(frame(TEXT, bomb, reserved=4))
                assert bomber.closed_with() == 1009
        for broken in (b"\xff\xff", b"", deflate(b"\xc3\x28")):
            with Compressed(daemon.path) as bomber:
                bomber.send(frame(TEXT, broken, reserved=4))
                assert bomber.closed_with() == 1007
        # As far as each may go, again and again: the budget of commands ends it.
        with Compressed(daemon.path) as bomber:
            bomber.send(bomber.command(type="hello", name="Bomber"))
            bomber.until("history")
            most = frame(TEXT, deflate(json.dumps({"type": "message", "text": "x" * 30_000}).encode()), reserved=4)
            bomber.send(most * 500)
            assert bomber.closed_with() == 4101
        assert daemon.rss() - before < 10_000
        ann.say("here")
        ann.until("message", text="here")
