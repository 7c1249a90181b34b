"""Admin commands as the page and its library show them, against fake servers."""

import re

import pytest
from page_object import PHONE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import AT, TOKEN, fake_server, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect
from website import REPOSITORY


@pytest.mark.parametrize("locale, words", [("en-GB", "Message deleted"), ("zh-CN", "消息已删除")])
def test_a_deleted_message_is_replaced_by_a_note(page_server, locale, words):
    server = page_server(locale=locale)
    rows = server.chat.rows
    expect(rows.locator(".message")).to_have_count(2)
    server.send(type="deleted", seq=5, message=3, room="lobby")
    expect(rows.locator(".system.deleted p")).to_have_text(words)
    expect(rows.locator(".message .message-text")).to_have_text(["Plain words"])
    # The next message of the group now shows the name.
    expect(rows.locator(".message .user-name")).to_be_visible()
    assert "Spam" not in server.chat.page.content()
    server.send(type="deleted", seq=6, message=99, room="lobby")  # a message that is not loaded
    server.send(**message(7, text="Next", at=AT))
    expect(rows.locator(".message .message-text")).to_have_text(["Plain words", "Next"])
    expect(rows.locator(".system.deleted")).to_have_count(1)
    assert server.chat.accessibility_violations("a deleted message") == []


def test_a_deleted_message_is_removed_from_the_live_region(page_server):
    server = page_server()
    server.send(**message(5, text="Shout", at=AT))
    expect(server.chat.page.locator("#live-region p")).to_have_text("Bob: Shout")
    server.send(type="deleted", seq=6, message=5, room="lobby")
    expect(server.chat.page.locator("#live-region p")).to_have_count(0)


@pytest.mark.parametrize("locale, words", [("en-GB", "Announcement: We stop at noon"), ("zh-CN", "公告：We stop at noon")])
def test_an_announcement_is_shown_and_spoken(page_server, locale, words):
    server = page_server(locale=locale)
    server.send(type="system", event="announcement", seq=5, text="We stop at noon", at=AT)
    expect(server.chat.rows.locator(".system.announcement p")).to_have_text("We stop at noon")
    expect(server.chat.page.locator("#status")).to_have_text(words)
    assert server.chat.page.locator("#status").get_attribute("role") == "status"


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "locale": "zh-CN", "color_scheme": "dark"}], ids=["wide", "phone"])
def test_a_kicked_user_reconnects_by_hand(page_server, options):
    server = page_server(**options)
    page = server.chat.page
    server.connections[-1].close(code=4200, reason="Please calm down")
    server.chat.expect_state("closed")
    expect(page.locator("#banner-reason")).to_have_text("Please calm down")
    expect(page.locator("#banner-text")).to_have_text("管理员将你移出了聊天。" if options else "An administrator has removed you.")
    expect(page.locator("#status")).to_contain_text("Please calm down")
    page.evaluate("dispatchEvent(new Event('online'))")
    assert server.chat.accessibility_violations("a kick") == []
    assert len(server.connections) == 1
    page.click("#try-now")
    server.chat.expect_state("online")
    expect(page.locator("#banner")).to_be_hidden()
    assert len(server.connections) == 2


BAN = "Banned until 2026-01-01T00:01:00Z"


@pytest.mark.parametrize("locale, close_reason, words, why", [
    ("en-GB", f"{BAN}: Flood", "You are banned until 1 Jan 2026, 08:01. Reload the page after that.", "Reason: Flood"),
    ("en-GB", f"{BAN}.", "You are banned until 1 Jan 2026, 08:01. Reload the page after that.", ""),
    ("en-GB", "Banned: until 2026-01-01T00:01:00Z: no", "You are banned.", "Reason: until 2026-01-01T00:01:00Z: no"),
    ("en-GB", "Banned.", "You are banned.", ""),
    ("en-GB", "Of a later version", "You are banned.", "Of a later version"),
    ("en-GB", "The name Ada is banned until 2026-01-01T00:01:00Z: Rude", "Your name is banned until 1 Jan 2026, 08:01. Reload the page after that.", "Reason: Rude"),
    ("zh-CN", f"{BAN}: Flood", "你已被封禁至 2026年1月1日 08:01，之后请重新加载页面。", "原因：Flood"),
])
def test_a_banned_user_sees_the_end_and_the_reason_and_can_not_reconnect(page_server, locale, close_reason, words, why):
    server = page_server(locale=locale, timezone_id="Asia/Shanghai")
    page = server.chat.page
    server.connections[-1].close(code=4201, reason=close_reason)
    server.chat.expect_state("closed")
    expect(page.locator("#banner-text")).to_have_text(words)
    expect(page.locator("#banner-reason")).to_have_text(why)
    expect(page.locator("#status")).to_have_text((words + why if locale == "zh-CN" else f"{words} {why}").strip())
    expect(page.locator("#try-now")).to_be_hidden()
    assert len(server.connections) == 1


