"""chatrelay.js against a fake server: each message arrives once, whatever fails."""

import pytest
from page_object import browser  # noqa: F401  (a fixture)
from page_server import TOKEN, fake_server, hello, lobby_server, message, private, resume  # noqa: F401  (fixtures)


def command(id, text, room="lobby"):
    return {"type": "message", "id": id, "room": room, "text": text}


def test_an_unacknowledged_message_is_sent_again_with_its_id(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'In doubt')")
    server.expect(command(sent, "In doubt"))
    server.drop()
    kept = server.run("send('lobby', 'Written offline')")
    server.run("connect()")
    server.wait_for_connections(2)
    server.welcome_back()
    server.expect(command(sent, "In doubt"))
    server.send(type="ack", id=sent, seq=2)
    server.expect(command(kept, "Written offline"))
    assert [m["status"] for m in server.events("pending")] == ["pending", "pending"]


def test_a_message_without_an_answer_is_sent_again(lobby_server):
    """The connection works, but the answer is missing."""
    server = lobby_server()
    sent = server.run("send('lobby', 'Hello')")
    server.expect(command(sent, "Hello"))
    server.send(**message(2))
    server.settle()
    server.advance(9_999)
    assert server.received[-1] == []
    server.advance(1)
    server.expect(command(sent, "Hello"))


def test_messages_keep_their_order(lobby_server):
    """A message is sent after the one before it is acknowledged or refused. Other targets do not wait."""
    server = lobby_server()
    first, second, third = (server.run(f"send('lobby', '{text}')") for text in ("One", "Two", "Three"))
    to_bob = server.run("sendPrivate('Bob', 'Psst')")
    server.expect(command(first, "One"), {"type": "private", "id": to_bob, "to": "Bob", "text": "Psst"})
    server.send(**message(2, "Ada", id=first, text="One"))
    server.expect(command(second, "Two"))
    server.send(type="error", code="text-too-long", id=second, message="…")
    server.expect(command(third, "Three"))


@pytest.mark.parametrize("error, wait", [({"code": "try-again"}, 1000), ({"code": "rate-limited", "retry": 300}, 300)])
def test_a_message_is_retried_after_a_temporary_error(lobby_server, error, wait):
    server = lobby_server()
    server.page.evaluate("Math.random = () => 1")
    sent = server.run("send('lobby', 'Hello')")
    server.expect(command(sent, "Hello"))
    server.send(type="error", id=sent, message="…", **error)
    server.settle()
    server.advance(wait - 1)
    assert server.received[-1] == []
    server.advance(1)
    server.expect(command(sent, "Hello"))
    assert [m["status"] for m in server.events("pending")] == ["pending"]


@pytest.mark.parametrize("code", ["text-too-long", "empty-text", "not-in-room", "no-such-user", "bad-id", "of-a-later-version"])
def test_a_message_fails_after_any_other_error(lobby_server, code):
    server = lobby_server()
    sent = server.run("send('lobby', 'Hello')")
    server.expect(command(sent, "Hello"))
    server.send(type="error", code=code, id=sent, message="…")
    server.settle()
    assert server.events("pending")[-1]["status"] == "failed"
    assert server.events("pending")[-1]["code"] == code
    server.reconnect()
    server.welcome_back()
    server.advance(30_000)
    assert [command["type"] for command in server.received[-1] if command["type"] == "message"] == []
    server.run(f"retry('{sent}')")
    server.until(lambda: command(sent, "Hello") in server.received[-1])


def test_an_acknowledged_repeat_is_shown_once(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'In doubt')")
    server.expect(command(sent, "In doubt"))
    server.reconnect()
    server.welcome_back(seq=9)
    server.send(type="ack", id=sent, seq=7)
    server.send(type="ack", id="of-somebody-else", seq=8)
    server.settle()
    shown, = server.events("message")
    assert shown == {**message(7, "Ada", id=sent, text="In doubt"), "at": shown["at"], "own": True}
    server.send(**message(7, "Ada", id=sent, text="In doubt"))
    server.send(**message(10))
    server.settle()
    assert [m["seq"] for m in server.events("message")] == [7, 10], "its event does not show it again"


