"""A crash and a planned restart of the server, as the page and its library go through them: nobody notices."""

import signal

import pytest
from page_seat import browser, pair, seats  # noqa: F401  (fixtures)
from page_server import LEDGER, TOKEN, back, hello, message, play  # noqa: F401  (a fixture)


@pytest.fixture
def site(sites, tmp_path):
    """Whose people have time to come back."""
    return sites("--grace", "10", "--ledger", str(tmp_path / "ledger"))


def restart(server, again=1, seq=1):
    server.say(type="system", event="restart", again=again, ledger=LEDGER, seq=seq)


def begin(play, **options):
    """A client that is online in the lobby."""
    server = play(name="Ada", rooms=["lobby"], **options)
    server.opened(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome(token=TOKEN)
    return server


def again(number, since=1, **fields):
    return back(since, token=TOKEN, again=number, **fields)


def test_it_says_hello_again_on_the_same_line(play):
    server = begin(play)
    restart(server)
    server.expect(again(1))
    server.welcome(new=False)
    assert [state["state"] for state in server.heard("state")] == ["connecting", "online"], "nobody need notice"
    assert len(server.connections) == 1
    server.forward(60_000)  # and stays
    assert len(server.connections) == 1


def test_a_second_crash_has_a_number_of_its_own(play):
    server = begin(play)
    restart(server, 1)
    server.expect(again(1))
    restart(server, 2)
    server.expect(again(2))
    server.welcome(new=False)
    assert [state["state"] for state in server.heard("state")] == ["connecting", "online"]


def test_a_crash_before_the_welcome(play):
    server = play(name="Ada", rooms=["lobby"])
    server.opened(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    restart(server)
    server.expect(hello(name="Ada", rooms=["lobby"], again=1))
    server.welcome()
    assert [state["state"] for state in server.heard("state")] == ["connecting", "online"]


def test_what_has_no_acknowledgement_is_sent_again_at_once(play):
    server = begin(play)
    id = server.run("send('lobby', 'Hello')")
    sent = {"type": "message", "id": id, "room": "lobby", "text": "Hello"}
    server.expect(sent)
    restart(server)
    server.expect(again(1))
    server.welcome(new=False, rooms=())
    server.say(**message(2))
    server.say(type="joined", room="lobby", users=1)
    server.expect(sent)
    server.say(type="ack", id=id, seq=3)
    server.wait("heard.filter(([type]) => type === 'message').length === 2")
    assert [said["text"] for said in server.heard("message")] == ["Message 2", "Hello"]


def test_nothing_is_said_between_the_crash_and_the_welcome(play):
    server = begin(play)
    restart(server)
    server.expect(again(1))
    server.run("send('lobby', 'Early')")
    assert not server.run("history({ room: 'lobby' })")
    server.run("join('attic')")
    server.say(type="welcome", name="Ada", ledger=LEDGER, seq=1, rooms=["lobby"], limits={})
    server.say(type="joined", room="lobby", users=1)
    server.until(lambda: server.got[-1])
    assert server.got[-1][0]["text"] == "Early"


def test_what_was_asked_is_asked_again(play):
    server = begin(play)
    questions = ["join('attic')", "who('lobby')", "history({ room: 'lobby' }, { before: 9 })", "search('word')", "list()"]
    asked = [
        {"type": "join", "room": "attic"}, {"type": "who", "room": "lobby"},
        {"type": "history", "room": "lobby", "before": 9}, {"type": "search", "text": "word"}, {"type": "rooms"}]
    for question in questions:
        server.run(question)
    server.expect(*asked)
    # One is answered, one refused.
    server.say(type="found", text="word", messages=[], more=False)
    server.say(type="error", code="no-such-room", room="attic", message="There is no room attic.")
    server.settle()
    restart(server)
    server.expect(again(1))
    server.welcome(new=False)
    server.expect(asked[1], asked[2], asked[4])


def test_a_welcome_that_never_comes_is_not_waited_for(play):
    server = begin(play)
    restart(server)
    server.expect(again(1))
    server.forward(14_000)
    assert len(server.connections) == 1
    server.forward(3_000)
    server.opened(2)
    server.expect(back(1, token=TOKEN))  # another line, another story


def test_the_page_goes_through_crashes_and_restarts(site, pair):
    ada, bob = pair
    expected = []
    for seat in pair:
        seat.page.evaluate("""() => { window.states = []; new MutationObserver(() => states.push(
            document.querySelector("#state").dataset.state)).observe(document.querySelector("#state"), { attributes: true }); }""")
    for number, how in enumerate([signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL]):
        ada.say(f"Before {number}")
        bob.expect_said(f"Before {number}")
        assert site.restart_daemon(how) == (0 if how == signal.SIGTERM else -how)
        bob.say(f"After {number}")
        ada.expect_said(f"After {number}")
        expected += [("Ada", f"Before {number}"), ("Bob", f"After {number}")]
    for seat in pair:
        assert seat.messages() == expected
        seat.expect_people("Ada", "Bob")
        assert seat.page.evaluate("states") == [], "the page never said that anything was wrong"
        told = seat.log.locator(".system").all_text_contents()
        assert len(told) <= 2, told
