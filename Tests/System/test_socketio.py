"""Socket.IO at the daemon's own socket: the protocol's errors, limits, and what others notice of them."""

import json
import signal
import time

import pytest

from client import TEXT, Client, Connection, frame, request
from patience import scaled, wait_until
from test_metrics import Metrics

OPEN = "EIO=4&transport=polling"


def ask(where, query=OPEN, method="GET", body=b"", **headers):
    """Sends a request for Socket.IO, and returns its connection."""
    connection = Connection(where, upgrade=False)
    fields = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    if body or method == "POST":
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} /socket.io/?{query} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    connection.send("\r\n".join(lines).encode() + body)
    return connection


def answer(*arguments, **keywords):
    """The response to a request: status, fields, body."""
    connection = ask(*arguments, **keywords)
    try:
        return connection.response()
    finally:
        connection.close()


class Poller:
    """A client that polls."""

    def __init__(self, where, connect=True, **headers):
        self.where, self.headers = where, headers
        status, self.fields, body = answer(where, **headers)
        assert status == 200, (status, body)
        self.handshake = json.loads(body[1:])
        self.query = f"{OPEN}&sid={self.handshake['sid']}"
        if connect:
            assert self.post("40") == (200, "ok")
            assert self.poll().startswith('40{"sid":')

    def poll(self):
        return self.poll_later().response()[2]

    def poll_later(self):
        return ask(self.where, self.query, **self.headers)

    def post(self, body):
        status, _, text = answer(self.where, self.query, "POST", body.encode(), **self.headers)
        return status, text


