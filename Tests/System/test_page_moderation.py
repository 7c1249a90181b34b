"""Admin commands as the page and its library show them, against fake servers."""

import pytest
from page_object import PHONE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import AT, TOKEN, fake_server, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect


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


def test_a_banned_user_sees_the_reason_and_can_not_reconnect(page_server):
    server = page_server()
    page = server.chat.page
    server.connections[-1].close(code=4201, reason="Banned until 2026-01-01T00:01:00Z: Flood")
    server.chat.expect_state("closed")
    expect(page.locator("#banner-text")).to_have_text("You are banned.")
    expect(page.locator("#banner-reason")).to_have_text("Banned until 2026-01-01T00:01:00Z: Flood")
    expect(page.locator("#try-now")).to_be_hidden()
    assert len(server.connections) == 1


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
    expect(page.locator("#composer-hint")).to_have_text("You are muted: what you write is not sent.")
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
