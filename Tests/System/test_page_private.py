"""Private conversations in the page."""

from page_history import history_server  # noqa: F401  (a fixture)
from page_object import browser, chat_pages, pair, wait_until_free  # noqa: F401  (fixtures)
from client import Client
from playwright.sync_api import expect


def open_conversation(chat, name):
    chat.page.locator("#member-list button", has_text=name).click()
    chat.expect_channel(name)


def tab(chat, name):
    return chat.page.locator(".private .tab", has_text=name)


def test_a_conversation_is_private(pair, chat_pages):
    ada, bob = pair
    eve = chat_pages("Eve")
    open_conversation(ada, "Bob")
    expect(ada.page.locator("#channel-kind")).to_have_text("Private")
    expect(ada.page.locator(".empty-state:visible .empty-title")).to_have_text("There are no messages between you and Bob yet.")
    expect(ada.page.locator("#message-input")).to_be_focused()
    expect(ada.page.locator("#message-input")).to_have_attribute("placeholder", "Message to Bob")
    ada.say("Psst")
    expect(bob.page).to_have_title("(1) lobby · Chatrelay")
    expect(tab(bob, "Ada").locator(".badge .visually-hidden")).to_have_text("1 unread")
    tab(bob, "Ada").click()
    bob.expect_channel("Ada")
    expect(bob.page).to_have_title("Ada · Chatrelay")
    bob.say("What?")
    ada.expect_message("What?")
    ada.expect_members("Bob", "Ada")
    eve.say("Anybody?")
    assert eve.messages() == [("Eve", "Anybody?")]
    expect(eve.page.locator(".private")).to_have_count(0)
    assert ada.messages() == bob.messages() == [("Ada", "Psst"), ("Bob", "What?")]


def test_a_click_on_a_name_opens_the_conversation(pair):
    ada, bob = pair
    bob.say("Hello")
    ada.expect_message("Hello")
    ada.rows.locator("button.user-name", has_text="Bob").click()
    ada.expect_channel("Bob")


def test_notes_to_oneself(pair):
    ada, _ = pair
    ada.page.locator("#member-list button", has_text="Ada").click()
    ada.expect_channel("Notes to yourself")
    ada.say("Buy milk")
    assert ada.messages() == [("Ada", "Buy milk")]
    ada.page.reload()
    ada.expect_state("online")
    tab(ada, "Ada").click()
    ada.expect_message("Buy milk")


