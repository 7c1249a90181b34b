"""The chat page in a real browser, with the real nginx and daemon: messages, names, rooms, unread counts, reconnecting."""

import time

from page_history import history_server  # noqa: F401  (a fixture)
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from playwright.sync_api import expect


def test_messages_reach_both_pages(pair):
    ada, bob = pair
    ada.say("Hello, Bob")
    bob.expect_message("Hello, Bob")
    bob.say("Two lines,\nAda")
    ada.expect_message("Two lines,\nAda")
    for chat in pair:
        assert chat.messages() == [("Ada", "Hello, Bob"), ("Bob", "Two lines,\nAda")]
        expect(chat.rows.locator(".message time[datetime]")).to_have_count(2)
    expect(ada.rows.locator(".own .message-text")).to_have_text(["Hello, Bob"])
    expect(ada.rows.locator(".system p")).to_have_text(["Bob joined"])


def test_the_typing_indicator_ends_with_the_message(pair):
    ada, bob = pair
    ada.page.clock.install()
    ada.page.clock.pause_at(time.time() + 60)  # otherwise the indicator times out
    bob.page.locator("#message-input").press_sequentially("Hm")
    expect(ada.page.locator("#typing-indicator")).to_have_text("Bob is typing…")
    bob.say("Hm, yes")
    expect(ada.page.locator("#typing-indicator")).to_have_text("")


def test_leaving_a_room(pair):
    ada, bob = pair
    bob.leave()
    bob.expect_channel("You are in no room.")
    expect(ada.rows.locator(".presence").last).to_contain_text("Bob joined and left")
    ada.expect_members("Ada")


def test_a_chosen_name_survives_a_reload(chat_pages):
    chat = chat_pages()
    expect(chat.page.locator("#own-name")).not_to_be_empty()
    name = "Chosen One"
    chat.page.click("#open-name")
    chat.page.fill("#name-input", name)
    chat.page.press("#name-input", "Enter")
    expect(chat.page.locator("#own-name")).to_have_text(name)
    chat.expect_members(name)
    chat.page.reload()
    chat.expect_state("online")
    expect(chat.page.locator("#own-name")).to_have_text(name)
    chat.expect_channel("lobby")


def test_a_taken_name_has_a_proposal(pair):
    ada, bob = pair
    bob.page.click("#open-name")
    bob.page.fill("#name-input", "ADA")
    bob.page.press("#name-input", "Enter")
    expect(bob.page.locator("#name-error")).to_have_text("This name is taken.")
    proposal = bob.page.locator("#name-proposal bdi").text_content()
    assert proposal != "ADA"
    bob.page.click("#name-proposal")
    expect(bob.page.locator("#name-dialog")).to_be_hidden()
    expect(bob.page.locator("#own-name")).to_have_text(proposal)
    expect(ada.rows.locator(".system p").last).to_have_text(f"Bob is now {proposal}")
    ada.expect_members("Ada", proposal)


def test_a_stored_name_that_is_taken_is_explained(chat_pages, pair):
    ada, _ = pair
    twin = chat_pages("Ada")
    expect(twin.page.locator("#own-name")).not_to_have_text("Ada")
    now = twin.page.locator("#own-name").text_content()
    expect(twin.rows.locator(".system p").first).to_have_text(f"The name Ada is taken. You are {now}.")


def test_rooms_are_created_joined_and_left(pair):
    ada, bob = pair
    ada.page.click("#open-rooms")
    ada.page.fill("#room-name-input", "Not/A/Room")
    ada.page.press("#room-name-input", "Enter")
    expect(ada.page.locator("#room-error")).not_to_be_empty()
    ada.page.fill("#room-name-input", " Attic ")
    ada.page.press("#room-name-input", "Enter")
    ada.expect_channel("attic")
    bob.page.click("#open-rooms")
    bob.page.locator("#room-list button", has_text="attic").click()
    bob.expect_channel("attic")
    ada.expect_members("Ada", "Bob")
    ada.say("In here")
    bob.expect_message("In here")
    bob.leave()
    expect(bob.page.locator(".tab", has_text="attic")).to_have_count(0)
    ada.expect_members("Ada")


def test_the_page_says_that_rooms_are_not_private(pair):
    """A room that nobody is in leaves the list. Whoever knows its name can still read its messages."""
    ada, bob = pair
    ada.page.goto(f"{ada.url}#attic")
    ada.expect_channel("attic")
    ada.say("A secret?")
    ada.leave()
    ada.expect_channel("lobby")
    bob.page.click("#open-rooms")
    expect(bob.page.locator("#room-list button")).to_have_count(1)
    expect(bob.page.locator("#room-name-input")).to_have_accessible_description(
        "Letters a to z, digits and hyphens. Anyone who types the name of a room can enter it and read its messages, even when the room is "
        "empty and not in this list. For a private talk, click a person's name.")
    bob.page.fill("#room-name-input", "attic")
    bob.page.press("#room-name-input", "Enter")
    bob.expect_message("A secret?")


