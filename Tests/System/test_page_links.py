"""Links in what people write: they go where they say, and nothing else is one."""

import pytest
from page_seat import browser, pair, seats  # noqa: F401  (fixtures)
from playwright.sync_api import expect

LINKED = """async (text) => (await import("/page/links.js")).linked(text)
    .map((piece) => typeof piece === "string" ? piece : [piece.textContent, piece.href])"""


@pytest.fixture(scope="module")
def linked(browser, chatrelay):
    """What becomes of a text: strings, and [shown, address] for links."""
    from website import Site

    site = Site(chatrelay)
    page = browser.new_page()
    page.goto(site.url + "/no-such-page")
    yield lambda text: page.evaluate(LINKED, text)
    page.close()
    site.stop()


@pytest.mark.parametrize("text, pieces", [
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
    # A foreign letter that looks like another shows as what it is.
    ("https://аpple.example/", [["https://xn--pple-43d.example/", "https://xn--pple-43d.example/"]]),
    ("blob:https://a.example/x", ["blob:", ["https://a.example/x"] * 2]),
    # What stands before an @ is no host.
    ("https://bank.example@evil.example/", ["https://bank.example@evil.example/"]),
    ("https://bank.example\\@evil.example/", [["https://bank.example", "https://bank.example/"], "\\@evil.example/"]),
    # A character that turns the direction ends the address.
    ("https://a.example/\u202egpj.exe", [["https://a.example/", "https://a.example/"], "\u202egpj.exe"]),
    ("https://a.example/\u200bb", [["https://a.example/", "https://a.example/"], "\u200bb"]),
])
def test_an_address(linked, text, pieces):
    assert linked(text) == pieces


@pytest.mark.parametrize("text", [
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd",
    "ftp://a.example/", "mailto:a@a.example", "//a.example", "www.a.example", "xhttp://a.example", "http:/a.example", "http://", "https://[",
    "http:// a.example", "https://a.example:99999/"])
def test_no_address(linked, text):
    assert linked(text) == [text]


@pytest.mark.parametrize("text", ["a" * 100_000, "https://a.example/" + "a" * 100_000, ")" * 100_000, "https://a.example/" + ")" * 100_000,
                                  "https://" * 12_500, "https://a.example/ " * 5_000, "(" * 100_000 + "http://a.example" + ")" * 100_000])
def test_long_texts_are_quick(linked, text):
    pieces = linked(text)
    assert "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces) == text


def test_a_link_in_a_message(pair):
    ada, bob = pair
    ada.say("Look: https://a.example/b?c. And javascript:alert(1)")
    link = bob.log.locator("a")
    expect(link).to_have_count(1)
    expect(link).to_have_text("https://a.example/b?c")
    for attribute, value in {"href": "https://a.example/b?c", "target": "_blank", "rel": "noopener noreferrer nofollow", "dir": "ltr"}.items():
        expect(link).to_have_attribute(attribute, value)
    assert link.evaluate("link => getComputedStyle(link).unicodeBidi") == "isolate"


def test_a_link_that_comes_again(pair):
    """As history, and as what one has written oneself."""
    ada, _ = pair
    ada.say("https://a.example/")
    ada.page.reload()
    ada.expect_state("online")
    expect(ada.log.locator("a")).to_have_attribute("href", "https://a.example/")


def test_a_long_word_breaks(pair):
    ada, bob = pair
    ada.say("https://a.example/" + "a" * 5_000)
    bob.expect_said("https://a.example/" + "a" * 5_000)
    log = bob.page.locator(".log:visible")
    assert log.evaluate("log => log.scrollWidth <= log.clientWidth")
