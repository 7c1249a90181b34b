"""Accessibility: the keyboard, a phone, and the checks of axe-core in both colour schemes."""

import pytest
from page_history import history_server  # noqa: F401  (a fixture)
from page_object import PHONE, WIDE, browser, chat_pages, pair, wait_until_free  # noqa: F401  (fixtures)
from client import Client
from playwright.sync_api import expect


def test_all_actions_by_keyboard(chat_pages):
    chat = chat_pages()
    page, keys = chat.page, chat.page.keyboard
    focused = lambda: page.evaluate("document.activeElement.id || document.activeElement.className")
    expect(page.locator("#message-input")).to_be_focused()
    keys.type("Hello")
    keys.press("Shift+Enter")
    keys.type("world")
    keys.press("Enter")
    chat.expect_message("Hello\nworld")

    order = []
    while not order or order[-1] != "message-input":
        keys.press("Tab")
        order.append(focused())
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert order[-1] == "" or outlined == "solid", f"{order[-1]} shows no focus"
        assert len(order) < 24, f"a focus trap: {order}"
    stops = [stop for stop in order if stop]
    assert stops == ["close-members", "plain", "skip", "hide-sidebar", "open-switcher", "open-rooms", "tab", "open-people", "open-name",
                     "open-settings", "open-members", "open-search", "open-channel-menu", "message-list", "message own with-toolbar",
                     "welcome-name", "hide-welcome", "message-input"], "plain: a member"

    page.focus("#open-name")
    keys.press("Enter")
    expect(page.locator("#name-input")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#name-dialog")).to_be_hidden()
    expect(page.locator("#open-name")).to_be_focused()
    name = "Kay"
    keys.press("Space")
    keys.type(name)
    keys.press("Enter")
    expect(page.locator("#own-name")).to_have_text(name)
    expect(page.locator("#open-name")).to_be_focused()

    page.focus("#open-rooms")
    keys.press("Enter")
    expect(page.locator("#rooms-dialog")).to_be_visible()
    page.focus("#room-name-input")
    keys.type("attic")
    keys.press("Enter")
    chat.expect_channel("attic")
    expect(page.locator("#message-input")).to_be_focused()
    page.focus("#open-channel-menu")
    keys.press("Enter")
    expect(page.locator("#menu-topic")).to_be_focused()
    keys.press("ArrowUp")  # to the last one
    expect(page.locator("#leave")).to_be_focused()
    keys.press("Enter")
    chat.expect_channel("lobby")


def test_the_skip_link_leads_to_the_message_box_and_to_no_room(chat_pages):
    chat = chat_pages()
    skip = chat.page.locator(".skip-link")
    for key in ("Enter", "Space"):
        skip.focus()
        chat.page.keyboard.press(key)
        expect(chat.page.locator("#message-input")).to_be_focused()
    chat.expect_channel("lobby")
    chat.say("Hello")  # the answer to a join would have come before this message
    expect(chat.page.locator(".tab")).to_have_count(1)
    assert "message-input" not in chat.page.url
    # Without a room the message box is disabled.
    chat.leave()
    expect(chat.page.locator("#message-input")).to_be_disabled()
    skip.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#channel-title")).to_be_focused()


def test_the_member_list_is_a_popover_on_a_phone(pair, chat_pages):
    phone = chat_pages("Eve", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(phone.page.locator("#members")).to_be_hidden()
    opener = phone.page.locator("#open-members")
    expect(opener).to_have_accessible_name("3 people")
    opener.tap()
    expect(phone.page.locator("#member-list .member-name")).to_have_count(3)
    expect(phone.page.locator("#close-members")).to_be_focused()
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator("#members")).to_be_hidden()
    expect(opener).to_be_focused()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "it scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(chat_pages, site, scheme, viewport):
    chat = chat_pages(None, viewport=viewport, color_scheme=scheme)
    page, found = chat.page, []
    found += chat.accessibility_violations("empty")
    for n in range(24):  # many users, for many name colours
        with Client(site.url, f"Guest {n}") as guest:
            guest.say("Hello")
            guest.until("message")
    chat.say("Good evening")
    expect(chat.rows.locator(".message")).to_have_count(25)
    guest = Client(site.url, "Guest")
    found += chat.accessibility_violations("content")
    if viewport is PHONE:
        page.click("#open-members")
        found += chat.accessibility_violations("members")
        page.click("#close-members")
    page.click("#open-channel-menu")
    found += chat.accessibility_violations("menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#switcher-list li").first).to_be_visible()
    found += chat.accessibility_violations("switcher")
    page.keyboard.press("Escape")
    chat.show_sidebar()
    found += chat.accessibility_violations("sidebar")
    page.click("#open-settings")
    found += chat.accessibility_violations("settings")
    page.keyboard.press("Escape")
    chat.show_sidebar()
    page.click("#open-rooms")
    page.fill("#room-name-input", "!")
    page.press("#room-name-input", "Enter")
    expect(page.locator("#room-error")).not_to_be_empty()
    found += chat.accessibility_violations("rooms")
    page.keyboard.press("Escape")
    chat.show_sidebar()
    page.click("#open-name")
    page.fill("#name-input", "Guest")
    page.press("#name-input", "Enter")
    expect(page.locator("#name-proposal")).to_be_visible()
    found += chat.accessibility_violations("name")
    page.keyboard.press("Escape")
    page.click("#open-search")
    page.fill("#search-input", "hello")
    expect(page.locator("#search-more")).to_be_visible()
    found += chat.accessibility_violations("search")
    page.locator("#search-results button").last.click()
    expect(page.locator(".jump-target")).to_be_visible()
    found += chat.accessibility_violations("found")
    chat.rows.locator("button.user-name", has_text="Guest 23").click()
    expect(page.locator(".empty-state:visible")).to_be_visible()
    chat.say("Hello")
    found += chat.accessibility_violations("conversation")
    page.evaluate("location.hash = '#link=' + 'A'.repeat(20)")
    expect(page.locator("#become-dialog")).to_be_visible()
    found += chat.accessibility_violations("become")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#message-input').value = 'x'.repeat(9000); "
                  "document.querySelector('#message-input').dispatchEvent(new Event('input'))")
    found += chat.accessibility_violations("too long")
    assert found == []
    guest.leave()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_offline(chat_pages, site, scheme):
    chat = chat_pages(None, color_scheme=scheme)
    chat.say("Before")
    site.stop_daemon()
    expect(chat.page.locator("#banner")).to_be_visible()
    chat.submit("Waiting")
    expect(chat.page.locator(".pending-list .message-text")).to_have_text("Waiting")
    assert chat.accessibility_violations("offline") == []
    site.start_daemon()
    chat.expect_message("Waiting")
    chat.ignore_connection_errors()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_history(history_server, scheme):
    """Day separators, grouped messages, a gap, an unread conversation."""
    server = history_server(60, color_scheme=scheme)
    server.gap = True
    for _ in range(120):
        server.store(at=1_767_225_600_000)
    server.drop_connection()
    expect(server.chat.page.locator(".gap")).to_be_visible()
    server.hold()
    server.send({"type": "private", "seq": 999, "id": "p", "from": "Bob", "to": "Ada", "text": "Psst", "at": 1_767_225_600_000})
    expect(server.chat.page.locator(".private .badge")).to_be_visible()
    server.chat.page.locator(".gap").scroll_into_view_if_needed()
    assert server.chat.accessibility_violations("history") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_a_failed_message(chat_pages, site, scheme):
    chat = chat_pages("Ada", color_scheme=scheme)
    with Client(site.url, "Guest"):
        chat.page.locator("#member-list button", has_text="Guest").click()
        expect(chat.page.locator(".empty-state:visible")).to_be_visible()
    wait_until_free(site.url, "Guest")
    chat.submit("Are you there?")
    expect(chat.page.locator(".pending-list .failed")).to_be_visible()
    assert chat.accessibility_violations("failed") == []
