"""Nothing that the server refuses bricks a client: invalid arguments, refused messages, and rooms that hello is refused for."""

import json

import pytest
from page_object import browser, chat_pages  # noqa: F401  (fixtures)
from page_server import LEDGER, TOKEN, fake_server, hello, lobby_server, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect
from test_page_pending import command

REFUSED = "(call) => { try { call(); return 'accepted'; } catch (error) { return error.name; } }"


def thrown(server, call):
    return server.page.evaluate(f"({REFUSED})(() => {call})")


def stored(server):
    return server.page.evaluate("Object.keys(localStorage).filter((key) => key.includes(' pending '))")


def store_message(page, url, **fields):
    """As an earlier version stored it."""
    value = {"id": "old", "at": 0, "status": "pending", "text": "x"} | fields
    page.evaluate("([key, value]) => { localStorage[key] = value; }", [f"chatrelay {url} pending 000000000000001 000000001 old", json.dumps(value)])


def socket_url(site, path):
    return site.url.replace("http", "ws") + path


def test_half_a_surrogate_pair_is_replaced(lobby_server):
    server = lobby_server()
    sent = server.run(r"send('lobby', 'half \ud83d end')")
    server.expect(command(sent, "half \ufffd end"))
    server.send(**message(2, "Ada", id=sent, text="half \ufffd end"))
    server.settle()
    assert server.page.evaluate("chat.pending") == []


def test_the_server_accepts_what_was_half_a_surrogate_pair(chat_pages):
    chat = chat_pages("Ada")
    chat.page.evaluate(r"""() => {
        const input = document.querySelector("#message-input");
        input.value = "half \ud83d end";
        input.form.requestSubmit();
    }""")
    chat.expect_message("half \ufffd end")
    chat.say("and more")


@pytest.mark.parametrize("call", [
    "chat.send('not a room!', 'x')", "chat.send('lobby', '  ')", "chat.send('lobby', undefined)", "chat.send(undefined, 'x')",
    "chat.sendPrivate('', 'x')", "chat.sendPrivate(undefined, 'x')", "chat.join('Not a room')", "chat.rename('')",
    "new chat.constructor({ rooms: ['Not a room'] })"])
@pytest.mark.parametrize("is_online", [True, False])
def test_invalid_arguments_are_refused_before_anything_is_stored(lobby_server, call, is_online):
    server = lobby_server()
    if not is_online:
        server.drop()
    server.received[-1].clear()
    assert thrown(server, call) == "TypeError"
    assert server.page.evaluate("chat.pending") == [] and stored(server) == [] and server.page.evaluate("chat.rooms") == ["lobby"]
    assert server.received[-1] == []


def test_a_stored_message_for_an_invalid_room_is_given_up(fake_server, lobby_server, site):
    server = lobby_server(token=TOKEN)
    store_message(server.page, socket_url(site, "/test"), room="not a room!")
    server.reload()
    server.wait_for_connections(2)
    server.expect(hello(name="Ada", rooms=["lobby"], token=TOKEN))
    given_up, = server.page.evaluate("chat.pending")
    assert (given_up["status"], given_up["code"]) == ("failed", "bad-room")
    server.run("discard('old')")
    assert stored(server) == []


def test_a_refusal_without_an_id_gives_up_the_message(lobby_server):
    server = lobby_server()
    first, second = server.run("send('lobby', 'Bad')"), server.run("send('lobby', 'Good')")
    server.expect(command(first, "Bad"))
    server.send(type="error", code="bad-json", message="This is not valid JSON.")
    server.expect(command(second, "Good"))
    assert [(m["text"], m["status"], m.get("code")) for m in server.page.evaluate("chat.pending")] == [
        ("Bad", "failed", "bad-json"), ("Good", "pending", None)]


