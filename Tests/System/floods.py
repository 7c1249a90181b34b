"""What a hostile client does, as a program of its own, so that it does not slow down the tests' other clients:

    floods.py KIND SOCKET SECONDS [COUNT]

It goes on for so many seconds, and prints what came of it as JSON: how often each outcome, say a close code.
"""

import collections
import json
import resource
import select
import socket
import struct
import sys
import time

from wire import BINARY, CLOSE, PING, PONG, TEXT, Wire, frame, request

HELLO = frame(TEXT, b'{"type":"hello"}')
BREAKS = (BrokenPipeError, ConnectionResetError, BlockingIOError, EOFError)


def text(**command):
    return frame(TEXT, json.dumps(command).encode())


def bare(opcode, payload=b"", fin=True):
    """A frame whose mask is 0: quick to make."""
    return bytes([(0x80 if fin else 0) | opcode, 0x80 | len(payload)]) + bytes(4) + payload


class Flood:
    def __init__(self, path, seconds, count):
        self.path, self.count = path, count
        self.end = time.monotonic() + seconds
        self.outcomes = collections.Counter()

    @property
    def goes_on(self):
        return time.monotonic() < self.end

    def come(self, hello=True):
        wire = Wire(self.path)
        if hello:
            wire.send(HELLO)
        return wire

    def send_until_closed(self, data, reads=True, wire=None):
        """The same bytes again and again, until the daemon has enough; then what it says."""
        wire = wire or self.come()
        wire.socket.settimeout(5)
        try:
            while self.goes_on:
                wire.send(data)
                if reads:
                    self.take(wire)
            return wire.close()
        except TimeoutError:
            self.outcomes["it reads no more"] += 1
        except BREAKS:
            pass
        self.take(wire, to_the_end=True)
        wire.close()

    def take(self, wire, to_the_end=False, until=None):
        """Counts what has come, or comes: errors by their codes, close frames by theirs."""
        try:
            while to_the_end or until or wire.has_some():
                opcode, payload = wire.frame()
                if until and payload.startswith(until):
                    return
                if opcode == CLOSE:
                    self.outcomes[str(struct.unpack(">H", payload[:2])[0])] += 1
                    wire.send(frame(CLOSE, payload[:2]))
                    raise EOFError
                if opcode == TEXT and payload.startswith(b'{"type":"error"'):
                    self.outcomes[json.loads(payload)["code"]] += 1
        except TimeoutError:
            self.outcomes["still open"] += 1
        except BREAKS:
            if not to_the_end and not until:
                raise

    def messages(self):
        """10,000 messages a second, from one client after the other."""
        batch = [b"".join(text(type="message", id=f"f-{i}-{j}", room="lobby", text="flood") for j in range(10))
                 for i in range(1_000)]
        while self.goes_on:
            wire = self.come()
            try:
                for data in batch:
                    wire.send(data)
                    self.take(wire)
                    time.sleep(0.001)
            except BREAKS:
                pass
            self.take(wire, to_the_end=True)

    def handshakes(self):
        """Connections that never end their request."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        silent = []
        while len(silent) < self.count:
            try:
                silent.append(Wire(self.path, upgrade=False))
                silent[-1].send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (len(silent) % 5_000))
            except BlockingIOError:
                time.sleep(0.001)  # so many wait already
            except BREAKS:
                pass
        self.outcomes["opened"] = len(silent)
        time.sleep(max(0, self.end - time.monotonic()))
        poll = select.poll()
        for wire in silent:
            poll.register(wire.socket, select.POLLIN)
        self.outcomes["left"] = len(silent) - len(poll.poll(0))

    def fragments(self):
        """Messages of as many fragments as are allowed, with nothing in them, and of more."""
        whole = bare(TEXT, fin=False) + bare(0, fin=False) * 1_021 + bare(0, b"x")
        while self.goes_on:
            self.send_until_closed(whole)
            if self.goes_on:
                self.send_until_closed(bare(TEXT, fin=False) + bare(0, fin=False) * 1_024)

    def empty(self):
        """Messages with nothing in them."""
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
        """In and out again: with goodbye and without, with reading and without."""
        while self.goes_on:
            for goodbye in (frame(CLOSE, b"\x03\xe8"), frame(CLOSE), b""):
                with self.come() as wire:
                    wire.send(goodbye)
                    self.outcomes["came"] += 1
            with socket.socket(socket.AF_UNIX) as rude:
                rude.connect(self.path)
                rude.send(request() + HELLO + text(type="who", room="lobby"))
                self.outcomes["came"] += 1

    def stays(self):
        """In and never out: connections that were told to go, and do not hang up."""
        left = []
        while self.goes_on:
            wire = self.come()
            wire.send(frame(CLOSE, b"\x03\xe8"))
            left.append(wire)
            self.outcomes["came"] += 1
            if len(left) >= 2_000:
                left.pop(0).close()

    def drips(self):
        """One byte a second, of requests and of frames; and one byte at a time as fast as it goes."""
        slow = [Wire(self.path, upgrade=False) for _ in range(100)]
        requests = [request()] * len(slow)
        inside = [self.come() for _ in range(100)]
        slow, bytes_of = slow + inside, requests + [text(type="message", id="d", room="lobby", text="x" * 50)] * len(inside)
        fast, sent, data = self.come(), 0, text(type="rooms")
        while self.goes_on:
            for index, wire in enumerate(slow):
                try:
                    wire.send(bytes_of[index][sent:sent + 1])
                except BREAKS:
                    pass
            sent += 1
            next = min(self.end, time.monotonic() + 1)
            while time.monotonic() < next:
                try:
                    fast.send_each(data)
                    self.take(fast)
                except BREAKS:
                    fast = self.come()
        self.outcomes["inside"] = sum(1 for wire in inside if not self.is_closed(wire))

    @staticmethod
    def is_closed(wire):
        wire.socket.setblocking(False)
        try:
            while wire.socket.recv(65_536):
                pass
        except BlockingIOError:
            return False
        return True

    def bombs(self):
        """JSON that is deep, long or has huge numbers in it."""
        size = 60_000
        bombs = [b"[" * size, b'{"a":' * (size // 5), b'{"type":"hello","rooms":[' + b'"a",' * (size // 4) + b'"a"]}',
                 b'{"type":"who","x":[' + b"1," * (size // 2) + b"1]}", b'{"type":"history","before":' + b"9" * size + b"}",
                 b'{"type":"who",' + b",".join(b'"k%d":1' % number for number in range(6_000)) + b"}",
                 b'{"type":"who","room":"' + b"\\ud83d\\ude00" * (size // 12) + b'"}']
        while self.goes_on:
            for bomb in bombs:
                self.send_until_closed(frame(TEXT, bomb))

    def names(self):
        """One user after the other, who each make their name their own, of names that have one hash where it is h = 31 h + c (as
        in Java, and the like). On a slow machine this takes longer: until it is refused."""
        while self.goes_on or not self.outcomes["4105"]:
            number = self.outcomes["came"]
            name = "".join("b[" if number >> bit & 1 else "az" for bit in range(16))
            with Wire(self.path, upgrade=False) as wire:
                wire.send(request(X_Real_IP="192.0.2.7") + text(type="hello", name=name, rooms=[]))
                wire.response()
                self.take(wire, until=b'{"type":"welcome"')
                wire.send(text(type="rooms"))
                self.take(wire, until=b'{"type":"rooms"')
            self.outcomes["came"] += 1

    def crowds(self):
        """More WebSockets than there is room for, which say nothing."""
        inside = []
        while self.goes_on:
            if len(inside) >= self.count:
                time.sleep(0.01)
                continue
            wire = Wire(self.path, upgrade=False)
            wire.socket.settimeout(0.2)
            inside.append(wire)
            try:
                wire.send(request())
                self.outcomes[str(wire.response()[0])] += 1
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
            flood.outcomes["broken"] += 1  # by a crash of the daemon, say
    print(json.dumps(flood.outcomes))
