"""Bad input on the daemon's socket: it is answered as the protocol says, other sessions notice nothing, and memory does not
grow."""

import json

import pytest

from client import BINARY, CLOSE, PING, TEXT, Client, Connection, command, frame, request
from daemon import Daemon


# Frames after the upgrade, and the close code that answers them (RFC 6455 §7.4.1).
FRAMES = {
    "unmasked": (frame(TEXT, b"{}", masked=False), 1002),
    "larger than the limit": (frame(TEXT, b"x", length=1 << 40), 1009),
    "reserved bit": (frame(TEXT, b"{}", reserved=4), 1002),
    "unknown opcode": (frame(3, b"{}"), 1002),
    "unknown control opcode": (frame(11), 1002),
    "binary": (frame(BINARY, b"{}"), 1003),
    "long ping": (frame(PING, b"x" * 126), 1002),
    "ping in fragments": (frame(PING, b"x", fin=False), 1002),
    "continuation without a beginning": (frame(0, b"{}"), 1002),
    "text within text": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
    "invalid UTF-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "UTF-8 cut short": (frame(TEXT, b'{"type":"\xe4\xbd'), 1007),
    "invalid UTF-8 in the first fragment": (frame(TEXT, b"\xc0\xaf", fin=False), 1007),
    "close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "close with a reserved code": (frame(CLOSE, b"\x03\xed"), 1002),
    "close with an invalid reason": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
}

# Requests that are not valid upgrades, and the status of the answer.
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

# Commands after the hello, and the code of the error event.
COMMANDS = {
    "broken JSON": ('{"type":"message"', "bad-json"),
    "not an object": ('["message"]', "bad-json"),
    "wrong type of a field": ('{"type":"message","id":1,"room":"lobby","text":"x"}', "bad-json"),
    "deep": ("[" * 5000, "bad-json"),
    "no type": ("{}", "unknown-type"),
    "unknown type": ('{"type":"dance"}', "unknown-type"),
    "name of 10,000 characters": (json.dumps({"type": "rename", "name": "n" * 10_000}), "bad-name"),
    "name of control characters": (json.dumps({"type": "rename", "name": "\x00\x07\x1b[2J"}), "bad-name"),
    "invisible name": (json.dumps({"type": "rename", "name": "\u200b\u2060"}), "bad-name"),
    "join of an unknown room": ('{"type":"join","room":"attic"}', "no-such-room"),
    "message to an unknown room": ('{"type":"message","id":"a","room":"attic","text":"x"}', "not-in-room"),
    "invalid room name": ('{"type":"join","room":"../etc"}', "bad-room"),
    "invalid id": ('{"type":"message","id":"a b","room":"lobby","text":"x"}', "bad-id"),
    "second hello": ('{"type":"hello","name":"Eve"}', "hello-first"),
    "private to an unknown user": ('{"type":"private","id":"a","to":"Nobody","text":"x"}', "no-such-user"),
    "private to an empty name": ('{"type":"private","id":"a","to":"","text":"x"}', "bad-name"),
    "private without a text": ('{"type":"private","id":"a","to":"Ada"}', "missing-field"),
    "history of another room": ('{"type":"history","room":"attic"}', "not-in-room"),
    "history with an unknown user": ('{"type":"history","with":"Nobody"}', "no-such-user"),
    "history of 0 messages": ('{"type":"history","limit":0}', "bad-limit"),
    "history of 101 messages": ('{"type":"history","limit":101}', "bad-limit"),
    "history before a text": ('{"type":"history","before":"1"}', "bad-json"),
    "history before a negative number": ('{"type":"history","before":-1}', "bad-json"),
    "search without words": ('{"type":"search","text":" .. \\" * "}', "bad-search"),
    "search of 257 bytes": (json.dumps({"type": "search", "text": "w" * 257}), "bad-search"),
    "sign-out of a text": ('{"type":"sign-out","device":"1"}', "bad-json"),
    "search in another room": ('{"type":"search","text":"x","room":"attic"}', "not-in-room"),
}