def test_a_refusal_without_an_id_does_not_give_up_others(lobby_server):
    """With several messages in flight, only the one that is still refused after repeats is given up."""
    server = lobby_server()
    bad, good = server.run("send('lobby', 'Bad')"), server.run("sendPrivate('Bob', 'Good')")
    server.until(lambda: len(server.received[-1]) >= 2)
    server.send(type="error", code="bad-json", message="…")
    server.settle()
    assert [m["status"] for m in server.page.evaluate("chat.pending")] == ["pending", "pending"]
    server.send(type="ack", id=good, seq=2)
    server.advance(10_000)
    server.send(type="error", code="bad-json", message="…")
    server.settle()
    assert [(m["id"], m["status"]) for m in server.page.evaluate("chat.pending")] == [(bad, "failed")]


def test_a_text_over_the_limit_is_not_sent(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    sent = server.run("send('lobby', 'x'.repeat(70_000))")
    server.until(lambda: server.received[-1])
    server.welcome()
    server.wait(f"events.some(([type, detail]) => type === 'pending' && detail.id === '{sent}' && detail.code === 'text-too-long')")
    assert [command["type"] for command in server.received[-1]] == ["hello"]


@pytest.mark.parametrize("code", ["bad-room", "too-many-rooms"])
def test_a_hello_that_is_refused_for_its_rooms_joins_them_one_by_one(fake_server, code):
    """The error does not say which room it is about."""
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.send(type="error", code=code, message="…")
    server.expect({"type": "hello", "name": "Ada", "rooms": [], "create": True})
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=1, rooms=["lobby"], limits={})
    server.expect({"type": "join", "room": "lobby", "create": True}, {"type": "join", "room": "attic", "create": True})
    server.send(type="joined", room="lobby", users=1)
    server.history(room="lobby")
    server.send(type="error", code=code, room="attic", message="…")
    server.settle()
    assert server.page.evaluate("[chat.state.state, chat.rooms]") == ["online", ["lobby"]]


def test_a_hello_error_that_names_a_room_costs_that_room_only(fake_server):
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.run("send('attic', 'Hello?')")
    server.expect(hello(name="Ada", rooms=["lobby", "attic"]))
    server.send(type="error", code="bad-room", room="attic", message="…")
    server.welcome()
    assert server.page.evaluate("[chat.state.state, chat.rooms]") == ["online", ["lobby"]]
    assert [(m["status"], m["code"]) for m in server.page.evaluate("chat.pending")] == [("failed", "bad-room")]


