"""What was said before: it is loaded while one scrolls, and what one looks at stays where it is."""

import pytest
from page_past import past  # noqa: F401  (a fixture)
from page_seat import PHONE, browser  # noqa: F401  (a fixture)
from playwright.sync_api import expect

SEQS = "() => [...document.querySelectorAll('.lines:not(.waiting) .text')].map((text) => Number(text.textContent.split(' ')[1]))"
LOG = ".pane:not([hidden]) .log"
#: px: positions are fractions.
STILL = 2


def seqs(seat):
    return seat.page.evaluate(SEQS)


def until(seat, condition):
    seat.page.wait_for_function(condition)


def top_of(seat, text):
    return seat.page.locator(".message", has=seat.page.get_by_text(text, exact=True)).bounding_box()["y"]


def scroll(seat, top):
    seat.page.locator(LOG).evaluate("(log, top) => { log.scrollTop = top; }", top)


def test_the_newest_come_first_and_the_rest_while_one_scrolls(past):
    server = past(120)
    seat = server.seat
    assert seqs(seat) == list(range(150, 250, 2)), "the newest 50"
    assert server.asked == []
    for count in (100, 120):
        scroll(seat, 0)
        expect(seat.page.locator(f"{LOG} .message")).to_have_count(count)
    assert seqs(seat) == list(range(10, 250, 2))
    expect(seat.page.locator(".begin")).to_have_text("The beginning of the conversation")
    expect(seat.page.locator(".older")).to_be_hidden()
    assert [page["before"] for page in server.asked] == [150, 50], "each once"


@pytest.mark.parametrize("look", [{}, {"viewport": PHONE}], ids=["wide", "phone"])
def test_what_one_looks_at_stays_in_its_place(past, look):
    server = past(200, **look)
    seat = server.seat
    server.hold()
    scroll(seat, 30)
    expect(seat.page.locator(".older")).to_have_text("Loading…")
    expect(seat.page.locator(LOG)).to_have_attribute("aria-busy", "true")
    scroll(seat, 75)  # on, while it is loading
    before = top_of(seat, "Message 320")
    server.release()
    expect(seat.page.get_by_text("Message 308", exact=True)).to_have_count(1)
    assert abs(top_of(seat, "Message 320") - before) <= STILL
    server.tell()
    expect(seat.page.get_by_text("Message 410", exact=True)).to_have_count(1)
    assert abs(top_of(seat, "Message 320") - before) <= STILL


def test_days_and_authors_stand_where_they_begin_wherever_a_page_ends(past):
    """One log came in pages, the other at once: they look the same."""
    paged = past(90)
    scroll(paged.seat, 0)
    expect(paged.seat.page.locator(".begin")).to_be_visible()
    whole = past(0)
    for _ in range(90):
        whole.tell()
    expect(whole.seat.page.get_by_text("Message 188", exact=True)).to_have_count(1)
    look = """() => [...document.querySelectorAll('.lines:not(.waiting) > li')].map((line) =>
        [line.className.replace(' sought', ''), line.textContent, line.querySelectorAll('.unseen').length])"""
    lines = paged.seat.page.evaluate(look)
    assert lines == whole.seat.page.evaluate(look)
    assert sum(name == "day" for name, _, _ in lines) == 1
    assert sum("follows" in name for name, _, _ in lines) == 0, "five minutes apart: each has its name"


def test_a_group_has_its_name_once_but_tells_a_screen_reader_each(past):
    server = past(0)
    for n in range(3):
        server.tell(at=1_767_225_600_000 + n * 60_000)
    server.tell(at=1_767_225_600_000 + 2 * 60_000 + 300_000)
    lines = server.seat.log.locator(".message")
    expect(lines).to_have_count(4)
    shown = lines.evaluate_all("lines => lines.map(l => [l.querySelector('.person'), l.querySelector('time')].map(e => e.getBoundingClientRect().width > 1))")
    assert shown == [[True, True], [False, False], [False, False], [True, True]]
    told = lines.evaluate_all("lines => lines.map(l => l.querySelector('.person').textContent + l.querySelector('time').textContent.length)")
    assert told == ["Bob5"] * 4


