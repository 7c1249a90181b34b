"""Replies, reactions, edits, deletions and mentions in the page."""

import pytest
from client import Client
from page_history import history_server  # noqa: F401  (a fixture)
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (a fixture)
from playwright.sync_api import expect


def row(chat, text):
    """The row of the message whose text contains this."""
    return chat.rows.locator(".message", has=chat.page.locator(".message-text", has_text=text)).last


def act(chat, text, action):
    """Chooses an action in the menu of a message."""
    row(chat, text).hover()
    row(chat, text).locator(".message-actions").click()
    chat.page.locator("#message-menu").get_by_role("menuitem", name=action, exact=True).click()


def chips(chat, text):
    return row(chat, text).locator(".chip")


def test_a_message_is_edited_in_all_windows(pair):
    ada, bob = pair
    ada.say("Helo")
    act(ada, "Helo", "Edit")
    expect(ada.page.locator("#composer-mode-text")).to_have_text("Edit your message")
    expect(ada.page.locator("#message-input")).to_have_value("Helo")
    ada.submit("Hello")
    for chat in pair:
        expect(row(chat, "Hello").locator(".message-text")).to_have_text("Hello (edited)")
        expect(row(chat, "Hello").locator(".edited")).to_have_attribute("title")
    expect(row(ada, "Hello").locator(".change-note")).to_be_hidden()
    expect(ada.page.locator("#composer-mode")).to_be_hidden()
    bob.page.reload()
    expect(row(bob, "Hello").locator(".message-text")).to_have_text("Hello (edited)")


def test_the_up_arrow_edits_the_newest_own_message_and_escape_ends_it(pair):
    ada, bob = pair
    ada.say("One")
    ada.say("Two")
    bob.say("Three")
    ada.expect_message("Three")
    box = ada.page.locator("#message-input")
    box.press("ArrowUp")
    expect(box).to_have_value("Two")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(ada.page.locator("#composer-mode")).to_be_hidden()
    box.fill("A draft")
    box.press("ArrowUp")
    expect(box).to_have_value("A draft")
    act(ada, "One", "Edit")
    expect(box).to_have_value("One")
    ada.page.click("#composer-mode-cancel")
    expect(box).to_have_value("A draft")


def test_a_reply_quotes_the_message_and_leads_to_it(pair):
    ada, bob = pair
    bob.say("Where shall we meet?\nAnd when?")
    ada.expect_message("Where shall we meet?\nAnd when?")
    act(ada, "Where", "Reply")
    expect(ada.page.locator("#composer-mode-text")).to_have_text("Reply to Bob: Where shall we meet?")
    ada.say("At noon")
    for chat in pair:
        expect(row(chat, "At noon").locator(".quote")).to_have_text("Reply to Bob Where shall we meet?")
    expect(ada.page.locator("#composer-mode")).to_be_hidden()
    row(ada, "At noon").locator(".quote").click()
    expect(row(ada, "Where")).to_be_focused()
    act(bob, "Where", "Delete")
    bob.page.locator("#delete-dialog").get_by_role("button", name="Delete").click()
    for chat in pair:
        expect(row(chat, "At noon").locator(".quote")).to_have_text("Reply to Message deleted")


def test_reactions_are_counted_and_toggled(pair):
    ada, bob = pair
    ada.say("Cake!")
    bob.expect_message("Cake!")
    act(bob, "Cake!", "React with 👍")
    expect(chips(ada, "Cake!")).to_have_attribute("aria-label", "👍 Bob")
    expect(chips(bob, "Cake!")).to_have_attribute("aria-pressed", "true")
    chips(ada, "Cake!").click()
    expect(chips(bob, "Cake!").locator(".count")).to_have_text("2")
    expect(chips(bob, "Cake!")).to_have_attribute("aria-label", "👍 you, Ada")
    chips(bob, "Cake!").click()
    expect(chips(ada, "Cake!").locator(".count")).to_have_text("1")
    expect(chips(bob, "Cake!")).to_have_attribute("aria-pressed", "false")
    chips(ada, "Cake!").click()
    expect(chips(bob, "Cake!")).to_have_count(0)
    act(ada, "Cake!", "Another emoji")
    ada.page.fill("#emoji-input", "no")
    ada.page.press("#emoji-input", "Enter")
    expect(ada.page.locator("#emoji-error")).to_have_text("This is not one emoji.")
    ada.page.fill("#emoji-input", "🦆")
    ada.page.press("#emoji-input", "Enter")
    expect(chips(bob, "Cake!").locator(".emoji")).to_have_text("🦆")
    bob.page.reload()
    expect(chips(bob, "Cake!")).to_have_attribute("aria-label", "🦆 Ada")


