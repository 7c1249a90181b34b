"""The chat page in a real browser, through the real nginx, on the real daemon."""

import time

from page_past import past  # noqa: F401  (a fixture)
from page_seat import browser, pair, seats  # noqa: F401  (fixtures)
from playwright.sync_api import expect


def test_two_pages_chat(pair):
    ada, bob = pair
    ada.say("Hello, Bob")
    bob.expect_said("Hello, Bob")
    bob.say("Two lines,\nAda")
    ada.expect_said("Two lines,\nAda")
    for seat in pair:
        assert seat.messages() == [("Ada", "Hello, Bob"), ("Bob", "Two lines,\nAda")]
        expect(seat.log.locator(".message time[datetime]")).to_have_count(2)
    expect(ada.log.locator(".own .text")).to_have_text(["Hello, Bob"])
    expect(ada.log.locator(".system p")).to_have_text(["Bob joined"])


def test_typing_is_seen_and_ends_with_the_message(pair):
    ada, bob = pair
    ada.page.clock.install()
    ada.page.clock.pause_at(time.time() + 60)  # or it would end by itself
    bob.page.locator("#text").press_sequentially("Hm")
    expect(ada.page.locator("#typing")).to_have_text("Bob is typing…")
    bob.say("Hm, yes")
    expect(ada.page.locator("#typing")).to_have_text("")


def test_leaving_is_told(pair):
    ada, bob = pair
    bob.page.click("#leave")
    bob.expect_room("You are in no room.")
    expect(ada.log.locator(".system p").last).to_have_text("Bob left")
    ada.expect_people("Ada")


def test_an_assigned_name_is_shown_and_a_chosen_one_kept(seats):
    seat = seats()
    expect(seat.page.locator("#my-name")).not_to_be_empty()
    name = "Chosen One"
    seat.page.click("#open-name")
    seat.page.fill("#name", name)
    seat.page.press("#name", "Enter")
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_people(name)
    seat.page.reload()
    seat.expect_state("online")
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_room("lobby")


def test_a_taken_name_gets_a_proposal(pair):
    ada, bob = pair
    bob.page.click("#open-name")
    bob.page.fill("#name", "ADA")
    bob.page.press("#name", "Enter")
    expect(bob.page.locator("#name-error")).to_have_text("This name is taken.")
    proposal = bob.page.locator("#proposal bdi").text_content()
    assert proposal != "ADA"
    bob.page.click("#proposal")
    expect(bob.page.locator("#name-dialog")).to_be_hidden()
    expect(bob.page.locator("#my-name")).to_have_text(proposal)
    expect(ada.log.locator(".system p").last).to_have_text(f"Bob is now {proposal}")
    ada.expect_people("Ada", proposal)


def test_a_name_taken_at_the_door_is_explained(seats, pair):
    ada, _ = pair
    twin = seats("Ada")
    expect(twin.page.locator("#my-name")).not_to_have_text("Ada")
    now = twin.page.locator("#my-name").text_content()
    expect(twin.log.locator(".system p").first).to_have_text(f"The name Ada is taken. You are {now}.")


def test_rooms_are_made_joined_and_left(pair):
    ada, bob = pair
    ada.page.click("#open-rooms")
    ada.page.fill("#room-name", "Not/A/Room")
    ada.page.press("#room-name", "Enter")
    expect(ada.page.locator("#room-error")).not_to_be_empty()
    ada.page.fill("#room-name", " Attic ")
    ada.page.press("#room-name", "Enter")
    ada.expect_room("attic")
    bob.page.click("#open-rooms")
    bob.page.locator("#rooms-list button", has_text="attic").click()
    bob.expect_room("attic")
    ada.expect_people("Ada", "Bob")
    ada.say("In here")
    bob.expect_said("In here")
    bob.page.click("#leave")
    expect(bob.page.locator(".tab", has_text="attic")).to_have_count(0)
    ada.expect_people("Ada")


def test_unread_is_counted_in_the_title_and_on_the_tab(pair):
    ada, bob = pair
    bob.page.goto(f"{bob.url}#attic")
    bob.expect_room("attic")
    expect(bob.page).to_have_title("attic · Chatrelay")
    ada.say("One")
    ada.say("Two")
    expect(bob.page).to_have_title("(2) attic · Chatrelay")
    tab = bob.page.locator(".tab", has_text="lobby")
    expect(tab.locator(".unseen")).to_have_text("2 unread")
    tab.click()
    expect(bob.page).to_have_title("lobby · Chatrelay")
    bob.expect_said("Two")