def test_a_hello_that_is_refused_altogether_comes_back_later_and_says_why(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    for _ in range(3):
        server.until(lambda: server.received[-1])
        server.received[-1].clear()
        server.send(type="error", code="bad-json", message="No hello is good enough.")
    server.wait("last[1].state === 'offline'")
    assert server.events("state")[-1]["reason"] == "No hello is good enough."


@pytest.mark.parametrize("code", ["no-such-room", "too-many-rooms", "of-a-later-version"])
def test_messages_of_a_room_that_is_refused_are_given_up(lobby_server, code):
    server = lobby_server()
    server.drop()
    id = server.run("send('attic', 'Hello?')")
    server.run("join('attic')")
    server.run("connect()")
    server.wait_for_connections(2)
    server.until(lambda: server.received[-1])
    server.send(type="welcome", name="Ada", ledger=LEDGER, seq=1, rooms=["lobby"], limits={})
    server.send(type="error", code=code, room="attic", message="…")
    server.send(type="joined", room="lobby", users=1)
    server.settle()
    assert [(m["id"], m["status"], m["code"]) for m in server.page.evaluate("chat.pending")] == [(id, "failed", code)]
    server.reload()
    server.wait_for_connections(3)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome()
    server.run(f"retry('{id}')")
    server.expect({"type": "join", "room": "attic", "create": True})


def test_a_room_is_joined_again_after_a_temporary_error(fake_server):
    server = fake_server(name="Ada", rooms=["lobby", "attic"])
    server.wait_for_connections(1)
    server.welcome(rooms=["lobby"])
    server.received[-1].clear()
    server.send(type="error", code="try-again", room="attic", message="…")
    server.settle()
    server.advance(5_000)
    server.expect({"type": "join", "room": "attic", "create": True})


def test_the_page_shows_and_discards_a_message_for_an_invalid_room(chat_pages, site):
    """Stored by an earlier version, whose page the server then refused for ever."""
    chat = chat_pages("Ada", open=False)
    chat.open_empty()
    store_message(chat.page, socket_url(site, "/ws"), room="not a room!", text="Into nowhere")
    chat.open()
    chat.page.locator(".tab", has_text="not a room!").click()
    note = chat.page.locator(".pending-list .note:visible")
    expect(note).to_contain_text("Not sent: this is not the name of a room")
    expect(chat.page.locator("#message-input")).to_be_disabled()
    expect(chat.page.locator(".load-earlier:visible")).to_have_count(0)
    assert chat.accessibility_violations("left over") == []
    note.get_by_role("button", name="Discard").press("Enter")
    expect(chat.page.locator(".tab", has_text="not a room!")).to_have_count(0)
    chat.expect_channel("lobby")
    chat.page.reload()
    chat.expect_state("online")
    expect(chat.page.locator(".tab")).to_have_count(1)


@pytest.mark.parametrize("locale, texts", [
    ("en-GB", ("The server can't store messages at the moment. 3 messages wait", "The server can't store it", "Waits for the message before it")),
    ("zh-CN", ("服务器暂时无法保存消息。这里有 3 条消息", "服务器暂时无法保存", "等待前一条消息"))])
def test_the_page_says_that_the_server_can_not_store(page_server, locale, texts):
    server = page_server(locale=locale)
    chat = server.chat
    chat.page.clock.install()
    for number in range(3):
        chat.submit(f"Number {number}")
    notes = chat.page.locator(".pending-list .note")
    expect(notes).to_have_count(3)
    first = next(command for command in server.received if command["type"] == "message")
    server.send(type="error", code="try-again", id=first["id"], message="…")
    expect(chat.page.locator("#banner-text")).to_contain_text(texts[0])
    expect(notes.first).to_contain_text(texts[1])
    for number in (1, 2):
        expect(notes.nth(number)).to_have_text(texts[2])
    expect(chat.page.locator("#status")).to_have_text(texts[0].split("。")[0].split(". ")[0] + ("。" if locale == "zh-CN" else "."))
    assert chat.accessibility_violations("disk full") == []
    server.send(**message(9, "Ada", id=first["id"], text="Number 0"))
    expect(chat.page.locator("#banner")).to_be_hidden()
    expect(notes).to_have_count(2)


def test_the_page_shows_messages_of_a_room_that_was_left(chat_pages, site):
    """They are not sent by themselves when the room is joined again."""
    chat = chat_pages("Ada")
    chat.page.goto(f"{chat.url}#attic")
    chat.expect_channel("attic")
    chat.page.evaluate("localStorage.length")
    site.stop_daemon()
    expect(chat.page.locator("#banner")).to_be_visible()
    chat.submit("Too late")
    chat.leave()
    chat.page.locator(".tab", has_text="attic").click()
    note = chat.page.locator(".pending-list .note:visible")
    expect(note).to_contain_text("You left the room before the server confirmed this message.")
    note.get_by_role("button", name="Discard").click()
    expect(chat.page.locator(".tab", has_text="attic")).to_have_count(0)
    chat.ignore_connection_errors()


def test_a_message_that_is_too_big_for_a_proxy_is_given_up(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'Too big')")
    server.expect(command(sent, "Too big"))
    server.close(1009)
    server.wait("last[1].state === 'offline'")
    assert [(m["id"], m["status"], m["code"]) for m in server.page.evaluate("chat.pending")] == [(sent, "failed", "text-too-long")]


def test_an_error_about_something_else_gives_up_no_message(lobby_server):
    server = lobby_server()
    sent = server.run("send('lobby', 'Hello')")
    server.expect(command(sent, "Hello"))
    server.send(type="error", code="name-taken", message="…", proposal="Ada2")
    server.settle()
    assert [m["status"] for m in server.page.evaluate("chat.pending")] == ["pending"]


def test_without_a_room_the_refused_messages_are_shown(page_server):
    """They are all that the page has to show."""
    server = page_server()
    server.chat.submit("Too late")
    server.send(type="left", room="lobby")
    server.chat.expect_channel("lobby")
    expect(server.chat.page.locator(".pending-list .note:visible")).to_contain_text("You left the room")
