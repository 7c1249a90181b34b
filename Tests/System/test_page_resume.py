"""chatrelay.js: who it is, and where it comes back to. Against a server that the test plays itself."""

from page_seat import browser  # noqa: F401  (a fixture)
from page_server import LEDGER, TOKEN, back, hello, message, play, private  # noqa: F401  (a fixture)

OTHER = "fedcba9876543210fedcba9876543210"


def break_line(server, connection):
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    server.run("connect()")
    server.opened(connection)


def test_it_comes_back_to_where_it_was(play):
    server = play(name="Ada")
    server.opened(1)
    server.expect(hello(name="Ada"))
    server.welcome(seq=7)
    break_line(server, 2)
    server.expect(back(7))
    server.welcome(seq=8, new=False)
    server.say(**message(9))
    server.say(**private(10))
    server.settle()
    break_line(server, 3)
    server.expect(back(10))


def test_what_was_missed_counts_at_once(play):
    """A line that breaks on the way back goes on from where it broke."""
    server = play(name="Ada")
    server.opened(1)
    server.welcome(seq=7)
    break_line(server, 2)
    server.expect(back(7))
    server.say(type="welcome", name="Ada", ledger=LEDGER, seq=20, rooms=["lobby"], limits={})
    server.say(**message(9))
    server.settle()
    break_line(server, 3)
    server.expect(back(9))


def test_a_newcomer_has_no_position_until_all_rooms_have_answered(play):
    server = play(name="Ada", rooms=["lobby", "attic"])
    server.opened(1)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(seq=7)
    server.say(**message(8))
    server.settle()
    break_line(server, 2)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.welcome(seq=8)
    server.say(**message(9))
    server.say(type="joined", room="attic", users=1)
    server.history(room="attic")
    server.settle()
    break_line(server, 3)
    server.expect(back(9, rooms=["lobby", "attic"]))


def test_a_room_that_is_refused_has_answered(play):
    server = play(name="Ada", rooms=["lobby", "attic"])
    server.opened(1)
    server.welcome(seq=7)
    server.say(type="error", code="no-such-room", room="attic", message="…")
    server.settle()
    assert server.heard("left") == [{"type": "left", "room": "attic"}]
    server.got[-1].clear()
    break_line(server, 2)
    server.expect(back(7))


def test_a_gap_is_told_and_is_no_position_before_its_end(play):
    server = play(name="Ada", rooms=["lobby", "attic"])
    server.opened(1)
    server.welcome(seq=7, rooms=["lobby", "attic"])
    break_line(server, 2)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]) | {"since": 7, "ledger": LEDGER})
    server.say(type="welcome", name="Ada", ledger=LEDGER, seq=20_000, rooms=["lobby"], limits={})
    server.say(type="history", messages=[], more=False, gap=True)
    server.say(type="joined", room="lobby", users=1)
    server.history(message(19_000), room="lobby", more=True, gap=True)
    server.say(**message(20_001))
    server.settle()
    assert server.heard("history")[-1]["gap"] is True
    break_line(server, 3)
    server.expect(back(7, rooms=["lobby", "attic"]))


def test_a_joined_alone_does_not_hide_a_gap(play):
    """The line breaks between `joined` and the room's newest messages."""
    server = play(name="Ada")
    server.opened(1)
    server.welcome(seq=7)
    break_line(server, 2)
    server.expect(back(7))
    server.say(type="welcome", name="Ada", ledger=LEDGER, seq=20_000, rooms=["lobby"], limits={})
    server.say(type="history", messages=[], more=False, gap=True)
    server.say(type="joined", room="lobby", users=1)
    server.wait("last[0] === 'joined'")
    break_line(server, 3)
    server.expect(back(7))


def test_a_new_life_of_the_server_is_not_taken_for_repeats(play):
    server = play()
    server.opened(1)
    server.welcome(seq=7)
    server.say(**message(8, text="Old life"))
    server.settle()
    break_line(server, 2)
    server.welcome(seq=0, ledger="another0")
    server.say(**message(8, text="New life"))
    server.settle()
    assert [m["text"] for m in server.heard("message")] == ["Old life", "New life"]
    assert [w["anew"] for w in server.heard("welcome")] == [False, True]
    server.got[-1].clear()
    break_line(server, 3)
    server.expect(back(8) | {"ledger": "another0"})


def test_each_message_is_given_out_once_in_whatever_order(play):
    server = play()
    server.opened(1)
    server.welcome()
    server.history(message(3), message(5), room="lobby", before=6)
    for seq in (5, 6, 3, 6, 4):
        server.say(**message(seq))
    server.settle()
    assert [m["seq"] for m in server.heard("message")] == [6, 4]


def test_the_past_is_asked_for(play):
    server = play(name="Ada")
    server.opened(1)
    assert server.run("history({ room: 'lobby' })") is False, "nobody to ask yet"
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
    assert [m["own"] for m in server.heard("history")[-1]["messages"]] == [True, False]


def test_the_token_is_kept_and_said(play):
    server = play(name="Ada")
    server.opened(1)
    server.expect(hello(name="Ada"))
    server.welcome(token=TOKEN)
    break_line(server, 2)
    server.expect(back(1, token=TOKEN))
    server.welcome(token=OTHER, new=False)  # the server had lost the first one
    server.reload()
    server.opened(3)
    server.expect(hello(name="Ada", token=OTHER))


def test_two_tabs_are_one_user(play):
    one, two = play(name="Ada"), play(name="Ada")
    one.opened(1)
    two.opened(1)
    two.expect(hello(name="Ada"))
    one.welcome(token=TOKEN)
    two.say(type="error", code="name-taken", message="…", proposal="Ada2")
    two.until(lambda: two.forward(100) or two.got[-1])
    two.expect(hello(name="Ada", token=TOKEN))


def test_somebody_who_is_known_was_not_refused_the_name(play):
    """Renamed on another device: what this one asked for is of no interest."""
    server = play(name="Ada")
    server.opened(1)
    server.welcome(token=TOKEN)
    break_line(server, 2)
    server.welcome(name="Zoe", new=False)
    assert [w.get("asked") for w in server.heard("welcome")] == ["Ada", None]
    assert server.page.evaluate("chat.name") == "Zoe"


def test_a_name_chosen_offline_is_asked_for(play):
    server = play(name="Ada")
    server.opened(1)
    server.welcome(token=TOKEN)
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    server.run("rename('Zoe')")
    server.run("connect()")
    server.opened(2)
    server.expect(back(1, token=TOKEN) | {"name": "Zoe"})
    server.welcome(new=False)
    server.expect({"type": "rename", "name": "Zoe"})


def test_a_token_is_taken_over(play):
    server = play(name="Ada")
    server.opened(1)
    server.welcome(token=TOKEN)
    server.run("send('lobby', 'Of the first user')")
    server.run(f"become('{OTHER}')")
    server.reload()
    assert server.page.evaluate("chat.pending") == [], "not said by another user"
    server.opened(2)
    server.expect(hello(name="Ada", token=OTHER))


def test_a_hello_that_can_not_be_stored_is_said_again(play):
    server = play(name="Ada")
    server.page.evaluate("Math.random = () => 1")
    server.opened(1)
    for wait in (1000, 2000):
        server.expect(hello(name="Ada"))
        server.say(type="error", code="try-again", message="Your name could not be stored. Try again.")
        server.until(lambda: server.forward(wait) or server.got[-1])
    server.expect(hello(name="Ada"))
    assert server.heard("error") == []
