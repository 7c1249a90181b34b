"""People who must notice nothing of what others do to the daemon: each of their messages has to reach each of them, once and in
order, and how long that took is what the tests look at."""

import re
import select
import struct
import threading
import time

from wire import CLOSE, TEXT, Wire, frame

SECONDS = 20
OURS = re.compile(rb'\{"type":"message","seq":(\d+),"id":"w-(\d+)"')


class Listener:
    def __init__(self, path):
        self.wire = Wire(path)
        self.buffer, self.heard, self.seq, self.is_live = b"", 0, 0, False
        self.wire.send(frame(TEXT, b'{"type":"hello"}'))
        self.wire.socket.setblocking(False)

    def frames(self):
        """What has come, as opcodes and payloads."""
        try:
            self.buffer += self.wire.socket.recv(262_144)
        except BlockingIOError:
            return
        buffer, start = self.buffer, 0
        while len(buffer) >= start + 2:
            size, begin = buffer[start + 1], start + 2
            if size == 126:
                if len(buffer) < start + 4:
                    break
                size, begin = struct.unpack_from(">H", buffer, start + 2)[0], start + 4
            elif size == 127:
                if len(buffer) < start + 10:
                    break
                size, begin = struct.unpack_from(">Q", buffer, start + 2)[0], start + 10
            if len(buffer) < begin + size:
                break
            yield buffer[start] & 0x0F, buffer[begin:begin + size]
            start = begin + size
        self.buffer = buffer[start:]


class Audience:
    """`count` people in the lobby, who say something in turn: one message every `interval` seconds, of `size` bytes."""

    def __init__(self, path, count=10, interval=0.02, size=10, speakers=10):
        self.interval, self.size, self.speakers = interval, size, min(speakers, count)
        # When each message was to be said, its number in the ledger, and what each delivery took.
        self.said, self.seqs, self.took, self.failure = [], {}, [], None
        self.is_loud, self.is_over = False, False
        self.people, self._by_descriptor, self._poll = [], {}, select.epoll()
        for start in range(0, count, 100):
            for _ in range(min(100, count - start)):
                self._add(Listener(path))
            deadline = time.monotonic() + SECONDS
            while not all(one.is_live for one in self.people[start:]):
                assert time.monotonic() < deadline, "they do not get in"
                self._hear(0.1)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _add(self, one):
        self.people.append(one)
        self._by_descriptor[one.wire.socket.fileno()] = one
        self._poll.register(one.wire.socket, select.EPOLLIN)

    def talk(self, seconds):
        """They talk for a while. Returns the 99th percentile of the deliveries' seconds, once all has arrived."""
        first = len(self.took)
        self.is_loud = True
        time.sleep(seconds)
        return self.hush(first)

    def hush(self, first=0):
        self.is_loud = False
        deadline = time.monotonic() + SECONDS
        while not all(one.heard == len(self.said) for one in self.people):
            assert self.failure is None, self.failure
            least = min(one.heard for one in self.people)
            assert time.monotonic() < deadline, f"of {len(self.said)} somebody heard {least}"
            time.sleep(0.01)
        took = sorted(self.took[first:])
        return took[len(took) * 99 // 100]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        self._thread.join()
        for one in self.people:
            one.wire.close()
        assert self.failure is None, self.failure

    def _run(self):
        due = None
        try:
            while not self.is_over:
                if not self.is_loud:
                    due = None
                    self._hear(0.01)
                    continue
                due = due or time.monotonic()
                if due <= time.monotonic():
                    self._say(due)
                    due += self.interval
                self._hear(max(0, due - time.monotonic()))
        except BaseException as failure:
            self.failure = failure

    def _say(self, due):
        number = len(self.said)
        text = b"x" * self.size
        self.said.append(due)
        self.people[number % self.speakers].wire.send(
            frame(TEXT, b'{"type":"message","id":"w-%d","room":"lobby","text":"%s"}' % (number, text)))

    def _hear(self, timeout):
        for descriptor, _ in self._poll.poll(timeout):
            one = self._by_descriptor[descriptor]
            for opcode, payload in one.frames():
                assert opcode != CLOSE, f"closed: {payload}"
                if (ours := OURS.match(payload)):
                    seq, number = map(int, ours.groups())
                    assert seq > one.seq and self.seqs.setdefault(number, seq) == seq, "doubled, or out of order"
                    one.seq, one.heard = seq, one.heard + 1
                    self.took.append(time.monotonic() - self.said[number])
                elif payload.startswith(b'{"type":"history"'):
                    one.is_live = True
                else:
                    assert not payload.startswith(b'{"type":"error"'), payload
