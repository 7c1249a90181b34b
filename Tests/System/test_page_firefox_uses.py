"""The page in Debian's Firefox: what people do with messages, and with who they are; the frame, attention, and without a network.
The details of each are tested in Chromium."""

import pytest
from client import Client
from firefox import CONTROL, DELETE, ENTER, ESCAPE, UP, firefox  # noqa: F401  (a fixture)
from patience import wait_until
from test_page_firefox import INPUT, NEWEST, STATE, say
from test_page_offline import KEPT

PANE = ".message-pane:not([hidden])"
#: Returns the selector of the newest message that has this text, after marking it.
MARK = """(text) => {
    for (const marked of document.querySelectorAll(".marked")) marked.classList.remove("marked");
    const row = [...document.querySelectorAll(".message")].findLast((row) => row.querySelector(".message-text").textContent.includes(text));
    row?.classList.add("marked");
    return Boolean(row);
}"""
SHOWS = "(selector, text) => [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(text))"
IN_VIEW = """(selector) => {
    const { left, top, right, bottom, width } = document.querySelector(selector).getBoundingClientRect();
    return width > 0 && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}"""


@pytest.fixture
def site(sites):
    return sites("--rate", "0")


@pytest.fixture
def tab(firefox, site):  # noqa: F811
    tab = firefox.tab(site.url)
    tab.until(STATE, "online")
    yield tab
    assert tab.errors == []
    tab.close()


def mark(tab, text):
    tab.until(MARK, text)
    return ".message.marked"


def channel(tab, name):
    """Selects a room or a conversation in the sidebar."""
    tab.run("(name) => [...document.querySelectorAll('.tab')].find((entry) => entry.textContent.includes(name)).click()", name)


def test_messages_live(tab, site):
    with Client(site.url, "Bob") as bob:
        say(tab, "Helo")
        mine = bob.until("message", text="Helo")
        me = mine["from"]
        # Edited by the arrow key.
        tab.type(UP)
        tab.until("() => document.querySelector('#message-input').value === 'Helo'")
        tab.run("() => document.querySelector('#message-input').select()")
        tab.type("Hello" + ENTER)
        assert bob.until("edited")["text"] == "Hello"
        tab.expect_text(NEWEST, "Hello (edited)")
        # The other one reacts, replies with a mention, edits and deletes.
        bob.send("react", id="r", message=mine["seq"], emoji="🎉", on=True)
        tab.until(SHOWS, ".chip", "🎉")
        bob.send("message", id="m", room="lobby", text=f"@{me} look", re=mine["seq"])
        tab.until("() => Boolean(document.querySelector('.message.mentioned .quote'))")
        # The toolbar of the message under the pointer.
        tab.hover(mark(tab, "look"))
        tab.click(".marked .message-toolbar button[aria-label='React with 👍']")
        assert bob.until("reaction", emoji="👍")["on"] is True
        tab.click(".marked .message-toolbar [data-action=reply]")
        tab.until(SHOWS, "#composer-mode-text", "Reply to Bob")
        tab.type("I see" + ENTER)
        reply = bob.until("message", text="I see")
        assert reply["re"] > mine["seq"]
        # The keys of the message with the focus.
        tab.expect_text(NEWEST, "I see")
        tab.run("(selector) => { const row = document.querySelector(selector); row.tabIndex = -1; row.focus(); }", mark(tab, "I see"))
        tab.type(DELETE)
        tab.click("#delete-dialog button[value=yes]")
        assert bob.until("deleted")["message"] == reply["seq"]
        tab.until(SHOWS, ".system.deleted", "Message deleted")


