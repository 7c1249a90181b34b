"""The frame of the page: the switcher and its keys, the settings, avatars, the first run, and what the page says in trouble."""

import pytest
from page_object import PHONE, WIDE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect

# The contrast of user names and initials, for each hue, on each background that they stand on.
CONTRASTS = """async () => {
    const { avatar } = await import("/page/avatars.js");
    const { userName } = await import("/page/dom.js");
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const light = (color) => {
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((n) => n / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const [name, square] = [userName("Ada", 1), avatar("Ada", 1)];
    document.querySelector("main").append(name, square);
    const backgrounds = ["surface", "background", "tint", "mentioned"].map((variable) => {
        square.style.outlineColor = `var(--${variable})`;
        return getComputedStyle(square).outlineColor;
    });
    const found = [];
    for (let hue = 0; hue < 360; hue += 3) {
        for (const element of [name, square]) element.style.setProperty("--hue", hue);
        for (const background of backgrounds) found.push(contrast(getComputedStyle(name).color, background));
        found.push(contrast(getComputedStyle(square).color, getComputedStyle(square).backgroundColor));
    }
    name.remove();
    square.remove();
    return Math.min(...found);
}"""

INITIALS = {
    "Ada": "A", "Ada Lovelace": "AL", "ada.lovelace": "AL", "Олег Иванов": "ОИ", "王小明": "明", "田中 花子": "田", "مريم": "م", "김민수": "김",
    "สมชาย": "ส", "क्षमा": "क्ष", "👩‍👩‍👧‍👦 home": "👩‍👩‍👧‍👦", "_x_": "X", "--": "-", "é": "É", "Guest 12": "G",
}


def joined(server, *rooms):
    for room in rooms:
        server.send(type="joined", room=room, users=2)
        server.send(type="history", room=room, messages=[], more=False)
        expect(server.chat.page.locator(".tab", has_text=room)).to_be_visible()


def test_the_switcher_finds_rooms_and_people_by_keyboard(page_server):
    server = page_server()
    page, keys = server.chat.page, server.chat.page.keyboard
    options = page.locator("#switcher-list li")
    joined(server, "attic", "garden", "the-great-hall")
    server.send(type="who", room="lobby", names=["Ada", "Bob", "Zoë Fischer"], ids=[1, 2, 3], users=3, more=0)
    server.send(**message(20, room="garden", at=AT))
    server.send(**message(21, room="the-great-hall", at=AT, mentions=[1]))
    server.send(type="presence", user=2, name="Bob", away=True, status="In Paris")
    keys.press("Control+k")
    expect(page.locator("#switcher-input")).to_be_focused()
    expect(options.locator(".tab-name")).to_have_text(["the-great-hall", "garden", "attic", "lobby", "Bob", "Zoë Fischer"], use_inner_text=True)
    expect(page.locator("#channel-presence")).to_be_empty()  # it is Bob's, and not the room's
    keys.press("Enter")
    server.chat.expect_channel("the-great-hall")
    keys.press("Control+k")
    keys.type("GA")
    expect(options.locator(".tab-name")).to_have_text(["garden", "the-great-hall", "ga"])
    keys.press("ArrowDown")
    expect(page.locator("#switcher-input")).to_have_attribute("aria-activedescendant", "switcher-1")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    keys.press("ArrowUp")
    keys.press("Enter")
    server.chat.expect_channel("garden")
    keys.press("Control+k")
    keys.type("zoe")
    keys.press("Enter")
    server.chat.expect_channel("Zoë Fischer")
    keys.press("Control+k")
    keys.type("My Place")
    expect(options).to_have_text(["+my-place Create"])
    assert server.chat.accessibility_violations("switcher") == []
    keys.press("Enter")
    page.wait_for_function("() => !document.querySelector('#switcher-dialog').open")
    keys.press("Control+k")
    keys.type("§§")
    expect(page.locator("#switcher-empty")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#switcher-dialog")).to_be_hidden()
    assert {"type": "join", "room": "my-place", "create": True} in server.received


def test_keys_move_through_the_channels_and_open_the_search(page_server):
    server = page_server()
    page, keys = server.chat.page, server.chat.page.keyboard
    joined(server, "attic", "garden", "hall")
    server.send(**message(20, room="hall", at=AT))
    expect(page.locator(".tab.unread")).to_have_count(1)
    for key, title in [("Alt+ArrowDown", "attic"), ("Alt+ArrowUp", "lobby"), ("Alt+ArrowUp", "hall"), ("Alt+ArrowDown", "lobby")]:
        keys.press(key)
        server.chat.expect_channel(title)
    server.send(**message(21, room="garden", at=AT))
    expect(page.locator(".tab.unread")).to_have_text(["#garden11 unread"])
    keys.press("Alt+Shift+ArrowUp")
    server.chat.expect_channel("garden")
    for key in ("Control+Shift+F", "/"):
        page.locator(".message-pane:not([hidden]) .message-list").focus()
        keys.press(key)
        expect(page.locator("#search-dialog")).to_be_visible()
        keys.press("Escape")
    expect(page.locator("#open-search")).to_have_attribute("aria-keyshortcuts", "Control+Shift+F Meta+Shift+F /")


def test_the_settings_are_kept_and_reach_the_other_tabs(page_server):
    server = page_server(color_scheme="light", locale="en-US", timezone_id="UTC")
    page = server.chat.page
    style = lambda page, selector, name: page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}")
    time = server.chat.rows.locator(".message time").first
    expect(time).to_have_text("12:00\u202fAM")
    page.click("#open-settings")
    light = style(page, "body", "backgroundColor")
    for label in ("Dark", "Compact", "24 hours"):
        page.locator("#settings-dialog label", has_text=label).click()
    assert server.chat.accessibility_violations("settings") == []
    page.keyboard.press("Escape")
    expect(time).to_have_text("00:00")
    dark = style(page, "body", "backgroundColor")
    assert dark != light
    assert {meta.get_attribute("content") for meta in page.locator("meta[name=theme-color]").all()} == {"#151917"}
    page.reload(wait_until="commit")
    page.wait_for_selector("#status", state="attached")
    assert page.locator("html").evaluate("root => root.dataset.theme") == "dark", "before the modules run"
    server.chat.expect_state("online")
    expect(time).to_have_text("00:00")
    assert style(page, "html", "colorScheme") == "dark" and page.locator("html[data-density=compact]").count() == 1
    # Another tab follows, and its system is dark.
    other = server.chat.context.new_page()
    other.route_web_socket("**/ws", lambda route: None)
    other.emulate_media(color_scheme="dark")
    other.goto(server.chat.url)
    page.click("#open-settings")
    page.locator("#settings-dialog label", has_text="Light").click()
    expect(other.locator("html")).to_have_attribute("data-theme", "light")
    assert style(other, "body", "backgroundColor") == light
    other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_avatars_have_initials_and_readable_colours(page_server, scheme):
    page = page_server(color_scheme=scheme).chat.page
    assert page.evaluate(CONTRASTS) >= 4.5
    found = page.evaluate("async (names) => { const { initials } = await import('/page/avatars.js'); return names.map(initials); }", list(INITIALS))
    assert dict(zip(INITIALS, found)) == INITIALS


