"""chatrelay.js against a fake server: the position that it resumes from, and the user that it is."""

from page_object import browser  # noqa: F401  (a fixture)
from page_server import LEDGER, TOKEN, fake_server, hello, message, private, resume  # noqa: F401  (a fixture)

OTHER = "fedcba9876543210fedcba9876543210"


def test_it_resumes_from_its_position(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.expect(hello(name="Ada"))
    server.welcome(seq=7)
    server.reconnect()
    server.expect(resume(7))
    server.welcome(seq=8, new=False)
    server.send(**message(9))
    server.send(**private(10))
    server.settle()
    server.reconnect()
    server.expect(resume(10))


def test_missed_messages_advance_the_position_at_once(fake_server):
    """A connection that is lost during the catch-up resumes from there."""
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(seq=7)
    server.reconnect()
    server.expect(resume(7))
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=20, rooms=["lobby"], limits={})
    server.send(**message(9))
    server.settle()
    server.reconnect()
    server.expect(resume(9))


def test_a_new_client_has_no_position_until_all_rooms_have_answered(fake_server):
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(seq=7)
    server.send(**message(8))
    server.settle()
    server.reconnect()
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(seq=8)
    server.send(**message(9))
    server.send(type="joined", room="attic", users=1)
    server.history(room="attic")
    server.settle()
    server.reconnect()
    server.expect(resume(9, rooms=["lobby", "attic"]))


def test_a_refused_room_counts_as_answered(fake_server):
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.welcome(seq=7)
    server.send(type="error", code="no-such-room", room="attic", message="…")
    server.settle()
    assert server.events("left") == [{"type": "left", "room": "attic"}]
    server.received[-1].clear()
    server.reconnect()
    server.expect(resume(7))


def test_the_position_advances_only_after_a_gap_is_complete(fake_server):
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.welcome(seq=7, rooms=["lobby", "attic"])
    server.reconnect()
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]) | {"since": 7, "ledger": LEDGER})
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=20_000, rooms=["lobby"], limits={})
    server.send(type="history", messages=[], more=False, gap=True)
    server.send(type="joined", room="lobby", users=1)
    server.history(message(19_000), room="lobby", more=True, gap=True)
    server.send(**message(20_001))
    server.settle()
    assert server.events("history")[-1]["gap"] is True
    server.reconnect()
    server.expect(resume(7, rooms=["lobby", "attic"]))


def test_a_joined_alone_does_not_hide_a_gap(fake_server):
    """The connection is lost between `joined` and the room's newest messages."""
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(seq=7)
    server.reconnect()
    server.expect(resume(7))
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=20_000, rooms=["lobby"], limits={})
    server.send(type="history", messages=[], more=False, gap=True)
    server.send(type="joined", room="lobby", users=1)
    server.wait("last[0] === 'joined'")
    server.reconnect()
    server.expect(resume(7))


def test_a_new_ledger_voids_the_sequence_numbers(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome(seq=7)
    server.send(**message(8, text="Old ledger"))
    server.settle()
    server.reconnect()
    server.welcome(seq=0, ledger="another0")
    server.send(**message(8, text="New ledger"))
    server.settle()
    assert [m["text"] for m in server.events("message")] == ["Old ledger", "New ledger"]
    assert [w["anew"] for w in server.events("welcome")] == [False, True]
    server.received[-1].clear()
    server.reconnect()
    server.expect(resume(8) | {"ledger": "another0"})


def test_a_ledger_that_has_lost_its_newest_messages_is_begun_anew(fake_server):
    """The same ledger, but `welcome` has a number below the client's position: the numbers above it are given to other messages."""
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(seq=5)
    for seq in (6, 7):
        server.send(**message(seq, text="Lost"))
    server.settle()
    server.received[-1].clear()
    server.reconnect()
    server.expect(resume(7))
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=5, rooms=["lobby"], limits={})
    server.send(type="history", messages=[], more=False, gap=True)
    server.send(type="joined", room="lobby", users=1)
    server.history(message(5), room="lobby", gap=True)
    server.send(**message(6, text="New"))
    server.settle()
    assert [w["anew"] for w in server.events("welcome")] == [False, True]
    assert [m["text"] for m in server.events("message")] == ["Lost", "Lost", "New"]
    server.received[-1].clear()
    server.reconnect()
    server.expect(resume(6))


