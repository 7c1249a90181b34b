"""Fake servers: the test plays the server, and so makes it do what no real server does on demand. FakeServer is for a client of
chatrelay.js alone, with a clock that the test advances; PageServer is for the chat page. The real nginx serves the page; only
its WebSocket goes to the test."""

import json

import pytest
from page_object import ChatPage
from playwright.sync_api import WebSocketRoute

LEDGER = "1ed9e000"
TOKEN = "0123456789abcdef0123456789abcdef"
#: A time for messages (ms since 1970).
AT = 1_767_225_600_000

# Creates a client, and records all its events in `events`.
CLIENT = """async (options) => {
    const { ChatRelay } = await import("/chatrelay.js");
    window.events = [];
    window.chat = new ChatRelay({ url: location.origin.replace("http", "ws") + "/test", ...options });
    for (const type of ["state", "welcome", "message", "private", "history", "edited", "deleted", "reaction", "pending", "typing", "joined",
            "left", "error"])
        chat.addEventListener(type, (event) => events.push([type, event.detail]));
    chat.connect();
}"""


def hello(rooms=(), **fields):
    """The first command of a client; `rooms`: the joined or requested ones."""
    return {"type": "hello", **fields} | ({"rooms": list(rooms), "create": True} if rooms else {})


def resume(since, rooms=("lobby",), **fields):
    """The hello of a client that resumes from the sequence number `since`."""
    return hello(rooms=rooms, name="Ada", since=since, ledger=LEDGER, **fields)


def message(seq, sender="Bob", room="lobby", **fields):
    return {"type": "message", "seq": seq, "id": f"b-{seq}", "room": room, "from": sender, "text": f"Message {seq}", "at": 0} | fields


def private(seq, sender="Bob", to="Ada", **fields):
    return {"type": "private", "seq": seq, "id": f"p-{seq}", "from": sender, "to": to, "text": f"Private {seq}", "at": 0} | fields


def answer_to_probe(command, joined=("lobby",)):
    """The answer to the command that checks a silent connection: to leave a room that the client is not in."""
    if command["type"] == "leave" and command["room"] not in joined:
        return {"type": "left", "room": command["room"]}
    return None


class FakeServer:
    """Plays the server for a client of chatrelay.js. `received`: the commands of each connection, without the probes of a silent
    connection, which it answers while `answers_probes`."""

    def __init__(self, page, **options):
        self.page = page
        self.options = options
        self.connections: list[WebSocketRoute] = []
        self.received: list[list[dict]] = []
        self.settled = 0
        self.answers_probes = True
        page.route_web_socket("**/test", self._connected)
        page.evaluate(CLIENT, options)

    def reload(self):
        """Reloads the page and creates a new client."""
        self.page.reload()
        self.page.evaluate(CLIENT, self.options)

    def _connected(self, route):
        commands = []

        def receive(text):
            command = json.loads(text)
            answer = answer_to_probe(command)
            if answer is None:
                commands.append(command)
            elif self.answers_probes:
                route.send(json.dumps(answer))

        route.on_message(receive)
        self.received.append(commands)
        self.connections.append(route)

    def until(self, condition):
        """Waits for a condition on what the client has sent."""
        while not condition():
            self.page.evaluate("() => new Promise((resolve) => queueMicrotask(resolve))")

    def expect(self, *commands, connection=-1):
        """Waits until the client has sent exactly these commands, on the newest connection, since the last call."""
        self.until(lambda: len(self.received[connection]) >= len(commands))
        received, self.received[connection][:] = list(self.received[connection]), []
        assert received == list(commands)

    def wait_for_connections(self, count):
        self.until(lambda: len(self.connections) == count)

    def send(self, **event):
        self.connections[-1].send(json.dumps(event))

    def welcome(self, name="Ada", rooms=("lobby",), seq=1, ledger=LEDGER, new=True, **fields):
        """Welcomes the client, which has missed nothing. `new`: a client without a position."""
        self.send(type="welcome", name=name, ledger=ledger, seq=seq, rooms=["lobby"], limits={}, **fields)
        for room in rooms:
            self.send(type="joined", room=room, users=1)
            if new:
                self.history(room=room)
        self.settle()

    def history(self, *messages, more=False, **fields):
        self.send(type="history", messages=list(messages), more=more, **fields)

    def settle(self):
        """Waits until the client has processed all events, by an event that changes nothing."""
        self.settled += 1
        self.send(type="typing", room="lobby", **{"from": f"Nobody {self.settled}"})
        self.wait(f"events.some(([, detail]) => detail.from === 'Nobody {self.settled}')")

    def close(self, code):
        self.connections[-1].close(code=code, reason="")

    def drop(self):
        """Closes the connection, and waits until the client is offline."""
        self.close(1001)
        self.wait("last[1].state === 'offline'")

    def reconnect(self):
        """Closes the connection, and lets the client connect again at once."""
        count = len(self.connections)
        self.drop()
        self.run("connect()")
        self.wait_for_connections(count + 1)

    def welcome_back(self, **fields):
        """Welcomes a client that resumes, whatever its hello says."""
        self.until(lambda: self.received[-1])
        self.received[-1].clear()
        self.welcome(new=False, **fields)

    def events(self, type):
        return [detail for event, detail in self.page.evaluate("events")
                if event == type and not str(detail.get("from")).startswith("Nobody ")]

    def wait(self, condition):
        """Waits for a JavaScript condition on `events` and the `last` one."""
        # Polls from here, because a background tab has no animation frames.
        self.until(lambda: self.page.evaluate(f"(() => {{ const last = events.at(-1); return {condition}; }})()"))

    def retry_in(self):
        """Waits until the client is offline. Returns the time to its next attempt in ms."""
        self.wait("last[1].state === 'offline'")
        return self.page.evaluate("events.at(-1)[1].retryAt - Date.now()")

    def run(self, call):
        return self.page.evaluate(f"chat.{call}")

    def advance(self, ms):
        self.page.clock.run_for(ms)


