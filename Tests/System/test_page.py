"""The chat page in a real browser, through the real nginx, on the real daemon."""

import pytest
from page_seat import PHONE, WIDE, Seat
from playwright.sync_api import expect, sync_playwright

@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def seats(browser, site):
    """Opens seats; at the end of the test, none may have an error in its console."""
    opened = []

    def seat(name=None, **look) -> Seat:
        opened.append(Seat(browser, site.url, name, **look))
        return opened[-1].open()

    yield seat
    errors = [error for seat in opened for error in seat.errors]
    for seat in opened:
        seat.context.close()
    assert errors == []


@pytest.fixture
def pair(seats):
    """Ada and Bob, both in the lobby."""
    ada, bob = seats("Ada"), seats("Bob")
    ada.expect_people("Ada", "Bob")
    return ada, bob


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
    expect(twin.log.locator(".system p").first).to_have_text("The name Ada is taken. You are {now}.")


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


def test_a_name_is_text(seats):
    name = "<b>bold</b>"
    seat = seats(name)
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_people(name)
    seat.say("Hello")
    assert seat.messages() == [(name, "Hello")]


def test_the_policy_holds(seats):
    """The headers are there, and the browser enforces them: a script put in as HTML is refused."""
    seat = seats()
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
    ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    ime.send("Input.insertText", {"text": "你好"})
    expect(ada.page.locator("#text")).to_have_value("你好")
    ada.page.press("#text", "Enter")
    bob.expect_said("你好")
    assert bob.messages() == [("Ada", "你好")]


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
    assert bob.messages() == [("Ada", "Short")]


def test_chinese(seats):
    seat = seats("小美", locale="zh-CN")
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


def test_without_storage(browser, site):
    """A browser that forbids storage still chats."""
    seat = Seat(browser, site.url)
    seat.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})")
    seat.open().say("Hello")
    assert seat.errors == []
    seat.context.close()


def test_the_page_comes_back_with_the_daemon(pair, site):
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
    site.start_daemon()
    for seat in pair:
        seat.expect_state("online")
        expect(seat.page.locator("#banner")).to_be_hidden()
        seat.expect_said("Written without a connection")
        assert seat.messages() == [("Ada", "Before"), ("Ada", "Written without a connection")]
        seat.expect_people("Ada", "Bob")
        # While nobody is there, nginx says so to the WebSocket, and the browser to the console.
        seat.errors[:] = [error for error in seat.errors if not error.startswith("WebSocket connection to")]
    expect(ada.page.locator(".waiting li")).to_have_count(0)
    bob.say("After")
    ada.expect_said("After")


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
    assert stops == ["people-list", "skip", "tab", "open-rooms", "open-name", "leave", "log", "text"]

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
    expect(phone.page.locator("#people-list .person")).to_have_count(3)
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
    for n in range(12):  # a dozen people: a dozen colours of names
        seats(f"Guest {n}").say("Hello\n<b>world</b>")
    seat.say("Good evening")
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
    page.fill("#name", seat.messages()[0][0])
    page.press("#name", "Enter")
    expect(page.locator("#proposal")).to_be_visible()
    found += seat.breaches("name")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#text').value = 'x'.repeat(9000); "
                  "document.querySelector('#text').dispatchEvent(new Event('input'))")
    found += seat.breaches("too long")
    assert found == []


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
    seat.errors[:] = [error for error in seat.errors if not error.startswith("WebSocket connection to")]