def test_each_message_is_emitted_once(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    server.history(message(3), message(5), room="lobby", before=6)
    for seq in (5, 6, 3, 6, 4):
        server.send(**message(seq))
    server.settle()
    assert [m["seq"] for m in server.events("message")] == [6, 4]


def test_history_and_search_requests(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    assert server.run("history({ room: 'lobby' })") is False, "not online yet"
    server.welcome()
    server.expect(hello(name="Ada"))
    assert server.run("history({ room: 'lobby' }, { before: 7, limit: 20 })") is True
    server.run("history({ with: 'Bob' })")
    server.run("history({})")
    server.run("search('needle', { room: 'lobby', before: 9 })")
    server.expect({"type": "history", "room": "lobby", "before": 7, "limit": 20}, {"type": "history", "with": "Bob"},
                  {"type": "history"}, {"type": "search", "text": "needle", "room": "lobby", "before": 9})
    server.history(message(5, "Ada"), message(6), room="lobby", before=7)
    server.settle()
    assert [m["own"] for m in server.events("history")[-1]["messages"]] == [True, False]


def test_the_token_is_stored_and_sent(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.expect(hello(name="Ada"))
    server.welcome(token=TOKEN)
    server.reconnect()
    server.expect(resume(1, token=TOKEN))
    server.welcome(token=OTHER, new=False)  # the server did not know the first one
    server.reload()
    server.wait_for_connections(3)
    server.expect(hello(name="Ada", token=OTHER))


def test_two_tabs_are_one_user(fake_server):
    one, two = fake_server(name="Ada"), fake_server(name="Ada")
    one.wait_for_connections(1)
    two.wait_for_connections(1)
    two.expect(hello(name="Ada"))
    one.welcome(token=TOKEN)
    two.send(type="error", code="name-taken", message="…", proposal="Ada2")
    two.until(lambda: two.advance(100) or two.received[-1])
    two.expect(hello(name="Ada", token=TOKEN))


def test_a_known_user_has_no_requested_name(fake_server):
    """The user was renamed on another device, so the server ignores the name that this client requests."""
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(token=TOKEN)
    server.reconnect()
    server.welcome(name="Zoe", new=False)
    assert [w.get("asked") for w in server.events("welcome")] == ["Ada", None]
    assert server.page.evaluate("chat.name") == "Zoe"


def test_a_name_chosen_offline_is_requested(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(token=TOKEN)
    server.drop()
    server.run("rename('Zoe')")
    server.run("connect()")
    server.wait_for_connections(2)
    server.expect(resume(1, token=TOKEN) | {"name": "Zoe"})
    server.welcome(new=False)
    server.expect({"type": "rename", "name": "Zoe"})


def test_becoming_another_user(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.welcome(token=TOKEN)
    server.run("send('lobby', 'Of the first user')")
    server.run(f"become('{OTHER}')")
    server.reload()
    assert server.page.evaluate("chat.pending") == [], "they are the first user's"
    server.wait_for_connections(2)
    server.expect(hello(name="Ada", token=OTHER))


def test_hello_is_retried_after_a_temporary_error(fake_server):
    server = fake_server(name="Ada")
    server.page.evaluate("Math.random = () => 1")
    server.wait_for_connections(1)
    for wait in (1000, 2000):
        server.expect(hello(name="Ada"))
        server.send(type="error", code="try-again", message="Your name could not be stored. Try again.")
        server.until(lambda: server.advance(wait) or server.received[-1])
    server.expect(hello(name="Ada"))
    assert server.events("error") == []
