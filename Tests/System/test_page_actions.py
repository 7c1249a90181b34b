"""The toolbar and the menu of a message, by pointer, keyboard and touch; links to messages, and the browser's history."""

import re

import pytest
from client import Client
from page_history import history_server  # noqa: F401  (a fixture)
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (a fixture)
from patience import wait_until
from playwright.sync_api import expect
from test_page_changes import act, chips, row

TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def copied(chat):
    return chat.page.evaluate("navigator.clipboard.readText()")


def allow_clipboard(chat):
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])


def fragment(chat):
    return chat.page.evaluate("location.hash")


def test_one_toolbar_follows_the_pointer(pair):
    ada, bob = pair
    ada.say("One")
    bob.say("Two")
    ada.expect_message("Two")
    page, toolbar = ada.page, ada.page.locator(".message-toolbar")
    page.mouse.move(1, 1)
    expect(toolbar).to_have_count(0)
    row(ada, "Two").hover()
    names = lambda: [name for name in toolbar.locator("button:visible").evaluate_all("all => all.map(b => b.ariaLabel)")]
    expect(row(ada, "Two").locator(".message-toolbar")).to_be_visible()
    assert names() == ["React with 👍", "React with ❤️", "React with 😂", "React", "Reply", "Actions"]
    toolbar.get_by_label("React with ❤️").click()
    expect(chips(bob, "Two")).to_have_attribute("aria-label", "❤️ Ada")
    row(ada, "One").hover()
    expect(row(ada, "One").locator(".message-toolbar")).to_be_visible()
    assert "Edit" in names()
    expect(toolbar).to_have_count(1)
    toolbar.get_by_label("Reply").click()
    expect(page.locator("#composer-mode-text")).to_have_text("Reply to Ada: One")
    expect(page.locator("#message-input")).to_be_focused()
    row(ada, "One").hover()
    toolbar.get_by_label("React", exact=True).click()
    expect(page.locator("#reaction-picker")).to_be_visible()
    row(ada, "Two").hover(force=True)
    expect(row(ada, "One").locator(".message-toolbar")).to_be_visible()
    page.keyboard.press("Escape")
    page.mouse.move(1, 1)
    page.locator("#message-input").focus()
    expect(toolbar).to_have_count(0)


def test_a_row_without_the_toolbar_has_no_element_for_it(history_server):
    """1,000 rows stay cheap: no row has a button, an attribute or a listener of its own for the actions."""
    chat = history_server(60).chat
    rows = chat.rows.locator(".message")
    assert rows.evaluate_all("rows => rows.some((row) => row.hasAttribute('tabindex') || row.querySelector('.message-actions'))") is False
    session = chat.context.new_cdp_session(chat.page)
    found = session.send("Runtime.evaluate", {"expression": "document.querySelector('.rows .message')"})["result"]
    assert session.send("DOMDebugger.getEventListeners", {"objectId": found["objectId"]})["listeners"] == []


def test_keys_act_on_the_message_with_the_focus(pair):
    ada, bob = pair
    allow_clipboard(ada)
    page, keys, box = ada.page, ada.page.keyboard, ada.page.locator("#message-input")
    bob.say("Their words")
    ada.say("My *words*\n  as I wrote them")
    focus = lambda text: (page.locator(".message-list:visible").focus(), keys.press("Tab"),
                          keys.press("Home") if text == "Their words" else keys.press("End"), expect(row(ada, text)).to_be_focused())
    focus("as I")
    expect(row(ada, "as I").locator(".message-toolbar")).to_be_visible()
    keys.press("c")
    expect(page.locator(".notice")).to_have_text("Copied.")
    assert copied(ada) == "My *words*\n  as I wrote them"
    keys.press("l")
    wait_until(lambda: re.fullmatch(re.escape(ada.url) + r"#lobby/\d+", copied(ada)))
    keys.press("e")
    expect(page.locator("#composer-mode-text")).to_have_text("Edit your message")
    box.press("Escape")
    focus("Their words")
    for key in ("e", "Delete"):  # not of one's own
        keys.press(key)
    expect(row(ada, "Their words")).to_be_focused()
    keys.press("+")
    expect(page.locator("#emoji-grid button").first).to_be_focused()
    keys.press("Enter")
    expect(chips(bob, "Their words")).to_have_attribute("aria-label", "👍 Ada")
    focus("Their words")
    keys.press("Enter")
    menu = page.locator("#message-menu")
    expect(menu.locator("kbd")).to_have_text(["R", "C", "L"])
    expect(menu.get_by_role("menuitem", name="Reply")).to_have_attribute("aria-keyshortcuts", "R")
    keys.press("Escape")
    keys.press("r")
    expect(page.locator("#composer-mode-text")).to_have_text("Reply to Bob: Their words")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    box.press("Escape")
    focus("as I")
    keys.press("Delete")
    page.locator("#delete-dialog").get_by_role("button", name="Delete").click()
    expect(bob.rows.locator(".system.deleted")).to_be_visible()


def touch(chat, locator):
    """A finger on an element: returns functions that move and lift it."""
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = chat.context.new_cdp_session(chat.page)
    send = lambda type, *points: session.send("Input.dispatchTouchEvent", {"type": type, "touchPoints": list(points)})
    send("touchStart", {"x": x, "y": y})
    return lambda dy: send("touchMove", {"x": x, "y": y + dy}), lambda: send("touchEnd")


