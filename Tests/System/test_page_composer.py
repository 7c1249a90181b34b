"""The message input: suggestions, commands, drafts, input methods, and how it shows errors."""

from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, LEDGER, message, page_server  # noqa: F401  (a fixture)
from playwright.sync_api import expect

NAMES = ["Ada", "Bob", "Bobby Tables", "Éva Müller", "小美"]


def server_with_names(page_server, **options):
    server = page_server(**options)
    server.send(type="who", room="lobby", names=NAMES, ids=[1, 5, 6, 7, 8], users=5, more=0)
    expect(server.chat.page.locator("#member-list .member-name")).to_have_count(5)
    return server


def parts(chat):
    return chat.page.locator("#message-input"), chat.page.get_by_role("option")


def sent(server):
    return [command["text"] for command in server.received if command["type"] == "message"]


def test_names_are_completed_with_the_keyboard(page_server):
    server = server_with_names(page_server)
    box, options = parts(server.chat)
    box.press_sequentially("Hello @b")
    expect(options).to_have_text(["Bob", "Bobby Tables"])
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(server.chat.page.locator("#status")).to_have_text("2 suggestions")
    assert server.chat.accessibility_violations("suggestions") == []
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("Hello @Bobby Tables ")
    expect(options).to_have_count(0)
    # By a later word of the name, without its accents, with the tab key.
    box.press_sequentially("and @mul")
    expect(options).to_have_text(["Éva Müller"])
    box.press("Tab")
    expect(box).to_have_value("Hello @Bobby Tables and @Éva Müller ")
    expect(box).to_be_focused()
    # A name of several words goes on after a space.
    box.fill("")
    box.press_sequentially("@bobby t")
    expect(options).to_have_text(["Bobby Tables"])
    # Escape closes the list only, and until the next word.
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press_sequentially("ab")
    expect(options).to_have_count(0)
    # A complete name is meant as it is: Enter sends.
    box.fill("@Bob")
    expect(options).to_have_text(["Bob", "Bobby Tables"])
    box.press("Enter")
    expect(box).to_have_value("")
    assert sent(server) == ["@Bob"]
    for text in "mail@b", "`@b", "@ b", "@nobody":
        box.fill(text)
        expect(options).to_have_count(0)
    box.fill("@小")
    options.first.click()
    expect(box).to_have_value("@小美 ")
    box.press("Control+z")
    expect(box).to_have_value("@小")


def test_emojis_are_completed(page_server):
    server = server_with_names(page_server, viewport=PHONE)
    box, options = parts(server.chat)
    box.press_sequentially("Nice :tad")
    expect(options).to_have_text(["🎉:tada:"])
    box.press("Enter")
    expect(box).to_have_value("Nice 🎉 ")
    box.press_sequentially(":+1:")
    expect(box).to_have_value("Nice 🎉 👍")
    for text in ":D", "10:30", "::x", "`:tad", "https://a:sm", ":)":
        box.fill(text)
        expect(options).to_have_count(0)
    box.fill("")
    box.press_sequentially("@Bob :tada")
    expect(options).to_have_text(["🎉:tada:"])
    box.fill(":庆祝")
    expect(options.first).to_contain_text("🥳")
    box.fill(":sm")
    expect(options.nth(1)).to_be_visible()
    expect(options.last).to_be_in_viewport(ratio=1)
    options.nth(1).click()
    expect(options).to_have_count(0)
    assert sent(server) == []


def test_an_unknown_command_is_not_posted(page_server):
    server = page_server()
    chat = server.chat
    box, options = parts(chat)
    hint = chat.page.locator("#composer-hint")
    box.fill("/jion attic")
    box.press("Enter")
    expect(hint).to_contain_text("/jion is not a command, so nothing was sent.")
    expect(hint).to_contain_text("/join")
    # It looks like an error, and screen readers read it.
    expect(chat.page.get_by_role("alert").filter(has_text="/jion")).to_have_count(1)
    expect(box).to_have_attribute("aria-invalid", "true")
    assert hint.evaluate("hint => getComputedStyle(hint, '::before').content").startswith('"!"')
    assert chat.accessibility_violations("an unknown command") == []
    expect(box).to_have_value("/jion attic")
    box.press_sequentially("s")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    for text in "//jion attic", "/usr/bin/env", "/ a", "a /jion", "/me waves":
        box.fill(text)
        box.press("Enter")
        expect(box).to_have_value("")
    expect(chat.page.locator(".pending-list .message-text")).to_have_text(["/jion attic", "/usr/bin/env", "/ a", "a /jion", "waves"])
    expect(chat.page.locator(".pending-list em")).to_have_text("waves")


def test_commands(pair):
    ada, bob = pair
    box, options = parts(ada)
    box.press_sequentially("/jo")
    expect(options).to_have_text(["/join room"])
    box.press("Tab")
    box.press_sequentially("#Attic Room")
    box.press("Enter")
    ada.expect_channel("attic-room")
    box.fill("/leave")
    box.press("Enter")
    ada.expect_channel("lobby")
    box.fill("/nick Ada Lovelace")
    box.press("Enter")
    bob.expect_members("Ada Lovelace", "Bob")
    bob.submit("/msg ada lovelace Psst")
    bob.expect_channel("Ada Lovelace")
    bob.expect_message("Psst")
    bob.submit("/help")
    expect(bob.page.locator("#composer-hint")).to_contain_text("/nick new name")
    bob.submit("/topic Boats")
    expect(bob.page.locator("#composer-hint")).to_have_text("Only a room has a topic.")
    ada.submit("/topic Boats and ships")
    expect(ada.page.locator("#open-topic")).to_have_text("Boats and ships")
    ada.submit(f"/topic {'x' * 2_000}")
    expect(ada.page.locator(".notice")).to_contain_text("a topic 250")
    bob.submit("/join ?")
    expect(bob.page.locator("#composer-hint")).to_contain_text("Use a to z")
    expect(bob.page.locator("#message-input")).to_have_value("/join ?")


