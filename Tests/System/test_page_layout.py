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
    server.chat.page.keyboard.press("Control+Shift+F")
    server.chat.page.fill("#search-input", text)
    server.chat.page.evaluate("""text => {
        Object.defineProperty(document.querySelector("#search-input"), "value", { get: () => text });
        document.querySelector("#search-form").requestSubmit();
    }""", text)
    result = server.chat.page.locator("#search-results li")
    expect(result).to_have_count(1)
    assert height(result) < 200


#: The longest that the server allows: names of 64 bytes, in wide letters and in several scripts.
LONG_NAMES = ["W" * 64, "字" * 21, "م" * 32, "ก็" * 10, "👩‍👩‍👧‍👦" * 2, "a b " * 16]
SIZES = [(320, 640), (390, 844), (768, 1024), (1280, 800), (1920, 1080), (740, 360)]

# Controls that are partly outside of the window, or covered by what should leave them room, or smaller than 24 px; each is first
# scrolled into sight in its own scroller, as the browser does for the focus.
CONTROLS = """() => {
    const top = document.querySelector("dialog[open]") ?? document.querySelector(".menu:popover-open, .sidebar:popover-open, .members:popover-open") ?? document;
    const isSeen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest(".visually-hidden, .skip-link");
    const wrong = [];
    for (const control of top.querySelectorAll("button, input, textarea, [role=option]")) {
        if (!isSeen(control) || control.matches(".link, button.user-name")) continue;
        control.scrollIntoView({ block: "nearest", inline: "nearest" });
        const { left, right, top, bottom, width, height } = (control.matches("label input") ? control.closest("label") : control).getBoundingClientRect();
        const name = control.id || control.className || control.textContent;
        if (left < -0.5 || right > innerWidth + 0.5 || top < -0.5 || bottom > innerHeight + 0.5) wrong.push(`${name} is outside: ${[left, right, top, bottom].map(Math.round)}`);
        if (width < 23.5 || height < 23.5) wrong.push(`${name} is small: ${Math.round(width)} x ${Math.round(height)}`);
        for (let e = control; (e = e.parentElement); ) {
            const { overflowX } = getComputedStyle(e);
            const box = e.getBoundingClientRect();
            if (overflowX !== "visible" && (left < box.left - 0.5 || right > box.right + 0.5)) wrong.push(`${name} is cut off by ${e.id || e.className}`);
        }
    }
    return wrong;
}"""


