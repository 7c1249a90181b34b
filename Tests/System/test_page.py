"""The chat page in a real browser, through the real nginx, on the real daemon."""

import itertools

import pytest
from page_seat import PHONE, WIDE, Seat
from playwright.sync_api import expect, sync_playwright

# Each test has people and a room of its own: nothing of one test is seen by another.
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def room():
    return f"room-{next(numbers)}"


@pytest.fixture
def seats(browser, site):
    """Opens seats; at the end of the test, none may have an error in its console."""
    opened = []

    def seat(name=None, room=None, **look) -> Seat:
        opened.append(Seat(browser, site.url, name, room, **look))
        return opened[-1].open()

    yield seat
    errors = [error for seat in opened for error in seat.errors]
    for seat in opened:
        seat.context.close()
    assert errors == []


@pytest.fixture
def pair(seats, room):
    """Two people in one room: a list of the two, who know their names from each other."""
    n = next(numbers)
    ada, bob = seats(f"Ada{n}", room), seats(f"Bob{n}", room)
    ada.name, bob.name = f"Ada{n}", f"Bob{n}"
    ada.expect_people(ada.name, bob.name)
    return ada, bob


def test_two_pages_chat(pair):
    ada, bob = pair
    ada.say("Hello, Bob")
    bob.expect_said("Hello, Bob")
    bob.say("Two lines,\nAda")
    ada.expect_said("Two lines,\nAda")
    for seat in pair:
        assert seat.messages() == [(ada.name, "Hello, Bob"), (bob.name, "Two lines,\nAda")]
        expect(seat.log.locator(".message time[datetime]")).to_have_count(2)
    expect(ada.log.locator(".own .text")).to_have_text(["Hello, Bob"])
    expect(ada.log.locator(".system")).to_have_text([f"{bob.name} joined"], use_inner_text=True) if False else None
    expect(ada.log.locator(".system p")).to_have_text([f"{bob.name} joined"])


def test_typing_is_seen_and_ends_with_the_message(pair):
    ada, bob = pair
    bob.page.locator("#text").press_sequentially("Hm")
    expect(ada.page.locator("#typing")).to_have_text(f"{bob.name} is typing…")
    bob.say("Hm, yes")
    expect(ada.page.locator("#typing")).to_have_text("")


def test_leaving_is_told(pair):
    ada, bob = pair
    bob.page.click("#leave")
    bob.expect_room("You are in no room.")
    expect(ada.log.locator(".system p").last).to_have_text(f"{bob.name} left")
    ada.expect_people(ada.name)


def test_an_assigned_name_is_shown_and_a_chosen_one_kept(seats, room):
    seat = seats(None, room)
    expect(seat.page.locator("#my-name")).not_to_be_empty()
    name = f"Chosen {next(numbers)}"
    seat.page.click("#open-name")
    seat.page.fill("#name", name)
    seat.page.press("#name", "Enter")
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_people(name)
    seat.page.reload()
    seat.expect_state("online")
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_room(room)


def test_a_taken_name_gets_a_proposal(pair):
    ada, bob = pair
    bob.page.click("#open-name")
    bob.page.fill("#name", ada.name.upper())
    bob.page.press("#name", "Enter")
    expect(bob.page.locator("#name-error")).to_have_text("This name is taken.")
    proposal = bob.page.locator("#proposal").input_value()
    assert proposal != ada.name.upper()
    bob.page.click("#proposal")
    expect(bob.page.locator("#name-dialog")).to_be_hidden()
    expect(bob.page.locator("#my-name")).to_have_text(proposal)
    expect(ada.log.locator(".system p").last).to_have_text(f"{bob.name} is now {proposal}")
    ada.expect_people(ada.name, proposal)


def test_a_name_taken_at_the_door_is_explained(seats, room, pair):
    ada, _ = pair
    twin = seats(ada.name, room)
    expect(twin.page.locator("#my-name")).not_to_have_text(ada.name)
    now = twin.page.locator("#my-name").text_content()
    expect(twin.log.locator(".system p").first).to_have_text(f"The name {ada.name} is taken. You are {now}.")


def test_rooms_are_made_joined_and_left(pair):
    ada, bob = pair
    other = f"other-{next(numbers)}"
    ada.page.click("#open-rooms")
    ada.page.fill("#room-name", "Not/A/Room")
    ada.page.press("#room-name", "Enter")
    expect(ada.page.locator("#room-error")).not_to_be_empty()
    ada.page.fill("#room-name", other.replace("-", " ").title())
    ada.page.press("#room-name", "Enter")
    ada.expect_room(other)
    bob.page.click("#open-rooms")
    bob.page.locator("#rooms-list button", has_text=other).click()
    bob.expect_room(other)
    ada.expect_people(ada.name, bob.name)
    ada.say("In here")
    bob.expect_said("In here")
    bob.page.click("#leave")
    expect(bob.page.locator(".tab", has_text=other)).to_have_count(0)
    ada.expect_people(ada.name)