def test_the_handshake(daemon):
    poller = Poller(daemon.path, connect=False)
    assert poller.handshake == {
        "sid": poller.handshake["sid"], "upgrades": ["websocket"], "pingInterval": 25000, "pingTimeout": 20000,
        "maxPayload": 65536}
    assert poller.fields["content-type"] == "text/plain; charset=UTF-8" and poller.fields["cache-control"] == "no-store"
    cookie = poller.fields["set-cookie"]
    assert cookie.startswith("chatrelay=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    _, fields, _ = answer(daemon.path, Cookie=cookie.partition(";")[0])
    assert "set-cookie" not in fields


ERRORS = {
    "unknown transport": (answer, "EIO=4&transport=carrier-pigeon", {}, 400, 0),
    "no transport": (answer, "EIO=4", {}, 400, 0),
    "unknown session": (answer, OPEN + "&sid=abcdefghijklmno", {}, 400, 1),
    "handshake by POST": (answer, OPEN, {"method": "POST", "body": b"40"}, 400, 2),
    "WebSocket without an upgrade": (answer, "EIO=4&transport=websocket", {}, 400, 3),
    "another site's page": (answer, OPEN, {"Origin": "https://evil.example"}, 403, 4),
    "another version": (answer, "EIO=3&transport=polling", {}, 400, 5),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_the_handshake(daemon, name):
    ask, query, options, status, code = ERRORS[name]
    got, fields, body = ask(daemon.path, query, **options)
    assert (got, json.loads(body)["code"]) == (status, code)
    assert "access-control-allow-origin" not in fields


def test_pages_of_other_sites(serve):
    daemon = serve("--allow-origin", "https://app.example")
    site = {"Origin": "https://app.example"}
    poller = Poller(daemon.path, **site)
    assert poller.fields["access-control-allow-origin"] == "https://app.example"
    assert poller.fields["access-control-allow-credentials"] == "true" and poller.fields["vary"] == "Origin"
    status, fields, _ = answer(daemon.path, OPEN + "&sid=abcdefghijklmno", **site)
    assert status == 400 and fields["access-control-allow-origin"] == "https://app.example"
    status, fields, _ = answer(daemon.path, poller.query, "POST", Content_Length="65537", **site)
    assert status == 413 and fields["access-control-allow-origin"] == "https://app.example"
    status, fields, body = answer(daemon.path, method="OPTIONS", Access_Control_Request_Headers="x-my", **site)
    assert (status, fields["access-control-allow-headers"], body) == (200, "x-my", "")


def session_is_gone(poller):
    status, _, body = answer(poller.where, poller.query)
    return (status, json.loads(body)["code"]) == (400, 1)


def test_two_polls_at_once_end_the_session(daemon):
    poller = Poller(daemon.path)
    first = poller.poll_later()
    time.sleep(scaled(0.1))
    assert poller.poll_later().response()[0] == 400
    assert first.response()[2] == "1" and session_is_gone(poller)


BODIES = {"no type": "x", "a packet for servers": "2", "not base64": "b!", "too many packets": "\x1e".join(["42"] * 1100)}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_packet_ends_the_session(daemon, name):
    with Client(daemon.path, "Ada") as ada:
        poller = Poller(daemon.path)
        assert poller.post(BODIES[name])[0] == 400
        assert session_is_gone(poller)
        ada.say("Hello")
        ada.until("message", text="Hello")


PACKETS = {
    "an event before CONNECT": ["42[\"chat message\",\"x\"]"], "a second CONNECT": ["40", "40"],
    "no array": ["40", "42{}"], "an empty array": ["40", "42[]"], "a reserved name": ["40", '42["connect"]'],
    "an attachment alone": ["40", "bAQIDBA=="], "text instead of an attachment": ["40", '451-["x",{"_placeholder":true,"num":0}]', '42["x"]'],
    "eleven attachments": ["40", '4511-["x"]'], "CONNECT_ERROR": ["40", "44"], "deep": ["40", "42" + "[" * 5000],
}


@pytest.mark.parametrize("name", PACKETS)
def test_a_bad_socketio_packet_ends_the_session(daemon, name):
    poller = Poller(daemon.path, connect=False)
    for packet in PACKETS[name]:
        assert poller.post(packet)[0] == 200
    wait_until(lambda: poller.poll().split("\x1e")[-1] == "1" or session_is_gone(poller))
    assert session_is_gone(poller)


def test_a_body_that_is_too_large_or_never_ends(serve):
    daemon = serve("--handshake-timeout", "2")
    poller = Poller(daemon.path)
    assert answer(daemon.path, poller.query, "POST", Content_Length="65537")[0] == 413
    assert answer(daemon.path, poller.query, "POST", Content_Length=None, Transfer_Encoding="chunked")[0] == 400
    endless = ask(daemon.path, poller.query, "POST", Content_Length="1000")
    assert endless.response()[0] == 408
    # The session goes on.
    assert poller.post('421["chat message","Hello"]') == (200, "ok")
    assert '"Hello"' in poller.poll()
    connection = Connection(daemon.path, upgrade=False)
    connection.send(b"POST /other HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
    assert connection.response()[0] == 400


def test_a_text_that_is_too_long_is_told_to_its_sender(daemon):
    poller = Poller(daemon.path)
    assert poller.post('421["chat message","%s"]' % ("x" * 8193)) == (200, "ok")
    got = json.loads(poller.poll().removeprefix("431"))
    assert got[0]["error"]["code"] == "text-too-long"


def test_polled_sessions_count_as_connections(serve):
    daemon = serve("--max-connections", "4", "--address-connections", "2")
    here, there = {"X_Real_IP": "192.0.2.1"}, {"X_Real_IP": "192.0.2.2"}
    first = Poller(daemon.path, **here)
    Poller(daemon.path, **here)
    status, _, body = answer(daemon.path, **here)
    assert status == 503 and "Try again later" in body
    others = [Poller(daemon.path, **there) for _ in range(2)]
    assert Metrics(daemon.path)["chatrelay_connections"] == 4
    assert answer(daemon.path, X_Real_IP="192.0.2.3")[0] == 503
    with pytest.raises(Exception, match="refused with 503"):
        Client(daemon.path, "Ada")
    assert others[0].post("41") == (200, "ok") and first.post("1") == (200, "ok")
    wait_until(lambda: Metrics(daemon.path)["chatrelay_connections"] == 3)
    Poller(daemon.path, **here)


def test_a_flood_of_half_requests_does_not_end_a_poll(daemon):
    poller = Poller(daemon.path)
    waiting = poller.poll_later()
    halves = []
    for _ in range(1_500):
        half = Connection(daemon.path, upgrade=False)
        half.send(b"GET /ws HT")
        halves.append(half)
    with Client(daemon.path, "Ada") as ada:
        ada.say("Hello")
        assert '"Hello"' in waiting.response()[2]
    for half in halves:
        half.close()


def test_memory_of_bodies_is_bounded(daemon):
    """One address can't keep more than 16 MiB of unfinished bodies."""
    poller = Poller(daemon.path, X_Real_IP="192.0.2.9")
    before = daemon.rss()
    held = []
    for _ in range(600):
        connection = ask(daemon.path, poller.query, "POST", Content_Length="65536", X_Real_IP="192.0.2.9")
        held.append(connection)
        try:
            connection.send(b"4" + b"x" * 60_000)
        except OSError:
            pass  # refused already
    with Client(daemon.path, "Ada") as ada:
        ada.say("Hello")
        ada.until("message", text="Hello")
    grown = daemon.rss() - before
    for connection in held:
        connection.close()
    assert grown < 28 * 1024, f"{grown} KiB"


@pytest.mark.parametrize("how", ["restart", "replace"])
def test_everything_goes_on_over_a_restart(serve, tmp_path, how):
    """A poll that waits, a POST and an upgrade that are half done, and a WebSocket with both namespaces."""
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    poller, upgrading = Poller(daemon.path), Poller(daemon.path)
    talker = upgrade(daemon.path, "EIO=4&transport=websocket")
    for hello in "40", '40/chatrelay.v1,{"name":"Ada"}':
        talker.send_text(hello)
    talker.until('42/chatrelay.v1,["history"')
    half = upgrade(daemon.path, upgrading.query.replace("polling", "websocket"))
    half.send_text("2probe")
    assert half.text() == "3probe"
    waiting = poller.poll_later()
    body = b'42["chat message","Posted"]'
    post = ask(daemon.path, poller.query, "POST", Content_Length=str(len(body)))
    post.send(body[:10])
    time.sleep(scaled(0.2))
    for _ in range(2):
        getattr(daemon, how)()
    assert waiting.response()[2] == "6"
    half.send_text("5")
    post.send(body[10:])
    assert post.response()[0] == 200
    talker.send_text('42/chatrelay.v1,7["message",{"id":"m","room":"lobby","text":"Hello"}]')
    talker.until("43/chatrelay.v1,7[")
    assert half.text() == '42["chat message","Posted"]' and half.text() == '42["chat message","Hello"]'
    got = poller.poll()
    if '"Hello"' not in got:
        got += "\x1e" + poller.poll()
    assert got == '42["chat message","Posted"]\x1e42["chat message","Hello"]'


def test_a_crash_keeps_the_presence_of_polled_sessions(serve, tmp_path):
    """The others hear nothing of a client that is back within the grace period."""
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--grace", "30")
    with Client(daemon.path, "Bob") as bob:
        poller = Poller(daemon.path)
        cookie = poller.fields["set-cookie"].partition(";")[0]
        bob.until("system", event="joined")
        poller.post('42["chat message","Hello"]')
        bob.until("message", text="Hello")
        time.sleep(scaled(0.2))  # a connection to which something is being written would end
        daemon.restart(signal.SIGKILL)
        bob.until("system", event="restart")
        Poller(daemon.path, Cookie=cookie).post('42["chat message","Again"]')
        with Client(daemon.path, "Eve") as eve:
            eve.send("who", room="lobby")
            assert eve.until("who")["users"] == 3


def test_a_websocket_of_an_upgraded_session_is_closed(daemon):
    """Also one for a session that has a WebSocket already: 101, and closed then."""
    poller = Poller(daemon.path)
    query = poller.query.replace("polling", "websocket")
    first = upgrade(daemon.path, query)
    first.send_text("2probe")
    assert first.text() == "3probe"
    first.send_text("5")
    wait_until(lambda: answer(daemon.path, poller.query)[0] == 400)
    second = upgrade(daemon.path, query)
    assert second.closed_with() == 1000
    first.send_text('42["chat message","Hello"]')
    assert first.text() == '42["chat message","Hello"]'


def test_two_namespaces_on_one_websocket(daemon):
    """Each gets the room's messages, in order, also in a tick with an answer of its own."""
    both = websocket(daemon.path, "40", "40/chatrelay.v1,")
    with Client(daemon.path, "Ada") as ada:
        for number in range(3):
            ada.say(f"{number}")
            both.send_text(f'42{number}["chat message","mine {number}"]')
            got = [both.until('42["chat message"', "42/chatrelay.v1,[\"message\"", "43") for _ in range(5)]
            assert f'42["chat message","{number}"]' in got and f'42["chat message","mine {number}"]' in got
            assert len([text for text in got if text.startswith("42/chatrelay.v1")]) == 2
            assert [text for text in got if text.startswith("43")][0].startswith(f'43{number}[{{"seq":')
        ada.until("message", text="mine 2")


def websocket(where, *packets, **headers):
    """A session that has never polled. Each of the packets has its first answer when this returns."""
    connection = WebSocket(where, upgrade=False)
    connection.send(request(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", Sec_WebSocket_Protocol=None, **headers))
    assert connection.response()[0] == 101
    assert connection.text().startswith("0{")
    for packet in packets:
        connection.send_text(packet)
        connection.until(packet)
    return connection


def test_websockets_of_one_session_are_not_counted_twice(serve):
    """A session may have one WebSocket. Others are closed, and take nobody's place."""
    daemon = serve("--max-connections", "8", "--address-connections", "2")
    poller = Poller(daemon.path, X_Real_IP="192.0.2.1")
    query = poller.query.replace("polling", "websocket")
    connections = []
    for _ in range(20):
        connection = WebSocket(daemon.path, upgrade=False)
        connection.send(request(
            f"GET /socket.io/?{query} HTTP/1.1", Sec_WebSocket_Protocol=None, X_Real_IP="192.0.2.1"))
        assert connection.response()[0] == 101
        connections.append(connection)
    assert Metrics(daemon.path)["chatrelay_connections"] == 2
    assert all(connection.closed_with() == 1000 for connection in connections[1:])
    with Client(daemon.path, "Ada"):
        pass


def upgrade(where, query):
    connection = WebSocket(where, upgrade=False)
    connection.send(request(f"GET /socket.io/?{query} HTTP/1.1", Sec_WebSocket_Protocol=None))
    assert connection.response()[0] == 101
    return connection


class WebSocket(Connection):
    def send_text(self, text):
        self.send(frame(TEXT, text.encode()))

    def text(self):
        opcode, payload = self.frame()
        assert opcode == TEXT
        return payload.decode()

    def until(self, *starts):
        """The next text that begins with one of these."""
        while True:
            text = self.text()
            if text.startswith(starts):
                return text
