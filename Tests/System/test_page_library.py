"""chatrelay.js against a server that the test plays itself, with a clock that the test moves."""

import pytest
from page_seat import browser  # noqa: F401  (a fixture)
from page_server import TOKEN, back, hello, message, play  # noqa: F401  (a fixture)


def test_it_says_hello_and_who_it_is(play):
    server = play(name="Ada", rooms=["lobby"])
    server.opened(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    server.forward(60_000)  # and stays
    assert [state["state"] for state in server.heard("state")] == ["connecting", "online"]


@pytest.mark.parametrize("code, wait", [(4000, 0), (4099, 0), (4100, 1000), (4199, 1000), (1001, 1000), (1011, 1000)])
def test_close_codes_say_when_to_come_back(play, code, wait):
    server = play()
    server.opened(1)
    server.welcome()
    server.forward(10_000)  # long enough to count as a good connection
    server.page.evaluate("Math.random = () => 1")
    server.close(code)
    assert server.retry_in() == wait
    server.forward(wait)
    server.opened(2)
    server.expect(back(1))


@pytest.mark.parametrize("code", [4200, 4299])
def test_never_is_never(play, code):
    server = play()
    server.opened(1)
    server.welcome()
    server.close(code)
    server.wait("last[1].state === 'closed'")
    server.forward(3_600_000)
    server.page.evaluate("dispatchEvent(new Event('online'))")
    assert len(server.connections) == 1


def test_the_back_off_grows_to_its_bound_and_begins_anew(play):
    server = play()
    server.page.evaluate("Math.random = () => 1")
    waits = []
    for n in range(1, 8):
        server.opened(n)
        server.close(1011)
        waits.append(server.retry_in())
        server.forward(waits[-1])
    assert waits == [1000, 2000, 4000, 8000, 16000, 30000, 30000]
    server.opened(8)
    server.welcome()
    server.forward(6_000)
    server.close(1011)
    assert server.retry_in() == 1000


def test_it_comes_back_at_once_when_the_network_does(play):
    server = play()
    server.opened(1)
    server.close(1011)
    server.wait("last[1].state === 'offline'")
    server.page.evaluate("dispatchEvent(new Event('online'))")
    server.opened(2)


def test_a_server_that_never_welcomes_is_given_up(play):
    server = play()
    server.opened(1)
    server.expect(hello())
    server.forward(15_000)
    server.wait("last[1].state === 'offline'")


def test_a_dead_line_is_noticed(play):
    """No answer to a message: the line is dead, whatever the browser thinks of it."""
    server = play()
    server.opened(1)
    server.welcome()
    id = server.run("send('lobby', 'Hello?')")
    server.forward(10_000)
    server.wait("last[1].state === 'offline'")
    assert server.heard("pending") == [server.page.evaluate("chat.pending[0]")]
    assert server.page.evaluate("chat.pending[0].id") == id, "it waits"


def test_a_message_is_pending_until_its_own_event(play):
    server = play()
    server.opened(1)
    server.welcome()
    server.expect(hello())
    id = server.run("send('lobby', 'Hello')")
    server.expect({"type": "message", "id": id, "room": "lobby", "text": "Hello"})
    event = message(2, "Ada", id=id, text="Hello")
    server.say(**event)
    server.say(**event)
    server.say(**event | {"seq": 3, "id": "b-1", "from": "Bob"})
    server.wait("last[1].from === 'Bob'")
    assert [(m["seq"], m["own"]) for m in server.heard("message")] == [(2, True), (3, False)], "each once"
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    assert [m["status"] for m in server.heard("pending")] == ["pending"]
    assert server.page.evaluate("chat.pending") == []


def test_its_own_name_is_asked_for_again_then_the_proposal_taken(play):
    server = play(name="Ada")
    server.opened(1)
    server.expect(hello(name="Ada"))
    server.welcome()
    server.close(1001)
    server.run("connect()")
    server.opened(2)
    for _ in range(5):  # the server lost our token
        server.expect(back(1))
        server.say(type="error", code="name-taken", message="…", proposal="Ada2")
        server.until(lambda: server.forward(100) or server.got[-1])
    server.expect(back(1) | {"name": "Ada2"})
    server.welcome(name="Ada2", token=TOKEN)
    assert server.heard("welcome")[-1]["asked"] == "Ada"


def test_typing_is_told_at_most_once_in_two_seconds(play):
    server = play()
    server.opened(1)
    server.welcome()
    server.expect(hello())
    for _ in range(21):
        server.run("typing('lobby')")
        server.forward(100)
    server.expect({"type": "typing", "room": "lobby"}, {"type": "typing", "room": "lobby"})
    server.say(type="typing", room="lobby", **{"from": "Ada"})
    server.say(type="typing", room="lobby", **{"from": "Bob"})
    server.wait("last[0] === 'typing'")
    assert [event["from"] for event in server.heard("typing")] == ["Bob"], "not its own"


def test_the_log_is_bounded(play):
    server = play()
    lines = server.page.evaluate("""async () => {
        const { Log } = await import("/page/log.js");
        const log = new Log("lobby", { load: () => false, write() {} });
        for (let n = 0; n < 1100; n++) log.message({ seq: n, id: String(n), from: "Ada", text: String(n), at: n, own: false });
        window.shown = () => [...log.element.querySelectorAll(".text")].map((text) => text.textContent);
        return shown();
    }""")
    assert lines == ["0"], "the first at once, the others together in the next frame"
    server.forward(16)
    lines = server.page.evaluate("shown()")
    assert len(lines) == 1000 and lines[-1] == "1099"