def test_drafts_outlive_the_window_a_reload_and_a_rename(page_server):
    """Also what they reply to, or edit. Nothing is stored at the end of the page, which a crash does not have."""
    server = page_server()
    chat = server.chat
    box = chat.page.locator("#message-input")
    chat.page.evaluate("for (const type of ['pagehide', 'visibilitychange']) addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true })")
    server.send(**message(5, text="**Where** shall we meet?", at=AT))
    server.send(type="private", seq=6, id="p", user=5, to="Ada", peer=1, text="Psst", at=AT, **{"from": "Bob"})
    chat.rows.locator(".message").last.hover()
    chat.rows.locator(".message-actions").last.click()
    chat.page.get_by_role("menuitem", name="Reply").click()
    expect(chat.page.locator("#composer-mode-text")).to_have_text("Reply to Bob: Where shall we meet?")
    box.fill("At **noon**")
    chat.page.locator(".tab", has_text="Bob").click()
    box.fill("Half a thought")
    server.send(type="system", event="renamed", room="lobby", user=5, was="Bob", name="Robert", at=AT)
    chat.expect_channel("Robert")
    expect(box).to_have_value("Half a thought")
    chat.page.wait_for_function("() => Object.keys(localStorage).filter((key) => key.includes(' draft ')).length === 2")
    url = chat.page.url
    chat.page.close()
    chat.page = chat.context.new_page()
    chat.page.route_web_socket("**/ws", server._connected)
    chat.page.goto(url)
    chat.expect_state("online")
    box = chat.page.locator("#message-input")
    chat.page.locator(".tab", has_text="lobby").click()
    expect(box).to_have_value("At **noon**")
    expect(chat.page.locator("#composer-mode-text")).to_have_text("Reply to Bob: Where shall we meet?")
    box.press("Enter")
    expect(box).to_have_value("")
    assert server.received[-1] | {"id": ""} == {"type": "message", "id": "", "room": "lobby", "text": "At **noon**", "re": 5}
    server.send(type="private", seq=7, id="q", user=5, to="Ada", peer=1, text="Well?", at=AT, **{"from": "Robert"})
    chat.page.locator(".tab", has_text="Robert").click()
    expect(box).to_have_value("Half a thought")
    # What is sent is no draft any more. An edit outlives a reload, but not a new ledger.
    server.send(**message(8, sender="Ada", user=1, text="Mine", at=AT))
    chat.page.locator(".tab", has_text="lobby").click()
    box.press("ArrowUp")
    box.fill("Mine, too")
    chat.page.reload()
    expect(box).to_have_value("Mine, too")
    expect(chat.page.locator("#send")).to_have_text("Save")
    server.send(type="welcome", name="Ada", user=1, ledger="other", seq=4, rooms=["lobby"], limits={"text": 8192})
    expect(chat.page.locator("#send")).to_have_text("Send")
    expect(box).to_have_value("Mine, too")


def test_two_tabs_share_a_draft_that_only_one_has_written(chat_pages):
    ada = chat_pages("Ada")
    twin = ada.context.new_page()
    twin.goto(ada.url)
    box, other = ada.page.locator("#message-input"), twin.locator("#message-input")
    expect(other).to_be_enabled()
    box.fill("A draft")
    expect(other).to_have_value("A draft")
    ada.page.press("#message-input", "Enter")
    expect(other).to_have_value("")


def test_keys_of_an_input_method_are_no_commands(page_server):
    """In the message input with suggestions, in the search, and in dialogs. 229: Safari's Enter after the end of a composition."""
    server = server_with_names(page_server)
    chat = server.chat
    box, options = parts(chat)
    ime = chat.context.new_cdp_session(chat.page)

    def compose(text, key):
        ime.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": 13})

    safari = """selector => document.querySelector(selector).dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))"""
    box.press_sequentially("@b")
    expect(options).to_have_count(2)
    compose("ob", "Enter")
    compose("ob", "ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chat.page.evaluate(safari, "#message-input")
    expect(box).to_have_value("@bob")
    ime.send("Input.insertText", {"text": ""})
    box.fill("")
    box.press_sequentially("@")
    ime.send("Input.insertText", {"text": "小"})
    expect(options).to_have_text(["小美"])
    box.fill("")
    chat.page.click("#open-search")
    chat.page.focus("#search-input")
    compose("ni", "Enter")
    compose("ni", "ArrowDown")
    chat.page.evaluate(safari, "#search-input")
    expect(chat.page.locator("#search-input")).to_be_focused()
    assert [command for command in server.received if command["type"] in ("search", "message")] == []


def test_only_a_touch_keyboard_makes_new_lines_by_enter(chat_pages):
    """A computer whose main pointer is a finger, but that can hover, has a keyboard."""
    chat = chat_pages("Ada", open=False, viewport=PHONE, has_touch=True, is_mobile=True)
    chat.page.add_init_script("const real = matchMedia; window.matchMedia = (query) => query.includes('hover: none') ? Object.assign(new EventTarget(), { matches: false }) : real(query)")
    chat.open()
    chat.submit("By a keyboard")
    chat.expect_message("By a keyboard")
