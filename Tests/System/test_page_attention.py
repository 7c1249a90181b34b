"""What calls the user: the line of unread messages, notifications, sound, badges, the level of each channel; folded joins and leaves."""

import pytest
from client import Client
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (a fixture)
from patience import wait_until
from playwright.sync_api import expect

# Records the notifications, sounds and badges of a page. Its tabs share the permission.
RECORD = """if (origin !== "null") {
    window.notified = [];
    window.tones = 0;
    window.badges = [];
    window.Notification = class {
        static get permission() { return localStorage.permission ?? "default"; }
        static async requestPermission() {
            window.asked = (window.asked ?? 0) + 1;
            return localStorage.permission ??= window.answer ?? "granted";
        }
        constructor(title, options) { Object.assign(this, { title, isClosed: false }, options); notified.push(this); }
        close() { this.isClosed = true; this.onclose?.(); }
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (at) { window.tones += 1; start.call(this, at); };
    navigator.setAppBadge = async (n) => { badges.push(n ?? "dot"); };
    navigator.clearAppBadge = async () => { badges.push(0); };
}"""
AWAY = "document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
BACK = "delete document.hasFocus; dispatchEvent(new Event('focus'))"
NOTIFIED = "notified.map((each) => [each.title, each.body, each.isClosed])"


def watched(chat_pages, name, permission=None, **options):
    chat = chat_pages(name, open=False, **options)
    chat.context.add_init_script(RECORD)
    if permission:
        chat.context.add_init_script(f"if (origin !== 'null') localStorage.permission ??= {permission!r}")
    return chat.open()


def set_setting(chat, name, value):
    chat.page.click("#open-settings")
    chat.page.locator(f"input[name=setting-{name}][value={value}]").check(force=True)
    chat.page.keyboard.press("Escape")


def set_level(chat, label):
    chat.page.click("#open-channel-menu")
    chat.page.get_by_role("menuitemradio", name=label).click()


def enter(chat, room):
    chat.page.click("#open-rooms")
    chat.page.fill("#room-name-input", room)
    chat.page.press("#room-name-input", "Enter")
    chat.expect_channel(room)


def tab(chat, name):
    return chat.page.locator(".tab", has=chat.page.locator(".tab-name", has_text=name))


def say_many(site, first, count):
    """So many messages, of several people, because each may send so many at once."""
    for start in range(first, first + count, 40):
        with Client(site.url, f"Guest {start}") as guest:
            for n in range(start, min(start + 40, first + count)):
                guest.say(f"Words {n}")
            guest.until("message", text=f"Words {n}")


def icon(chat):
    return chat.page.evaluate("document.querySelector('link[rel=icon]').getAttribute('href').split('/').at(-1)")


def line_is_above(chat, text):
    return chat.rows.locator(".unread-line").evaluate("(line, text) => line.nextSibling.querySelector('.message-text').textContent === text", text)


def test_messages_that_wait_for_a_frame_are_there_when_the_room_is_opened(page_server):
    """Else the line would be in sight for a moment, above the few that are there, and the button would not lead to it."""
    server = page_server()
    page = server.chat.page
    server.send(type="joined", room="attic", users=2)
    server.send(type="history", room="attic", messages=[], more=False)
    expect(tab(server.chat, "attic")).to_be_visible()
    page.clock.install()
    page.clock.pause_at(AT / 1000 + 86_400 * 365 * 10)
    for seq in range(10, 50):
        server.send(**message(seq, room="attic", at=AT))
    expect(tab(server.chat, "attic").locator(".badge .visually-hidden")).to_have_text("40 unread")
    assert page.locator(".message-pane[hidden] .message").count() < 40  # the others wait
    tab(server.chat, "attic").click()
    expect(page.locator(".message-pane:not([hidden]) .unread-jump")).to_be_visible()
    expect(server.chat.rows.locator(".message")).to_have_count(40)


def test_the_line_of_unread_messages(chat_pages, site):
    ada = chat_pages("Ada")
    ada.say("Mine")
    enter(ada, "attic")
    say_many(site, 0, 45)
    expect(tab(ada, "lobby").locator(".badge .visually-hidden")).to_have_text("45 unread")
    tab(ada, "lobby").click()
    line, jump = ada.rows.locator(".unread-line"), ada.page.locator(".message-pane:not([hidden]) .unread-jump")
    ada.expect_message("Words 44")
    assert line_is_above(ada, "Words 0")
    expect(line).to_have_text("New messages")
    expect(line).not_to_be_in_viewport()
    jump.get_by_role("button", name="To the first unread message").click()
    expect(line).to_be_in_viewport()
    expect(jump).to_be_hidden()
    expect(ada.page.get_by_text("Words 0", exact=True)).to_be_in_viewport()
    # It stays where it is while the user is here.
    say_many(site, 100, 1)
    expect(ada.page.locator(".jump-to-latest:visible")).to_have_text("1 new message")
    assert line_is_above(ada, "Words 0")
    tab(ada, "attic").click()
    ada.expect_channel("attic")
    tab(ada, "lobby").click()
    expect(line).to_have_count(0)
    # Messages that come while the user is away from the page.
    ada.page.click(".jump-to-latest")
    ada.page.evaluate(AWAY)
    say_many(site, 200, 30)
    ada.expect_message("Words 229")
    assert line_is_above(ada, "Words 200")
    ada.page.evaluate(BACK)
    expect(jump).to_be_visible()
    assert ada.accessibility_violations("jump to unread") == []
    ada.page.keyboard.press("Escape")
    expect(jump).to_be_hidden()
    expect(line).to_have_count(0)
    # More than the first page holds: the button loads them.
    ada.page.goto("about:blank")
    say_many(site, 300, 130)
    ada.open()
    expect(jump).to_be_visible()
    expect(ada.page.get_by_text("Words 300", exact=True)).to_have_count(0)
    jump.get_by_role("button", name="To the first unread message").click()
    expect(ada.page.get_by_text("Words 300", exact=True)).to_be_in_viewport()
    assert line_is_above(ada, "Words 300")
    expect(jump).to_be_hidden()


