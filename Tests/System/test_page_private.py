"""Conversations between two people, in the page."""

from page_seat import browser, pair, seats, wait_until_free  # noqa: F401  (fixtures)
from client import Client as Person
from playwright.sync_api import expect


def open_conversation(seat, name):
    seat.page.locator("#people-list button", has_text=name).click()
    seat.expect_room(name)


def tab(seat, name):
    return seat.page.locator(".private .tab", has_text=name)


def test_two_talk_and_nobody_else_hears(pair, seats):
    ada, bob = pair
    eve = seats("Eve")
    open_conversation(ada, "Bob")
    expect(ada.page.locator("#room-kind")).to_have_text("Private")
    expect(ada.page.locator(".blank:visible .quiet")).to_have_text("Nothing was said between you and Bob.")
    expect(ada.page.locator("#text")).to_be_focused()
    expect(ada.page.locator("#text")).to_have_attribute("placeholder", "Message to Bob")
    ada.say("Psst")
    expect(bob.page).to_have_title("(1) lobby · Chatrelay")
    expect(tab(bob, "Ada").locator(".badge .unseen")).to_have_text("1 unread")
    tab(bob, "Ada").click()
    bob.expect_room("Ada")
    expect(bob.page).to_have_title("Ada · Chatrelay")
    bob.say("What?")
    ada.expect_said("What?")
    ada.expect_people("Bob", "Ada")
    eve.say("Anybody?")
    assert eve.messages() == [("Eve", "Anybody?")]
    expect(eve.page.locator(".private")).to_have_count(0)
    assert ada.messages() == bob.messages() == [("Ada", "Psst"), ("Bob", "What?")]


def test_it_is_opened_from_a_message(pair):
    ada, bob = pair
    bob.say("Hello")
    ada.expect_said("Hello")
    ada.log.locator("button.person", has_text="Bob").click()
    ada.expect_room("Bob")


def test_notes_to_oneself(pair):
    ada, _ = pair
    ada.page.locator("#people-list button", has_text="Ada").click()
    ada.expect_room("Notes to yourself")
    ada.say("Buy milk")
    assert ada.messages() == [("Ada", "Buy milk")]
    ada.page.reload()
    ada.expect_state("online")
    tab(ada, "Ada").click()
    ada.expect_said("Buy milk")


def test_what_came_while_away_is_unread(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("First")
    tab(ada, "Bob").click()
    ada.expect_said("First")
    ada.page.locator(".tab", has_text="lobby").click()
    ada.page.goto("about:blank")
    bob.say("Second")
    bob.say("Third")
    bob.page.locator(".tab", has_text="lobby").click()
    bob.say("In the room")
    ada.open()
    expect(ada.page).to_have_title("(2) lobby · Chatrelay")  # the room is read, for it is shown
    expect(tab(ada, "Bob").locator(".badge .unseen")).to_have_text("2 unread")
    tab(ada, "Bob").click()
    ada.expect_said("Third")
    ada.page.reload()
    ada.expect_state("online")
    expect(tab(ada, "Bob")).to_be_visible()
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()
    expect(ada.page).to_have_title("lobby · Chatrelay")


def test_what_another_tab_has_read_is_read(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    twin = ada.context.new_page()
    twin.goto(ada.url)
    expect(twin.locator("#my-name")).to_have_text("Ada")
    bob.say("Psst")
    expect(tab(ada, "Bob").locator(".badge .unseen")).to_have_text("1 unread")
    twin.locator(".private .tab").click()
    expect(twin.locator(".pane:not([hidden]) .message .text")).to_have_text("Psst")
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()


def test_a_closed_conversation_comes_back_with_the_next_message(pair):
    ada, bob = pair
    open_conversation(bob, "Ada")
    bob.say("First")
    tab(ada, "Bob").click()
    expect(ada.page.locator("#leave")).to_have_text("Close")
    ada.page.click("#leave")
    ada.expect_room("lobby")
    ada.page.reload()
    ada.expect_state("online")
    ada.say("In the room")
    expect(ada.page.locator(".private")).to_have_count(0)
    bob.say("Second")
    tab(ada, "Bob").click()
    expect(ada.log.locator(".text")).to_have_text(["First", "Second"])


def test_a_conversation_goes_on_under_the_other_name(pair):
    ada, bob = pair
    open_conversation(ada, "Bob")
    ada.say("Psst")
    bob.page.click("#open-name")
    bob.page.fill("#name", "Robert")
    bob.page.press("#name", "Enter")
    ada.expect_room("Robert")
    expect(tab(ada, "Bob")).to_have_count(0)
    expect(ada.log.locator(".text")).to_have_text(["Psst"])
    ada.say("Still you?")
    tab(bob, "Ada").click()
    bob.expect_said("Still you?")


def test_to_nobody_it_fails_and_says_why(pair, site):
    ada, _ = pair
    with Person(site.url, "Guest"):
        open_conversation(ada, "Guest")
    ada.expect_people("Guest", "Ada")
    wait_until_free(site.url, "Guest")
    ada.write("Are you there?")
    expect(ada.page.locator(".waiting .failed .note")).to_contain_text("Not sent: nobody has this name any more")
    expect(ada.page.locator("#text")).to_be_enabled()
    ada.page.locator(".waiting").get_by_text("Discard").click()
    expect(ada.page.locator(".waiting:visible li")).to_have_count(0)