def test_unread_is_counted_in_the_title_and_on_the_tab(pair, room):
    ada, bob = pair
    other = f"other-{next(numbers)}"
    bob.page.goto(f"{bob.url.split('#')[0]}#{other}")
    bob.expect_room(other)
    expect(bob.page).to_have_title(f"{other} · Chatrelay")
    ada.say("One")
    ada.say("Two")
    expect(bob.page).to_have_title(f"(2) {other} · Chatrelay")
    tab = bob.page.locator(".tab", has_text=room)
    expect(tab.locator(".unseen")).to_have_text("2 unread")
    tab.click()
    expect(bob.page).to_have_title(f"{room} · Chatrelay")
    bob.expect_said("Two")


def test_unread_is_counted_while_nobody_looks(pair, room):
    ada, bob = pair
    bob.page.evaluate("document.hasFocus = () => false")
    ada.say("Are you there?")
    expect(bob.page).to_have_title(f"(1) {room} · Chatrelay")
    bob.page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    expect(bob.page).to_have_title(f"{room} · Chatrelay")


def test_the_log_stays_where_one_reads(pair):
    ada, bob = pair
    ada.say("\n".join(f"Line {n}" for n in range(100)))
    bob.expect_said("\n".join(f"Line {n}" for n in range(100)))
    log = bob.page.locator(".pane:not([hidden]) .log")
    away = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
    assert log.evaluate(away) < 2, "the newest is in view"
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(bob.page.locator(".newer")).to_have_text("To the newest")
    ada.say("And one more")
    expect(bob.page.locator(".newer")).to_have_text("1 new message")
    assert log.evaluate("log => log.scrollTop") == 0
    bob.page.click(".newer")
    expect(bob.page.locator(".newer")).to_be_hidden()
    assert log.evaluate(away) < 2


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt; <b>bold</b>",
                                  "javascript:alert(1)", "'\"><svg onload=alert(1)>"])
def test_html_is_text(pair, text):
    ada, bob = pair
    ada.say(text)
    bob.expect_said(text)
    expect(bob.log.locator("script, img, b, svg, a")).to_have_count(0)


def test_a_name_is_text(seats, room):
    name = f"<b>{next(numbers)}</b>"
    seat = seats(name, room)
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_people(name)
    seat.say("Hello")
    assert seat.messages() == [(name, "Hello")]


def test_the_policy_holds(seats, room):
    """The headers are there, and the browser enforces them: a script put in as HTML is refused."""
    seat = seats(None, room)
    refused = seat.page.evaluate("""() => {
        try { document.body.innerHTML = "<img src=x>"; return false; } catch (error) { return error.name; }
    }""")
    assert refused == "TypeError"
    assert any("TrustedHTML" in error or "CSP" in error for error in seat.errors)
    seat.errors.clear()


def test_a_composition_is_not_sent(pair):
    """The Enter that ends an input method's composition belongs to the composition."""
    ada, bob = pair
    ada.page.focus("#text")
    ime = ada.context.new_cdp_session(ada.page)
    ime.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    ada.page.keyboard.press("Enter")
    ime.send("Input.insertText", {"text": "你好"})
    expect(ada.page.locator("#text")).to_have_value("你好")
    ada.page.press("#text", "Enter")
    bob.expect_said("你好")
    assert bob.messages() == [(ada.name, "你好")]


def test_too_long_a_text_is_not_sent(pair):
    ada, bob = pair
    ada.page.fill("#text", "é" * 4096)
    expect(ada.page.locator("#hint")).to_have_text("0 bytes left")
    ada.page.fill("#text", "é" * 4096 + "a")
    expect(ada.page.locator("#hint")).to_have_text("1 byte too long")
    expect(ada.page.locator("#send")).to_be_disabled()
    ada.page.press("#text", "Enter")
    ada.say("Short")
    bob.expect_said("Short")
    assert bob.messages() == [(ada.name, "Short")]


def test_chinese(seats, room):
    seat = seats(f"小美{next(numbers)}", room, locale="zh-CN")
    expect(seat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(seat.page.locator("#send")).to_have_text("发送")
    expect(seat.page.locator("#state-text")).to_have_text("在线")
    seat.say("大家好")
    expect(seat.page.locator("#people-title")).to_have_text("成员")


def test_every_word_is_there_in_both_languages(seats):
    """Of each key: the same in both, with the same names to fill in."""
    seat = seats()
    en, zh = seat.page.evaluate("import('/page/i18n.js').then(m => [m.en, m.zh])")
    holes = lambda text: sorted(part.split("}")[0] for part in text.split("{")[1:])
    for key, english in en.items():
        chinese = zh.pop(key)
        if isinstance(english, str):
            assert holes(english) == holes(chinese), key
        elif "other" in english:
            assert holes(english["other"]) == holes(chinese["other"]), key
        else:
            assert english.keys() == chinese.keys(), key
    assert zh == {}


def test_without_storage(browser, site, room):
    """A browser that forbids storage still chats."""
    seat = Seat(browser, site.url, None, room)
    seat.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})")
    seat.open().say("Hello")
    assert seat.errors == []
    seat.context.close()
