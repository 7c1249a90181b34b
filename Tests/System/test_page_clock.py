"""Wrong clocks, of the client or of the server, change neither the order of the rows nor what the page says."""

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, fake_server, lobby_server, message, page_server  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect

HOUR = 3_600_000
SHIFT = """() => {
    const now = Date.now;
    Date.now = () => now() + (%d) * 3_600_000;
}"""


def rows(chat):
    return chat.rows.locator(".message .message-text, .system p").all_text_contents()


@pytest.mark.parametrize("hours", [26, -26])
def test_a_notice_of_the_page_stays_in_its_place(chat_pages, pair, hours):
    """A wrong clock of the client."""
    ada, bob = pair
    ada.say("Before")
    twin = chat_pages("Ada", open=False)
    twin.page.add_init_script(f"({SHIFT % hours})()")
    twin.open()
    expect(twin.rows.locator(".system")).to_have_count(1)
    ada.say("After")
    twin.expect_message("After")
    assert [text.split(" ")[0] for text in rows(twin)] == ["Before", "The", "After"]


@pytest.mark.parametrize("hours", [26, -26])
def test_a_notice_has_the_servers_time(page_server, hours):
    server = page_server()
    chat = server.chat
    chat.page.evaluate(SHIFT % hours)
    now = chat.page.evaluate("new Date().getTime()")
    server.send(**message(5, text="Live", at=now))
    chat.expect_message("Live")
    server.connections[-1].close(code=1011)
    chat.submit("Pending")
    expect(chat.page.locator(".pending-list time")).to_have_count(1)
    shown = chat.page.evaluate("Date.parse(document.querySelector('.pending-list time').dateTime)")
    assert abs(shown - now) < HOUR
    chat.ignore_connection_errors()


def test_the_servers_clock_was_set_back(page_server):
    server = page_server()
    server.send(type="system", event="joined", room="lobby", name="Cyd", users=3, at=AT + 2 * HOUR)
    server.send(**message(5, text="Two hours earlier", at=AT))
    server.chat.expect_message("Two hours earlier")
    assert rows(server.chat)[-2:] == ["Cyd joined", "Two hours earlier"]


def test_earlier_messages_come_above_a_notice(page_server):
    """History that is loaded later than the notice, whatever its times are."""
    server = page_server()
    server.send(type="system", event="joined", room="lobby", name="Cyd", users=3, at=AT - 9 * HOUR)
    server.send(type="history", room="lobby", messages=[message(2, text="Old", at=AT + 9 * HOUR)], more=False, before=3)
    expect(server.chat.rows.locator(".message")).to_have_count(3)
    assert rows(server.chat) == ["Old", "Spam, spam", "Plain words", "Cyd joined"]


@pytest.mark.parametrize("hours", [26, 0, -26])
@pytest.mark.parametrize("is_known", [True, False], ids=["server time known", "unknown"])
def test_the_mute_hint_lasts_as_long_as_the_mute(page_server, hours, is_known):
    server = page_server()
    chat = server.chat
    chat.page.evaluate(SHIFT % hours)
    now = chat.page.evaluate("new Date().getTime()")
    if is_known:
        server.send(**message(5, text="Live", at=now))
        chat.expect_message("Live")
    chat.submit("Hello")
    expect(chat.page.locator(".pending-list li")).to_have_count(1)
    hint = chat.page.locator("#composer-hint")

    def mute(until):
        sent = wait_until(lambda: [command for command in server.received if command["type"] == "message"])[-1]
        server.send(type="error", code="muted", id=sent["id"], message="…", until=until)

    mute(now + HOUR)
    expect(hint).to_contain_text("You are muted until")
    if is_known:
        mute(now + 5_000)
        expect(hint).to_contain_text("You are muted until")
        wait_until(lambda: chat.page.evaluate("new Date().getTime()") > now + 5_500)
        chat.page.fill("#message-input", "Again")
        expect(hint).not_to_contain_text("muted")


def test_the_servers_time_is_learnt_from_live_events_only(lobby_server):
    server = lobby_server()
    server.send(**message(2, at=50_000_000))
    server.settle()
    offset = server.page.evaluate("chat.clockOffset")
    assert offset == 50_000_000 - server.page.evaluate("Date.now()")
    server.history(message(1, at=0), room="lobby", before=2)
    server.settle()
    assert server.page.evaluate("chat.clockOffset") == offset
    server.reconnect()
    server.until(lambda: server.received[-1])
    server.send(type="welcome", name="Ada", ledger="1ed9e000", seq=3, rooms=["lobby"], limits={})
    server.send(**message(3, at=60_000))  # missed
    server.send(type="joined", room="lobby", users=1)
    server.settle()
    assert server.page.evaluate("chat.clockOffset") == offset