def test_the_page_knows_the_sentences_of_the_server(fake_server):
    """Those of the examples in PROTOCOL.md, which are tests of the server: its end of a sanction is never shown as it is."""
    protocol = (REPOSITORY / "Sources" / "Chat" / "PROTOCOL.md").read_text()
    bans = re.findall(r'< 4201 (Banned.*)|"message":"(The name [^"]* is banned[^"]*)"', protocol)
    mutes = re.findall(r'"message":"(You are muted[^"]*)"', protocol)
    kick, = re.findall(r"< 4200 (.*)", protocol)
    sentences = [("closeText", {"code": 4201, "reason": "".join(ban)}) for ban in bans]
    sentences += [("withSanction", {"message": mute}) for mute in mutes] + [("closeText", {"code": 4200, "reason": kick})]
    assert len(sentences) >= 4
    page = fake_server().page
    for function, argument in sentences:
        shown = page.evaluate("""async ([name, argument]) => {
            const sanctions = await import("/page/sanctions.js");
            const shown = name === "closeText" ? sanctions.closeText(argument) : sanctions.withSanction("Muted.", argument);
            return [shown.text ?? shown, shown.reason ?? ""];
        }""", [function, argument])
        assert shown[1] == "" and not re.search(r"\dT\d", shown[0]), shown
        assert "until" in shown[0] or argument.get("code") != 4201, shown


def test_a_kick_without_a_reason_shows_none(page_server):
    """The server has a sentence of its own then, which the page says in the reader's language."""
    server = page_server(locale="zh-CN")
    server.connections[-1].close(code=4200, reason="Removed by an administrator.")
    server.chat.expect_state("closed")
    expect(server.chat.page.locator("#banner-reason")).to_be_empty()


@pytest.mark.parametrize("locale, words", [
    ("en-GB", "You are muted until 1 Jan 2027, 08:01: what you write is not sent. Reason: Flood: no"),
    ("zh-CN", "你已被禁言至 2027年1月1日 08:01，写的内容不会发送。原因：Flood: no")])
def test_a_muted_user_sees_the_end_and_the_reason(page_server, locale, words):
    server = page_server(locale=locale, timezone_id="Asia/Shanghai")
    until = 1_798_761_660_000
    server.send(type="error", code="muted", room="lobby", message="You are muted until 2027-01-01T00:01:00Z: Flood: no", until=until)
    expect(server.chat.page.locator("#composer-hint")).to_have_text(words)
    expect(server.chat.page.locator("#status")).to_have_text(words)


def test_the_hint_of_a_mute_ends_with_the_mute(page_server):
    server = page_server()
    page = server.chat.page
    page.clock.install()
    now = page.evaluate("Date.now()")
    server.send(type="error", code="muted", room="lobby", message="You are muted.", until=now + 60_000)
    expect(page.locator("#composer-hint")).to_contain_text("You are muted until")
    page.clock.run_for(61_000)
    expect(page.locator("#composer-hint")).to_contain_text("Enter sends")
    expect(page.locator("#status")).to_have_text("You are no longer muted: you can write again.")


