"""A server that the test plays itself, for a client of chatrelay.js in a page of its own, with a clock that the test moves:
what no real server does on demand. The page comes from the real nginx; only its WebSocket goes to the test."""

import json

import pytest
from playwright.sync_api import WebSocketRoute

# A client of its own in the page; `heard` gathers all its events.
CLIENT = """async (options) => {
    const { ChatRelay } = await import("/chatrelay.js");
    window.heard = [];
    window.chat = new ChatRelay({ url: location.origin.replace("http", "ws") + "/test", ...options });
    for (const type of ["state", "welcome", "message", "pending", "typing", "joined", "left", "error"])
        chat.addEventListener(type, (event) => heard.push([type, event.detail]));
    chat.connect();
}"""


class Server:
    """Plays the server: each connection in turn, what it got, and what it says."""

    def __init__(self, page, **options):
        self.page = page
        self.connections: list[WebSocketRoute] = []
        self.got: list[list[dict]] = []
        page.route_web_socket("**/test", self._connected)
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        page.evaluate(CLIENT, options)

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

    def welcome(self, name="Ada", rooms=("lobby",), seq=0):
        self.say(type="welcome", name=name, seq=seq, rooms=["lobby"], limits={})
        for room in rooms:
            self.say(type="joined", room=room, users=1)
        self.page.wait_for_function("heard.some(([type]) => type === 'joined')")

    def close(self, code):
        self.connections[-1].close(code=code, reason="")

    def heard(self, type):
        return [detail for heard, detail in self.page.evaluate("heard") if heard == type]

    def wait(self, condition):
        """Waits for a condition on the list of what was heard."""
        self.page.wait_for_function(f"(() => {{ const last = heard.at(-1); return {condition}; }})()")

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
    """Begins a play: play(name=…, rooms=…) opens the page and returns the Server."""
    pages = []

    def begin(**options):
        pages.append(browser.new_page())
        pages[-1].goto(site.url + "/no-such-page")  # an origin with the modules, without the chat of the page
        return Server(pages[-1], **options)

    yield begin
    for page in pages:
        page.close()
