"""chatrelay.js against a fake server: connecting, close codes, the back-off, names, typing."""

import pytest
from page_object import browser  # noqa: F401  (a fixture)
from page_server import TOKEN, fake_server, hello, message, resume  # noqa: F401  (a fixture)


def test_it_sends_hello_and_stays_online(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    server.advance(60_000)
    assert [state["state"] for state in server.events("state")] == ["connecting", "online"]


@pytest.mark.parametrize("code, wait", [(4000, 0), (4099, 0), (4100, 1000), (4199, 1000), (1001, 1000), (1011, 1000)])
def test_the_close_code_decides_when_to_reconnect(fake_server, code, wait):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    server.advance(10_000)  # long enough for a stable connection
    server.page.evaluate("Math.random = () => 1")
    server.close(code)
    assert server.retry_in() == wait
    server.advance(wait)
    server.wait_for_connections(2)
    server.expect(resume(1))


@pytest.mark.parametrize("code", [4200, 4299])
def test_final_close_codes_prevent_a_reconnect(fake_server, code):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    server.close(code)
    server.wait("last[1].state === 'closed'")
    server.advance(3_600_000)
    server.page.evaluate("dispatchEvent(new Event('online'))")
    assert len(server.connections) == 1


def test_the_back_off_grows_to_its_bound_and_resets(fake_server):
    server = fake_server()
    server.page.evaluate("Math.random = () => 1")
    waits = []
    for n in range(1, 8):
        server.wait_for_connections(n)
        server.close(1011)
        waits.append(server.retry_in())
        server.advance(waits[-1])
    assert waits == [1000, 2000, 4000, 8000, 16000, 30000, 30000]
    server.wait_for_connections(8)
    server.welcome()
    server.advance(6_000)
    server.close(1011)
    assert server.retry_in() == 1000


def test_it_reconnects_at_once_when_the_network_is_back(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.close(1011)
    server.wait("last[1].state === 'offline'")
    server.page.evaluate("dispatchEvent(new Event('online'))")
    server.wait_for_connections(2)


def test_a_missing_welcome_times_out(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.expect(hello())
    server.advance(15_000)
    server.wait("last[1].state === 'offline'")


def test_a_missing_answer_ends_the_connection(fake_server):
    """The browser does not notice a dead connection."""
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    id = server.run("send('lobby', 'Hello?')")
    server.advance(10_000)
    server.wait("last[1].state === 'offline'")
    assert server.events("pending") == [server.page.evaluate("chat.pending[0]")]
    assert server.page.evaluate("chat.pending[0].id") == id


def test_a_message_is_pending_until_its_own_event(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    server.expect(hello())
    id = server.run("send('lobby', 'Hello')")
    server.expect({"type": "message", "id": id, "room": "lobby", "text": "Hello"})
    event = message(2, "Ada", id=id, text="Hello")
    server.send(**event)
    server.send(**event)
    server.send(**event | {"seq": 3, "id": "b-1", "from": "Bob"})
    server.wait("last[1].from === 'Bob'")
    assert [(m["seq"], m["own"]) for m in server.events("message")] == [(2, True), (3, False)], "each message once"
    server.close(1001)
    server.wait("last[1].state === 'offline'")
    assert [m["status"] for m in server.events("pending")] == ["pending"]
    assert server.page.evaluate("chat.pending") == []


def test_a_taken_name_is_retried_then_the_proposal_requested(fake_server):
    server = fake_server(name="Ada")
    server.wait_for_connections(1)
    server.expect(hello(name="Ada"))
    server.welcome()
    server.close(1001)
    server.run("connect()")
    server.wait_for_connections(2)
    for _ in range(5):  # the client has no token
        server.expect(resume(1))
        server.send(type="error", code="name-taken", message="…", proposal="Ada2")
        server.until(lambda: server.advance(100) or server.received[-1])
    server.expect(resume(1) | {"name": "Ada2"})
    server.welcome(name="Ada2", token=TOKEN)
    assert server.events("welcome")[-1]["asked"] == "Ada"


def test_typing_is_sent_at_most_once_in_two_seconds(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.welcome()
    server.expect(hello())
    for _ in range(21):
        server.run("typing('lobby')")
        server.advance(100)
    server.expect({"type": "typing", "room": "lobby"}, {"type": "typing", "room": "lobby"})
    server.send(type="typing", room="lobby", **{"from": "Ada"})
    server.send(type="typing", room="lobby", **{"from": "Bob"})
    server.wait("last[0] === 'typing'")
    assert [event["from"] for event in server.events("typing")] == ["Bob"], "not of this user"
