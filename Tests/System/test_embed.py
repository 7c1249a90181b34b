"""/?embed=ROOM: the page in a frame of another site shows that room alone, and only named sites may frame it."""

import pytest
from client import Client
from other_site import other  # noqa: F401  (a fixture)
from page_object import ChatPage, browser, chat_pages  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect
from test_nginx import get

# As in a frame whose browser lets other sites store nothing.
NO_STORAGE = """for (const [target, name] of [[window, "localStorage"], [window, "sessionStorage"], [window, "caches"], [navigator, "serviceWorker"]])
    Object.defineProperty(target, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });"""

# A page of the site itself, without the policy of the chat page.
OWN = """location = /own {
    add_header Cache-Control "no-cache";
    default_type text/html;
    return 200 '<!doctype html><iframe src="/?embed=support"></iframe>';
}
"""


@pytest.fixture
def site(sites, other):  # noqa: F811
    return sites(friend=other.origin)


def framed(chat, site, other, query="?embed=support"):  # noqa: F811
    """Opens a page of the other site with the chat in a frame. Returns the frame."""
    chat.page.goto(other.page(site, f'<input aria-label="Search the shop"><iframe title="Chat" width="600" height="420" src="{site.url}/{query}"></iframe>'))
    return chat.page.frame_locator("iframe")


@pytest.mark.parametrize("storage", ["", NO_STORAGE], ids=["storage", "no-storage"])
def test_only_the_room_is_there(site, other, chat_pages, storage):  # noqa: F811
    chat = chat_pages(open=False, viewport={"width": 640, "height": 700})
    chat.context.add_init_script(storage)
    with Client(site.url, "Bob", rooms=["support"], create=True) as bob:
        frame = framed(chat, site, other)
        box = frame.locator("#message-input")
        expect(frame.locator("#channel-title")).to_have_text("support")
        assert chat.page.evaluate("document.activeElement.localName") == "body", "it takes the focus from the page around it"
        for hidden in ("#sidebar", "#members", "#open-sidebar", "#open-members", "#open-search", "#open-channel-menu"):
            expect(frame.locator(hidden)).to_be_hidden()
        box.fill("Hello")
        box.press("Enter")
        ada = bob.until("message", room="support", text="Hello")["from"]
        bob.send("join", room="lobby")
        bob.until("joined")
        bob.say("Elsewhere", "lobby", "b-1")
        bob.tell(ada, "In private", id="b-2")
        bob.say(f"See {site.url}/#lobby and {site.url}/#support", "support", "b-3")
        rows = frame.locator(".message-pane:not([hidden]) .message .message-text")
        expect(rows).to_have_text(["Hello", f"See {site.url}/#lobby and {site.url}/#support"])
        assert frame.locator(".message-pane").count() == 1, "no other channel"
        assert frame.locator("button.user-name").count() == 0
        # What leads elsewhere: commands, keys and links.
        for command in ("/join lobby", f"/msg {ada} hello", "/leave"):
            box.fill(command)
            box.press("Enter")
            expect(frame.locator("#composer-hint")).to_contain_text("is not a command")
        box.fill("")
        for keys in ("Control+k", "Control+Shift+F", "Alt+ArrowDown"):
            box.press(keys)
        assert frame.locator("dialog[open]").count() == 0
        with chat.context.expect_page() as opened:
            rows.last.locator("a").first.click()
        assert opened.value.url == f"{site.url}/#lobby"
        opened.value.close()
        expect(frame.locator("#channel-title")).to_have_text("support")
        frame.locator("#open-name").click()
        expect(frame.locator("#name-input")).to_be_focused()
        frame.locator("#name-input").fill("Countess")
        frame.locator("#name-input").press("Enter")
        expect(frame.locator("#own-name")).to_have_text("Countess")
        expect(frame.locator("#own-name")).to_be_visible()
    # What Chromium says of a dialog in a frame, whose focus the page sets itself.
    chat.errors[:] = [error for error in chat.errors if not error.startswith("Blocked autofocusing")]


def test_the_whole_page_keeps_its_rooms(site, chat_pages):  # noqa: F811
    """The page and the frame of one site share what the browser stores."""
    chat = chat_pages("Ada")
    chat.submit("/join attic")
    chat.expect_channel("attic")
    rooms = f"JSON.parse(localStorage['chatrelay {site.url}/ rooms'])"
    assert sorted(chat.page.evaluate(rooms)) == ["attic", "lobby"]
    chat.page.set_viewport_size({"width": 320, "height": 420})
    chat.page.goto(f"{site.url}/?embed=support#lobby")
    chat.expect_channel("support")
    chat.say("Hello")
    assert chat.accessibility_violations("embedded") == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert chat.page.url == f"{site.url}/?embed=support#support"
    assert sorted(chat.page.evaluate(rooms)) == ["attic", "lobby"]
    chat.page.goto(f"{site.url}/?embed=No%20room")
    expect(chat.page.locator("#start-state")).to_contain_text("names no room after “embed=”")
    chat.page.goto(site.url)
    expect(chat.page.locator(".tab")).to_have_count(2)


def test_only_named_sites_frame_it(site, sites, other, browser):  # noqa: F811
    for path in ("/", "/?embed=support", "/no-such-page"):
        policy = get(site.url + path)[1]["Content-Security-Policy"]
        assert f"; frame-ancestors 'self' {other.origin}; " in policy, path
    closed = sites(lines=OWN)
    assert "; frame-ancestors 'self' ; " in get(closed.url + "/")[1]["Content-Security-Policy"]
    chat = ChatPage(browser, closed.url)
    framed(chat, closed, other)
    wait_until(lambda: chat.page.wait_for_timeout(10) or chat.page.frames[1].url.startswith("chrome-error:"), what="the refusal")
    # The site's own pages may.
    chat.page.goto(closed.url + "/own")
    expect(chat.page.frame_locator("iframe").locator("#channel-title")).to_have_text("support")
    chat.context.close()