def test_unread_counts_in_the_title_and_on_the_tab(pair):
    ada, bob = pair
    bob.page.goto(f"{bob.url}#attic")
    bob.expect_channel("attic")
    expect(bob.page).to_have_title("attic · Chatrelay")
    ada.say("One")
    ada.say("Two")
    expect(bob.page).to_have_title("(2) attic · Chatrelay")
    tab = bob.page.locator(".tab", has_text="lobby")
    expect(tab.locator(".visually-hidden")).to_have_text("2 unread")
    tab.click()
    expect(bob.page).to_have_title("lobby · Chatrelay")
    bob.expect_message("Two")


def test_the_selected_room_has_unread_messages_without_focus(pair):
    ada, bob = pair
    bob.page.evaluate("document.hasFocus = () => false")
    ada.say("Are you there?")
    expect(bob.page).to_have_title("(1) lobby · Chatrelay")
    bob.page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    expect(bob.page).to_have_title("lobby · Chatrelay")


def test_a_new_message_does_not_scroll_earlier_ones_away(pair):
    ada, bob = pair
    long = "\n".join(f"Line {n}" for n in range(100))
    for text in ("Hello", long, long, "The end"):
        ada.say(text)
    bob.expect_message("The end")
    message_list = bob.page.locator(".message-pane:not([hidden]) .message-list")
    below = "list => list.scrollHeight - list.scrollTop - list.clientHeight"
    assert message_list.evaluate(below) < 2, "the newest is visible"
    assert bob.page.evaluate("document.documentElement.scrollHeight === innerHeight"), "only the message list scrolls"
    message_list.evaluate("list => { list.scrollTop = 0; }")
    expect(bob.page.locator(".jump-to-latest")).to_have_text("To the newest")
    ada.say("And one more")
    expect(bob.page.locator(".jump-to-latest")).to_have_text("1 new message")
    assert message_list.evaluate("list => list.scrollTop") == 0
    bob.page.click(".jump-to-latest")
    expect(bob.page.locator(".jump-to-latest")).to_be_hidden()
    assert message_list.evaluate(below) < 2


def test_the_page_reconnects_to_a_new_daemon(pair, site):
    """The new daemon has another ledger. The page keeps its messages, and sends those written while offline."""
    ada, bob = pair
    ada.say("Before")
    bob.expect_message("Before")
    site.stop_daemon()
    for chat in pair:
        expect(chat.page.locator("#banner")).to_be_visible()
        expect(chat.page.locator("#connection-state")).not_to_have_attribute("data-state", "online")
    ada.submit("Written without a connection")
    expect(ada.page.locator(".pending-list .message-text")).to_have_text("Written without a connection")
    expect(ada.page.locator(".pending-list .note")).to_have_text("Waits for the connection")
    expect(ada.page.locator("#banner-text")).to_contain_text("1 message will be sent when the connection is back.")
    site.start_daemon()
    for chat in pair:
        chat.expect_state("online")
        expect(chat.page.locator("#banner")).to_be_hidden()
        chat.expect_members("Ada", "Bob")
        expect(chat.rows.locator(".system.new-ledger")).to_have_count(1)
        chat.expect_message("Written without a connection")
    expect(ada.page.locator(".pending-list li")).to_have_count(0)
    bob.say("After")
    ada.expect_message("After")
    for chat in pair:
        assert chat.messages() == [("Ada", "Before"), ("Ada", "Written without a connection"), ("Bob", "After")]
        chat.ignore_connection_errors()


def test_a_large_room_has_only_a_member_count(history_server):
    """In a large room the server sends the count, and not who joins and leaves."""
    server = history_server(0)
    server.chat.expect_members("Ada", "Bob")
    server.send({"type": "system", "event": "count", "room": "lobby", "users": 250, "at": 0})
    expect(server.chat.page.locator("#open-members")).to_have_accessible_name("250 people")
    expect(server.chat.rows.locator(".system")).to_have_count(0)


def test_the_conversation_with_a_deleted_user_is_read_only(history_server):
    server = history_server(0)
    server.send({"type": "private", "seq": 99, "id": "p", "from": "Old", "to": "Ada", "text": "Farewell", "at": 0, "gone": True})
    server.send({"type": "private", "seq": 100, "id": "q", "from": "Old", "to": "Ada", "text": "Hello", "at": 0})
    tabs = server.chat.page.locator(".private .tab")
    expect(tabs).to_have_count(2)  # another user has the name now
    tabs.first.click()
    expect(server.chat.page.locator("#channel-kind")).to_have_text("Gone")
    expect(server.chat.page.locator("#message-input")).to_be_disabled()
    expect(server.chat.page.locator("#message-input")).to_have_attribute("placeholder", "Old is no longer here")
    assert server.chat.messages() == [("Old", "Farewell")]
    tabs.last.click()
    expect(server.chat.page.locator("#message-input")).to_be_enabled()
    assert server.chat.messages() == [("Old", "Hello")]
