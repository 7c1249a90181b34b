"""A connection that is dead or slow, and says nothing of it."""

import pytest
from client import Client
from line import Line
from page_object import ChatPage, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import fake_server, lobby_server, message  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect

# A WebSocket that the test controls, and a client that is online with it.
CONTROLLED = """async () => {
    window.sockets = [];
    window.WebSocket = class {
        static OPEN = 1; static CLOSING = 2; static CLOSED = 3;
        readyState = 0; sent = [];
        constructor() {
            sockets.push(this);
            queueMicrotask(() => { this.readyState = 1; this.onopen?.({}); });
        }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() { this.readyState = 3; }
        receive(event) { this.onmessage?.({ data: JSON.stringify(event) }); }
    };
    const { ChatRelay } = await import("/chatrelay.js");
    window.chat = new ChatRelay({ name: "Ada", rooms: ["lobby"] });
    chat.connect();
    await Promise.resolve();
    sockets[0].receive({ type: "welcome", name: "Ada", token: "a".repeat(32), ledger: "1", seq: 1, rooms: ["lobby"], limits: {} });
    sockets[0].receive({ type: "joined", room: "lobby", users: 1 });
    sockets[0].receive({ type: "history", room: "lobby", messages: [], more: false });
}"""


@pytest.fixture
def lines(site):
    opened = []

    def start(**options):
        opened.append(Line(site, **options))
        return opened[-1]

    yield start
    for line in opened:
        line.stop()


@pytest.fixture
def controlled(browser, site):  # noqa: F811
    """A page with a client on a controlled WebSocket."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url + "/no-such-page")
    page.evaluate(CONTROLLED)
    yield page
    context.close()


def test_a_silent_connection_is_probed(lobby_server):
    server = lobby_server()
    for _ in range(3):
        server.advance(45_000)
        server.settle()  # the probe was answered before this
    assert server.page.evaluate("chat.state.state") == "online"
    assert server.events("left") == [], "the answer to a probe is no event"
    server.answers_probes = False
    server.advance(45_000)
    server.advance(20_000)
    server.wait("last[1].state === 'offline'")


def test_a_busy_connection_is_not_probed(lobby_server):
    server = lobby_server()
    server.answers_probes = False
    for seq in range(2, 8):
        server.advance(30_000)
        server.send(**message(seq))
        server.settle()
    assert server.page.evaluate("chat.state.state") == "online"


@pytest.mark.parametrize("event", ["online", "visibilitychange", "pageshow"])
def test_each_wake_up_probes(controlled, event):
    target = "document" if event == "visibilitychange" else "window"
    controlled.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")
    sent = controlled.evaluate("sockets[0].sent")
    assert [command["type"] for command in sent] == ["hello", "leave"]
    assert controlled.evaluate("chat.state.state") == "online"


@pytest.mark.parametrize("how", [
    "window.dispatchEvent(new Event('online'))", "document.dispatchEvent(new Event('visibilitychange'))",
    "window.dispatchEvent(new Event('pageshow'))", "chat.send('lobby', 'Hello')", "chat.history({ room: 'lobby' })"])
def test_a_socket_closed_without_an_event_is_noticed(controlled, how):
    """Mobile Safari closes the socket of a page in the background, and may not say so."""
    controlled.evaluate("sockets[0].readyState = 3; 0")
    controlled.evaluate(how + "; 0")
    assert controlled.evaluate("chat.state.state") == "offline"


def test_a_message_of_a_failed_write_is_sent_on_the_next_connection(controlled):
    controlled.evaluate("sockets[0].readyState = 3; chat.send('lobby', 'Hello'); chat.connect(); 0")
    controlled.evaluate("""() => {
        sockets[1].receive({ type: "welcome", name: "Ada", ledger: "1", seq: 1, rooms: ["lobby"], limits: {} });
        sockets[1].receive({ type: "joined", room: "lobby", users: 1 });
    }""")
    assert controlled.evaluate("sockets[1].sent.map(({ text }) => text)")[-1] == "Hello"


def test_a_close_frame_without_a_close_event_is_noticed(controlled):
    controlled.evaluate("sockets[0].readyState = 2; dispatchEvent(new Event('online')); 0")
    assert controlled.evaluate("chat.state.state") == "online", "its close code may still arrive"
    wait_until(lambda: controlled.evaluate("chat.state.state") == "offline")


def test_the_page_notices_a_proxy_that_stops_forwarding(browser, lines):  # noqa: F811
    """Without a close, and although the page only reads."""
    line = lines()
    chat = ChatPage(browser, line.url, "Ada")
    chat.page.clock.install()
    chat.open()
    line.is_deaf = True

    def is_noticed():
        chat.page.clock.run_for(10_000)
        return chat.page.locator("#connection-state").get_attribute("data-state") != "online"

    wait_until(is_noticed, what="the page is not online")
    chat.context.close()


@pytest.mark.timeout(240)
def test_a_slow_line_shows_the_history(browser, site, lines):  # noqa: F811
    """At 5 KB/s a history of 64 KiB takes longer than the deadline for an answer."""
    with Client(site.url, "Bob") as bob:
        bob.say_all(["x" * 7_900] * 8)
        line = lines(rate=5_000)
        chat = ChatPage(browser, line.url, "Ada")
        chat.page.goto(chat.url)
        # The frame of a newcomer's history has 16 KiB; the rest is loaded when the reader asks for it.
        expect(chat.rows.locator(".message")).to_have_count(2, timeout=150_000)
        chat.context.close()


def test_deadlines_grow_on_a_slow_line_and_shrink_again(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.welcome()
    server.run("list()")
    server.advance(10_000)
    server.wait("last[1].state === 'offline'")
    server.run("connect()")
    server.wait_for_connections(2)
    server.welcome_back()
    server.run("list()")
    server.advance(19_000)
    assert server.page.evaluate("chat.state.state") == "online"
    server.send(type="rooms", rooms=[], more=0)
    server.settle()
    server.advance(41_000)
    server.settle()
    server.run("list()")
    server.advance(10_000)
    server.wait("last[1].state === 'offline'")