def test_the_first_run_says_what_to_do(chat_pages):
    chat = chat_pages()
    page = chat.page
    expect(page.locator(".empty-state:visible")).to_contain_text("Everybody who can open this page can enter the room")
    expect(page.locator("#welcome-text")).to_contain_text("Others see you as")
    assert chat.accessibility_violations("first run") == []
    page.reload()
    chat.expect_state("online")
    page.click("#welcome-name")
    page.fill("#name-input", "Newcomer")
    page.press("#name-input", "Enter")
    expect(page.locator("#own-name")).to_have_text("Newcomer")
    expect(page.locator("#welcome")).to_be_hidden()
    page.reload()
    chat.expect_state("online")
    expect(page.locator("#welcome")).to_be_hidden()
    chat.leave()
    expect(page.locator("#start-state")).to_contain_text("Everybody here can enter each room")
    assert chat.accessibility_violations("no room") == []
    page.locator("#start-state button").click()
    expect(page.locator("#rooms-dialog")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_of_trouble_say_what_to_do(page_server, scheme):
    server = page_server(color_scheme=scheme, viewport=PHONE)
    page, found = server.chat.page, []
    page.click("#open-search")
    page.fill("#search-input", "nothing")
    page.keyboard.press("Enter")
    server.send(type="found", text="nothing", messages=[], more=False)
    expect(page.locator("#search-help")).to_contain_text("Try fewer or shorter ones")
    found += server.chat.accessibility_violations("nothing found")
    page.keyboard.press("Escape")
    page.clock.install()
    until = page.evaluate("Math.ceil(Date.now() / 1000) * 1000 + 60_000")
    iso = page.evaluate("until => new Date(until).toISOString()", until).replace(".000", "")
    server.connections[-1].close(code=4201, reason=f"Banned until {iso}: Flood")
    expect(page.locator("#banner-reason")).to_have_text("Reason: Flood")
    expect(page.locator("#try-now")).to_be_hidden()
    found += server.chat.accessibility_violations("banned")
    page.clock.run_for(62_000)
    expect(page.locator("#banner-text")).to_have_text("The ban has ended.")
    page.get_by_role("button", name="Reconnect").click()
    server.chat.expect_state("online")
    assert found == []


def test_an_old_browser_is_told(chat_pages):
    chat = chat_pages("Ada", open=False)
    chat.page.add_init_script("CSS.supports = () => false")
    chat.page.goto(chat.url)
    expect(chat.page.locator("#old-browser")).to_be_in_viewport(ratio=1)
    expect(chat.page.locator("#old-browser")).to_contain_text("Firefox 125")
