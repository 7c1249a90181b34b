"""A server with a past for the chat page: as many messages as a test wants, and answers that a test can hold back."""

import json

import pytest
from page_seat import Seat

LEDGER = "1ed9e000"
DAY_MS = 86_400_000


class Past:
    """Plays the server of one seat, in the room lobby. `messages` is what is stored; `asked` what was asked for."""

    def __init__(self, seat: Seat, count: int):
        self.seat = seat
        self.messages: list[dict] = []
        self.asked: list[dict] = []
        self.held: list[dict] | None = None
        self.gap = False
        self.late = False
        self._route = None
        for _ in range(count):
            self.store()
        seat.page.route_web_socket("**/ws", self._connected)

    def store(self, sender="Bob", text=None, **fields):
        seq = 2 * len(self.messages) + 10  # numbers have gaps
        # Twelve messages an hour: some follow each other, and there is a new day now and then.
        self.messages.append({"type": "message", "seq": seq, "id": f"m-{seq}", "room": "lobby", "from": sender,
                              "text": text or f"Message {seq}", "at": 1_767_225_600_000 + seq * 150_000} | fields)
        return self.messages[-1]

    def tell(self, **fields):
        """Somebody says something."""
        self.send(self.store(**fields))

    def send(self, event):
        self._route.send(json.dumps(event))

    def give_newest(self):
        """The newest messages, as they come after `joined`."""
        self.send(self._page({}) | ({"gap": True} if self.gap else {}))

    def hold(self):
        """From here on, pages of the past are held back until `release`."""
        self.held = []

    def release(self, hold=False):
        """Gives out what was held back; with `hold`, what is asked for after that is held back, too."""
        held, self.held = self.held, [] if hold else None
        for page in held:
            self.send(page)

    def break_line(self):
        self._route.close(code=1011)

    def _connected(self, route):
        self._route = route
        route.on_message(lambda text: self._answer(json.loads(text)))

    def _answer(self, command):
        match command["type"]:
            case "hello":
                seq = self.messages[-1]["seq"] if self.messages else 1
                self.send({"type": "welcome", "name": "Ada", "ledger": LEDGER, "seq": seq, "rooms": ["lobby"], "limits": {}})
                self.send({"type": "joined", "room": "lobby", "users": 2})
                if ("since" not in command or self.gap) and not self.late:
                    self.give_newest()
            case "search":
                found = [m for m in self.messages if m["text"] == command["text"]]
                self.send({"type": "found", "text": command["text"], "messages": found, "more": False})
            case "who": self.send({"type": "who", "room": "lobby", "names": ["Ada", "Bob"], "users": 2, "more": 0})
            case "history":
                self.asked.append(command)
                page = self._page(command)
                if self.held is None:
                    self.send(page)
                else:
                    self.held.append(page)

    def _page(self, command):
        before, limit = command.get("before"), command.get("limit", 50)
        if "room" not in command and command:
            return {"type": "history", "messages": [], "more": False} | {k: command[k] for k in ("with", "before") if k in command}
        older = [m for m in self.messages if before is None or m["seq"] < before]
        page = {"type": "history", "room": "lobby", "messages": older[-limit:], "more": len(older) > limit}
        return page | ({"before": before} if before is not None else {})



@pytest.fixture
def past(browser, site):
    """Opens a seat whose room has a past: past(count). With `late`, its newest messages come when the test gives them."""
    opened = []

    def begin(count, late=False, **look):
        seat = Seat(browser, site.url, **look)
        opened.append(seat)
        server = Past(seat, count)
        server.late = late
        seat.open()
        return server

    yield begin
    errors = [error for seat in opened for error in seat.errors]
    for seat in opened:
        seat.context.close()
    assert errors == []
