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
        self._asked = collections.Counter()
        if hello:
            self.send("hello", **({"name": name} if name else {}), **fields)
            self.welcome = self.expect("welcome")
            self.name = self.welcome["name"]
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

    def tell(self, to, text, id=None):
        """Sends a private message; its id is its text, where none is given."""
        self.send("private", id=id or text.replace(" ", "-"), to=to, text=text)

    def ask(self, type, **fields):
        """Asks for history, or searches. Returns the answer."""
        self.send(type, **fields)
        answer = self.until("found" if type == "search" else type)
        assert answer.items() >= {name: value for name, value in fields.items() if name != "limit"}.items()
        return answer

    def next(self, timeout=SECONDS):
        """The next event, whatever it is."""
        while True:
            event = json.loads(self.socket.recv(timeout))
            if event["type"] in ("message", "private"):
                self.seq = max(self.seq, event["seq"])
            elif event["type"] == "history":
                self.seq = max([self.seq, *(message["seq"] for message in event["messages"])])
                if self._asked[_page(event)]:
                    self._asked[_page(event)] -= 1
                elif not self.histories:
                    continue
            return event

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
