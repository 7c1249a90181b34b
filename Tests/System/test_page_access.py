"""The page for everybody: by keyboard, on a phone, for a screen reader, in light and dark (axe-core)."""

import pytest
from page_past import past  # noqa: F401  (a fixture)
from page_seat import PHONE, WIDE, browser, pair, seats, wait_until_free  # noqa: F401  (fixtures)
from client import Client as Person
from playwright.sync_api import expect


def test_everything_is_done_by_keyboard(seats):
    seat = seats()
    page, keys = seat.page, seat.page.keyboard
    focused = lambda: page.evaluate("document.activeElement.id || document.activeElement.className")
    expect(page.locator("#text")).to_be_focused()
    keys.type("Hello")
    keys.press("Shift+Enter")
    keys.type("world")
    keys.press("Enter")
    seat.expect_said("Hello\nworld")

    order = []
    while not order or order[-1] != "text":
        keys.press("Tab")
        order.append(focused())
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert order[-1] == "" or outlined == "solid", f"{order[-1]} shows no focus"
        assert len(order) < 20, f"a trap: {order}"
    stops = [stop for stop in order if stop]
    assert stops == ["plain", "skip", "tab", "open-rooms", "open-name", "open-search", "leave", "log", "text"], "plain: a person"

    page.focus("#open-name")
    keys.press("Enter")
    expect(page.locator("#name")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#name-dialog")).to_be_hidden()
    expect(page.locator("#open-name")).to_be_focused()
    name = "Kay"
    keys.press("Space")
    keys.type(name)
    keys.press("Enter")
    expect(page.locator("#my-name")).to_have_text(name)
    expect(page.locator("#open-name")).to_be_focused()

    page.focus("#open-rooms")
    keys.press("Enter")
    expect(page.locator("#rooms-dialog")).to_be_visible()
    page.focus("#room-name")
    keys.type("attic")
    keys.press("Enter")
    seat.expect_room("attic")
    expect(page.locator("#text")).to_be_focused()
    page.focus("#leave")
    keys.press("Enter")
    seat.expect_room("lobby")


def test_the_drawer_of_a_phone(pair, seats):
    phone = seats("Eve", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(phone.page.locator("#people")).to_be_hidden()
    opener = phone.page.locator("#open-people")
    expect(opener).to_have_text("3 people")
    opener.tap()
    expect(phone.page.locator("#people-list .name")).to_have_count(3)
    expect(phone.page.locator("#close-people")).to_be_focused()
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator("#people")).to_be_hidden()
    expect(opener).to_be_focused()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "it scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(seats, site, scheme, viewport):
    seat = seats(None, viewport=viewport, color_scheme=scheme)
    page, found = seat.page, []
    found += seat.breaches("empty")
    for n in range(24):  # two dozen people: two dozen colours of names
        with Person(site.url, f"Guest {n}") as guest:
            guest.say("Hello")
            guest.until("message")
    seat.say("Good evening")
    expect(seat.log.locator(".message")).to_have_count(25)
    guest = Person(site.url, "Guest")
    found += seat.breaches("content")
    if viewport is PHONE:
        page.click("#open-people")
        found += seat.breaches("people")
        page.click("#close-people")
    page.click("#open-rooms")
    page.fill("#room-name", "!")
    page.press("#room-name", "Enter")
    expect(page.locator("#room-error")).not_to_be_empty()
    found += seat.breaches("rooms")
    page.keyboard.press("Escape")
    page.click("#open-name")
    page.fill("#name", "Guest")
    page.press("#name", "Enter")
    expect(page.locator("#proposal")).to_be_visible()
    found += seat.breaches("name")
    page.keyboard.press("Escape")
    page.click("#open-search")
    page.fill("#search-text", "hello")
    expect(page.locator("#search-more")).to_be_visible()
    found += seat.breaches("search")
    page.locator("#search-results button").last.click()
    expect(page.locator(".sought")).to_be_visible()
    found += seat.breaches("found")
    seat.log.locator("button.person", has_text="Guest 23").click()
    expect(page.locator(".blank:visible")).to_be_visible()
    seat.say("Hello")
    found += seat.breaches("conversation")
    page.evaluate("location.hash = '#token=' + 'a'.repeat(32)")
    expect(page.locator("#become-dialog")).to_be_visible()
    found += seat.breaches("become")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#text').value = 'x'.repeat(9000); "
                  "document.querySelector('#text').dispatchEvent(new Event('input'))")
    found += seat.breaches("too long")
    assert found == []
    guest.leave()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_offline(seats, site, scheme):
    seat = seats(None, color_scheme=scheme)
    seat.say("Before")
    site.stop_daemon()
    expect(seat.page.locator("#banner")).to_be_visible()
    seat.write("Waiting")
    expect(seat.page.locator(".waiting .text")).to_have_text("Waiting")
    assert seat.breaches("offline") == []
    site.start_daemon()
    seat.expect_said("Waiting")
    seat.forgive_the_missing_server()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_past(past, scheme):
    """Days, groups, a gap, unread marks of a conversation."""
    server = past(60, color_scheme=scheme)
    server.gap = True
    for _ in range(120):
        server.store(at=1_767_225_600_000)
    server.break_line()
    expect(server.seat.page.locator(".gap")).to_be_visible()
    server.hold()
    server.send({"type": "private", "seq": 999, "id": "p", "from": "Bob", "to": "Ada", "text": "Psst", "at": 1_767_225_600_000})
    expect(server.seat.page.locator(".private .badge")).to_be_visible()
    server.seat.page.locator(".gap").scroll_into_view_if_needed()
    assert server.seat.breaches("past") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_something_failed(seats, site, scheme):
    seat = seats("Ada", color_scheme=scheme)
    with Person(site.url, "Guest"):
        seat.page.locator("#people-list button", has_text="Guest").click()
        expect(seat.page.locator(".blank:visible")).to_be_visible()
    wait_until_free(site.url, "Guest")
    seat.write("Are you there?")
    expect(seat.page.locator(".waiting .failed")).to_be_visible()
    assert seat.breaches("failed") == []