def test_a_refused_name_says_why(page_server):
    server = page_server(timezone_id="Asia/Shanghai")
    page = server.chat.page
    page.click("#open-name")
    page.fill("#name-input", "Eve")
    page.press("#name-input", "Enter")
    until = 1_798_761_660_000
    server.send(type="error", code="muted", message="You are muted until 2027-01-01T00:01:00Z: Flood", until=until)
    expect(page.locator("#name-error")).to_have_text("You are muted. This ends on 1 Jan 2027, 08:01. Reason: Flood")
    page.press("#name-input", "Enter")
    server.send(type="error", code="name-banned", message="The name Eve is banned until 2027-01-01T00:01:00Z: Rude", until=until)
    expect(page.locator("#name-error")).to_have_text("This name is not allowed here. This ends on 1 Jan 2027, 08:01. Reason: Rude")
    page.press("#name-input", "Enter")
    server.send(type="error", code="name-banned", message="The name Eve is banned.")
    expect(page.locator("#name-error")).to_have_text("This name is not allowed here.")
    page.press("#name-input", "Enter")
    server.send(type="error", code="rate-limited", message="Too many commands. Wait 300 ms.", retry=300)
    expect(page.locator("#name-error")).to_have_text("Too many actions in a short time. Wait a moment.")


def test_a_muted_user_sees_it_at_the_composer(page_server):
    server = page_server()
    page = server.chat.page
    server.chat.submit("Hello")
    expect(page.locator(".pending-list .message")).to_have_count(1)
    sent = next(command for command in server.received if command["type"] == "message")
    server.send(type="error", code="muted", id=sent["id"], message="You are muted.", until=4_000_000_000_000)
    expect(page.locator("#composer-hint")).to_contain_text("You are muted until 2 Oct 2096")
    expect(page.locator(".pending-list .failed .note")).to_contain_text("you are muted")
    server.send(type="error", code="muted", room="lobby", message="You are muted.")
    expect(page.locator("#composer-hint")).to_have_text("You are muted: what you write is not sent. Only an administrator can end that.")
    assert server.chat.accessibility_violations("muted") == []
    page.click(".pending-list .failed button")
    server.send(**message(5, text="Hello", at=AT, id=sent["id"], **{"sender": "Ada"}))
    expect(page.locator("#composer-hint")).to_contain_text("Enter sends")


def test_deletions_and_announcements_advance_the_position(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.page.evaluate("Math.random = () => 0")
    server.welcome(token=TOKEN)
    server.send(**message(2))
    server.send(type="deleted", seq=5, message=2, room="lobby")
    server.settle()
    server.advance(10_000)
    server.close(4000)
    server.retry_in()
    server.advance(1)
    server.wait_for_connections(2)
    server.until(lambda: server.received[1])
    assert server.received[1][0]["since"] == 5
    server.welcome(new=False, seq=9)
    server.send(type="system", event="announcement", seq=12, text="Hear", at=0)
    server.settle()
    server.close(4000)
    server.retry_in()
    server.advance(1)
    server.wait_for_connections(3)
    server.until(lambda: server.received[2])
    assert server.received[2][0]["since"] == 12


def test_a_resent_message_that_was_deleted(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.welcome(token=TOKEN)
    id = server.run("send('lobby', 'Hello')")
    server.send(type="ack", id=id, seq=7, deleted=True)
    server.settle()
    assert server.events("deleted") == [{"type": "deleted", "message": 7, "id": id, "room": "lobby"}]
    assert server.events("message") == [] and server.run("pending") == []


def test_a_user_with_a_banned_name_is_not_admitted(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.page.evaluate("Math.random = () => 0")
    server.send(type="error", code="name-banned", message="The name Ada is banned.")
    server.until(lambda: len(server.received[0]) == 2)
    assert "name" not in server.received[0][1]  # a new user gets an assigned name
    server.welcome(name="quiet-otter", token=TOKEN)
    server.close(4000)
    server.retry_in()
    server.advance(1)
    server.wait_for_connections(2)
    server.send(type="error", code="name-banned", message="The name quiet-otter is banned.")
    server.wait("last[1].state === 'closed'")
    assert server.events("state")[-1] == {"state": "closed", "code": 4201, "reason": "The name quiet-otter is banned."}
