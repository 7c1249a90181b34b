"""Links in messages: http and https URLs become links that show their real host, and nothing else does."""

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, page_server  # noqa: F401  (a fixture)
from playwright.sync_api import expect

LINKIFY = """async (text) => (await import("/page/links.js")).linkify(text)
    .map((node) => typeof node === "string" ? node : [node.textContent, node.href])"""


@pytest.fixture(scope="module")
def linkify(browser, chatrelay):
    """Converts a text to strings, and [shown, URL] for links."""
    from website import Site

    site = Site(chatrelay)
    page = browser.new_page()
    page.goto(site.url + "/no-such-page")
    yield lambda text: page.evaluate(LINKIFY, text)
    page.close()
    site.stop()


@pytest.mark.parametrize("text, nodes", [
    ("no link", ["no link"]),
    ("", []),
    ("http://a.example", [["http://a.example", "http://a.example/"]]),
    ("see https://a.example/b?c=d#e now", ["see ", ["https://a.example/b?c=d#e", "https://a.example/b?c=d#e"], " now"]),
    ("HTTPS://A.Example/X", [["HTTPS://A.Example/X", "https://a.example/X"]]),
    ("https://a.example/b. https://a.example/c, (https://a.example/d)!",
     [["https://a.example/b"] * 2, ". ", ["https://a.example/c"] * 2, ", (", ["https://a.example/d"] * 2, ")!"]),
    ("https://a.example/b_(c) (https://a.example/b_(c)).",
     [["https://a.example/b_(c)"] * 2, " (", ["https://a.example/b_(c)"] * 2, ")."]),
    ("看https://a.example/b。好", ["看", ["https://a.example/b"] * 2, "。好"]),
    ("<https://a.example/b> \"https://a.example/c\"",
     ["<", ["https://a.example/b"] * 2, "> \"", ["https://a.example/c"] * 2, "\""]),
    # A Cyrillic letter in the host is shown in Punycode.
    ("https://аpple.example/", [["https://xn--pple-43d.example/", "https://xn--pple-43d.example/"]]),
    ("blob:https://a.example/x", ["blob:", ["https://a.example/x"] * 2]),
    # The part before an @ is not the host.
    ("https://bank.example@evil.example/", ["https://bank.example@evil.example/"]),
    ("https://bank.example\\@evil.example/", [["https://bank.example", "https://bank.example/"], "\\@evil.example/"]),
    # A bidirectional control ends the URL.
    ("https://a.example/\u202egpj.exe", [["https://a.example/", "https://a.example/"], "\u202egpj.exe"]),
    # Persian and emoji need joiners inside of a word. In a host, the browser decides.
    ("https://fa.wikipedia.example/wiki/می\u200cخواهم.", [["https://fa.wikipedia.example/wiki/می\u200cخواهم",
     "https://fa.wikipedia.example/wiki/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85"], "."]),
    ("https://a.example/👩\u200d💻?", [["https://a.example/👩\u200d💻", "https://a.example/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB"], "?"]),
    ("https://a.example/\u200d.\u200c x", [["https://a.example/"] * 2, "\u200d.\u200c x"]),
    ("https://نامه\u200cای.example/", [["https://xn--mgba3gch31f060k.example/"] * 2]),
    ("https://bank\u200d.example/", ["https://bank\u200d.example/"]),
    ("https://a.example/🏴\U000e0067\U000e0062\U000e007f", [["https://a.example/🏴\U000e0067\U000e0062\U000e007f",
     "https://a.example/%F0%9F%8F%B4%F3%A0%81%A7%F3%A0%81%A2%F3%A0%81%BF"]]),
    ("https://a.example/\u200bb", [["https://a.example/", "https://a.example/"], "\u200bb"]),
])
def test_urls(linkify, text, nodes):
    assert linkify(text) == nodes


@pytest.mark.parametrize("text", [
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd",
    "ftp://a.example/", "mailto:a@a.example", "//a.example", "www.a.example", "xhttp://a.example", "http:/a.example", "http://", "https://[",
    "http:// a.example", "https://a.example:99999/"])
def test_other_texts(linkify, text):
    assert linkify(text) == [text]


@pytest.mark.parametrize("text", ["a" * 100_000, "https://a.example/" + "a" * 100_000, ")" * 100_000, "https://a.example/" + ")" * 100_000,
                                  "https://" * 12_500, "https://a.example/ " * 5_000, "(" * 100_000 + "http://a.example" + ")" * 100_000])
def test_long_texts(linkify, text):
    nodes = linkify(text)
    assert "".join(node if isinstance(node, str) else node[0] for node in nodes) == text


def test_a_link_in_a_message(pair):
    ada, bob = pair
    ada.say("Look: https://a.example/b?c. And javascript:alert(1)")
    link = bob.rows.locator("a")
    expect(link).to_have_count(1)
    expect(link).to_have_text("https://a.example/b?c")
    for attribute, value in {"href": "https://a.example/b?c", "target": "_blank", "rel": "noopener noreferrer nofollow", "dir": "ltr"}.items():
        expect(link).to_have_attribute(attribute, value)
    assert link.evaluate("link => getComputedStyle(link).unicodeBidi") == "isolate"


LINKED = "See https://a.example/b."


def test_a_link_in_an_announcement(page_server):
    server = page_server()
    server.send(type="system", event="announcement", seq=5, text=LINKED, at=AT)
    expect(server.chat.rows.locator(".announcement p")).to_have_text(LINKED)
    expect(server.chat.rows.locator(".announcement a")).to_have_attribute("href", "https://a.example/b")
    assert server.chat.accessibility_violations("an announcement with a link") == []


def test_a_link_in_the_reason_of_a_mute_and_of_a_kick(page_server):
    server = page_server()
    server.send(type="error", code="muted", room="lobby", message=f"You are muted: {LINKED}")
    expect(server.chat.page.locator("#composer-hint a")).to_have_attribute("href", "https://a.example/b")
    assert server.chat.accessibility_violations("the reason of a mute") == []
    server.connections[-1].close(code=4200, reason=LINKED)
    expect(server.chat.page.locator("#banner-reason a")).to_have_attribute("href", "https://a.example/b")
    assert server.chat.accessibility_violations("the reason of a kick") == []