def test_people_are_themselves(tab, site, firefox):  # noqa: F811
    with Client(site.url, "Bob") as bob:
        say(tab, "It is me")
        me = bob.until("message")["user"]
        tab.click("#open-name")
        tab.until("() => document.querySelector('#name-dialog').open")
        tab.click("#status-input")
        tab.type("In Paris" + ENTER)
        assert bob.until("presence", user=me, status="In Paris")
        bob.send("presence", away=True)
        tab.until(SHOWS, "#member-list li", "Away")
        # A title and a topic.
        tab.click("#open-channel-menu")
        tab.click("#menu-topic")
        tab.click("#title-input")
        tab.type("Great hall" + ENTER)
        assert bob.until("topic")["title"] == "Great hall"
        tab.expect_text("#channel-title", "Great hall")
        # A second device of the same user, by a link.
        tab.click("#open-name")
        tab.click("#open-devices")
        tab.click("#make-link")
        link = tab.until("() => document.querySelector('#link-value').value")
        tab.type(ESCAPE)
        device = firefox.tab(link)
        device.click("dialog[open] button[value=yes]")
        device.until("(name) => document.querySelector('#own-name')?.textContent === name", tab.text("#own-name"))
        device.until(STATE, "online")
        assert tab.accessibility_violations() == []
        # What is read here is read there; then this device signs the other one out.
        tab.run("() => { location.hash = 'attic'; }")
        tab.expect_text("#channel-title", "attic")
        device.run("() => { location.hash = 'attic'; }")
        device.expect_text("#channel-title", "attic")
        channel(device, "Great hall")
        channel(tab, "attic")
        bob.send("join", room="attic")
        bob.until("joined", room="attic")
        tab.activate()
        bob.say("Unread", room="attic")
        tab.expect_text(NEWEST, "Unread")
        device.until("() => !document.querySelector('.tab .badge:not([hidden])')")
        tab.click("#open-name")
        tab.click("#open-devices")
        tab.until("() => document.querySelectorAll('#device-list li').length === 2")
        tab.click("#device-list li:not(:first-child) button")
        tab.click("#sign-out-dialog button[value=yes]")
        device.until("() => document.querySelector('#signed-out-dialog').open")
        device.close()


def test_the_frame_and_attention(tab, site):
    with Client(site.url, "Bob") as bob:
        say(tab, "First")
        tab.run("() => { location.hash = 'attic'; }")
        tab.expect_text("#channel-title", "attic")
        bob.say_all([f"Line {n}\n\nof several" for n in range(30)])
        tab.until(SHOWS, ".tab .badge", "30")
        tab.until("() => document.querySelector('link[rel=icon]').href.includes('unread')")
        # The switcher, by keys.
        tab.type("k", held=CONTROL)
        tab.until("() => document.querySelector('#switcher-input') === document.activeElement")
        tab.type("lob" + ENTER)
        tab.expect_text("#channel-title", "lobby")
        tab.until(SHOWS, f"{PANE} .unread-line", "New messages")
        tab.click(f"{PANE} .unread-jump button")
        tab.until(IN_VIEW, f"{PANE} .unread-line")
        # Formatted text; a link to a message.
        bob.say("**Bold** `code`\n\n```\nblock\n```\n> quoted\n\n* item", id="formatted")
        tab.until("(pane) => ['strong', 'code', 'pre', 'blockquote', 'li'].every((name) => document.querySelector(`${pane} .message-text ${name}`))", PANE)
        seq = tab.run("(selector) => Number(document.querySelector(selector).dataset.seq)", mark(tab, "Line 3"))
        tab.run("(seq) => { location.hash = `lobby/${seq}`; }", seq)
        tab.until(IN_VIEW, f"{PANE} [data-seq='{seq}']")
        # The settings.
        tab.click("#open-settings")
        tab.run("() => document.querySelector('input[name=setting-theme][value=dark]').click()")
        tab.until("() => document.documentElement.dataset.theme === 'dark'")
        assert tab.accessibility_violations() == []
        tab.type(ESCAPE)
        assert tab.accessibility_violations() == []
        # A phone.
        tab.resize(390, 700)
        for selector in ("#send", INPUT, "#open-sidebar", "#channel-title"):
            tab.until(IN_VIEW, selector)
        tab.click("#open-sidebar")
        tab.until(IN_VIEW, "#open-settings")
        assert tab.accessibility_violations() == []
        tab.type(ESCAPE)
        say(tab, "From a phone")


def test_without_a_network(tab, site):
    with Client(site.url, "Bob") as bob:
        bob.say("Keep this")
        tab.expect_text(NEWEST, "Keep this")
        tab.until("() => Boolean(navigator.serviceWorker.controller)")
        wait_until(lambda: set(tab.run(KEPT)) == {"Keep this", "page"}, seconds=20, what="the kept page")
        site.stop_nginx()
        tab.run("() => { window.isOld = true; setTimeout(() => location.reload()); }")
        tab.until("() => !window.isOld")
        tab.until(STATE, "offline")
        tab.expect_text(NEWEST, "Keep this")
        tab.click(INPUT)
        tab.type("Written offline" + ENTER)
        site.start_nginx()
    with Client(site.url, "Cleo") as cleo:
        tab.until(STATE, "online")
        tab.until(SHOWS, f"{PANE} .rows:not(.pending-list) .message-text", "Written offline")
        assert any(message["text"] == "Written offline" for message in cleo.ask("history", room="lobby")["messages"])
    tab.forget_errors()
