"""Bad input over the daemon's socket: each gets the answer of the protocol, the others notice nothing, and the daemon's
memory does not grow."""

import json

import pytest

from person import Person
from wire import BINARY, CLOSE, PING, TEXT, Wire, frame, request

# What follows the upgrade, and the code of the close frame that answers it (RFC 6455 §7.4.1).
FRAMES = {
    "unmasked": (frame(TEXT, b"{}", masked=False), 1002),
    "larger than the limit": (frame(TEXT, b"x", length=1 << 40), 1009),
    "reserved bit": (frame(TEXT, b"{}", reserved=4), 1002),
    "unknown opcode": (frame(3, b"{}"), 1002),
    "unknown control opcode": (frame(11), 1002),
    "binary": (frame(BINARY, b"{}"), 1003),
    "long ping": (frame(PING, b"x" * 126), 1002),
    "ping in fragments": (frame(PING, b"x", fin=False), 1002),
    "continuation of nothing": (frame(0, b"{}"), 1002),
    "text within text": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
    "invalid UTF-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "UTF-8 cut short": (frame(TEXT, b'{"type":"\xe4\xbd'), 1007),
    "invalid UTF-8 in the first fragment": (frame(TEXT, b"\xc0\xaf", fin=False), 1007),
    "close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "close with a reserved code": (frame(CLOSE, b"\x03\xed"), 1002),
    "close with an invalid reason": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
}

