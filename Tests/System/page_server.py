"""A server that the test plays itself, for a client of chatrelay.js in a page of its own, with a clock that the test moves:
what no real server does on demand. The page comes from the real nginx; only its WebSocket goes to the test."""

import json

import pytest
from playwright.sync_api import WebSocketRoute

LEDGER = "1ed9e000"
TOKEN = "0123456789abcdef0123456789abcdef"

# A client of its own in the page; `heard` gathers all its events.
CLIENT = """async (options) => {
    const { ChatRelay } = await import("/chatrelay.js");
    window.heard = [];
    window.chat = new ChatRelay({ url: location.origin.replace("http", "ws") + "/test", ...options });
    for (const type of ["state", "welcome", "message", "private", "history", "pending", "typing", "joined", "left", "error"])
        chat.addEventListener(type, (event) => heard.push([type, event.detail]));
    chat.connect();
}"""


def hello(rooms=(), **fields):
    """What a client says first; `rooms` are those that it was in or wants to be in."""
    return {"type": "hello", **fields} | ({"rooms": list(rooms), "create": True} if rooms else {})


def back(since, rooms=("lobby",), **fields):
    """What a client says that was here before."""
    return hello(rooms=rooms, name="Ada", since=since, ledger=LEDGER, **fields)


def message(seq, sender="Bob", room="lobby", **fields):
    return {"type": "message", "seq": seq, "id": f"b-{seq}", "room": room, "from": sender, "text": f"Message {seq}", "at": 0} | fields


def private(seq, sender="Bob", to="Ada", **fields):
    return {"type": "private", "seq": seq, "id": f"p-{seq}", "from": sender, "to": to, "text": f"Private {seq}", "at": 0} | fields


class Server:
    """Plays the server: each connection in turn, what it got, and what it says."""

    def __init__(self, page, **options):
        self.page = page
        self.options = options
        self.connections: list[WebSocketRoute] = []
        self.got: list[list[dict]] = []
        self.settled = 0
        page.route_web_socket("**/test", self._connected)
        page.evaluate(CLIENT, options)

    def reload(self):
        """The page begins anew, with what it kept."""
        self.page.reload()
        self.page.evaluate(CLIENT, self.options)

    def _connected(self, route):
        got = []
        route.on_message(lambda text: got.append(json.loads(text)))
        self.got.append(got)
        self.connections.append(route)

    def until(self, done):
        """Waits until something has come from the page."""
        while not done():
            self.page.evaluate("() => new Promise((resolve) => queueMicrotask(resolve))")

    def expect(self, *commands, connection=-1):
        """The newest connection has got just these since it was last asked."""
        self.until(lambda: len(self.got[connection]) >= len(commands))
        got, self.got[connection][:] = list(self.got[connection]), []
        assert got == list(commands)

    def opened(self, count):
        self.until(lambda: len(self.connections) == count)

    def say(self, **message):
        self.connections[-1].send(json.dumps(message))

    def welcome(self, name="Ada", rooms=("lobby",), seq=1, ledger=LEDGER, new=True, **fields):
        """Lets the client in, with nothing that it missed; with `new`, as a newcomer."""
        self.say(type="welcome", name=name, ledger=ledger, seq=seq, rooms=["lobby"], limits={}, **fields)
        for room in rooms:
            self.say(type="joined", room=room, users=1)
            if new:
                self.history(room=room)
        self.settle()

    def history(self, *messages, more=False, **fields):
        self.say(type="history", messages=list(messages), more=more, **fields)

    def settle(self):
        """Waits until the client has heard all that was said: an event that it hands on, and that changes nothing."""
        self.settled += 1
        self.say(type="typing", room="lobby", **{"from": f"Nobody {self.settled}"})
        self.wait(f"heard.some(([, detail]) => detail.from === 'Nobody {self.settled}')")

    def close(self, code):
        self.connections[-1].close(code=code, reason="")

    def heard(self, type):
        return [detail for heard, detail in self.page.evaluate("heard")
                if heard == type and not str(detail.get("from")).startswith("Nobody ")]

    def wait(self, condition):
        """Waits for a condition on the list of what was heard."""
        # Asked from here: a tab in the background draws nothing, and does not wait for frames.
        self.until(lambda: self.page.evaluate(f"(() => {{ const last = heard.at(-1); return {condition}; }})()"))

    def retry_in(self):
        """Waits for the connection to be lost. In how many ms is the next try?"""
        self.wait("last[1].state === 'offline'")
        return self.page.evaluate("heard.at(-1)[1].retryAt - Date.now()")

    def run(self, call):
        return self.page.evaluate(f"chat.{call}")

    def forward(self, ms):
        self.page.clock.run_for(ms)


@pytest.fixture
def play(browser, site):
    """Begins a play: play(name=…, rooms=…) opens a page and returns its Server. All pages of a test are tabs of one browser."""
    context = browser.new_context()

    def begin(**options):
        page = context.new_page()
        if len(context.pages) == 1:  # all tabs of a browser have one clock
            page.clock.install(time=0)
            page.clock.pause_at(1000)
        page.goto(site.url + "/no-such-page")  # an origin with the modules, without the chat of the page
        return Server(page, **options)

    yield begin
    context.close()
