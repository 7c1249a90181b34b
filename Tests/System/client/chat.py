"""One session of the chat, as PROTOCOL.md describes it."""

import collections
import contextlib
import json
import struct

from client.connection import SECONDS, Closed, Connection
from client.frames import CLOSE, CONTINUATION, PING, PONG, TEXT, deflate, frame
from patience import Deadline


class Client:
    """Connects, and says hello with `fields`. `where`, `headers`, `source` and `compression` are those of a Connection.

    The history that comes with a room unasked is passed over, unless `histories` is True; a history that was asked for is not.
    `.seq` is the position to come back with, and `.token` makes the next session one of the same user."""

    def __init__(self, where, name=None, hello=True, histories=False, headers=(), source=None, compression=True, **fields):
        self.connection = Connection(where, headers=headers, source=source, compression=compression)
        self.where, self.name, self.histories = where, name, histories
        self.token, self.seq = fields.get("token"), fields.get("since", 0)
        self.close_code = self.close_reason = None
        self.pongs = 0
        # Pages that were asked for; rooms that it is in; rooms whose first history has not come yet.
        self._asked, self._rooms, self._owed = collections.Counter(), set(), set()
        if hello:
            try:
                self._hello(name, fields)
            except BaseException:
                self.connection.close()
                raise

    def _hello(self, name, fields):
        self.send("hello", **({"name": name} if name else {}), **fields)
        self.welcome = self.expect("welcome")
        self.name = self.welcome["name"]
        if "since" in fields:  # these rooms send no history, but for a gap
            self._rooms = set(fields.get("rooms", self.welcome["rooms"][:1]))
        self.token = self.welcome.get("token", self.token)

    def reconnect(self, where=None, **fields):
        """Another connection of the same user, with what it missed since this one."""
        known = {"token": self.token, "since": self.seq, "ledger": self.welcome["ledger"]}
        return Client(where or self.where, **(known | fields))

    def session(self, where=None, **fields):
        """Another session of the same user."""
        return Client(where or self.where, token=self.token, **fields)

    # Sending

    def send(self, type, **fields):
        if type == "history":
            self._asked[_page(fields)] += 1
        self.send_text(json.dumps({"type": type, **fields}, ensure_ascii=False))

    def send_text(self, text):
        """Sends a text message, whatever is in it."""
        data, is_compressed = text.encode(), self.connection.is_compressed
        self.connection.send(frame(TEXT, deflate(data) if is_compressed else data, reserved=4 if is_compressed else 0))

    def send_fragments(self, *parts):
        """Sends a text message in fragments, with a ping between each two."""
        for index, part in enumerate(parts):
            is_last = index == len(parts) - 1
            self.connection.send(frame(CONTINUATION if index else TEXT, part.encode(), fin=is_last))
            if not is_last:
                self.connection.send(frame(PING, b"between"))

    def say(self, text, room="lobby", id=None):
        """Sends a message; without an id, its text is its id."""
        self.send("message", id=id or text.replace(" ", "-"), room=room, text=text)

    def say_all(self, texts, room="lobby", prefix="n"):
        """Sends messages, with numbered ids, as fast as they are acknowledged. Returns their sequence numbers."""
        seqs, window = [], max(1, 60_000 // (200 + max(map(len, texts))))
        for number, text in enumerate(texts):
            self.say(text, room, f"{prefix}-{number}")
            if number % window == 0:
                seqs += self._acknowledged(room, number + 1 - len(seqs))
        return seqs + self._acknowledged(room, len(texts) - len(seqs))

    def _acknowledged(self, room, count):
        return [self.until("message", room=room, **{"from": self.name})["seq"] for _ in range(count)]

    def tell(self, to, text, id=None):
        """Sends a private message; without an id, its text is its id."""
        self.send("private", id=id or text.replace(" ", "-"), to=to, text=text)

    def ask(self, type, **fields):
        """Asks for history, or searches. Returns the answer."""
        self.send(type, **fields)
        while True:
            answer = self.until("found" if type == "search" else type)
            if type == "search" or self._was_answer:
                assert answer.items() >= {name: value for name, value in fields.items() if name != "limit"}.items()
                return answer

    # Receiving

    def next(self, seconds=SECONDS, grows=True):
        """The next event, whatever it is. Raises Closed at the end of the connection."""
        deadline = Deadline(seconds, grows)
        while True:
            event = json.loads(self._text(deadline))
            if self._takes(event):
                return event

    def _text(self, deadline):
        """The next text message. Pings are answered."""
        while True:
            try:
                opcode, payload = self.connection.frame(deadline)
                if opcode == PING:
                    self.connection.send(frame(PONG, payload))
                    continue
            except (ConnectionError, EOFError):
                raise self._closed(1006, "") from None
            if opcode == TEXT:
                return payload
            if opcode == CLOSE:
                with contextlib.suppress(OSError):
                    self.connection.send(frame(CLOSE, payload[:2]))
                self.connection.close()
                raise self._closed(struct.unpack(">H", payload[:2])[0] if payload else 1005, payload[2:].decode())
            assert opcode == PONG, (opcode, payload)
            self.pongs += 1

    def _closed(self, code, reason):
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
        return Closed(self.close_code, self.close_reason)

    def _takes(self, event):
        """Keeps up with an event; False for one that the test does not want to see."""
        type, room = event["type"], event.get("room")
        if type in ("message", "private"):
            self.seq = max(self.seq, event["seq"])
        elif type == "joined" and room not in self._rooms:
            self._rooms.add(room)
            self._owed.add(room)
        elif type == "left":
            self._rooms.discard(room)
        elif type == "history":
            self.seq = max([self.seq, *(message["seq"] for message in event["messages"])])
            self._was_answer = self._is_answer(event)
            return self._was_answer or self.histories
        return True

    def _is_answer(self, history):
        """Whether a history was asked for, and does not come by itself."""
        if "gap" in history or "before" not in history and history.get("room") in self._owed:
            self._owed.discard(history.get("room"))
            return False
        is_answer = self._asked[_page(history)] > 0
        self._asked[_page(history)] -= is_answer
        return is_answer

    def expect(self, type, **fields):
        """The next event, which has to be of this type and carry these fields."""
        event = self.next()
        assert event.items() >= {"type": type, **fields}.items(), f"expected {type} {fields}, got {event}"
        return event

    def until(self, type, **fields):
        """The next event of this type that carries these fields; those before it are passed over."""
        while True:
            event = self.next()
            if event.items() >= {"type": type, **fields}.items():
                return event

    def expect_nothing(self, seconds=0.3):
        """Fails where an event comes within a moment."""
        try:
            event = self.next(seconds, grows=False)
        except TimeoutError:
            return
        raise AssertionError(f"expected nothing, got {event}")

    def expect_close(self):
        """Reads to the end of the connection. Returns the close code; 1006 where no close frame came."""
        try:
            while True:
                self.next()
        except Closed as closed:
            return closed.code

    # Ending

    def leave(self, code=1000, reason=""):
        """Closes the connection: sends a close frame, and waits for the server's. Events before that count as missed."""
        if self.close_code is None:
            with contextlib.suppress(OSError, Closed):
                self.connection.send(frame(CLOSE, struct.pack(">H", code) + reason.encode()))
                while True:
                    self._text(Deadline(SECONDS))
        self.connection.close()

    def cut(self):
        """Ends the connection without a word, as a network that breaks."""
        self.connection.close()
        self.close_code = 1006

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def _page(fields):
    """What tells one page of history from another."""
    return fields.get("room"), fields.get("with"), fields.get("before")
