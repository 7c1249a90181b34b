"""Searching, in the page."""

from page_past import past  # noqa: F401  (a fixture)
from page_seat import browser, pair, seats  # noqa: F401  (fixtures)
from client import Client as Person
from playwright.sync_api import expect

RESULTS = "#search-results li"


def search(seat, text):
    seat.page.keyboard.press("Control+k")
    expect(seat.page.locator("#search-text")).to_be_focused()
    seat.page.fill("#search-text", text)
    seat.page.keyboard.press("Enter")


def test_words_are_found_in_rooms_and_conversations(pair):
    ada, bob = pair
    ada.say("The café opens at nine")
    bob.say("Which cafés?")
    bob.page.locator("#people-list button", has_text="Ada").click()
    bob.say("Not that CAFE")
    search(ada, "caf")
    expect(ada.page.locator("#search-state")).to_have_text("3 messages found")
    expect(ada.page.locator(f"{RESULTS} .found-text")).to_have_text(["Not that CAFE", "Which cafés?", "The café opens at nine"])
    expect(ada.page.locator(f"{RESULTS} .found-place")).to_have_text(["Private Bob", "lobby", "lobby"])
    expect(ada.page.locator("mark")).to_have_text(["CAF", "caf", "caf"])
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("#search-dialog")).to_be_hidden()
    ada.expect_room("Bob")
    expect(ada.page.locator(".sought .text")).to_have_text("Not that CAFE")
    expect(ada.page.locator(".sought")).to_be_focused()


def test_only_here(pair):
    ada, bob = pair
    ada.say("needle in the room")
    bob.page.locator("#people-list button", has_text="Ada").click()
    bob.say("private needle")
    expect(ada.page.locator(".private .tab .badge")).to_be_visible()
    search(ada, "needle")
    expect(ada.page.locator(RESULTS)).to_have_count(2)
    expect(ada.page.locator("#search-here-name")).to_have_text("lobby")
    ada.page.check("#search-here")
    expect(ada.page.locator(f"{RESULTS} .found-text")).to_have_text(["needle in the room"])
    ada.page.keyboard.press("Escape")
    ada.page.locator(".private .tab").click()
    ada.page.click("#open-search")
    ada.page.fill("#search-text", "needle")
    ada.page.check("#search-here")
    expect(ada.page.locator(f"{RESULTS} .found-text")).to_have_text(["private needle"])


def test_more_are_found_on_demand(seats, site):
    seat = seats("Ada")
    with Person(site.url, "Guest") as guest:
        for n in range(45):
            guest.say(f"needle {n}")
        guest.until("message", text="needle 44")
    search(seat, "needle")
    expect(seat.page.locator("#search-state")).to_have_text("20 messages found, and there are more")
    seat.page.click("#search-more")
    expect(seat.page.locator(RESULTS)).to_have_count(40)
    expect(seat.page.locator(f"{RESULTS}:nth-child(21) button")).to_be_focused()
    seat.page.click("#search-more")
    expect(seat.page.locator("#search-state")).to_have_text("45 messages found")
    expect(seat.page.locator("#search-more")).to_be_hidden()


def test_nothing_is_found(seats):
    seat = seats("Ada")
    seat.page.locator(".log:visible").focus()
    seat.page.keyboard.press("/")
    expect(seat.page.locator("#search-text")).to_be_focused()
    expect(seat.page.locator("#search-text")).to_have_value("")
    seat.page.keyboard.type("needle")
    expect(seat.page.locator("#search-state")).to_have_text("Nothing was found.")
    seat.page.fill("#search-text", "…")
    expect(seat.page.locator("#search-state")).to_have_text("There is no word to look for, or too many.")
    seat.page.keyboard.press("Escape")
    expect(seat.page.locator("#search-dialog")).to_be_hidden()
    expect(seat.page.locator(".log:visible")).to_be_focused()
    seat.page.fill("#text", "")
    seat.page.locator("#text").press_sequentially("/shrug")
    expect(seat.page.locator("#text")).to_have_value("/shrug")


def test_it_leads_into_the_past_and_back(past):
    """The message and what is around it are loaded, and a gap stands between them and the newest."""
    server = past(600)
    seat = server.seat
    search(seat, "Message 210")
    seat.page.locator(RESULTS).first.locator("button").click()
    expect(seat.page.locator(".sought .text")).to_have_text("Message 210")
    expect(seat.page.locator(".sought")).to_be_in_viewport()
    expect(seat.page.locator(".gap")).to_have_count(1)
    # Down from there, the next messages come where one reads on.
    log = seat.page.locator(".log:visible")
    seen = {210}
    for _ in range(60):
        log.evaluate("log => { log.scrollTop += 300; }")
        seat.page.wait_for_function("() => document.querySelector('.log').getAttribute('aria-busy') === 'false'")
        seat.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen |= set(log.evaluate("""log => [...log.querySelectorAll('.text')].filter((text) => {
            const { top, bottom } = text.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
        }).map((text) => Number(text.textContent.split(' ')[1]))"""))
    assert sorted(seen) == list(range(min(seen), max(seen) + 2, 2)), "without a hole"
    assert max(seen) > 400
    assert max(page["before"] for page in server.asked) < max(seen) + 300, "not from the other end"
    seat.page.click(".newer")
    expect(seat.page.get_by_text("Message 1208", exact=True)).to_be_in_viewport()


def test_a_late_answer_is_of_no_interest(past):
    server = past(60)
    search(server.seat, "Message 20")
    expect(server.seat.page.locator(f"{RESULTS} .found-text")).to_have_text(["Message 20"])
    server.send({"type": "found", "text": "Message", "messages": [server.messages[7]], "more": True})
    server.send({"type": "found", "text": "Message 20", "before": 7, "messages": [server.messages[7]], "more": True})
    server.tell(text="After that")
    expect(server.seat.page.locator("#spoken p")).to_have_text(["Bob: After that"])
    expect(server.seat.page.locator(f"{RESULTS} .found-text")).to_have_text(["Message 20"])


def test_it_leads_there_although_another_page_is_loading(past):
    server = past(600)
    server.hold()
    server.seat.page.locator(".log").evaluate("log => { log.scrollTop = 0; }")
    expect(server.seat.page.locator(".older")).to_have_text("Loading…")
    search(server.seat, "Message 210")
    server.seat.page.locator(RESULTS).first.locator("button").click()
    server.release()
    expect(server.seat.page.locator(".sought .text")).to_have_text("Message 210")
    expect(server.seat.page.locator(".sought")).to_be_in_viewport()