def test_an_event_with_the_same_id_but_another_text_settles_nothing(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'Hello')")
    server.send(**message(2, id=sent, text="Something else"))
    server.settle()
    assert [m["id"] for m in server.page.evaluate("chat.pending")] == [sent]


def test_pending_messages_survive_a_reload(lobby_server):
    server = lobby_server()
    room, to_bob = server.run("send('lobby', 'Hello')"), server.run("sendPrivate('Bob', 'Psst')")
    server.reload()
    assert [m["id"] for m in server.page.evaluate("chat.pending")] == [room, to_bob]
    server.wait_for_connections(2)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    server.expect({"type": "private", "id": to_bob, "to": "Bob", "text": "Psst"}, command(room, "Hello"))
    server.send(type="ack", id=room, seq=1)
    server.history(private(2, "Ada", "Bob", id=to_bob, text="Psst"))
    server.settle()
    assert server.page.evaluate("chat.pending") == [], "an ack or the history settles them"
    server.reload()
    assert server.page.evaluate("chat.pending") == []


def test_rooms_with_pending_messages_are_joined_again(lobby_server):
    server = lobby_server()
    server.send(type="joined", room="attic", users=1)
    server.history(room="attic")
    server.settle()
    sent = server.run("send('attic', 'Hello')")
    server.reload()
    server.wait_for_connections(2)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(rooms=["lobby", "attic"])
    server.expect(command(sent, "Hello", "attic"))


def test_two_tabs_keep_both_messages(fake_server, lobby_server):
    """Two tabs share a storage. Neither removes the messages of the other, even if it reads outdated values: a browser propagates
    a change to other tabs with a delay."""
    one = lobby_server()
    first = one.run("send('lobby', 'Of the first')")
    two = fake_server(name="Ada", rooms=["lobby"])
    two.wait_for_connections(1)
    two.welcome()
    two.until(lambda: command(first, "Of the first") in two.received[-1])  # the same message from both tabs is harmless
    one.page.evaluate("const old = { ...localStorage }; Storage.prototype.getItem = (key) => old[key] ?? null; 0")
    second = two.run("send('lobby', 'Of the second')")
    one.send(**message(2, "Ada", id=first, text="Of the first"))
    one.settle()
    one.until(lambda: one.page.evaluate(f"Object.values(localStorage).join().includes('{second}')"))
    one.reload()
    assert [m["id"] for m in one.page.evaluate("chat.pending")] == [second]


def test_the_number_of_stored_messages_is_bounded(lobby_server):
    server = lobby_server()
    server.page.evaluate("for (let n = 0; n < 250; n++) chat.send('lobby', String(n))")
    assert len(server.page.evaluate("chat.pending")) == 250
    server.reload()
    assert [m["text"] for m in server.page.evaluate("chat.pending")] == [str(n) for n in range(50, 250)]


@pytest.mark.parametrize("what", ["full", "forbidden", "broken"])
def test_it_works_without_storage(fake_server, what):
    server = fake_server()
    server.page.evaluate({
        "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; 0",
        "forbidden": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
        "broken": "for (const key of ['token', 'pending 1 x']) localStorage.setItem(`chatrelay ${origin.replace('http', 'ws')}/test ${key}`, '{\"')",
    }[what])
    server.wait_for_connections(1)
    server.welcome(token=TOKEN)
    sent = server.run("send('lobby', 'Hello')")
    server.until(lambda: command(sent, "Hello") in server.received[-1])
    server.reconnect()
    server.until(lambda: server.received[-1])
    assert server.received[-1] == [resume(1, token=TOKEN)]


def test_a_discarded_message_is_gone(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'Hello')")
    server.send(type="error", code="text-too-long", id=sent, message="…")
    server.settle()
    server.run(f"discard('{sent}')")
    server.reload()
    assert server.page.evaluate("chat.pending") == []
