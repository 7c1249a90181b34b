"""Hostile clients, as a program of its own, so that they do not slow down the other clients of a test:

    hostile.py KIND SOCKET SECONDS [COUNT]

After so many seconds it prints JSON: how often each outcome came, such as a close code.
"""

import collections
import json
import resource
import select
import socket
import struct
import sys
import time

from client import BINARY, CLOSE, PING, PONG, TEXT, Connection, command, frame, request
from patience import scaled

HELLO = command("hello")
BREAKS = (BrokenPipeError, ConnectionResetError, BlockingIOError, EOFError)


def bare(opcode, payload=b"", fin=True):
    """A frame with a masking key of 0, which is quick to make."""
    return bytes([(0x80 if fin else 0) | opcode, 0x80 | len(payload)]) + bytes(4) + payload


class Flood:
    """Each public method below `take` is a kind of flood."""

    def __init__(self, path, seconds, count):
        self.path, self.count = path, count
        self.end = time.monotonic() + seconds
        self.outcomes = collections.Counter()

    @property
    def goes_on(self):
        return time.monotonic() < self.end

    def connect(self, hello=True):
        connection = Connection(self.path)
        if hello:
            connection.send(HELLO)
        return connection

    def send_until_closed(self, data, reads=True, connection=None):
        """Sends the same bytes again and again, until the daemon closes the connection. Counts what it answers."""
        connection = connection or self.connect()
        connection.socket.settimeout(scaled(5))
        try:
            while self.goes_on:
                connection.send(data)
                if reads:
                    self.take(connection)
            return connection.close()
        except TimeoutError:
            self.outcomes["the daemon does not read"] += 1
        except BREAKS:
            pass
        self.take(connection, to_the_end=True)
        connection.close()

    def take(self, connection, to_the_end=False, until=None):
        """Counts errors and close frames by their codes: those that are here, or also those to come, up to the end of the
        connection or to a payload that starts with `until`."""
        try:
            while to_the_end or until or connection.has_data():
                opcode, payload = connection.frame()
                if until and payload.startswith(until):
                    return
                if opcode == CLOSE:
                    self.outcomes[str(struct.unpack(">H", payload[:2])[0])] += 1
                    connection.send(frame(CLOSE, payload[:2]))
                    raise EOFError
                if opcode == TEXT and payload.startswith(b'{"type":"error"'):
                    self.outcomes[json.loads(payload)["code"]] += 1
        except TimeoutError:
            self.outcomes["still open"] += 1
        except BREAKS:
            if not to_the_end and not until:
                raise

    def messages(self):
        """10,000 messages a second, from one client after another."""
        batch = [b"".join(command("message", id=f"f-{i}-{j}", room="lobby", text="flood") for j in range(10))
                 for i in range(1_000)]
        while self.goes_on:
            connection = self.connect()
            try:
                for data in batch:
                    connection.send(data)
                    self.take(connection)
                    time.sleep(0.001)
            except BREAKS:
                pass
            self.take(connection, to_the_end=True)

    def handshakes(self):
        """Connections whose request never ends."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        silent = []
        while len(silent) < self.count:
            try:
                silent.append(Connection(self.path, upgrade=False))
                silent[-1].send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (len(silent) % 5_000))
            except BlockingIOError:
                time.sleep(0.001)  # the backlog is full
            except BREAKS:
                pass
        self.outcomes["opened"] = len(silent)
        time.sleep(max(0, self.end - time.monotonic()))
        poll = select.poll()
        for connection in silent:
            poll.register(connection.socket, select.POLLIN)
        self.outcomes["left"] = len(silent) - len(poll.poll(0))

    def fragments(self):
        """Empty messages of as many fragments as are allowed, and of more."""
        whole = bare(TEXT, fin=False) + bare(0, fin=False) * 1_021 + bare(0, b"x")
        while self.goes_on:
            self.send_until_closed(whole)
            if self.goes_on:
                self.send_until_closed(bare(TEXT, fin=False) + bare(0, fin=False) * 1_024)

    def empty(self):
        """Empty messages."""
        while self.goes_on:
            self.send_until_closed(bare(TEXT) * 100)

    def pings(self):
        while self.goes_on:
            for opcode in (PING, PONG):
                self.send_until_closed(bare(opcode, b"x" * 125) * 100)
                self.send_until_closed(bare(opcode) * 1_000, reads=False)

    def giants(self):
        """Control frames and messages that claim to be far too large."""
        while self.goes_on:
            for data in (frame(PING, b"x" * 126), frame(PING, b"x" * 65_536), frame(PONG, b"", length=1 << 62),
                         frame(TEXT, b"x" * 100, length=1 << 62), frame(BINARY, b"x" * 60_000)):
                self.send_until_closed(data)

    def storms(self):
        """Connects and disconnects: with a close frame and without, after reading and before."""
        while self.goes_on:
            for last in (frame(CLOSE, b"\x03\xe8"), frame(CLOSE), b""):
                with self.connect() as connection:
                    connection.send(last)
                    self.outcomes["connected"] += 1
            with socket.socket(socket.AF_UNIX) as plain:
                plain.connect(self.path)
                plain.send(request() + HELLO + command("who", room="lobby"))
                self.outcomes["connected"] += 1

    def stays(self):
        """Connections that were closed by a close frame, and do not hang up."""
        left = []
        while self.goes_on:
            connection = self.connect()
            connection.send(frame(CLOSE, b"\x03\xe8"))
            left.append(connection)
            self.outcomes["connected"] += 1
            if len(left) >= 2_000:
                left.pop(0).close()

    def drips(self):
        """Requests and frames byte by byte: one byte a second, and as fast as possible."""
        slow = [Connection(self.path, upgrade=False) for _ in range(100)]
        requests = [request()] * len(slow)
        inside = [self.connect() for _ in range(100)]
        slow, bytes_of = slow + inside, requests + [command("message", id="d", room="lobby", text="x" * 50)] * len(inside)
        fast, sent, data = self.connect(), 0, command("rooms")
        while self.goes_on:
            for index, connection in enumerate(slow):
                try:
                    connection.send(bytes_of[index][sent:sent + 1])
                except BREAKS:
                    pass
            sent += 1
            next = min(self.end, time.monotonic() + 1)
            while time.monotonic() < next:
                try:
                    fast.send_bytewise(data)
                    self.take(fast)
                except BREAKS:
                    fast = self.connect()
        self.outcomes["inside"] = sum(1 for connection in inside if not self.is_closed(connection))

    @staticmethod
    def is_closed(connection):
        connection.socket.setblocking(False)
        try:
            while connection.socket.recv(65_536):
                pass
        except BlockingIOError:
            return False
        return True

    def bombs(self):
        """JSON that is deep, long or has huge numbers."""
        size = 60_000
        bombs = [b"[" * size, b'{"a":' * (size // 5), b'{"type":"hello","rooms":[' + b'"a",' * (size // 4) + b'"a"]}',
                 b'{"type":"who","x":[' + b"1," * (size // 2) + b"1]}", b'{"type":"history","before":' + b"9" * size + b"}",
                 b'{"type":"who",' + b",".join(b'"k%d":1' % number for number in range(6_000)) + b"}",
                 b'{"type":"who","room":"' + b"\\ud83d\\ude00" * (size // 12) + b'"}']
        while self.goes_on:
            for bomb in bombs:
                self.send_until_closed(frame(TEXT, bomb))

    def names(self):
        """One user after another, each of whom reserves a name. The names collide under a hash of h = 31 h + c, as Java's. It
        ends when the daemon refuses one, which takes longer on a slow machine."""
        while self.goes_on or not self.outcomes["4105"]:
            number = self.outcomes["connected"]
            name = "".join("b[" if number >> bit & 1 else "az" for bit in range(16))
            with Connection(self.path, upgrade=False) as connection:
                connection.send(request(X_Real_IP="192.0.2.7") + command("hello", name=name, rooms=[]))
                connection.response()
                self.take(connection, until=b'{"type":"welcome"')
                connection.send(command("rooms"))
                self.take(connection, until=b'{"type":"rooms"')
            self.outcomes["connected"] += 1

    def surplus(self):
        """More WebSocket connections than are allowed, which send nothing."""
        open_connections = []
        while self.goes_on:
            if len(open_connections) >= self.count:
                time.sleep(0.01)
                continue
            connection = Connection(self.path, upgrade=False)
            connection.seconds = 0.2
            open_connections.append(connection)
            try:
                connection.send(request())
                self.outcomes[str(connection.response()[0])] += 1
            except TimeoutError:
                self.outcomes["waits"] += 1
            except BREAKS:
                self.outcomes["hung up"] += 1


if __name__ == "__main__":
    kind, path, seconds, *count = sys.argv[1:]
    flood = Flood(path, float(seconds), int(count[0]) if count else 0)
    while flood.goes_on:
        try:
            getattr(flood, kind)()
        except BREAKS:
            flood.outcomes["broken"] += 1  # by a crash of the daemon, for example
    print(json.dumps(flood.outcomes))