@pytest.fixture(scope="module")
def shared(chatrelay, tmp_path_factory):
    """One daemon for all tests of this module: bad input must leave it as it was."""
    daemon = Daemon(chatrelay, tmp_path_factory.mktemp("shared"), "--rate", "0", "--handshake-timeout", "1")
    yield daemon
    assert daemon.stop() == 0, daemon.log()


@pytest.fixture
def path(shared):
    """The socket of the daemon, and another session, which receives nothing during a test and can chat after it."""
    with Client(shared.path) as observer:
        observer.expect("joined")
        yield shared.path
        observer.say("still here")
        observer.expect("message", text="still here")


@pytest.mark.parametrize("case", FRAMES)
def test_bad_frames(path, case):
    data, code = FRAMES[case]
    with Connection(path) as connection:
        connection.send(data)
        assert connection.closed_with() == code


@pytest.mark.parametrize("case", FRAMES)
def test_bad_frames_byte_by_byte(path, case):
    data, code = FRAMES[case]
    with Connection(path) as connection:
        try:
            connection.send_bytewise(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer can come before the last byte
        assert connection.closed_with() == code


@pytest.mark.parametrize("case", REQUESTS)
def test_bad_requests(path, case):
    data, expected = REQUESTS[case]
    with Connection(path, upgrade=False) as connection:
        connection.send(data)
        status, fields, body = connection.response()
        assert status == expected
        assert body.endswith("\n") and body.count("\n") == 1, "the answer is one line"
        assert connection.at_end()
        if expected == 426:
            assert fields["upgrade"] == "websocket" and fields["sec-websocket-version"] == "13"
        if expected == 405:
            assert fields["allow"] == "GET"


def test_a_request_that_never_ends(path):
    with Connection(path, upgrade=False) as connection:
        connection.send(b"GET /ws HTTP/1.1\r\nHost:")
        status, _, _ = connection.response()
        assert status == 408 and connection.at_end()


def test_a_request_byte_by_byte_is_accepted(path):
    with Connection(path, upgrade=False) as connection:
        connection.send_bytewise(request())
        assert connection.response()[0] == 101


def test_the_first_frame_may_follow_the_request_at_once(path):
    with Connection(path, upgrade=False) as connection:
        connection.send(request() + frame(PING, b"early"))
        assert connection.response()[0] == 101
        assert connection.frame() == (10, b"early")


@pytest.mark.parametrize("case", COMMANDS)
def test_bad_commands(shared, case):
    text, code = COMMANDS[case]
    with Client(shared.path) as ada, Client(shared.path) as bob:
        ada.until("system", event="joined", name=bob.name)
        bob.expect("joined")
        bob.send_text(text)
        error = bob.expect("error", code=code)
        assert error["message"].endswith(".")
        bob.say("still here")
        bob.expect("message", text="still here")
        ada.expect("message", text="still here")


def test_a_command_before_hello(path):
    with Client(path, hello=False) as client:
        client.say("x")
        client.expect("error", code="hello-first")


def test_memory_does_not_grow(shared):
    def repeat(times):
        for _ in range(times):
            for data, code in FRAMES.values():
                with Connection(shared.path) as connection:
                    connection.send(data)
                    assert connection.closed_with() == code
            for data, expected in REQUESTS.values():
                with Connection(shared.path, upgrade=False) as connection:
                    connection.send(data)
                    assert connection.response()[0] == expected
            with Connection(shared.path) as connection:
                connection.send(command("hello", rooms=[]))
                assert connection.event()["type"] == "welcome"
                for text, code in COMMANDS.values():
                    connection.send(frame(TEXT, text.encode()))
                    assert connection.event()["code"] == code

    # Deadlines of ended connections are kept until they expire: a few seconds' worth of them.
    repeat(100)
    before = shared.rss()
    repeat(400)  # 11,200 connections: 100 bytes kept for each would show
    assert shared.rss() - before < 1024, "KiB"