def test_unread_is_counted_while_nobody_looks(pair):
    ada, bob = pair
    bob.page.evaluate("document.hasFocus = () => false")
    ada.say("Are you there?")
    expect(bob.page).to_have_title("(1) lobby · Chatrelay")
    bob.page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    expect(bob.page).to_have_title("lobby · Chatrelay")


def test_the_log_stays_where_one_reads(pair):
    ada, bob = pair
    for text in ("Hello", "\n".join(f"Line {n}" for n in range(100)), "The end"):
        ada.say(text)
    bob.expect_said("The end")
    log = bob.page.locator(".pane:not([hidden]) .log")
    away = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
    assert log.evaluate(away) < 2, "the newest is in view"
    assert bob.page.evaluate("document.documentElement.scrollHeight === innerHeight"), "only the log scrolls"
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(bob.page.locator(".newer")).to_have_text("To the newest")
    ada.say("And one more")
    expect(bob.page.locator(".newer")).to_have_text("1 new message")
    assert log.evaluate("log => log.scrollTop") == 0
    bob.page.click(".newer")
    expect(bob.page.locator(".newer")).to_be_hidden()
    assert log.evaluate(away) < 2


def test_the_page_comes_back_with_the_daemon(pair, site):
    """A daemon that keeps nothing begins anew: what is in the page stays there, and what was written meanwhile is sent."""
    ada, bob = pair
    ada.say("Before")
    bob.expect_said("Before")
    site.stop_daemon()
    for seat in pair:
        expect(seat.page.locator("#banner")).to_be_visible()
        expect(seat.page.locator("#state")).not_to_have_attribute("data-state", "online")
    ada.write("Written without a connection")
    expect(ada.page.locator(".waiting .text")).to_have_text("Written without a connection")
    expect(ada.page.locator(".waiting .note")).to_have_text("Waits for the connection")
    expect(ada.page.locator("#banner-text")).to_contain_text("1 message waits here and is sent by itself.")
    site.start_daemon()
    for seat in pair:
        seat.expect_state("online")
        expect(seat.page.locator("#banner")).to_be_hidden()
        seat.expect_people("Ada", "Bob")
        expect(seat.log.locator(".system.anew")).to_have_count(1)
        seat.expect_said("Written without a connection")
    expect(ada.page.locator(".waiting li")).to_have_count(0)
    bob.say("After")
    ada.expect_said("After")
    for seat in pair:
        assert seat.messages() == [("Ada", "Before"), ("Ada", "Written without a connection"), ("Bob", "After")]
        seat.forgive_the_missing_server()


def test_a_large_room_only_counts(past):
    """In a large room the server says how many there are, and not who comes and goes."""
    server = past(0)
    server.seat.expect_people("Ada", "Bob")
    server.send({"type": "system", "event": "count", "room": "lobby", "users": 250, "at": 0})
    expect(server.seat.page.locator("#people-count")).to_have_text("250 people")
    expect(server.seat.log.locator(".system")).to_have_count(0)


def test_to_somebody_who_is_gone_nothing_can_be_written(past):
    server = past(0)
    server.send({"type": "private", "seq": 99, "id": "p", "from": "Old", "to": "Ada", "text": "Farewell", "at": 0, "gone": True})
    server.send({"type": "private", "seq": 100, "id": "q", "from": "Old", "to": "Ada", "text": "Hello", "at": 0})
    tabs = server.seat.page.locator(".private .tab")
    expect(tabs).to_have_count(2)  # another user has the name by now
    tabs.first.click()
    expect(server.seat.page.locator("#room-kind")).to_have_text("Gone")
    expect(server.seat.page.locator("#text")).to_be_disabled()
    expect(server.seat.page.locator("#text")).to_have_attribute("placeholder", "Old is no longer here")
    assert server.seat.messages() == [("Old", "Farewell")]
    tabs.last.click()
    expect(server.seat.page.locator("#text")).to_be_enabled()
    assert server.seat.messages() == [("Old", "Hello")]