def test_joins_and_leaves_fold_into_one_line(page_server):
    server = page_server()
    chat, rows = server.chat, server.chat.rows
    minute, ids = 60_000, {}
    def happens(event, *names, at):
        for name in names:
            server.send(type="system", event=event, room="lobby", name=name, user=ids.setdefault(name, len(ids) + 10), users=3, at=at)
    happens("joined", "Cyd", at=AT)
    expect(rows.locator(".system p")).to_have_text("Cyd joined")
    happens("joined", "Dan", "Eve", "Fay", "Gus", at=AT + minute)
    happens("left", "Hal", at=AT + 2 * minute)
    happens("left", "Dan", at=AT + 3 * minute)
    happens("joined", "Hal", at=AT + 3 * minute)
    happens("left", "Ida", at=AT + 3 * minute)
    expect(rows.locator(".system")).to_have_count(1)
    summary = rows.locator(".presence summary")
    expect(summary).to_have_text("Cyd, Eve and 2 others joined; Dan joined and left; Hal left and came back; Ida left")
    chat.page.locator(".message-list:visible").focus()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("ArrowDown")
    expect(summary).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(rows.locator(".presence li")).to_have_count(9)
    assert rows.locator(".presence li").first.inner_text().endswith("Cyd joined")
    happens("joined", "Jo", at=AT + 3 * minute)
    expect(rows.locator(".presence li").last).to_be_visible()
    expect(summary).to_be_focused()
    assert chat.accessibility_violations("folded") == []
    server.send(**message(9, at=AT + 4 * minute))
    happens("joined", "Kim", at=AT + 5 * minute)
    expect(rows.locator(".system")).to_have_count(2)
    expect(tab(chat, "lobby").locator(".badge")).to_be_hidden()


def test_notifications_are_offered_when_the_first_one_was_missed(chat_pages):
    ada, bob = watched(chat_pages, "Ada"), chat_pages("Bob")
    offer = ada.page.locator(".notice")
    ada.page.evaluate(AWAY)
    bob.say("Nothing for anybody")
    ada.expect_message("Nothing for anybody")
    expect(offer).to_have_count(0)
    bob.say("Where are you, @Ada?")
    expect(offer).to_contain_text("Bob has mentioned you while you were away.")
    ada.page.evaluate(BACK)
    assert ada.page.evaluate("window.asked") is None, "the browser is only asked after a click"
    assert ada.accessibility_violations("offer") == []
    offer.get_by_role("button", name="Turn on").click()
    expect(offer).to_contain_text("Notifications are on.")
    ada.page.evaluate(AWAY)
    bob.say("And now, @Ada?")
    wait_until(lambda: ada.page.evaluate(NOTIFIED) == [["Bob in lobby", "And now, @Ada?", False]])
    ada.page.evaluate(BACK)
    wait_until(lambda: ada.page.evaluate("notified[0].isClosed"), what="the notification is closed when the message is read")
    # A refused permission: the settings say what to do.
    eve = watched(chat_pages, "Eve", permission="denied")
    eve.page.click("#open-settings")
    expect(eve.page.locator("#settings-dialog")).to_contain_text("The browser blocks notifications of this page.")


