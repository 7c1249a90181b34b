"""A fake server with a room history for the chat page: any number of messages, and answers that a test can hold back."""

import json

import pytest
from page_object import ChatPage
from page_server import answer_to_probe

LEDGER = "1ed9e000"


class HistoryServer:
    """Plays the server for one page, in the room lobby. `messages`: the stored messages; `requests`: the `history` commands."""

    def __init__(self, chat: ChatPage, count: int):
        self.chat = chat
        self.messages: list[dict] = []
        self.requests: list[dict] = []
        self.held: list[dict] | None = None
        self.gap = False
        self.late = False
        self._route = None
        for _ in range(count):
            self.store()
        chat.page.route_web_socket("**/ws", self._connected)

    def store(self, sender="Bob", text=None, **fields):
        seq = 2 * len(self.messages) + 10  # not every number is a message
        # Twelve messages an hour.
        self.messages.append({"type": "message", "seq": seq, "id": f"m-{seq}", "room": "lobby", "from": sender,
                              "text": text or f"Message {seq}", "at": 1_767_225_600_000 + seq * 150_000} | fields)
        return self.messages[-1]

    def send_message(self, **fields):
        """Stores a message and sends it live."""
        self.send(self.store(**fields))

    def send(self, event):
        self._route.send(json.dumps(event))

    def send_newest(self):
        """Sends the newest messages, which follow `joined`."""
        self.send(self._page({}) | ({"gap": True} if self.gap else {}))

    def hold(self):
        """Holds back the answers to `history` until `release`."""
        self.held = []

    def release(self, hold=False):
        """Sends the held answers. With `hold`, holds the next ones."""
        held, self.held = self.held, [] if hold else None
        for page in held:
            self.send(page)

    def drop_connection(self):
        self._route.close(code=1011)

    def _connected(self, route):
        self._route = route
        route.on_message(lambda text: self._answer(json.loads(text)))

    def _answer(self, command):
        if answer := answer_to_probe(command):
            self.send(answer)
        match command["type"]:
            case "hello":
                seq = self.messages[-1]["seq"] if self.messages else 1
                self.send({"type": "welcome", "name": "Ada", "ledger": LEDGER, "seq": seq, "rooms": ["lobby"], "limits": {}})
                self.send({"type": "joined", "room": "lobby", "users": 2})
                if ("since" not in command or self.gap) and not self.late:
                    self.send_newest()
            case "search":
                found = [m for m in self.messages if m["text"] == command["text"]]
                self.send({"type": "found", "text": command["text"], "messages": found, "more": False})
            case "who": self.send({"type": "who", "room": "lobby", "names": ["Ada", "Bob"], "users": 2, "more": 0})
            case "history":
                self.requests.append(command)
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
def history_server(chat_pages):
    """Opens a page whose room has a history: history_server(count). With `late`, the test calls `send_newest` itself."""
    def start(count, late=False, **options):
        chat = chat_pages(open=False, **options)
        server = HistoryServer(chat, count)
        server.late = late
        chat.open()
        return server

    return start