@pytest.fixture
def fake_server(browser, site):
    """Opens clients: fake_server(name=…, rooms=…) opens a page and returns its FakeServer. The pages of a test are tabs of one
    browser."""
    context = browser.new_context()

    def start(**options):
        page = context.new_page()
        if len(context.pages) == 1:  # the tabs share one clock
            page.clock.install(time=0)
            page.clock.pause_at(1000)
        page.goto(site.url + "/no-such-page")  # the origin of the modules, but not the chat page
        return FakeServer(page, **options)

    yield start
    context.close()


@pytest.fixture
def lobby_server(fake_server):
    """lobby_server() opens a client that is online in the lobby. `fields` are those of the welcome."""
    def start(**fields):
        server = fake_server(name="Ada", rooms=["lobby"])
        server.wait_for_connections(1)
        server.expect(hello(name="Ada", rooms=["lobby"]))
        server.welcome(**fields)
        return server

    return start


class PageServer:
    """Plays the server for the chat page of Ada, whose lobby has two messages."""

    def __init__(self, chat: ChatPage):
        self.chat = chat
        self.connections: list[WebSocketRoute] = []
        self.received: list[dict] = []
        chat.page.route_web_socket("**/ws", self._connected)
        chat.open()

    def _connected(self, route):
        self.connections.append(route)
        route.on_message(self._answer)

    def _answer(self, text):
        command = json.loads(text)
        self.received.append(command)
        if command["type"] == "hello":
            self.send(type="welcome", name="Ada", user=1, token=TOKEN, ledger=LEDGER, seq=4, rooms=["lobby"], limits={"text": 8192})
            self.send(type="joined", room="lobby", users=2)
            self.send(type="history", room="lobby", more=False,
                      messages=[message(3, text="Spam, spam", at=AT), message(4, text="Plain words", at=AT)])
        if command["type"] == "rooms":
            self.send(type="rooms", rooms=[], more=0)
        if answer := answer_to_probe(command):
            self.send(**answer)

    def send(self, **event):
        self.connections[-1].send(json.dumps(event))


@pytest.fixture
def page_server(chat_pages):
    """Opens pages: page_server(locale="zh-CN") returns the PageServer of a page."""
    return lambda **options: PageServer(chat_pages("Ada", open=False, **options))