def test_what_calls_the_user(chat_pages, site):
    ada, bob = watched(chat_pages, "Ada", permission="granted"), chat_pages("Bob")
    page = ada.page
    assert page.evaluate("[window.asked, tones]") == [None, 0]
    set_setting(ada, "notifications", "on")
    titles = lambda: [title for title, *_ in page.evaluate(NOTIFIED)]
    # Nothing of what is seen, nor a room's other messages; and no sound, unless the user wants it.
    bob.say("Seen, @Ada")
    ada.expect_message("Seen, @Ada")
    page.evaluate(AWAY)
    bob.say("For all")
    bob.say("For @Ada")
    wait_until(lambda: titles() == ["Bob in lobby"])
    assert page.evaluate("notified[0].body") == "For @Ada"
    assert page.evaluate("tones") == 0
    assert icon(ada) == "favicon-calls.svg"
    assert page.evaluate("badges.at(-1)") == 1
    assert page.title().startswith("(2) ")
    # Another device reads: what is read there calls nobody here.
    token = page.evaluate("JSON.parse(Object.entries(localStorage).find(([key]) => key.endsWith(' token'))[1])")
    with Client(site.url, token=token) as phone:
        phone.send("read", room="lobby", seq=phone.welcome["seq"])
        wait_until(lambda: page.evaluate("notified[0].isClosed"))
    wait_until(lambda: icon(ada) == "favicon.svg" and page.evaluate("badges.at(-1)") == 0)
    page.evaluate(BACK)
    # With sound; a private message.
    set_setting(ada, "sound", "on")
    wait_until(lambda: page.evaluate("tones") == 2, what="an example of the sound")
    page.evaluate(AWAY)
    bob.page.locator("#member-list button", has_text="Ada").click()
    bob.say("Psst")
    wait_until(lambda: titles()[1:] == ["Bob"])
    wait_until(lambda: page.evaluate("tones") == 4)
    page.evaluate(BACK)
    # A click leads to the message, although another channel is selected.
    ada.expect_channel("lobby")
    page.evaluate("notified.at(-1).onclick()")
    ada.expect_channel("Bob")
    expect(page.locator(".jump-target .message-text")).to_have_text("Psst")
    # All messages of a room, or nothing.
    tab(bob, "lobby").click()
    bob.expect_channel("lobby")
    set_level(ada, "Nothing")
    tab(ada, "lobby").click()
    set_level(ada, "All messages")
    page.click("#open-channel-menu")
    expect(page.get_by_role("menuitemradio", name="All messages")).to_have_attribute("aria-checked", "true")
    assert ada.accessibility_violations("levels") == []
    page.keyboard.press("Escape")
    page.evaluate(AWAY)
    bob.say("For all again")
    wait_until(lambda: titles()[2:] == ["Bob in lobby"])
    tab(bob, "Ada").click()
    bob.say("Are you there?")
    bob.say("Hello?")
    tab(bob, "lobby").click()
    bob.say("The last")
    wait_until(lambda: titles()[3:] == ["Bob in lobby"])
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()
    assert page.title().startswith("(2) ")
    page.reload()
    expect(page.locator("#message-input")).to_be_enabled()
    expect(tab(ada, "Bob").locator(".badge")).to_be_hidden()
    # A deleted message closes its notification.
    page.evaluate(AWAY)
    bob.say("Oops")
    wait_until(lambda: titles() == ["Bob in lobby"])
    bob.page.locator("#message-input").press("ArrowUp")
    bob.page.locator("#message-input").press("Escape")
    bob.page.locator(".message-list:visible").focus()
    for key in ("Tab", "End", "Delete"):
        bob.page.keyboard.press(key)
    bob.page.locator("#delete-dialog").get_by_role("button", name="Delete").click()
    wait_until(lambda: page.evaluate("notified[0].isClosed"))


def test_one_notification_for_all_tabs(chat_pages):
    ada, bob = watched(chat_pages, "Ada", permission="granted"), chat_pages("Bob")
    set_setting(ada, "notifications", "on")
    twin = ada.context.new_page()
    twin.goto(ada.url)
    expect(twin.locator("#message-input")).to_be_enabled()
    pages = (ada.page, twin)
    for page in pages:
        page.evaluate(AWAY)
    for n in range(4):
        bob.say(f"@Ada, the {n}th")
    shown = lambda: sorted(body for page in pages for _, body, _ in page.evaluate(NOTIFIED))
    wait_until(lambda: len(shown()) >= 4)
    ada.page.evaluate("() => new Promise((done) => setTimeout(done, 700))")
    assert shown() == [f"@Ada, the {n}th" for n in range(4)]
    # One tab reads: what the other one shows is closed, and nothing new is shown for what the first sees.
    twin.evaluate(BACK)
    wait_until(lambda: all(closed for page in pages for *_, closed in page.evaluate(NOTIFIED)))
    bob.say("Seen in one tab, @Ada")
    expect(twin.get_by_text("Seen in one tab")).to_be_visible()
    ada.page.evaluate("() => new Promise((done) => setTimeout(done, 1_000))")
    assert len(shown()) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_in_chinese(chat_pages, site, scheme):
    ada = watched(chat_pages, "Ada", viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN", color_scheme=scheme)
    ada.page.evaluate(AWAY)
    say_many(site, 0, 25)
    with Client(site.url, "Bob") as bob:
        bob.say("@Ada, hello", id="hello")
        expect(ada.page.locator(".notice")).to_contain_text("你不在时，Bob 提到了你。")
    ada.expect_message("@Ada, hello")
    ada.page.evaluate(BACK)
    expect(ada.page.locator(".unread-jump:visible")).to_be_visible()
    assert ada.accessibility_violations("phone") == []
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "it scrolls sideways"
    targets = ada.page.locator(".unread-jump button, .notice button").evaluate_all("all => all.map((b) => b.getBoundingClientRect().height)")
    assert min(targets) >= 32