def test_the_names_of_reactions_are_asked_for(chat_pages, site):
    """Of users who are no longer here, history has only the ids."""
    with Client(site.url, "Ada") as ada:
        seq = ada.say_all(["Cake!"])[0]
        for name in ("Bob", "Cyd"):
            with Client(site.url, name) as other:
                other.send("react", id=name, message=seq, emoji="🍰", on=True)
                other.until("reaction")
        chat = chat_pages("Eve")
        expect(chips(chat, "Cake!")).to_have_attribute("aria-label", "🍰 2 others")
        chips(chat, "Cake!").hover()
        expect(chips(chat, "Cake!")).to_have_attribute("aria-label", "🍰 Bob, Cyd")


def test_a_deletion_asks_once(pair):
    ada, bob = pair
    ada.say("Oops")
    bob.expect_message("Oops")
    act(ada, "Oops", "Delete")
    expect(ada.page.locator("#delete-text")).to_have_text("Oops")
    ada.page.keyboard.press("Escape")
    act(ada, "Oops", "Delete")
    ada.page.locator("#delete-dialog").get_by_role("button", name="Delete").click()
    for chat in pair:
        expect(chat.rows.locator(".system.deleted p")).to_have_text("Message deleted")
        expect(chat.rows.locator(".message")).to_have_count(0)