def fits(page, where):
    """What does not fit in the window in each size, with a font of 100 % and 200 %."""
    found = {}
    client = page.context.new_cdp_session(page)
    for font in (16, 32):
        client.send("Page.setFontSizes", {"fontSizes": {"standard": font, "fixed": font}})
        for width, height in SIZES:
            if font == 32 and height < 640:
                continue
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
            if outside := page.evaluate(OUTSIDE) + page.evaluate(CONTROLS):
                found[f"{where} at {width} x {height}, {font} px"] = outside
    client.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 16}})
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_no_long_text_pushes_a_control_out_of_the_window(page_server, locale):
    """Each state of the page and each dialog, with the longest names of several scripts, in each size and with a large font."""
    server = page_server(viewport={"width": 1280, "height": 800}, locale=locale)
    page, found = server.chat.page, {}
    look = lambda where: found.update(fits(page, where))
    rooms = ["a-room-of-eighteen", *(f"{n:02}-{LONG_ROOM}"[:32] for n in range(24)), LONG_ROOM]
    server.send(type="renamed", name=LONG_NAMES[0])
    for room in rooms:
        server.send(type="joined", room=room, users=1000)
        server.send(type="history", room=room, messages=[], more=False)
    page.locator(".tab", has_text="a-room-of-eighteen").click()
    look("an empty room")
    page.locator(".tab", has_text=LONG_ROOM).last.click()
    users = list(range(10, 10 + len(LONG_NAMES)))
    server.send(type="who", room=LONG_ROOM, names=LONG_NAMES, ids=users, users=1000, more=994)
    for user, name in zip(users, LONG_NAMES):
        server.send(**message(user, sender=name, user=user, room=LONG_ROOM, text=name * 8, at=AT, reactions=[{"emoji": "👍", "users": [1], "count": 1000}]))
        server.send(type="private", seq=user + 20, id=f"p{user}", **{"from": name}, user=user, to=LONG_NAMES[0], peer=1, text=name, at=AT)
    server.send(**message(9, sender=LONG_NAMES[1], user=11, room=rooms[1], text="@", at=AT, mentions=[1]))
    server.send(type="system", event="joined", room=LONG_ROOM, name=LONG_NAMES[2], user=12, users=1001, at=AT)
    server.send(type="typing", room=LONG_ROOM, **{"from": LONG_NAMES[3]}, user=13)
    expect(page.locator(".private")).to_have_count(len(LONG_NAMES))
    look("a room")
    for panel in ("sidebar", "members"):
        page.set_viewport_size(NARROW)
        page.click(f"#open-{panel}")
        for size in ((320, 640), (390, 844)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            found[f"the drawer {panel} at {size}"] = page.evaluate(OUTSIDE) + page.evaluate(CONTROLS)
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator(".private .tab").first.click()
    look("a conversation")
    page.click("#open-channel-menu")
    found["the menu"] = page.evaluate(OUTSIDE) + page.evaluate(CONTROLS)
    page.keyboard.press("Escape")
    page.click("#open-rooms")
    server.send(type="rooms", rooms=[{"room": f"{n}{LONG_ROOM[1:]}", "users": 100_000} for n in range(9)], more=1)
    expect(page.locator("#room-list button").first).to_be_visible()
    look("the rooms")
    page.keyboard.press("Escape")
    page.click("#open-name")
    server.send(type="error", code="name-taken", message="…", proposal=LONG_NAME[4:])
    expect(page.locator("#name-proposal")).to_be_visible()
    look("the name")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#switcher-list li").first).to_be_visible()
    look("the switcher")
    page.keyboard.press("Escape")
    page.click("#open-settings")
    look("the settings")
    page.keyboard.press("Escape")
    page.click("#open-search")
    page.fill("#search-input", "W")
    page.keyboard.press("Enter")
    private = {"type": "private", "seq": 62, "id": "q", "from": LONG_NAMES[1], "to": LONG_NAMES[0], "text": "W" * 500, "at": AT}
    server.send(type="found", text="W", messages=[private, message(70, LONG_NAMES[0], LONG_ROOM, text="W")], more=True)
    expect(page.locator("#search-results li")).to_have_count(2)
    look("the search")
    page.keyboard.press("Escape")
    page.evaluate("location.hash = '#link=' + 'A'.repeat(20)")
    expect(page.locator("#become-dialog")).to_be_visible()
    look("another user")
    page.keyboard.press("Escape")
    server.send(type="error", code="muted", room=LONG_ROOM, message="You are muted: " + "w" * 256)
    expect(page.locator("#composer-hint")).to_contain_text("www")
    look("muted")
    server.connections[-1].close(code=4200, reason="w" * 120)
    expect(page.locator("#banner-reason")).to_be_visible()
    look("removed")
    wrong = [f"{where}: {each}" for where, outside in found.items() for each in outside]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("size", [(740, 190), (640, 360), (320, 256), (1280, 200)], ids=str)
def test_a_low_window_has_room_for_the_messages(page_server, size):
    """A phone on its side, whose keyboard is open; a window that is magnified to 400 %."""
    server = page_server(viewport={"width": size[0], "height": size[1]})
    page = server.chat.page
    server.send(type="joined", room=LONG_ROOM, users=1)
    page.focus("#message-input")
    assert height(page.locator(LIST)) >= 84, "three lines and a half"
    for part in ("#message-input", "#send"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.evaluate(OUTSIDE) == []
    # The buttons of the channel may leave while the user writes, but can be reached.
    page.locator(LIST).focus()
    for part in ("#open-search", "#open-channel-menu"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.click("#open-channel-menu")
    page.locator("#leave").click(trial=True)
    page.keyboard.press("Escape")
    server.chat.show_sidebar()
    for part in (".tab >> nth=0", "#open-rooms", "#open-name", "#open-settings"):
        page.locator(part).click(trial=True)


def test_nothing_is_under_a_notch_or_a_keyboard(page_server):
    """The safe areas of a phone in each direction, and the keyboard of Safari, which covers the page."""
    server = page_server(viewport=PHONE, **TOUCH)
    page = server.chat.page
    client = page.context.new_cdp_session(page)
    box = lambda selector: page.locator(selector).bounding_box()
    client.send("Emulation.setSafeAreaInsetsOverride", {"insets": {"top": 47, "bottom": 34, "left": 0, "right": 0}})
    assert box("#open-sidebar")["y"] >= 47 and box("#send")["y"] + box("#send")["height"] <= PHONE["height"] - 34
    page.tap("#open-sidebar")
    assert box("#hide-sidebar")["y"] >= 47 and box("#open-settings")["y"] + box("#open-settings")["height"] <= PHONE["height"] - 34
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 740, "height": 390})
    client.send("Emulation.setSafeAreaInsetsOverride", {"insets": {"top": 0, "bottom": 0, "left": 47, "right": 47}})
    assert box("#open-sidebar")["x"] >= 47 and box("#send")["x"] + box("#send")["width"] <= 740 - 47
    page.tap("#open-sidebar")
    assert box("#open-name")["x"] >= 47
    page.keyboard.press("Escape")
    client.send("Emulation.setSafeAreaInsetsOverride", {"insets": {}})
    page.set_viewport_size(PHONE)
    page.evaluate("""() => {
        Object.defineProperty(visualViewport, "height", { configurable: true, get: () => 500 });
        visualViewport.dispatchEvent(new Event("resize"));
    }""")
    assert box("#send")["y"] + box("#send")["height"] <= 500
    page.evaluate("delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize'))")
    assert box("#send")["y"] > 700


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
    assert dot != style("#sidebar", "backgroundColor"), "the dot of the connection state is visible"


@pytest.mark.parametrize("locale, words, opener", [
    ("en-GB", "3 unread in channels that are out of sight", "Rooms and conversations, 3 unread"),
    ("zh-CN", "看不见的对话中有 3 条未读", "房间和对话、3 条未读")])
def test_unread_messages_out_of_sight(page_server, locale, words, opener):
    """In a list that is too long, and in a sidebar that is hidden, on a phone or by the user."""
    server = page_server(viewport={"width": 1280, "height": 480}, locale=locale)
    page = server.chat.page
    for n in range(20):
        server.send(type="joined", room=f"room-number-{n}", users=1)
    below, above = page.locator("#unread-below"), page.locator("#unread-above")
    tab = page.locator(".tab", has_text="room-number-19")
    expect(page.locator(".tab")).to_have_count(21)
    expect(below).to_be_hidden()
    for seq in (20, 21, 22):
        server.send(**message(seq, room="room-number-19", at=AT))
    expect(tab.locator(".badge")).not_to_be_in_viewport()
    expect(below).to_have_accessible_name(words)
    expect(below).to_be_in_viewport(ratio=1)
    expect(above).to_be_hidden()
    assert server.chat.accessibility_violations("an unread room out of sight") == []
    below.click()
    expect(tab.locator(".badge")).to_be_in_viewport(ratio=1)
    expect(tab).to_be_focused()
    expect(below).to_be_hidden()
    assert float(tab.locator(".tab-name").evaluate("name => getComputedStyle(name).fontWeight")) >= 600
    # The hidden sidebar, here and on a phone.
    page.click("#hide-sidebar")
    expect(page.locator("#sidebar")).to_be_hidden()
    expect(page.locator("#open-sidebar")).to_have_accessible_name(opener)
    page.reload()
    server.chat.expect_state("online")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.click("#open-sidebar")
    expect(page.locator("#sidebar")).to_be_visible()
    # On the other side, and a mention.
    for n in range(20):
        server.send(type="joined", room=f"room-number-{n}", users=1)
    tab.click()
    server.send(**message(23, sender="Bob", user=2, room="room-number-2", text="@Ada", at=AT, mentions=[1]))
    expect(above).to_have_text("1 mention" if locale == "en-GB" else "1 条提到你")
    page.set_viewport_size(PHONE)
    expect(page.locator("#other-unread.mentions")).to_have_text("1")
    server.send(type="private", seq=24, id="p", **{"from": "Bob"}, user=2, to="Ada", peer=1, text="Psst", at=AT)
    expect(page.locator("#other-unread.mentions")).to_have_text("2")
    page.click("#open-sidebar")
    page.locator(".tab", has_text="room-number-2").first.click()
    expect(page.locator("#sidebar")).to_be_hidden()
    expect(page.locator("#other-unread.mentions")).to_have_text("1")
    server.chat.expect_channel("room-number-2")


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
    chat.leave()
    expect(box).to_be_disabled()
    assert height(box) == one
    chat.page.goto(chat.url + "#lobby")
    chat.page.reload()
    box.fill("1\n2\n3\n4\n5")
    assert height(box) == five
    box.press("Enter")
    expect(box).to_have_value("")
    assert height(box) == one
