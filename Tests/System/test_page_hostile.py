"""Texts and names that are meant to do harm: they are shown, and do none. The real page, and a server that the test plays, which
lets everything through: also what the daemon would never."""

import pytest
from page_seat import PHONE, WIDE, Seat, browser  # noqa: F401  (a fixture)
from page_server import message
from playwright.sync_api import expect
from test_page_moderation import AT, Host

NARROW = {"width": 320, "height": 640}
HOSTILE = {
    "script": "<script>document.title = 'x'</script>", "event": "<img src=x onerror=alert(1)>", "svg": "<svg/onload=alert(1)>",
    "template": "{{constructor.constructor('alert(1)')()}} ${alert(1)}", "link": "javascript:alert(1) data:text/html,<b>x</b>",
    "override": "abc \u202egnp.exe", "isolate": "abc \u2067def", "many": "\u202e\u2066\u202b\u2067" * 200 + "end",
    "zero-width": "pass\u200b\u2060\ufeff\u00adword", "towers": "Z" + "\u0334\u0352\u0346\u033d\u0323\u035a" * 100 + " up",
    "word": "w" * 100_000, "arabic": "مرحبا" * 2_000, "emoji": "👩‍👩‍👧‍👦" * 2_000, "flags": "🏴" + "\U000e0067" * 500,
    "lines": "one\n\n\nAdmin: your password, please", "separators": "a\u2028b\u2029c\u0085d\x0be", "tabs": "a\t" * 5_000,
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x9b31m", "url": "https://example.org/" + "\u202e" + "a" * 5_000,
    "password": "https://www.example.org@evil.example/ http://user:pass@example.org/",
}
NAMES = ["<b>Bob</b>", "\u202eboB", "B\u0334\u0352\u0346\u033d" * 10, "שלום", "مريم Admin", "x" * 500, "a\nAdmin", "\u200b", "👩‍👩‍👧‍👦" * 20]


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def host(request, browser, site):  # noqa: F811
    seat = Seat(browser, site.url, viewport=request.param)
    yield Host(seat)
    assert seat.errors == []
    seat.context.close()


def is_calm(seat):
    """Nothing is wider than the window, and nothing that could be seen shows outside of the line that it belongs to."""
    return seat.page.evaluate("""() => {
        const wide = [document.scrollingElement, document.querySelector(".pane:not([hidden]) .log"), document.querySelector("#people-list")]
            .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className || one.tagName);
        const open = [...document.querySelectorAll(".message, .system, #people-list > li")]
            .filter((line) => getComputedStyle(line).overflowY !== "clip").map((line) => line.outerHTML.slice(0, 100));
        const title = document.title.includes("Chatrelay") ? [] : [document.title];
        return [...wide, ...open, ...title];
    }""")


def reads_from_left(seat):
    """Whether the newest message stands as it is written: its time, then its letters in their order."""
    return seat.page.evaluate("""() => {
        const line = [...document.querySelectorAll(".pane:not([hidden]) .message")].at(-1);
        const text = line.querySelector(".text").firstChild;
        const left = (node, start) => {
            const range = document.createRange();
            range.setStart(node, start);
            range.setEnd(node, start + 1);
            return range.getBoundingClientRect().left;
        };
        const places = [...text.data].map((_, index) => left(text, index));
        return line.querySelector("time").getBoundingClientRect().left < places[0]
            && places.every((place, index) => index === 0 || place > places[index - 1]);
    }""")


def test_texts_do_nothing(host):
    seat = host.seat
    for number, (kind, text) in enumerate(HOSTILE.items(), 5):
        host.say(**message(2 * number, sender="Mallory", text=text, at=AT))
        host.say(**message(2 * number + 1, sender="Bob", text=f"straight on {number}", at=AT))
        seat.expect_said(f"straight on {number}")
        assert seat.messages()[-2:] == [("Mallory", text), ("Bob", f"straight on {number}")], kind
        expect(seat.log.locator(".text :not(a)")).to_have_count(0)
        hrefs = seat.log.locator(".text a").evaluate_all("links => links.map(link => link.protocol)")
        assert set(hrefs) <= {"http:", "https:"}, kind
        assert is_calm(seat) == [] and reads_from_left(seat), kind


def test_a_link_shows_where_it_leads(host):
    """Cyrillic letters that look like Latin ones."""
    host.say(**message(10, sender="Mallory", text="https://аррӏе.com", at=AT))
    host.seat.expect_said("https://xn--80ak6aa92e.com/")


def test_names_do_nothing(host):
    """In a message, in the list of people, in what is told of it, in the line of who types, in a conversation's tab."""
    seat = host.seat
    host.say(type="who", room="lobby", names=["Ada"], users=1, more=0)
    for number, name in enumerate(NAMES, 2):
        host.say(type="system", event="joined", room="lobby", name=name, users=3, at=AT)
        host.say(**message(10 * number, sender=name, text="Hello", at=AT))
        host.say(type="private", seq=10 * number + 1, id="p", **{"from": name}, to="Ada", text="Psst", at=AT)
        host.say(type="typing", room="lobby", **{"from": name})
        host.say(**message(10 * number + 2, sender="Bob", text=f"straight on {number}", at=AT))
        seat.expect_said(f"straight on {number}")
        assert seat.messages()[-2:] == [(name, "Hello"), ("Bob", f"straight on {number}")]
        assert name in seat.page.locator(".system.joined bdi").last.text_content()
        assert seat.page.locator("#people-list .name").all_text_contents().count(name) == 1
        assert seat.page.locator(".tab-name").last.text_content() == name
        assert seat.page.locator('b, script:not([src]), img[src=x]').count() == 0
        assert is_calm(seat) == [] and reads_from_left(seat), name


def test_what_the_server_says_is_text(host):
    """An announcement, a room's name, and why somebody is removed."""
    seat, bad = host.seat, "<img src=x onerror=alert(1)>\u202e" + "w" * 3_000
    host.say(type="system", event="announcement", seq=10, text=bad, at=AT)
    expect(seat.log.locator(".announcement bdi")).to_have_text(bad)
    host.say(**message(11, text="straight on", at=AT))
    seat.expect_said("straight on")
    assert is_calm(seat) == [] and reads_from_left(seat)
    host.connections[-1].close(code=4200, reason="<b>out</b> \u202e" + "w" * 90)
    expect(seat.page.locator("#banner-reason")).to_contain_text("<b>out</b>")
    assert seat.page.locator('img[src=x], #banner b').count() == 0
    assert is_calm(seat) == []
