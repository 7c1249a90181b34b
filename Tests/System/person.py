"""A person in the chat, as the tests see one: a real WebSocket client with a name."""

import collections
import json

from websockets.sync.client import connect, unix_connect

SECONDS = 10
SUBPROTOCOL = "chatrelay.v1"


class Person:
    """Connects and says hello; `where` is the path of a Unix socket, an http:// URL, or a connected socket. `fields` are
    those of the hello.

    The newest messages that come with a room are passed over, unless `histories` is True; `history` that was asked for
    is not. `.seq` is the position to come back with, and `.token` what makes one the same user again."""

    def __init__(self, where, name=None, hello=True, histories=False, **fields):
        options = {"subprotocols": [SUBPROTOCOL], "proxy": None, "open_timeout": SECONDS, "close_timeout": SECONDS,
                   "ping_interval": None, "max_size": None, "max_queue": None, "legacy": True}
        options |= fields.pop("options", {})
        if isinstance(where, str) and where.startswith("http"):
            self.socket = connect(where.replace("http", "ws", 1) + "/ws", **options)
        elif isinstance(where, str):
            self.socket = unix_connect(where, uri="ws://localhost/ws", **options)
        else:
            self.socket = connect("ws://localhost/ws", sock=where, **options)
        self.where, self.name, self.histories = where, name, histories
        self.token, self.seq = fields.get("token"), fields.get("since", 0)
        # Pages that were asked for, rooms that it is in, and those that owe their newest messages.
        self._asked, self._rooms, self._owing = collections.Counter(), set(), set()
        if hello:
            self.send("hello", **({"name": name} if name else {}), **fields)
            self.welcome = self.expect("welcome")
            self.name = self.welcome["name"]
            if "since" in fields:  # no newest messages, but for a gap
                self._rooms = set(fields.get("rooms", self.welcome["rooms"][:1]))
            self.token = self.welcome.get("token", self.token)

    def again(self, where=None, **fields):
        """Comes back as the same user on another connection, for what was missed."""
        known = {"token": self.token, "since": self.seq, "ledger": self.welcome["ledger"]}
        return Person(where or self.where, **(known | fields))

    def session(self, where=None, **fields):
        """Another session of the same user."""
        return Person(where or self.where, token=self.token, **fields)

    def send(self, type, **fields):
        if type == "history":
            self._asked[_page(fields)] += 1
        self.socket.send(json.dumps({"type": type, **fields}, ensure_ascii=False))

    def say(self, text, room="lobby", id=None):
        """Sends a message; its id is its text, where none is given."""
        self.send("message", id=id or text.replace(" ", "-"), room=room, text=text)

    def say_all(self, texts, room="lobby", prefix="n"):
        """Sends messages, with numbered ids, as fast as they are acknowledged. Returns their numbers."""
        seqs, window = [], max(1, 60_000 // (200 + max(map(len, texts))))
        for number, text in enumerate(texts):
            self.say(text, room, f"{prefix}-{number}")
            if number % window == 0:
                seqs += self._acknowledged(room, number + 1 - len(seqs))
        return seqs + self._acknowledged(room, len(texts) - len(seqs))

    def _acknowledged(self, room, count):
        return [self.until("message", room=room, **{"from": self.name})["seq"] for _ in range(count)]

    def tell(self, to, text, id=None):
        """Sends a private message; its id is its text, where none is given."""
        self.send("private", id=id or text.replace(" ", "-"), to=to, text=text)

    def ask(self, type, **fields):
        """Asks for history, or searches. Returns the answer."""
        self.send(type, **fields)
        while True:
            answer = self.until("found" if type == "search" else type)
            if type == "search" or self._was_answer:
                assert answer.items() >= {name: value for name, value in fields.items() if name != "limit"}.items()
                return answer

    def next(self, timeout=SECONDS):
        """The next event, whatever it is."""
        while True:
            event = json.loads(self.socket.recv(timeout))
            if event["type"] in ("message", "private"):
                self.seq = max(self.seq, event["seq"])
            elif event["type"] == "joined" and event["room"] not in self._rooms:
                self._rooms.add(event["room"])
                self._owing.add(event["room"])
            elif event["type"] == "left":
                self._rooms.discard(event["room"])
            elif event["type"] == "history":
                self.seq = max([self.seq, *(message["seq"] for message in event["messages"])])
                self._was_answer = self._is_answer(event)
                if not self._was_answer and not self.histories:
                    continue
            return event

    def _is_answer(self, history):
        """Whether it was asked for, and does not come by itself."""
        if "gap" in history or "before" not in history and history.get("room") in self._owing:
            self._owing.discard(history.get("room"))
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

    def hears_nothing(self, timeout=0.3):
        """True where no event comes for a while."""
        try:
            event = self.next(timeout)
        except TimeoutError:
            return True
        raise AssertionError(f"expected nothing, got {event}")

    def leave(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def _page(fields):
    """What tells one page of history from another."""
    return fields.get("room"), fields.get("with"), fields.get("before")
