"""The layout of the page where space or colours are few: long texts and names, narrow and low windows, paper, forced colours."""

import re

import pytest
from page_history import history_server  # noqa: F401  (a fixture)
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect

LIST = ".message-pane:not([hidden]) .message-list"
NARROW = {"width": 320, "height": 640}
TOUCH = {"has_touch": True, "is_mobile": True}

#: The longest names that the server allows, of wide letters.
LONG_ROOM, LONG_NAME = "w" * 32, "W" * 32

# Visible elements outside of the window, apart from what a scrolling or clipping ancestor hides.
OUTSIDE = """() => {
    const hides = (element) => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const isHidden = (element) => { for (let e = element.parentElement; e; e = e.parentElement) if (hides(e)) return true; return false; };
    return [...document.body.querySelectorAll("*")].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 1 && (left < 0 || right > innerWidth + 0.5) && !isHidden(element);
    }).map((element) => element.id || element.className || element.tagName).concat(
        [...document.querySelectorAll("html, dialog[open], .results, .option-list, .message-list, .members")]
            .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => "scrolls sideways: " + (element.id || element.className)));
}"""


def height(locator):
    return locator.bounding_box()["height"]


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("text", [".\n" * 4000 + ".", "many words " * 700, "字" * 2700], ids=["lines", "words", "chinese"])
def test_a_long_message_is_folded(page_server, viewport, text):
    server = page_server(viewport=viewport)
    server.send(**message(5, text=text, at=AT))
    server.send(**message(6, text="plain", at=AT))
    server.chat.expect_message("plain")
    row = server.chat.rows.locator(".message").nth(2)
    assert height(row) < 640
    assert server.chat.accessibility_violations("folded") == []
    unfold = row.get_by_role("button", name="Show all")
    unfold.press("Enter")
    expect(row.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")
    assert height(row) > 640
    assert row.locator(".message-text").text_content() == text
    # The end of the list is out of sight now. A new message does not scroll there.
    top = server.chat.page.locator(LIST).evaluate("list => list.scrollTop")
    server.send(**message(7, text="next", at=AT))
    expect(server.chat.page.locator(".jump-to-latest")).to_have_text("1 new message")
    assert server.chat.page.locator(LIST).evaluate("list => list.scrollTop") == top
    row.get_by_role("button", name="Show less").press("Enter")
    assert height(row) < 640
    expect(row.get_by_role("button", name="Show all")).to_be_in_viewport()


def test_a_folded_message_unfolds_where_the_browser_scrolls_to(page_server):
    """By a link that gets the focus, or a word that the browser finds."""
    server = page_server()
    server.send(**message(5, text=".\n" * 100 + "https://a.example/", at=AT))
    server.chat.rows.locator(".message-text a").focus()
    expect(server.chat.page.get_by_role("button", name="Show less")).to_be_visible()


@pytest.mark.parametrize("text", ["short", ".\n" * 10, "many words " * 100])
def test_an_ordinary_message_is_not_folded(page_server, text):
    server = page_server(viewport=PHONE)
    server.send(**message(5, text=text, at=AT))
    expect(server.chat.rows.locator(".message")).to_have_count(3)
    expect(server.chat.page.get_by_role("button", name="Show all")).to_have_count(0)


def test_a_found_message_of_many_lines_is_short(history_server):
    text = ".\n" * 100 + "needle" + "\n." * 100
    server = history_server(1)
    server.store(text=text)
    server.chat.page.keyboard.press("Control+k")
    server.chat.page.fill("#search-input", text)
    server.chat.page.evaluate("""text => {
        Object.defineProperty(document.querySelector("#search-input"), "value", { get: () => text });
        document.querySelector("#search-form").requestSubmit();
    }""", text)
    result = server.chat.page.locator("#search-results li")
    expect(result).to_have_count(1)
    assert height(result) < 200


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", [320, 390, 900])
def test_the_longest_names_fit(page_server, width, locale):
    server = page_server(viewport={"width": width, "height": 700}, locale=locale)
    page = server.chat.page
    found = {}
    look = lambda where: found.update({where: page.evaluate(OUTSIDE)})
    server.send(type="renamed", name=LONG_NAME)
    server.send(type="joined", room="a-room-of-eighteen", users=1)
    server.send(type="joined", room=LONG_ROOM, users=1000)
    server.send(type="history", room=LONG_ROOM, messages=[], more=False)
    page.locator(".tab", has_text="a-room-of-eighteen").click()
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    look("a room of 18 characters")
    page.locator(".tab", has_text=LONG_ROOM).click()
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    expect(page.locator("#leave")).to_be_in_viewport(ratio=1)
    look("empty room")
    server.send(**message(10, sender=LONG_NAME[1:], room=LONG_ROOM, text="W" * 200, at=AT))
    server.send(type="system", event="joined", room=LONG_ROOM, name=LONG_NAME[2:], users=1001, at=AT)
    server.send(type="typing", room=LONG_ROOM, **{"from": LONG_NAME[3:]})
    look("room")
    server.send(type="private", seq=11, id="p", **{"from": LONG_NAME[1:]}, to=LONG_NAME, text="W" * 200, at=AT, gone=True)
    page.locator(".private .tab").click()
    look("the conversation with a deleted user")
    page.click("#open-rooms")
    server.send(type="rooms", rooms=[{"room": LONG_ROOM, "users": 1000}], more=1)
    expect(page.locator("#room-list button")).to_be_visible()
    look("rooms")
    page.keyboard.press("Escape")
    page.click("#open-name")
    server.send(type="error", code="name-taken", message="…", proposal=LONG_NAME[4:])
    expect(page.locator("#name-proposal")).to_be_visible()
    look("name")
    page.keyboard.press("Escape")
    page.locator(".tab", has_text=LONG_ROOM).click()
    page.click("#open-search")
    page.fill("#search-input", "W")
    page.keyboard.press("Enter")
    private = {"type": "private", "seq": 12, "id": "q", "from": LONG_NAME, "to": LONG_NAME[1:], "text": "W" * 500, "at": AT}
    server.send(type="found", text="W", messages=[private, message(10, LONG_NAME[1:], LONG_ROOM, text="W")], more=False)
    expect(page.locator("#search-results li")).to_have_count(2)
    look("search")
    page.keyboard.press("Escape")
    page.evaluate("location.hash = '#link=' + 'A'.repeat(20)")
    expect(page.locator("#become-dialog")).to_be_visible()
    look("become")
    page.keyboard.press("Escape")
    server.send(type="error", code="muted", room=LONG_ROOM, message="You are muted: " + "w" * 256)
    expect(page.locator("#composer-hint")).to_contain_text("www")
    look("muted")
    server.connections[-1].close(code=4200, reason="w" * 120)
    expect(page.locator("#banner-reason")).to_be_visible()
    look("kicked")
    assert {where: outside for where, outside in found.items() if outside} == {}


@pytest.mark.parametrize("size", [(740, 190), (640, 360), (320, 256), (1280, 200)], ids=str)
def test_a_low_window_has_room_for_the_messages(page_server, size):
    """A phone on its side, whose keyboard is open; a window that is magnified to 400 %."""
    server = page_server(viewport={"width": size[0], "height": size[1]})
    page = server.chat.page
    server.send(type="joined", room=LONG_ROOM, users=1)
    page.focus("#message-input")
    assert height(page.locator(LIST)) >= 84, "three lines and a half"
    for part in ("#message-input", "#send", ".tab >> nth=0"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.evaluate(OUTSIDE) == []
    # The buttons of the channel may leave while the user writes, but can be reached.
    page.locator(LIST).focus()
    for part in ("#open-search", "#leave", "#open-name", "#open-rooms"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.locator("#leave").click(trial=True)


def test_errors_of_the_composer_and_the_search_look_like_errors(pair):
    ada, _ = pair
    page = ada.page
    page.click("#open-rooms")
    page.fill("#room-name-input", "!")
    page.press("#room-name-input", "Enter")
    color = lambda selector: page.locator(selector).evaluate("element => getComputedStyle(element).color")
    error = color("#room-error")
    page.keyboard.press("Escape")
    page.fill("#message-input", "a")
    assert color("#composer-hint") != error
    page.fill("#message-input", "a" * 9000)
    expect(page.locator("#composer-hint")).to_contain_text("too long")
    assert color("#composer-hint") == error
    page.fill("#message-input", "")
    page.click("#open-search")
    page.fill("#search-input", "…")
    expect(page.locator("#search-status")).to_contain_text("no words")
    assert color("#search-status") == error
    page.fill("#search-input", "a")
    expect(page.locator("#search-status")).to_have_text("Nothing was found.")
    assert color("#search-status") != error


def test_all_messages_are_printed_and_no_buttons(history_server):
    server = history_server(60, color_scheme="dark")
    chat = server.chat
    server.send({"type": "message", "seq": 900, "id": "x", "room": "lobby", "from": "Bob", "text": ".\n" * 100, "at": AT})
    expect(chat.rows.locator(".message")).to_have_count(51)
    assert len(re.findall(rb"/Type /Page\b", chat.page.pdf(format="A4"))) >= 3
    chat.page.emulate_media(media="print")
    assert chat.page.locator(LIST).evaluate("list => list.scrollHeight - list.clientHeight") <= 1
    assert height(chat.rows.locator(".message").last) > 2000, "nothing is folded"
    visible = chat.page.locator("button:visible:not(.user-name), input:visible, textarea:visible, #members:visible")
    assert visible.evaluate_all("all => all.map(one => one.id || one.className)") == []
    expect(chat.page.locator("#channel-title")).to_be_visible()
    assert chat.page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_forced_colours_mark_only_what_is_marked(page_server):
    server = page_server(forced_colors="active")
    page = server.chat.page
    server.send(**message(5, sender="Ada", text="Mine", at=AT))
    server.send(type="system", event="joined", room="lobby", name="Eve", users=3, at=AT)
    server.send(type="system", event="announcement", seq=6, text="Hear", at=AT)
    server.send(type="joined", room="attic", users=1)
    server.chat.expect_message("Mine")
    expect(page.locator(".announcement")).to_be_visible()
    style = lambda selector, name: page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}")
    background = style(".message-list", "backgroundColor")
    assert style(".message:not(.own)", "borderLeftColor") == background
    assert style(".system.joined", "borderLeftColor") == background
    assert style(".own", "borderLeftColor") != background
    assert style(".announcement", "borderLeftColor") != background
    assert style(".tab[aria-current]", "backgroundColor") != style(".tab:not([aria-current])", "backgroundColor")
    dot = style(".state-dot", "backgroundColor")
    assert dot != style(".page-header", "backgroundColor"), "the dot of the connection state is visible"


@pytest.mark.parametrize("locale, words", [("en-GB", "3 unread in tabs that are out of sight"), ("zh-CN", "看不见的标签页中有 3 条未读")])
def test_unread_messages_of_a_tab_out_of_sight(page_server, locale, words):
    server = page_server(viewport=PHONE, locale=locale)
    page = server.chat.page
    for n in range(12):
        server.send(type="joined", room=f"room-number-{n}", users=1)
    pointer = page.locator("#hidden-unread")
    badge = page.locator(".tab", has_text="room-number-11").locator(".badge")
    expect(page.locator(".tab")).to_have_count(13)
    expect(pointer).to_be_hidden()
    for seq in (20, 21, 22):
        server.send(**message(seq, room="room-number-11", at=AT))
    expect(badge).to_be_visible()
    expect(badge).not_to_be_in_viewport()
    expect(pointer).to_have_accessible_name(words)
    expect(pointer).to_be_in_viewport(ratio=1)
    assert server.chat.accessibility_violations("an unread tab out of sight") == []
    pointer.click()
    expect(badge).to_be_in_viewport(ratio=1)
    expect(page.locator(".tab", has_text="room-number-11")).to_be_focused()
    expect(pointer).to_be_hidden()
    # On the other side, too.
    page.locator(".tab", has_text="room-number-11").click()
    server.send(**message(23, room="room-number-2", at=AT))
    expect(pointer).to_be_visible()
    page.locator(".tab", has_text="room-number-2").click()
    expect(pointer).to_be_hidden()


def test_on_a_touch_screen_enter_makes_a_new_line(chat_pages):
    phone = chat_pages("Eve", viewport=PHONE, **TOUCH)
    box = phone.page.locator("#message-input")
    expect(box).to_have_attribute("enterkeyhint", "enter")
    expect(phone.page.locator("#composer-hint")).to_be_hidden()
    box.tap()
    for key in "one", "two":
        phone.page.keyboard.type(key)
        phone.page.keyboard.press("Enter")
    expect(box).to_have_value("one\ntwo\n")
    phone.page.locator("#send").tap()
    expect(phone.rows.locator(".message-text")).to_have_text("one\ntwo")
    box.fill("By a keyboard")
    box.press("Control+Enter")
    phone.expect_message("By a keyboard")
    box.fill("a" * 8100)
    expect(phone.page.locator("#composer-hint")).to_have_text("92 bytes left")


def test_the_message_box_grows_without_field_sizing(chat_pages):
    """WebKit and Firefox do not know the CSS property field-sizing."""
    chat = chat_pages("Ada", open=False)

    def without(route):
        response = route.fetch()
        assert "field-sizing: content;" in response.text()
        route.fulfill(response=response, body=response.text().replace("field-sizing: content;", ""))

    chat.page.route("**/layout.css", without)
    chat.open()
    box = chat.page.locator("#message-input")
    one = height(box)
    box.fill("1\n2\n3\n4\n5")
    five = height(box)
    assert five - one > 80
    assert box.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    box.fill("line\n" * 100)
    assert height(box) <= 800 * 0.3 + 1
    chat.page.click("#leave")
    expect(box).to_be_disabled()
    assert height(box) == one
    chat.page.goto(chat.url + "#lobby")
    chat.page.reload()
    box.fill("1\n2\n3\n4\n5")
    assert height(box) == five
    box.press("Enter")
    expect(box).to_have_value("")
    assert height(box) == one