# Requests that are not upgrades as they should be, and the status of the answer.
REQUESTS = {
    "no upgrade": (b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", 426),
    "another version": (request(Sec_WebSocket_Version="8"), 426),
    "no key": (request(Sec_WebSocket_Key=None), 400),
    "short key": (request(Sec_WebSocket_Key="c2hvcnQ="), 400),
    "no host": (request(Host=None), 400),
    "another path": (request("GET /other HTTP/1.1"), 404),
    "another method": (request("POST /ws HTTP/1.1"), 405),
    "another origin": (request(Origin="https://evil.example"), 403),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n", 400),
    "head larger than the limit": (request(Cookie="c" * 100_000), 431),
    "head that never ends": (b"GET /ws HTTP/1.1\r\n" + b"X: y\r\n" * 50_000, 431),
}

# Commands of somebody who has said hello, and the code of the error event.
COMMANDS = {
    "broken JSON": ('{"type":"message"', "bad-json"),
    "no object": ('["message"]', "bad-json"),
    "wrong type of a field": ('{"type":"message","id":1,"room":"lobby","text":"x"}', "bad-json"),
    "deep": ("[" * 5000, "bad-json"),
    "no type": ("{}", "unknown-type"),
    "unknown type": ('{"type":"dance"}', "unknown-type"),
    "name of 10,000 characters": (json.dumps({"type": "rename", "name": "n" * 10_000}), "bad-name"),
    "name of control characters": (json.dumps({"type": "rename", "name": "\x00\x07\x1b[2J"}), "bad-name"),
    "invisible name": (json.dumps({"type": "rename", "name": "\u200b\u2060"}), "bad-name"),
    "no such room": ('{"type":"join","room":"attic"}', "no-such-room"),
    "message to no such room": ('{"type":"message","id":"a","room":"attic","text":"x"}', "not-in-room"),
    "no room name": ('{"type":"join","room":"../etc"}', "bad-room"),
    "id": ('{"type":"message","id":"a b","room":"lobby","text":"x"}', "bad-id"),
    "second hello": ('{"type":"hello","name":"Eve"}', "hello-first"),
    "private to nobody": ('{"type":"private","id":"a","to":"Nobody","text":"x"}', "no-such-user"),
    "private to what is no name": ('{"type":"private","id":"a","to":"","text":"x"}', "bad-name"),
    "private without a text": ('{"type":"private","id":"a","to":"Ada"}', "missing-field"),
    "history of a room outside": ('{"type":"history","room":"attic"}', "not-in-room"),
    "history with nobody": ('{"type":"history","with":"Nobody"}', "no-such-user"),
    "history of no message": ('{"type":"history","limit":0}', "bad-limit"),
    "history of too many": ('{"type":"history","limit":101}', "bad-limit"),
    "history before no number": ('{"type":"history","before":"1"}', "bad-json"),
    "history before less than nothing": ('{"type":"history","before":-1}', "bad-json"),
    "search without words": ('{"type":"search","text":" .. \\" * "}', "bad-search"),
    "search of 257 bytes": (json.dumps({"type": "search", "text": "w" * 257}), "bad-search"),
    "search in a room outside": ('{"type":"search","text":"x","room":"attic"}', "not-in-room"),
}


@pytest.fixture
def witness(serve):
    """Somebody who must notice nothing: at the end they can still chat, and have heard nothing before."""
    daemon = serve("--rate", "0", "--handshake-timeout", "1")
    with Person(daemon.path, "Witness") as person:
        person.expect("joined")
        person.daemon = daemon
        yield person
        person.say("still here")
        person.expect("message", text="still here")


@pytest.mark.parametrize("case", FRAMES)
def test_frames(witness, case):
    data, code = FRAMES[case]
    with Wire(witness.daemon.path) as wire:
        wire.send(data)
        assert wire.closed_with() == code


@pytest.mark.parametrize("case", FRAMES)
def test_frames_byte_by_byte(witness, case):
    data, code = FRAMES[case]
    with Wire(witness.daemon.path) as wire:
        try:
            wire.send_each(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer can come before the last byte
        assert wire.closed_with() == code


@pytest.mark.parametrize("case", REQUESTS)
def test_requests(witness, case):
    data, expected = REQUESTS[case]
    with Wire(witness.daemon.path, upgrade=False) as wire:
        wire.send(data)
        status, fields, body = wire.response()
        assert status == expected
        assert body.endswith("\n") and body.count("\n") == 1, "the answer is one line"
        assert wire.at_end()
        if expected == 426:
            assert fields["upgrade"] == "websocket" and fields["sec-websocket-version"] == "13"
        if expected == 405:
            assert fields["allow"] == "GET"


def test_a_handshake_that_never_ends(witness):
    with Wire(witness.daemon.path, upgrade=False) as wire:
        wire.send(b"GET /ws HTTP/1.1\r\nHost:")
        status, _, _ = wire.response()
        assert status == 408 and wire.at_end()


def test_a_request_that_comes_byte_by_byte_is_accepted(witness):
    with Wire(witness.daemon.path, upgrade=False) as wire:
        wire.send_each(request())
        assert wire.response()[0] == 101


def test_the_first_frame_may_come_with_the_request(witness):
    with Wire(witness.daemon.path, upgrade=False) as wire:
        wire.send(request() + frame(PING, b"early"))
        assert wire.response()[0] == 101
        assert wire.frame() == (10, b"early")


@pytest.mark.parametrize("case", COMMANDS)
def test_commands(serve, case):
    text, code = COMMANDS[case]
    daemon = serve("--rate", "0")
    with Person(daemon.path, "Ada") as ada, Person(daemon.path, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        bob.expect("joined")
        bob.socket.send(text)
        error = bob.expect("error", code=code)
        assert error["message"].endswith(".")
        bob.say("still here")
        bob.expect("message", text="still here")
        ada.expect("message", text="still here")


def test_a_command_before_hello(witness):
    with Person(witness.daemon.path, hello=False) as person:
        person.say("x")
        person.expect("error", code="hello-first")


def test_a_full_server_says_so(serve):
    daemon = serve("--max-connections", "1")
    with Person(daemon.path, "Ada") as ada, Wire(daemon.path, upgrade=False) as wire:
        wire.send(request())
        assert wire.response()[0] == 503 and wire.at_end()
        ada.say("still here")
        ada.until("message", text="still here")


def test_memory_does_not_grow(witness):
    def repeat(times):
        for _ in range(times):
            for data, code in FRAMES.values():
                with Wire(witness.daemon.path) as wire:
                    wire.send(data)
                    assert wire.closed_with() == code
            for data, expected in REQUESTS.values():
                with Wire(witness.daemon.path, upgrade=False) as wire:
                    wire.send(data)
                    assert wire.response()[0] == expected
            with Wire(witness.daemon.path) as wire:
                wire.send(frame(TEXT, b'{"type":"hello","rooms":[]}'))
                assert json.loads(wire.frame()[1])["type"] == "welcome"
                for text, code in COMMANDS.values():
                    wire.send(frame(TEXT, text.encode()))
                    assert json.loads(wire.frame()[1])["code"] == code

    # Deadlines of connections that are gone are kept until they would fall due: a few seconds' worth of them.
    repeat(100)
    before = witness.daemon.rss()
    repeat(400)  # 11,200 connections: 100 bytes kept for each would show
    assert witness.daemon.rss() - before < 1024, "KiB"