def test_a_gap_is_shown_and_fills(past):
    server = past(60)
    seat = server.seat
    last = server.messages[-1]["seq"]
    server.gap = True
    for _ in range(120):
        server.store()
    server.break_line()
    expect(seat.page.get_by_text("Message 368", exact=True)).to_have_count(1)
    expect(seat.page.locator(".gap button")).to_have_text("Some messages in between are not loaded. Load them")
    assert seqs(seat) == [*range(30, last + 2, 2), *range(270, 370, 2)]
    # By its button: what stands below it comes first.
    server.hold()
    seat.page.locator(".gap button").press("Enter")
    expect(seat.page.locator(LOG)).to_have_attribute("aria-busy", "true")
    before = top_of(seat, "Message 276")
    server.release(hold=True)
    expect(seat.page.get_by_text("Message 268", exact=True)).to_have_count(1)
    assert abs(top_of(seat, "Message 276") - before) <= STILL
    expect(seat.page.locator(".gap button")).to_be_focused()
    server.release()
    # By itself, where one scrolls to it.
    seat.page.locator(".gap").scroll_into_view_if_needed()
    expect(seat.page.locator(".gap")).to_have_count(0)
    assert seqs(seat)[-170:] == list(range(30, 370, 2))


def test_resuming_without_a_gap_shows_none(past):
    server = past(60)
    server.break_line()
    server.seat.page.wait_for_function("() => document.querySelector('#state').dataset.state !== 'online'")
    server.seat.expect_state("online")
    server.tell()
    server.seat.expect_said("Message 130")
    expect(server.seat.page.locator(".gap")).to_have_count(0)
    assert seqs(server.seat) == list(range(30, 132, 2))


def test_the_past_is_loaded_by_keyboard(past):
    server = past(120)
    seat = server.seat
    seat.page.locator(".older").focus()
    seat.page.keyboard.press("Enter")
    expect(seat.page.get_by_text("Message 50", exact=True)).to_have_count(1)
    seat.page.focus(LOG)
    for _ in range(40):
        seat.page.keyboard.press("Home")
        if seat.page.locator(".begin").is_visible():
            break
        seat.page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(seat.page.locator(".begin")).to_be_visible()


def test_the_past_is_not_read_out(past):
    server = past(120)
    seat = server.seat
    expect(seat.page.locator(LOG)).to_have_attribute("aria-live", "off")
    scroll(seat, 0)
    expect(seat.page.get_by_text("Message 50", exact=True)).to_have_count(1)
    server.tell(text="Just said")
    expect(seat.page.locator("#spoken p")).to_have_text(["Bob: Just said"])
    for _ in range(10):
        server.tell()
    expect(seat.page.locator("#spoken p").last).to_have_text("10 new messages")


def test_a_load_that_failed_is_tried_again(past):
    server = past(120)
    seat = server.seat
    server.hold()
    scroll(seat, 0)
    expect(seat.page.locator(".older")).to_have_text("Loading…")
    server.held = None
    server.break_line()  # what was asked for never comes
    expect(seat.page.get_by_text("Message 50", exact=True)).to_have_count(1)


def test_the_lines_are_bounded_on_both_sides(past):
    server = past(1_300)
    seat = server.seat
    oldest = seqs(seat)[0]
    while oldest != 10:
        scroll(seat, 0)
        until(seat, f"() => Number(document.querySelector('.lines .text').textContent.split(' ')[1]) < {oldest}")
        oldest = seqs(seat)[0]
    shown = seqs(seat)
    assert shown == list(range(10, 2010, 2)), "the newest made room"
    seat.page.click(".newer")
    expect(seat.page.get_by_text("Message 2608", exact=True)).to_be_in_viewport()
    assert len(seqs(seat)) <= 1_000
    server.tell(text="Message 2610")
    expect(seat.page.get_by_text("Message 2610", exact=True)).to_be_in_viewport()
    assert len(seqs(seat)) <= 1_000


def test_the_place_is_kept_while_another_room_is_shown(past):
    server = past(120)
    seat = server.seat
    scroll(seat, 800)
    before = top_of(seat, "Message 182")
    server.send({"type": "private", "seq": 999, "id": "p", "from": "Bob", "to": "Ada", "text": "Psst", "at": 0})
    seat.page.locator(".private .tab").click()
    seat.expect_said("Psst")
    server.tell()
    expect(seat.page.locator(".tab", has_text="lobby").locator(".badge .unseen")).to_have_text("1 unread")
    seat.page.locator(".tab", has_text="lobby").click()
    expect(seat.page.get_by_text("Message 250", exact=True)).to_have_count(1)
    assert abs(top_of(seat, "Message 182") - before) <= STILL


def test_what_comes_by_itself_is_not_asked_for(past):
    server = past(120, late=True)
    server.seat.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    server.give_newest()
    expect(server.seat.page.get_by_text("Message 248", exact=True)).to_have_count(1)
    assert server.asked == []
