"""Crashes and planned restarts of the server: the library resyncs on the same connection, and the page stays online."""

import signal

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import LEDGER, TOKEN, fake_server, hello, lobby_server, message, resume  # noqa: F401  (fixtures)


@pytest.fixture
def site(sites, tmp_path):
    """A site with a ledger, and a grace period that is long enough to resync."""
    return sites("--grace", "10", "--ledger", str(tmp_path / "ledger"))


def crash(server, again=1, seq=1):
    """The server crashed, and its successor asks for a resync."""
    server.send(type="system", event="restart", again=again, ledger=LEDGER, seq=seq)


def resync(number, since=1, **fields):
    return resume(since, token=TOKEN, again=number, **fields)


def test_it_sends_hello_again_on_the_same_connection(lobby_server):
    server = lobby_server(token=TOKEN)
    crash(server)
    server.expect(resync(1))
    server.welcome(new=False)
    assert [state["state"] for state in server.events("state")] == ["connecting", "online"]
    assert len(server.connections) == 1
    server.advance(60_000)
    assert len(server.connections) == 1


def test_each_crash_has_its_own_number(lobby_server):
    server = lobby_server(token=TOKEN)
    crash(server, 1)
    server.expect(resync(1))
    crash(server, 2)
    server.expect(resync(2))
    server.welcome(new=False)
    assert [state["state"] for state in server.events("state")] == ["connecting", "online"]


def test_a_crash_before_the_welcome(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    crash(server)
    server.expect(hello(name="Ada", rooms=["lobby"], again=1))
    server.welcome()
    assert [state["state"] for state in server.events("state")] == ["connecting", "online"]


def test_an_unacknowledged_message_is_sent_again_at_once(lobby_server):
    server = lobby_server(token=TOKEN)
    id = server.run("send('lobby', 'Hello')")
    sent = {"type": "message", "id": id, "room": "lobby", "text": "Hello"}
    server.expect(sent)
    crash(server)
    server.expect(resync(1))
    server.welcome(new=False, rooms=())
    server.send(**message(2))
    server.send(type="joined", room="lobby", users=1)
    server.expect(sent)
    server.send(type="ack", id=id, seq=3)
    server.wait("events.filter(([type]) => type === 'message').length === 2")
    assert [event["text"] for event in server.events("message")] == ["Message 2", "Hello"]


def test_no_command_is_sent_between_the_crash_and_the_welcome(lobby_server):
    server = lobby_server(token=TOKEN)
    crash(server)
    server.expect(resync(1))
    server.run("send('lobby', 'Early')")
    assert not server.run("history({ room: 'lobby' })")
    server.run("join('attic')")
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=1, rooms=["lobby"], limits={})
    server.send(type="joined", room="lobby", users=1)
    server.until(lambda: server.received[-1])
    assert server.received[-1][0]["text"] == "Early"


def test_unanswered_commands_are_sent_again(lobby_server):
    server = lobby_server(token=TOKEN)
    calls = ["join('attic')", "who('lobby')", "history({ room: 'lobby' }, { before: 9 })", "search('word')", "list()"]
    commands = [
        {"type": "join", "room": "attic"}, {"type": "who", "room": "lobby"},
        {"type": "history", "room": "lobby", "before": 9}, {"type": "search", "text": "word"}, {"type": "rooms"}]
    for call in calls:
        server.run(call)
    server.expect(*commands)
    # The server answers one, and refuses another.
    server.send(type="found", text="word", messages=[], more=False)
    server.send(type="error", code="no-such-room", room="attic", message="There is no room attic.")
    server.settle()
    crash(server)
    server.expect(resync(1))
    server.welcome(new=False)
    server.expect(commands[1], commands[2], commands[4])


def test_a_missing_welcome_after_a_crash_times_out(lobby_server):
    server = lobby_server(token=TOKEN)
    crash(server)
    server.expect(resync(1))
    server.advance(14_000)
    assert len(server.connections) == 1
    server.advance(3_000)
    server.wait_for_connections(2)
    server.expect(resume(1, token=TOKEN))


def test_the_page_stays_online_over_crashes_and_restarts(site, pair):
    ada, bob = pair
    expected = []
    for chat in pair:
        chat.page.evaluate("""() => { window.states = []; new MutationObserver(() => states.push(
            document.querySelector("#connection-state").dataset.state)).observe(document.querySelector("#connection-state"), { attributes: true }); }""")
    for number, how in enumerate([signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL]):
        ada.say(f"Before {number}")
        bob.expect_message(f"Before {number}")
        assert site.restart_daemon(how) == (0 if how == signal.SIGTERM else -how)
        bob.say(f"After {number}")
        ada.expect_message(f"After {number}")
        expected += [("Ada", f"Before {number}"), ("Bob", f"After {number}")]
    for chat in pair:
        assert chat.messages() == expected
        chat.expect_members("Ada", "Bob")
        assert chat.page.evaluate("states") == [], "the page stayed online"
        system = chat.rows.locator(".system").all_text_contents()
        assert len(system) <= 2, system
