"""The official client of Socket.IO in Chromium, unmodified, through nginx."""

import signal
import subprocess

import pytest
from client import Client
from page_object import browser  # noqa: F401
from patience import wait_until
from socketio_page import LINES, debian_client_file, socket_pages  # noqa: F401


@pytest.fixture
def ledger(tmp_path):
    return str(tmp_path / "ledger")


@pytest.fixture
def control(tmp_path):
    return str(tmp_path / "control.sock")


@pytest.fixture
def site(sites, ledger, control):
    return sites("--ledger", ledger, "--control", control, lines=LINES)


TRANSPORTS = {
    "default": ("undefined", "websocket"),
    "polling": ("{transports: ['polling']}", "polling"),
    "websocket": ("{transports: ['websocket']}", "websocket"),
}


@pytest.mark.parametrize("name", TRANSPORTS)
def test_everybody_gets_every_message(socket_pages, site, name):  # noqa: F811
    """The seed: io(), emit and on, and nothing else. Natives are in the same room."""
    options, transport = TRANSPORTS[name]
    first, second = (socket_pages().start(options).wait_for_connection() for _ in range(2))
    with Client(site.url, "Ada") as ada:
        first.page.evaluate("socket.emit('chat message', 'One')")
        second.expect(["One"])
        second.page.evaluate("socket.emit('chat message', 'Two — 二')")
        assert [ada.until("message")["text"] for _ in range(2)] == ["One", "Two — 二"]
        ada.say("Three")
        for page in first, second:
            page.expect(["One", "Two — 二", "Three"])
            page.wait(f"transport() === '{transport}'")
    # The name is kept over a reload, by the cookie.
    first.page.reload()
    first.start(options).wait_for_connection()
    first.expect(["One", "Two — 二", "Three"])
    first.emit("Four")
    with Client(site.url, "Bob") as bob:
        named = {event["text"]: event["from"] for event in bob.ask("history", room="lobby")["messages"]}
        assert named["One"] == named["Four"] != named["Two — 二"]


@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_planned_restart_is_not_noticed(socket_pages, site, name):  # noqa: F811
    options, transport = TRANSPORTS[name]
    page = socket_pages().start(options).wait_for_connection()
    page.wait(f"transport() === '{transport}'")
    expected = []
    for round in range(3):
        page.emit(f"before {round}")
        site.restart_daemon(signal.SIGTERM)
        page.emit(f"after {round}")
        expected += [f"before {round}", f"after {round}"]
    page.expect(expected)
    assert page.events == ["connect"]


@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_crash_is_recovered_from(socket_pages, site, name):  # noqa: F811
    """Nothing is lost or doubled, and the client says that it has recovered."""
    options, transport = TRANSPORTS[name]
    page, other = (socket_pages().start(options).wait_for_connection() for _ in range(2))
    page.wait(f"transport() === '{transport}'")
    expected = []
    for round in range(3):
        page.emit(f"before {round}")
        site.restart_daemon(signal.SIGKILL)
        with Client(site.url, f"Ada{round}") as ada:
            ada.say(f"meanwhile {round}")
        # A page that the crash has not reached yet would be connected still.
        for one in page, other:
            one.wait(f"events.filter((event) => event === 'connect').length === {round + 2}")
        assert page.page.evaluate("socket.recovered") and other.page.evaluate("socket.recovered")
        other.emit(f"after {round}")
        expected += [f"before {round}", f"meanwhile {round}", f"after {round}"]
    page.expect(expected)
    other.expect(expected)


def test_a_page_without_an_event_recovers(socket_pages, site):  # noqa: F811
    page = socket_pages().start().wait_for_connection()
    site.restart_daemon(signal.SIGKILL)
    page.wait("events.filter((event) => event === 'connect').length === 2")
    assert page.page.evaluate("socket.recovered")


LATER = "{auth: {serverOffset: 0}, ackTimeout: 1000, retries: 5}"
EMIT = """(texts) => { globalThis.counter ??= 0; for (const text of texts)
    socket.emit("chat message", text, `${socket.id}-${counter++}`) }"""


def test_the_tutorials_later_contract(socket_pages, site, ledger):  # noqa: F811
    """serverOffset, clientOffset, ackTimeout and retries: what was emitted offline arrives once, over a crash, too."""
    page, other = (socket_pages().start(LATER).wait_for_connection() for _ in range(2))
    page.page.evaluate(EMIT, ["one", "two"])
    other.expect(["one", "two"])
    site.stop_daemon()
    page.wait("!socket.connected")
    page.page.evaluate(EMIT, ["offline 1", "offline 2"])
    site.start_daemon("--ledger", ledger)
    for one in page, other:
        one.expect(["one", "two", "offline 1", "offline 2"])
    page.page.evaluate(EMIT, ["three"])
    site.restart_daemon(signal.SIGKILL)
    page.page.evaluate(EMIT, ["four"])
    for one in page, other:
        one.expect(["one", "two", "offline 1", "offline 2", "three", "four"])
    # Another page that begins at 0 gets everything.
    socket_pages().start(LATER).expect(["one", "two", "offline 1", "offline 2", "three", "four"])


def test_messages_that_were_emitted_before_the_connection(socket_pages, site):  # noqa: F811
    """Their ids begin with “undefined”: two pages of one user may have the same."""
    for text in "one", "two":
        page = socket_pages()
        page.start(LATER)
        page.page.evaluate(EMIT, [text])
        wait_until(lambda: text in page.texts)
    assert page.texts == ["one", "two"]


def test_an_older_client(socket_pages, site):  # noqa: F811
    first, second = (socket_pages(version="3.1.3").start().wait_for_connection() for _ in range(2))
    first.page.evaluate("socket.emit('chat message', 'One')")
    for page in first, second:
        page.expect(["One"])


def test_a_client_of_another_protocol_is_refused(socket_pages, site):  # noqa: F811
    page = socket_pages(script=debian_client_file())
    with page.page.expect_response(lambda response: "/socket.io/" in response.url) as response:
        page.start("{reconnection: false}")
    assert (response.value.status, response.value.json()) == (400, {"code": 5, "message": "Unsupported protocol version"})


def test_who_is_removed_does_not_come_back(socket_pages, site, chatrelay, control):  # noqa: F811
    page = socket_pages().start("{auth: {name: 'Mallory'}}").wait_for_connection()
    subprocess.run([chatrelay, "kick", "Mallory", "--socket", control], check=True)
    page.wait("events.length === 2")
    assert page.events == ["connect", "disconnect: io server disconnect"]
