"""chatrelay.js against a fake server: edits, deletions, reactions, replies, and ids of users."""

import pytest
from page_object import browser  # noqa: F401  (a fixture)
from page_server import fake_server, hello, lobby_server, message, private, resume  # noqa: F401  (fixtures)

ADA, BOB = 2, 5


def edit(id, text, seq=3):
    return {"type": "edit", "id": id, "message": seq, "text": text}


def edited(seq, text, user=ADA, **fields):
    return {"type": "edited", "seq": seq, "message": 3, "room": "lobby", "from": "Ada", "user": user, "text": text, "at": 0} | fields


@pytest.fixture
def lobby(lobby_server):
    """Ada, who has sent the message 3."""
    server = lobby_server(user=ADA)
    server.send(**message(3, "Ada", user=ADA))
    server.settle()
    return server


def test_own_follows_the_id_and_not_the_name(lobby):
    lobby.send(type="renamed", name="Eve")
    lobby.send(**message(4, "Ada", user=ADA))
    lobby.send(**message(5, "Eve", user=BOB))
    lobby.history(message(3, "Ada", user=ADA), message(5, "Eve", user=BOB), room="lobby", before=9)
    lobby.send(type="typing", room="lobby", user=BOB, **{"from": "Eve"})
    lobby.wait("last[0] === 'typing'")
    assert [m["own"] for m in lobby.events("message")] == [True, True, False]
    assert [m["own"] for m in lobby.events("history")[-1]["messages"]] == [True, False]
    assert lobby.run("user") == ADA


def test_each_change_is_emitted_once_and_advances_the_position(lobby):
    for _ in range(2):
        lobby.send(**edited(4, "New", user=ADA))
        lobby.send(type="reaction", seq=5, message=3, room="lobby", user=BOB, emoji="👍", on=True, **{"from": "Bob"})
        lobby.send(type="deleted", seq=6, message=3, room="lobby", user=ADA, **{"from": "Ada"})
    lobby.settle()
    assert [(e["seq"], e["own"]) for e in lobby.events("edited") + lobby.events("reaction")] == [(4, True), (5, False)]
    assert [e["seq"] for e in lobby.events("deleted")] == [6]
    lobby.reconnect()
    lobby.expect(resume(6))


@pytest.mark.parametrize("call, command", [
    ("edit(3, 'New')", {"type": "edit", "text": "New"}), ("remove(3)", {"type": "delete"}),
    ("react(3, '👍')", {"type": "react", "emoji": "👍", "on": True}), ("react(3, '👍', false)", {"type": "react", "emoji": "👍", "on": False})])
def test_a_change_is_sent_again_with_its_id(lobby, call, command):
    """Over a lost connection, a crash of the server and a reload, until the answer."""
    id = lobby.run(call)
    command = command | {"id": id, "message": 3}
    lobby.expect(command)
    lobby.drop()
    assert [c["id"] for c in lobby.run("changes")] == [id] and lobby.run("pending") == []
    lobby.run("connect()")
    lobby.wait_for_connections(2)
    lobby.welcome_back(user=ADA, seq=3)
    lobby.expect(command)
    lobby.send(type="system", event="restart", again=1, ledger="1ed9e000", seq=3)
    lobby.until(lambda: lobby.received[-1])
    lobby.welcome_back(user=ADA, seq=3)
    lobby.expect(command)
    lobby.reload()
    lobby.wait_for_connections(3)
    lobby.expect(hello(name="Ada", rooms=["lobby"]))
    lobby.welcome(user=ADA)
    lobby.expect(command)
    lobby.send(type="ack", id=id, seq=9)
    lobby.settle()
    assert lobby.run("changes") == []
    event, = lobby.events({"edit": "edited", "delete": "deleted", "react": "reaction"}[command["type"]])
    assert event["message"] == 3 and event["own"] and "seq" not in event
    lobby.advance(60_000)
    assert lobby.received[-1] == []


def test_changes_of_a_message_keep_their_order(lobby):
    first, second = lobby.run("edit(3, 'One')"), lobby.run("edit(3, 'Two')")
    other = lobby.run("react(4, '👍')")
    lobby.expect(edit(first, "One"), {"type": "react", "id": other, "message": 4, "emoji": "👍", "on": True})
    lobby.send(**edited(5, "One", id=first))
    lobby.expect(edit(second, "Two"))


def test_a_change_waits_until_all_rooms_are_joined(lobby):
    lobby.drop()
    id = lobby.run("edit(3, 'New')")
    lobby.run("connect()")
    lobby.wait_for_connections(2)
    lobby.until(lambda: lobby.received[-1])
    lobby.received[-1].clear()
    lobby.send(type="welcome", name="Ada", user=ADA, ledger="1ed9e000", seq=3, rooms=["lobby"], limits={})
    lobby.settle()
    assert lobby.received[-1] == []
    lobby.send(type="joined", room="lobby", users=1)
    lobby.expect(edit(id, "New"))