def test_only_own_messages_can_be_edited_or_deleted(pair):
    ada, bob = pair
    bob.say("Mine")
    ada.expect_message("Mine")
    row(ada, "Mine").hover()
    row(ada, "Mine").locator(".message-actions").click()
    expect(ada.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    for action in ("Edit", "Delete"):
        expect(ada.page.get_by_role("menuitem", name=action)).to_have_count(0)


def test_a_name_with_signs_is_mentioned(page_server):
    """Most signs mean something in a regular expression, and in one for Unicode some must not stand behind a backslash."""
    server = page_server()
    for seq, sign in enumerate("!#$%&'()*+,-./:;<=>?[]^_{|}~", 10):
        name = f"A{sign}b{sign}c"
        server.send(type="system", event="joined", room="lobby", name=name, user=seq, users=2, at=AT)
        server.send(**message(seq, text=f"Ask @{name} first", mentions=[seq], at=AT))
        expect(server.chat.rows.locator(".mention").last).to_have_text(f"@{name}")


def test_a_mention_is_marked_and_counted(pair):
    ada, bob = pair
    ada.page.click("#open-rooms")
    ada.page.fill("#room-name-input", "attic")
    ada.page.press("#room-name-input", "Enter")
    ada.expect_channel("attic")
    bob.say("Hello all")
    bob.say("Hello @ada, and you")
    bob.say("Hello @here")
    tab = ada.page.locator(".tab", has_text="lobby")
    expect(tab.locator(".badge .visually-hidden")).to_have_text("3 unread, 2 of them mention you")
    expect(tab.locator(".badge [aria-hidden]")).to_have_text("@2")
    tab.click()
    expect(ada.rows.locator(".mentioned")).to_have_count(2)
    expect(row(ada, "and you").locator(".mention.self")).to_have_text("@ada")
    expect(row(ada, "here").locator(".mention.self")).to_have_text("@here")
    expect(bob.rows.locator(".mentioned")).to_have_count(0)
    expect(row(bob, "and you").locator(".mention:not(.self)")).to_have_text("@ada")
    expect(tab.locator(".badge")).to_be_hidden()


def test_the_keyboard_reaches_every_action(pair):
    ada, bob = pair
    bob.say("One")
    bob.say("Two")
    ada.expect_message("Two")
    keys = ada.page.keyboard
    ada.page.locator(".message-list").focus()
    keys.press("Tab")
    expect(row(ada, "Two")).to_be_focused()
    keys.press("ArrowUp")
    expect(row(ada, "One")).to_be_focused()
    keys.press("Enter")
    expect(ada.page.get_by_role("menuitem", name="React with 👍")).to_be_focused()
    keys.press("Enter")
    expect(chips(ada, "One")).to_have_attribute("aria-pressed", "true")
    expect(row(ada, "One")).to_be_focused()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(chips(ada, "One")).to_be_focused()
    keys.press("Space")
    expect(chips(ada, "One")).to_have_count(0)
    expect(row(ada, "One")).to_be_focused()
    keys.press("Enter")
    keys.press("Escape")
    expect(ada.page.locator("#message-menu")).to_be_hidden()
    expect(row(ada, "One")).to_be_focused()


def test_a_change_made_offline_is_sent_once(chat_pages, site, tmp_path):
    stored = ("--ledger", str(tmp_path / "ledger.db"))
    site.stop_daemon()
    site.start_daemon(*stored)
    ada, bob = pages = chat_pages("Ada"), chat_pages("Bob")
    ada.say("Helo")
    bob.expect_message("Helo")
    site.stop_daemon()
    expect(ada.page.locator("#banner")).to_be_visible()
    act(ada, "Helo", "Edit")
    ada.submit("Hello")
    expect(row(ada, "Hello").locator(".change-note")).to_have_text("Waits to be saved…")
    site.start_daemon(*stored)
    expect(row(bob, "Hello").locator(".message-text")).to_have_text("Hello (edited)")
    expect(row(ada, "Hello").locator(".change-note")).to_be_hidden()
    with Client(site.url, "Carol") as carol:
        carol.send("history", room="lobby")
        page = carol.until("history")
        assert [m["text"] for m in page["messages"] if "edited" in m] == ["Hello"]
    for chat in pages:
        chat.ignore_connection_errors()


def test_a_refused_change_is_taken_back_and_says_why(page_server):
    server = page_server()
    chat = server.chat
    server.send(**message(5, "Ada", text="Mine", user=1, at=AT))
    for code, sentence in (("too-late", "the message is too old"), ("not-yours", "somebody else wrote this message"),
                           ("muted", "you are muted"), ("of-a-later-version", "A sentence.")):
        act(chat, "Mine", "Edit")
        chat.submit("Changed")
        expect(row(chat, "Changed")).to_be_visible()
        sent = [command for command in server.received if command["type"] == "edit"][-1]
        server.send(type="error", code=code, id=sent["id"], message="A sentence.")
        expect(row(chat, "Mine").locator(".change-note")).to_have_text(f"Not changed: {sentence} Your text was: Changed")
    assert chat.accessibility_violations("a refused change") == []
    act(chat, "Mine", "Edit")
    chat.submit("Changed")
    server.send(type="deleted", seq=6, message=5, room="lobby")
    expect(chat.rows.locator(".system.deleted")).to_be_visible()
    server.send(type="error", code="no-such-message", id=server.received[-1].get("id"), message="There is no message 5.")
    expect(chat.page.locator("#status")).to_have_text("Not changed: the message is deleted")


def test_a_message_that_is_deleted_while_it_is_edited(page_server):
    server = page_server()
    chat = server.chat
    server.send(**message(5, "Ada", text="Mine", user=1, at=AT))
    act(chat, "Mine", "Edit")
    chat.page.fill("#message-input", "A long new text")
    server.send(type="deleted", seq=6, message=5, room="lobby")
    expect(chat.page.locator("#composer-mode")).to_be_hidden()
    expect(chat.page.locator("#message-input")).to_have_value("A long new text")


def test_a_quote_of_a_message_that_is_not_loaded(history_server):
    server = history_server(200)
    chat = server.chat
    early, gone = server.messages[3], 11
    server.send_message(text="An answer", re=early["seq"])
    expect(row(chat, "An answer").locator(".quote")).to_have_text(f"Reply to Bob {early['text']}")
    server.send_message(text="Another", re=gone)
    expect(row(chat, "Another").locator(".quote")).to_have_text("Reply to Message deleted")
    assert [(r["before"], r["limit"]) for r in server.requests if r.get("limit") == 1] == [(early["seq"] + 1, 1), (gone + 1, 1)]
    expect(chat.page.locator(".gap")).to_have_count(0)
    row(chat, "An answer").locator(".quote").click()
    expect(chat.rows.locator(".jump-target .message-text")).to_have_text(early["text"])


def test_two_tabs_show_the_same(pair):
    ada, bob = pair
    twin = ada.context.new_page()
    twin.goto(ada.url)
    expect(twin.locator("#own-name")).to_have_text("Ada")
    ada.say("Helo")
    act(ada, "Helo", "Edit")
    ada.submit("Hello")
    act(ada, "Hello", "React with 👍")
    expect(twin.locator(".message .message-text")).to_have_text("Hello (edited)")
    expect(twin.locator(".chip")).to_have_attribute("aria-pressed", "true")
    twin.locator(".chip").click()
    expect(chips(bob, "Hello")).to_have_count(0)
    expect(chips(ada, "Hello")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "locale": "zh-CN"}, {"viewport": {"width": 320, "height": 600}}],
                         ids=["wide", "phone", "small"])
