"""Many sessions on one selector, in a thread of their own, so that a test has hundreds of them at little cost.

A member belongs to the thread; a test reads its fields, and writes none. What a member finds wrong is the failure of all: it
ends the thread, and the test learns of it at its next wait.
"""

import collections
import contextlib
import heapq
import itertools
import selectors
import threading
import time

from client.connection import Closed, connect
from client.frames import CLOSE, PING, PONG, TEXT, FrameReader, frame, request
from patience import Deadline, wait_until

AT_ONCE = 100  # members that open their connections at the same time
SECONDS = 30


class Member:
    """One session. A subclass says hello, takes the text messages, and sets `is_live` once it is in the chat."""

    def __init__(self, clients):
        self.clients, self.socket = clients, None
        self.is_upgraded = self.is_live = False

    def open(self):
        where = self.clients.where
        self._reader, self._unsent = FrameReader(), b""
        self.socket, host = connect(where() if callable(where) else where)
        self.socket.setblocking(False)
        self.clients.selector.register(self.socket, selectors.EVENT_READ, self)
        self.write(request(Host=host))

    def close(self):
        if self.socket:
            with contextlib.suppress(KeyError, ValueError):
                self.clients.selector.unregister(self.socket)
            self.socket.close()
        self.socket, self.is_upgraded, self.is_live = None, False, False

    def write(self, data):
        self._unsent += data
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[self.socket.send(self._unsent):]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        if self.clients.selector.get_key(self.socket).events != events:
            self.clients.selector.modify(self.socket, events, self)

    def ready(self, events):
        """Its socket can be written to or read from."""
        if events & selectors.EVENT_WRITE:
            self.write(b"")
        if events & selectors.EVENT_READ:
            data = self.socket.recv(262_144)
            if not data:
                raise Closed(1006, "")
            self._reader.buffer += data
            if self.is_upgraded or self._upgrade():
                while found := self._reader.next():
                    self._take_frame(*found[:2])

    def _upgrade(self):
        head, end, rest = self._reader.buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Closed(1006, head.decode())
        self._reader.buffer, self.is_upgraded = rest, True
        self.hello()
        return True

    def _take_frame(self, opcode, payload):
        if opcode == TEXT:
            self.take(payload)
        elif opcode == PING:
            self.write(frame(PONG, payload))
        elif opcode == CLOSE:
            raise Closed(int.from_bytes(payload[:2], "big"), payload[2:].decode())

    def hello(self):
        raise NotImplementedError

    def take(self, payload):
        raise NotImplementedError

    def lost(self, error):
        """The connection has ended, or could not be opened."""
        raise error


class Clients:
    """`with Clients(where, members) as clients:` all are in the chat; leaving the block closes their connections. `where` is
    what a Connection takes, or makes connected sockets."""

    def __init__(self, where, members=()):
        self.where, self.members = where, list(members)
        self.selector, self.failure = selectors.DefaultSelector(), None
        self._later, self._order, self._is_over = [], itertools.count(), False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        try:
            self.wait(lambda: all(member.is_live for member in self.members), "the arrival of all")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()
        self.check()

    def wait(self, condition, what, seconds=SECONDS):
        def is_met():
            self.check()
            return condition()

        wait_until(is_met, seconds, what)

    def check(self):
        if self.failure:
            raise self.failure

    def call_later(self, seconds, call):
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), call))

    def turn(self):
        """Does what is due, once in each turn of the thread. Returns the seconds until the next thing is due."""
        return 0.01

    def _end(self):
        self._is_over = True
        self._thread.join(Deadline(SECONDS).left)
        assert not self._thread.is_alive()

    def _run(self):
        coming, opened = collections.deque(self.members), []
        try:
            while not self._is_over:
                opened = [member for member in opened if not member.is_live] if coming else []
                while coming and len(opened) < AT_ONCE:
                    opened.append(coming.popleft())
                    self.call(opened[-1], opened[-1].open)
                while self._later and self._later[0][0] <= time.monotonic():
                    heapq.heappop(self._later)[2]()
                for key, events in self.selector.select(min(self.turn(), 0.01)):
                    self.call(key.data, lambda: key.data.ready(events))
        except BaseException as failure:
            self.failure = failure
        for member in self.members:
            member.close()

    def call(self, member, action):
        try:
            action()
        except (OSError, EOFError) as error:
            member.lost(error)
