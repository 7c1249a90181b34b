"""chatrelay.js: what is said arrives once, whatever breaks. Against a server that the test plays itself."""

import pytest
from page_seat import browser  # noqa: F401  (a fixture)
from page_server import TOKEN, back, hello, message, play, private  # noqa: F401  (a fixture)


def said(id, text, room="lobby"):
    return {"type": "message", "id": id, "room": room, "text": text}


def begin(play, **options):
    """A client that is in the lobby."""
    server = play(name="Ada", rooms=["lobby"], **options)
    server.opened(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    return server


def come_back(server, connection, **fields):
    server.opened(connection)
    server.until(lambda: server.got[-1])
    server.got[-1].clear()
    server.welcome(new=False, **fields)


def break_line(server):
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    server.run("connect()")


def test_what_was_in_doubt_is_sent_again_under_its_id(play):
    server = begin(play)
    sent = server.run("send('lobby', 'In doubt')")
    server.expect(said(sent, "In doubt"))
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    kept = server.run("send('lobby', 'Written offline')")
    server.run("connect()")
    come_back(server, 2)
    server.expect(said(sent, "In doubt"))
    server.say(type="ack", id=sent, seq=2)
    server.expect(said(kept, "Written offline"))
    assert [m["status"] for m in server.heard("pending")] == ["pending", "pending"]


def test_a_message_without_an_answer_is_sent_again(play):
    """The line lives, but the answer never came."""
    server = begin(play)
    sent = server.run("send('lobby', 'Hello')")
    server.expect(said(sent, "Hello"))
    server.say(**message(2))
    server.settle()
    server.forward(9_999)
    assert server.got[-1] == []
    server.forward(1)
    server.expect(said(sent, "Hello"))


def test_messages_keep_their_order(play):
    """The second goes when the first has arrived, or can't; another place does not wait."""
    server = begin(play)
    first, second, third = (server.run(f"send('lobby', '{text}')") for text in ("One", "Two", "Three"))
    apart = server.run("sendPrivate('Bob', 'Psst')")
    server.expect(said(first, "One"), {"type": "private", "id": apart, "to": "Bob", "text": "Psst"})
    server.say(**message(2, "Ada", id=first, text="One"))
    server.expect(said(second, "Two"))
    server.say(type="error", code="text-too-long", id=second, message="…")
    server.expect(said(third, "Three"))


@pytest.mark.parametrize("error, wait", [({"code": "try-again"}, 1000), ({"code": "rate-limited", "retry": 300}, 300)])
def test_what_passes_is_waited_for(play, error, wait):
    server = begin(play)
    server.page.evaluate("Math.random = () => 1")
    sent = server.run("send('lobby', 'Hello')")
    server.expect(said(sent, "Hello"))
    server.say(type="error", id=sent, message="…", **error)
    server.settle()
    server.forward(wait - 1)
    assert server.got[-1] == []
    server.forward(1)
    server.expect(said(sent, "Hello"))
    assert [m["status"] for m in server.heard("pending")] == ["pending"]


@pytest.mark.parametrize("code", ["text-too-long", "empty-text", "not-in-room", "no-such-user", "bad-id", "of-a-later-version"])
def test_what_repeating_can_not_mend_fails(play, code):
    server = begin(play)
    sent = server.run("send('lobby', 'Hello')")
    server.expect(said(sent, "Hello"))
    server.say(type="error", code=code, id=sent, message="…")
    server.settle()
    assert server.heard("pending")[-1]["status"] == "failed"
    assert server.heard("pending")[-1]["code"] == code
    break_line(server)
    come_back(server, 2)
    server.forward(30_000)
    assert [command["type"] for command in server.got[-1] if command["type"] == "message"] == []
    server.run(f"retry('{sent}')")
    server.until(lambda: said(sent, "Hello") in server.got[-1])


def test_what_had_arrived_is_shown_once_it_is_acknowledged(play):
    server = begin(play)
    sent = server.run("send('lobby', 'In doubt')")
    server.expect(said(sent, "In doubt"))
    break_line(server)
    come_back(server, 2, seq=9)
    server.say(type="ack", id=sent, seq=7)
    server.say(type="ack", id="of-somebody-else", seq=8)
    server.settle()
    shown, = server.heard("message")
    assert shown == {**message(7, "Ada", id=sent, text="In doubt"), "at": shown["at"], "own": True}
    server.say(**message(7, "Ada", id=sent, text="In doubt"))
    server.say(**message(10))
    server.settle()
    assert [m["seq"] for m in server.heard("message")] == [7, 10], "and not again"


def test_an_event_with_our_id_but_another_text_is_not_ours(play):
    server = begin(play)
    sent = server.run("send('lobby', 'Hello')")
    server.say(**message(2, id=sent, text="Something else"))
    server.settle()
    assert [m["id"] for m in server.page.evaluate("chat.pending")] == [sent]


def test_what_waits_outlives_a_reload(play):
    server = begin(play)
    room, apart = server.run("send('lobby', 'Hello')"), server.run("sendPrivate('Bob', 'Psst')")
    server.reload()
    assert [m["id"] for m in server.page.evaluate("chat.pending")] == [room, apart]
    server.opened(2)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    server.expect({"type": "private", "id": apart, "to": "Bob", "text": "Psst"}, said(room, "Hello"))
    server.say(type="ack", id=room, seq=1)
    server.history(private(2, "Ada", "Bob", id=apart, text="Psst"))
    server.settle()
    assert server.page.evaluate("chat.pending") == [], "an ack or the past settles it"
    server.reload()
    assert server.page.evaluate("chat.pending") == []


def test_we_are_where_something_waits(play):
    server = begin(play)
    server.say(type="joined", room="attic", users=1)
    server.history(room="attic")
    server.settle()
    sent = server.run("send('attic', 'Hello')")
    server.reload()
    server.opened(2)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(rooms=["lobby", "attic"])
    server.expect(said(sent, "Hello", "attic"))


def test_two_tabs_lose_nothing(play):
    """Both keep what waits in the same storage, and neither takes away what is the other's, though what it reads may be old: a
    browser tells other tabs of a change some time later."""
    one = begin(play)
    first = one.run("send('lobby', 'Of the first')")
    two = play(name="Ada", rooms=["lobby"])
    two.opened(1)
    two.welcome()
    two.until(lambda: said(first, "Of the first") in two.got[-1])  # the same id twice is harmless
    one.page.evaluate("const old = { ...localStorage }; Storage.prototype.getItem = (key) => old[key] ?? null; 0")
    second = two.run("send('lobby', 'Of the second')")
    one.say(**message(2, "Ada", id=first, text="Of the first"))
    one.settle()
    one.until(lambda: one.page.evaluate(f"Object.values(localStorage).join().includes('{second}')"))
    one.reload()
    assert [m["id"] for m in one.page.evaluate("chat.pending")] == [second]


def test_the_number_of_kept_messages_is_bounded(play):
    server = begin(play)
    server.page.evaluate("for (let n = 0; n < 250; n++) chat.send('lobby', String(n))")
    assert len(server.page.evaluate("chat.pending")) == 250
    server.reload()
    assert [m["text"] for m in server.page.evaluate("chat.pending")] == [str(n) for n in range(50, 250)]


@pytest.mark.parametrize("what", ["full", "forbidden", "broken"])
def test_it_works_without_a_storage(play, what):
    server = play()
    server.page.evaluate({
        "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; 0",
        "forbidden": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
        "broken": "for (const key of ['token', 'pending 1 x']) localStorage.setItem(`chatrelay ${origin.replace('http', 'ws')}/test ${key}`, '{\"')",
    }[what])
    server.opened(1)
    server.welcome(token=TOKEN)
    sent = server.run("send('lobby', 'Hello')")
    server.until(lambda: said(sent, "Hello") in server.got[-1])
    break_line(server)
    server.opened(2)
    server.until(lambda: server.got[-1])
    assert server.got[-1] == [back(1, token=TOKEN)]


def test_what_is_given_up_is_gone(play):
    server = begin(play)
    sent = server.run("send('lobby', 'Hello')")
    server.say(type="error", code="text-too-long", id=sent, message="…")
    server.settle()
    server.run(f"discard('{sent}')")
    server.reload()
    assert server.page.evaluate("chat.pending") == []