def test_axe_finds_nothing(chat_pages, options, scheme):
    bob, ada = chat_pages("Bob"), chat_pages("Ada", color_scheme=scheme, **options)
    bob.say("A question for @Ada, and for @here")
    ada.expect_message("A question for @Ada, and for @here")
    page, menu = ada.page, ada.page.locator("#message-menu")
    open_menu = lambda text: (row(ada, text).hover(), row(ada, text).locator(".message-actions").click())
    item = lambda n: (open_menu("question"), menu.locator(".menu-items > button").nth(n).click())
    item(0)
    found = ada.accessibility_violations("reply")
    ada.say("An answer")
    act(bob, "question", "React with 👍")
    act(bob, "An answer", "React with 🎉")
    chips(ada, "question").click()
    expect(chips(ada, "question").locator(".count")).to_have_text("2")
    page.locator("#message-input").press("ArrowUp")
    found += ada.accessibility_violations("edit")
    ada.submit("An edited answer")
    expect(row(ada, "edited answer").locator(".edited")).to_be_visible()
    found += ada.accessibility_violations("messages")
    open_menu("edited answer")
    found += ada.accessibility_violations("menu")
    menu.locator(".emoji-row button").last.click()
    found += ada.accessibility_violations("picker")
    page.keyboard.press("Escape")
    open_menu("edited answer")
    menu.locator(".danger").click()
    found += ada.accessibility_violations("delete")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_old_messages_offer_no_change(site, chat_pages):
    """The server says how long a message can be edited and deleted."""
    site.stop_daemon()
    site.start_daemon("--edit-minutes", "0")
    chat = chat_pages("Ada")
    chat.say("Hello")
    row(chat, "Hello").hover()
    row(chat, "Hello").locator(".message-actions").click()
    items = chat.page.locator("#message-menu [role=menuitem]:not(.emoji)")
    expect(items.filter(has_text="Reply")).to_be_visible()
    expect(items.filter(has_text="Edit")).to_have_count(0)
    expect(items.filter(has_text="Delete")).to_have_count(0)
    chat.page.keyboard.press("Escape")
    chat.page.press("#message-input", "ArrowUp")
    expect(chat.page.locator("#composer-mode")).to_be_hidden()
