"""A person in the chat, as the tests see one: a real WebSocket client with a name."""

import json

from websockets.sync.client import connect, unix_connect

SECONDS = 10
SUBPROTOCOL = "chatrelay.v1"


class Person:
    """Connects and says hello; `where` is the path of a Unix socket, an http:// URL, or a connected socket."""

    def __init__(self, where, name=None, hello=True, **fields):
        options = {"subprotocols": [SUBPROTOCOL], "proxy": None, "open_timeout": SECONDS, "close_timeout": SECONDS,
                   "ping_interval": None, "max_size": None, "max_queue": None, "legacy": True}
        options |= fields.pop("options", {})
        if isinstance(where, str) and where.startswith("http"):
            self.socket = connect(where.replace("http", "ws", 1) + "/ws", **options)
        elif isinstance(where, str):
            self.socket = unix_connect(where, uri="ws://localhost/ws", **options)
        else:
            self.socket = connect("ws://localhost/ws", sock=where, **options)
        self.name = name
        if hello:
            self.send("hello", **({"name": name} if name else {}), **fields)
            self.welcome = self.expect("welcome")
            self.name = self.welcome["name"]

    def send(self, type, **fields):
        self.socket.send(json.dumps({"type": type, **fields}, ensure_ascii=False))

    def say(self, text, room="lobby", id=None):
        """Sends a message; its id is its text, where none is given."""
        self.send("message", id=id or text.replace(" ", "-"), room=room, text=text)

    def next(self, timeout=SECONDS):
        """The next event, whatever it is."""
        return json.loads(self.socket.recv(timeout))

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