def test_messages_while_away_are_unread(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("First")
    tab(ada, "Bob").click()
    ada.expect_message("First")
    ada.page.locator(".tab", has_text="lobby").click()
    ada.page.goto("about:blank")
    bob.say("Second")
    bob.say("Third")
    bob.page.locator(".tab", has_text="lobby").click()
    bob.say("In the room")
    ada.open()
    expect(ada.page).to_have_title("(2) lobby · Chatrelay")  # the room is selected, and so read
    expect(tab(ada, "Bob").locator(".badge .visually-hidden")).to_have_text("2 unread")
    tab(ada, "Bob").click()
    ada.expect_message("Third")
    ada.page.reload()
    ada.expect_state("online")
    expect(tab(ada, "Bob")).to_be_visible()
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()
    expect(ada.page).to_have_title("Bob · Chatrelay")  # a reload stays in the conversation


def test_read_markers_are_shared_by_tabs(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    twin = ada.context.new_page()
    twin.goto(ada.url)
    expect(twin.locator("#own-name")).to_have_text("Ada")
    bob.say("Psst")
    expect(tab(ada, "Bob").locator(".badge .visually-hidden")).to_have_text("1 unread")
    twin.locator(".private .tab").click()
    expect(twin.locator(".message-pane:not([hidden]) .message .message-text")).to_have_text("Psst")
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()


def test_a_closed_conversation_reopens_with_the_next_message(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("First")
    tab(ada, "Bob").click()
    expect(ada.page.locator("#leave")).to_have_text("Close")
    ada.leave()
    ada.expect_channel("lobby")
    ada.page.reload()
    ada.expect_state("online")
    ada.say("In the room")
    expect(ada.page.locator(".private")).to_have_count(0)
    bob.say("Second")
    tab(ada, "Bob").click()
    expect(ada.rows.locator(".message-text")).to_have_text(["First", "Second"])


def test_a_conversation_follows_a_rename(pair):
    ada, bob = pair
    open_conversation(ada, "Bob")
    ada.say("Psst")
    bob.page.click("#open-name")
    bob.page.fill("#name-input", "Robert")
    bob.page.press("#name-input", "Enter")
    ada.expect_channel("Robert")
    expect(tab(ada, "Bob")).to_have_count(0)
    expect(ada.rows.locator(".message-text")).to_have_text(["Psst"])
    ada.say("Still you?")
    tab(bob, "Ada").click()
    bob.expect_message("Still you?")


def rename(chat, name):
    chat.page.click("#open-name")
    chat.page.fill("#name-input", name)
    chat.page.press("#name-input", "Enter")
    expect(chat.page.locator("#own-name")).to_have_text(name)


def test_a_draft_and_unread_messages_follow_a_rename(pair):
    ada, bob = pair
    box = ada.page.locator("#message-input")
    open_conversation(ada, "Bob")
    box.fill("Half a thought")
    rename(bob, "Robert")
    ada.expect_channel("Robert")
    expect(box).to_have_value("Half a thought")
    ada.page.locator(".tab", has_text="lobby").click()
    expect(box).to_have_value("")
    tab(bob, "Ada").click() if tab(bob, "Ada").count() else open_conversation(bob, "Ada")
    bob.say("Psst")
    expect(tab(ada, "Robert").locator(".badge .visually-hidden")).to_have_text("1 unread")
    rename(bob, "Bobby")
    expect(tab(ada, "Bobby").locator(".badge .visually-hidden")).to_have_text("1 unread")
    tab(ada, "Bobby").click()
    ada.expect_message("Psst")
    expect(box).to_have_value("Half a thought")
    expect(tab(ada, "Bobby").locator(".badge")).to_be_hidden()
    expect(tab(ada, "Robert")).to_have_count(0)


def test_a_draft_follows_a_rename_that_only_the_history_shows(history_server):
    """The two users share no room, so no event tells of the new name."""
    server = history_server(0)
    chat, box = server.chat, server.chat.page.locator("#message-input")
    old = {"type": "private", "seq": 50, "id": "p", "from": "Bob", "user": 5, "to": "Ada", "peer": 2, "text": "Psst", "at": 0}
    server.send(old)
    tab(chat, "Bob").click()
    box.fill("Half a thought")
    server.send({"type": "history", "with": "Robert", "user": 5, "messages": [old | {"from": "Robert"}], "more": False})
    chat.expect_channel("Robert")
    expect(box).to_have_value("Half a thought")
    expect(tab(chat, "Bob")).to_have_count(0)


def test_a_message_stays_visible_when_it_fails_after_a_rename(history_server):
    server = history_server(0)
    chat = server.chat
    server.send({"type": "private", "seq": 50, "id": "p", "from": "Bob", "user": 5, "to": "Ada", "peer": 2, "text": "Psst", "at": 0})
    tab(chat, "Bob").click()
    chat.submit("Are you there?")
    row = chat.page.locator(".pending-list:visible .message")
    expect(row).to_have_count(1)
    sent = chat.page.evaluate("Object.values(localStorage).map((value) => JSON.parse(value)).find((value) => value.to === 5).id")
    server.send({"type": "system", "event": "renamed", "room": "lobby", "user": 5, "was": "Bob", "name": "Robert", "at": 0})
    chat.expect_channel("Robert")
    server.send({"type": "error", "code": "no-such-user", "id": sent, "message": "…"})
    expect(row.locator(".note")).to_contain_text("nobody has this name any more")


def test_a_message_to_a_missing_user_fails(pair, site):
    ada, _ = pair
    with Client(site.url, "Guest"):
        open_conversation(ada, "Guest")
    ada.expect_members("Guest", "Ada")
    wait_until_free(site.url, "Guest")
    ada.submit("Are you there?")
    expect(ada.page.locator(".pending-list .failed .note")).to_contain_text("Not sent: nobody has this name any more")
    ada.page.locator(".pending-list").get_by_text("Discard").click()
    expect(ada.page.locator(".pending-list:visible li")).to_have_count(0)


def test_an_old_name_stays_its_users(pair, chat_pages):
    """Own messages, conversations and clicks on old names follow the user. Nobody else gets the name."""
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("Psst")
    tab(ada, "Bob").click()
    ada.expect_message("Psst")
    bob.page.locator(".tab", has_text="lobby").click()
    bob.say("Mine")
    rename(bob, "Robert")
    expect(bob.rows.locator(".message.own .message-text")).to_have_text(["Mine"])
    eve = chat_pages("Bob")
    expect(eve.page.locator("#own-name")).to_have_text("Bob2")
    expect(eve.rows.locator(".message")).to_have_count(1)
    expect(eve.rows.locator(".message.own")).to_have_count(0)
    expect(eve.page.locator(".private")).to_have_count(0)
    ada.page.locator(".tab", has_text="lobby").click()
    ada.rows.locator("button.user-name", has_text="Bob").click()
    ada.expect_channel("Robert")
    ada.say("To the same person")
    open_conversation(eve, "Ada")
    eve.say("Another person")
    expect(tab(ada, "Bob2").locator(".badge .visually-hidden")).to_have_text("1 unread")
    expect(ada.rows.locator(".message-text")).to_have_text(["Psst", "To the same person"])
    bob.page.reload()
    expect(bob.rows.locator(".message.own .message-text")).to_have_text(["Mine"])


def test_what_was_stored_under_a_name_is_taken_over(pair):
    """Drafts, read markers and closed conversations of an earlier version."""
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("First")
    bob.say("Second")
    tab(ada, "Bob").click()
    ada.expect_message("Second")
    ada.page.locator(".tab", has_text="lobby").click()
    ada.page.evaluate("""() => {
        const rename = (value) => JSON.parse(JSON.stringify(value).replaceAll(/user:\\d+/g, "@Bob"));
        for (const key of Object.keys(localStorage)) if (key.endsWith(" read")) localStorage[key] = JSON.stringify(rename(JSON.parse(localStorage[key])));
    }""")
    ada.page.reload()
    ada.expect_state("online")
    expect(tab(ada, "Bob")).to_be_visible()
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()
    tab(ada, "Bob").click()
    ada.leave()
    ada.expect_channel("lobby")
    ada.page.evaluate("""() => {
        for (const key of Object.keys(localStorage)) if (key.endsWith(" closed")) localStorage[key] = localStorage[key].replace(/user:\\d+/, "@Bob");
        addEventListener("pagehide", () => {
            const key = Object.keys(sessionStorage).find((each) => each.endsWith(" drafts"));
            sessionStorage[key] = JSON.stringify({ "@Bob": "Half a thought" });
        });
    }""")
    ada.page.reload()
    ada.expect_state("online")
    ada.say("In the room")
    expect(ada.page.locator(".private")).to_have_count(0)
    open_conversation(ada, "Bob")
    expect(ada.page.locator("#message-input")).to_have_value("Half a thought")
