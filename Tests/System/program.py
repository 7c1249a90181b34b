"""A program that speaks HTTP with the daemon, on its socket or through nginx."""

import contextlib
import http.client
import json
import socket

from client.connection import connect
from patience import Deadline, scaled


class Answer:
    """A response: `.status`, `.headers`, `.body`, and the body as `.json`."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def problem(self, status, code=None):
        """The sentence of a problem (RFC 9457) with this status and code."""
        assert self.status == status, (self.status, self.body)
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json["status"] == status and self.json.get("code") == code and self.json["title"]
        return self.json["detail"]


class Program:
    """Requests with this token. `where` is the path of a Unix socket, or an http:// URL."""

    def __init__(self, where, token=None, **headers):
        self.where, self.headers = where, {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None, **headers):
        given, host = connect(self.where)
        connection = http.client.HTTPConnection(host, timeout=scaled(15))
        connection.sock = given
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request(method, "/api/v1/" + path, body, self.headers | names)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def post(self, room, text, key=None, **fields):
        """Posts text, or with fields JSON."""
        headers = {"Idempotency_Key": key} if key else {}
        if fields:
            return self.ask("POST", f"rooms/{room}/messages", json.dumps({"text": text, **fields}),
                            Content_Type="application/json", **headers)
        return self.ask("POST", f"rooms/{room}/messages", text.encode(), **headers)

    def stored(self, room, text, key=None, **fields):
        """Posts a message. Returns its sequence number."""
        answer = self.post(room, text, key, **fields)
        assert answer.status == 201, (answer.status, answer.body)
        return answer.json["seq"]

    def history(self, room, **query):
        answer = self.ask("GET", f"rooms/{room}/messages?" + "&".join(f"{name}={value}" for name, value in query.items()))
        assert answer.status == 200, answer.body
        return answer.json


class EventSource:
    """The events of a room, as a browser's EventSource reads them: `.last` is the last id. Raises EOFError at the end."""

    def __init__(self, where, token, room, last=None, query="", **headers):
        self.where, self.token, self.room, self.last = where, token, room, last
        self.socket, host = connect(where)
        self._buffer, self._is_chunked = b"", False
        lines = [f"GET /api/v1/rooms/{room}/events{query} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}",
                 "Accept: text/event-stream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Last-Event-ID: {last}"] if last is not None else []
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._until(b"\r\n\r\n", Deadline(15)).decode().lower()
        self.status, self.head = int(head.split(" ")[1]), head
        self._is_chunked = "transfer-encoding: chunked" in head
        self._text = b""

    def _receive(self, deadline):
        if not deadline.left:
            raise TimeoutError
        self.socket.settimeout(deadline.left)
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def _until(self, end, deadline):
        while end not in self._buffer:
            self._receive(deadline)
        part, _, self._buffer = self._buffer.partition(end)
        return part

    def _more(self, deadline):
        """Moves what has come to the text of the stream."""
        if not self._is_chunked:
            if not self._buffer:
                self._receive(deadline)
            self._text, self._buffer = self._text + self._buffer, b""
            return
        size = int(self._until(b"\r\n", deadline), 16)
        if not size:
            raise EOFError
        while len(self._buffer) < size + 2:
            self._receive(deadline)
        self._text, self._buffer = self._text + self._buffer[:size], self._buffer[size + 2:]

    def next(self, seconds=15):
        """The next event, parsed; its name is `event` where it has one."""
        deadline = Deadline(seconds)
        while True:
            while b"\n\n" not in self._text:
                self._more(deadline)
            block, _, self._text = self._text.partition(b"\n\n")
            fields = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            self.last = int(fields["id"]) if "id" in fields else self.last
            if "data" in fields:
                return json.loads(fields["data"]) | ({"name": fields["event"]} if "event" in fields else {})

    def until_comments(self, count):
        """Reads until so many comments have come, and no event."""
        deadline = Deadline(15)
        while self._text.count(b":\n\n") < count:
            self._more(deadline)
        assert b"data:" not in self._text, self._text

    def until(self, type, **fields):
        while True:
            event = self.next()
            if event.items() >= {"type": type, **fields}.items():
                return event

    def reconnect(self, where=None):
        self.close()
        return EventSource(where or self.where, self.token, self.room, self.last)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def exchange(where, data):
    """Sends bytes. Returns what comes back until the end."""
    made, _ = connect(where)
    with made:
        made.sendall(data)
        with contextlib.suppress(OSError):
            made.shutdown(socket.SHUT_WR) if b"\r\n\r\n" not in data else None
        made.settimeout(scaled(15))
        answer = b""
        while part := made.recv(65536):
            answer += part
        return answer