@pytest.mark.parametrize("code", ["too-late", "not-yours", "no-such-message", "muted", "of-a-later-version"])
def test_a_refused_change_is_given_up(lobby, code):
    id = lobby.run("edit(3, 'New')")
    lobby.expect(edit(id, "New"))
    lobby.send(type="error", code=code, id=id, message="…")
    lobby.settle()
    assert [(e["code"], e["id"]) for e in lobby.events("error")] == [(code, id)]
    assert lobby.run("changes") == []
    lobby.advance(60_000)
    assert lobby.received[-1] == []


@pytest.mark.parametrize("error, wait", [({"code": "try-again"}, 1000), ({"code": "rate-limited", "retry": 300}, 300)])
def test_a_change_is_retried_after_a_temporary_error(lobby, error, wait):
    lobby.page.evaluate("Math.random = () => 1")
    id = lobby.run("edit(3, 'New')")
    lobby.expect(edit(id, "New"))
    lobby.send(type="error", id=id, message="…", **error)
    lobby.settle()
    lobby.advance(wait)
    lobby.expect(edit(id, "New"))


def test_another_users_change_with_the_same_id_settles_nothing(lobby):
    id = lobby.run("edit(3, 'New')")
    lobby.send(**edited(4, "New", user=BOB, id=id))
    lobby.settle()
    assert [c["id"] for c in lobby.run("changes")] == [id]


def test_a_new_ledger_voids_the_changes(lobby):
    lobby.drop()
    id = lobby.run("edit(3, 'New')")
    lobby.run("connect()")
    lobby.wait_for_connections(2)
    lobby.welcome_back(user=ADA, ledger="2ed9e000")
    assert [(e["code"], e["id"]) for e in lobby.events("error")] == [("no-such-message", id)]
    lobby.advance(60_000)
    assert [c for c in lobby.received[-1] if c["type"] == "edit"] == []


def test_replies_and_private_messages_to_an_id(lobby):
    reply = lobby.run("send('lobby', 'Yes', { re: 3 })")
    to_bob = lobby.run(f"sendPrivate({BOB}, 'Psst', {{ re: 4, name: 'Bob' }})")
    lobby.expect({"type": "message", "id": reply, "room": "lobby", "text": "Yes", "re": 3},
                 {"type": "private", "id": to_bob, "user": BOB, "text": "Psst", "re": 4})
    lobby.send(type="ack", id=to_bob, seq=7)
    lobby.settle()
    event, = lobby.events("private")
    assert (event["peer"], event["to"], event["user"], event["re"], event["own"]) == (BOB, "Bob", ADA, 4, True)
    lobby.reload()
    assert [(m["id"], m["re"]) for m in lobby.run("pending")] == [(reply, 3)]


def test_a_message_that_was_edited_elsewhere_is_settled_by_its_sender(lobby):
    id = lobby.run("send('lobby', 'Helo')")
    lobby.history(message(4, "Ada", user=ADA, id=id, text="Hello", edited=1), room="lobby", gap=True)
    lobby.settle()
    assert lobby.run("pending") == []


@pytest.mark.parametrize("call", ["edit(0, 'x')", "edit('3', 'x')", "edit(3, ' ')", "remove()", "react(3, '')", "react(3, '👍', 1)",
                                  "send('lobby', 'x', { re: -1 })", "sendPrivate(0, 'x')", "sendPrivate('', 'x')"])
def test_a_bad_argument_throws_where_it_is_given(lobby, call):
    assert lobby.page.evaluate(f"(() => {{ try {{ chat.{call}; }} catch (error) {{ return error.name; }} }})()") == "TypeError"
    assert lobby.run("pending") == lobby.run("changes") == []


def test_what_an_earlier_version_has_stored_is_sent(fake_server, lobby_server):
    one = lobby_server()
    one.page.evaluate("""localStorage.setItem(`chatrelay ${origin.replace("http", "ws")}/test pending 000000000000001 000000000 a-1`,
        JSON.stringify({ id: "a-1", to: "Bob", text: "Psst", at: 1, status: "pending", user: "login:Ada" }))""")
    one.reload()
    one.wait_for_connections(2)
    one.expect(hello(name="Ada", rooms=["lobby"]))
    one.welcome(user=ADA)
    one.expect({"type": "private", "id": "a-1", "to": "Bob", "text": "Psst"})
    one.send(**private(2, "Ada", "Bob", id="a-1", text="Psst", user=ADA, peer=BOB))
    one.settle()
    assert one.run("pending") == []