def test_a_long_press_opens_a_sheet(chat_pages, site):
    with Client(site.url, "Bob") as bob:
        chat = chat_pages("Ada", **TOUCH)
        for n in range(30):
            bob.say(f"Words {n}")
        chat.expect_message("Words 29")
        page, menu, text = chat.page, chat.page.locator("#message-menu"), lambda n: row(chat, f"Words {n}").locator(".message-text")
        _, lift = touch(chat, text(28))
        expect(menu).to_be_visible()
        lift()
        expect(menu.get_by_role("menuitem", name="Reply")).to_be_in_viewport()
        bounds = menu.bounding_box()
        assert round(bounds["y"] + bounds["height"]) == PHONE["height"] and bounds["width"] == PHONE["width"]
        assert min(menu.get_by_role("menuitem").evaluate_all("all => all.map((item) => item.getBoundingClientRect().height)")) >= 44
        assert chat.accessibility_violations("sheet") == []
        assert page.evaluate("getSelection().isCollapsed")
        page.touchscreen.tap(100, 100)
        expect(menu).to_be_hidden()
        # A finger that moves scrolls.
        move, lift = touch(chat, text(25))
        for dy in range(4, 60, 8):
            move(dy)
        page.evaluate("() => new Promise((done) => setTimeout(done, 700))")
        expect(menu).to_be_hidden()
        lift()
        # The text becomes selectable when the user asks for it.
        _, lift = touch(chat, text(20))
        expect(menu).to_be_visible()
        lift()
        menu.get_by_role("menuitem", name="Select text").tap()
        assert page.evaluate("getSelection().toString()") == "Words 20"
        _, lift = touch(chat, text(20))
        page.evaluate("() => new Promise((done) => setTimeout(done, 700))")
        lift()
        expect(menu).to_be_hidden()
        # A tap shows the toolbar.
        text(21).tap()
        expect(row(chat, "Words 21").locator(".message-toolbar")).to_be_visible()
        row(chat, "Words 21").get_by_label("React with 👍").tap()
        assert bob.until("reaction")["emoji"] == "👍"


def test_a_link_opens_a_message_with_its_surroundings(chat_pages, site):
    seqs = []
    for first in (0, 45, 90):  # several people, because each may send so many at once
        with Client(site.url, f"Bob {first}") as bob:
            for n in range(first, first + 45):
                bob.say(f"Words {n}")
                seqs.append(bob.until("message", text=f"Words {n}")["seq"])
    wanted = seqs[40]
    ada = chat_pages("Ada", open=False)
    ada.page.goto(f"{ada.url}#lobby/{wanted}")
    target = ada.page.locator(".jump-target")
    expect(target.locator(".message-text")).to_have_text("Words 40")
    expect(target).to_be_in_viewport()
    expect(target).to_be_focused()
    for near in ("Words 38", "Words 42"):
        expect(ada.page.get_by_text(near, exact=True)).to_be_in_viewport()
    ada.page.reload()
    expect(target.locator(".message-text")).to_have_text("Words 40")
    assert fragment(ada) == f"#lobby/{wanted}"
    # A link in a message opens in place, and Back leads to where the user was.
    ada.page.click("#open-rooms")
    ada.page.fill("#room-name-input", "attic")
    ada.page.press("#room-name-input", "Enter")
    ada.expect_channel("attic")
    assert fragment(ada) == "#attic"
    ada.say(f"See {ada.url}#lobby/{wanted + 1}")
    ada.rows.locator("a").click()
    ada.expect_channel("lobby")
    expect(target.locator(".message-text")).to_have_text("Words 41")
    assert len(ada.context.pages) == 1
    ada.page.go_back()
    ada.expect_channel("attic")
    ada.page.go_back()
    ada.expect_channel("lobby")
    expect(target.locator(".message-text")).to_have_text("Words 40")
    ada.page.go_forward()
    ada.expect_channel("attic")
    ada.page.reload()
    ada.expect_channel("attic")
    # A message that is not there.
    ada.page.goto(f"{ada.url}#lobby/{seqs[-1] + 1000}")
    expect(ada.page.locator(".notice")).to_have_text("The message is deleted, or was never here.")
    ada.expect_channel("lobby")


def test_a_link_to_a_private_message_opens_for_both(pair):
    ada, bob = pair
    allow_clipboard(ada)
    ada.page.locator("#member-list button", has_text="Bob").click()
    ada.expect_channel("Bob")
    assert re.fullmatch(r"#@\d+", fragment(ada))
    ada.say("Psst")
    ada.say("More")
    act(ada, "Psst", "Copy link")
    expect(ada.page.locator(".notice")).to_have_text("Copied.")
    link = copied(ada)
    assert re.fullmatch(re.escape(ada.url) + r"#@/\d+", link)
    for chat, peer in ((bob, "Ada"), (ada, "Bob")):
        chat.page.goto(link)
        chat.expect_channel(peer)
        expect(chat.page.locator(".jump-target .message-text")).to_have_text("Psst")
        chat.page.reload()
        chat.expect_channel(peer)
    ada.page.locator(".tab", has_text="lobby").click()
    ada.page.locator(".tab", has_text="Bob").click()
    ada.page.reload()
    ada.expect_channel("Bob")
    ada.page.goto(ada.url + "#@/999999")
    expect(ada.page.locator(".notice")).to_have_text("The message is deleted, or was never here.")


def test_long_messages_after_the_target_of_a_link(history_server):
    """The server's pages end at 16 KiB, so the first one may not reach the target."""
    server = history_server(200)
    whole = server._page
    server._page = lambda command: whole(command | {"limit": 3})
    server.chat.page.evaluate("() => { location.hash = '#lobby/100'; }")
    expect(server.chat.page.locator(".jump-target .message-text")).to_have_text("Message 100")
    assert [request["before"] for request in server.requests[:2]] == [120, 101]
