"""Hostile texts and names are shown as text and do no harm. The page talks to a fake server, which also sends what the daemon
would refuse."""

import pytest
from page_object import WIDE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import AT, PageServer, message
from playwright.sync_api import expect

NARROW = {"width": 320, "height": 640}
HOSTILE = {
    "script": "<script>document.title = 'x'</script>", "event": "<img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; <b>bold</b>", "attribute": "'\"><svg onload=alert(1)>", "svg": "<svg/onload=alert(1)>",
    "template": "{{constructor.constructor('alert(1)')()}} ${alert(1)}", "link": "javascript:alert(1) data:text/html,<b>x</b>",
    "override": "abc \u202egnp.exe", "isolate": "abc \u2067def", "many": "\u202e\u2066\u202b\u2067" * 200 + "end",
    "zero-width": "pass\u200b\u2060\ufeff\u00adword", "towers": "Z" + "\u0334\u0352\u0346\u033d\u0323\u035a" * 100 + " up",
    "word": "w" * 100_000, "arabic": "مرحبا" * 2_000, "emoji": "👩‍👩‍👧‍👦" * 2_000, "flags": "🏴" + "\U000e0067" * 500,
    "lines": "one\n\n\nAdmin: your password, please", "separators": "a\u2028b\u2029c\u0085d\x0be", "tabs": "a\t" * 5_000,
    "long-link": "https://a.example/" + "a" * 5_000, "controls": "".join(map(chr, range(1, 32))) + "\x7f\x9b31m", "url": "https://example.org/" + "\u202e" + "a" * 5_000,
    "password": "https://www.example.org@evil.example/ http://user:pass@example.org/",
}
NAMES = ["<b>Bob</b>", "\u202eboB", "B\u0334\u0352\u0346\u033d" * 10, "שלום", "مريم Admin", "x" * 500, "a\nAdmin", "\u200b", "👩‍👩‍👧‍👦" * 20]


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def server(request, chat_pages):  # noqa: F811
    return PageServer(chat_pages(open=False, viewport=request.param))


def layout_breaks(chat):
    """What scrolls sideways, the rows that do not clip their content, and a title that the text has changed."""
    return chat.page.evaluate("""() => {
        const wide = [document.scrollingElement, document.querySelector(".message-pane:not([hidden]) .message-list"), document.querySelector("#member-list")]
            .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className || one.tagName);
        const unclipped = [...document.querySelectorAll(".message, .system, #member-list > li")]
            .filter((row) => getComputedStyle(row).overflowY !== "clip").map((row) => row.outerHTML.slice(0, 100));
        const title = document.title.includes("Chatrelay") ? [] : [document.title];
        return [...wide, ...unclipped, ...title];
    }""")


def reads_left_to_right(chat):
    """Whether the newest message shows its name, then its time, and its letters in their order."""
    return chat.page.evaluate("""() => {
        const row = [...document.querySelectorAll(".message-pane:not([hidden]) .message")].at(-1);
        const text = row.querySelector(".message-text").firstChild;
        const left = (node, start) => {
            const range = document.createRange();
            range.setStart(node, start);
            range.setEnd(node, start + 1);
            return range.getBoundingClientRect().left;
        };
        const positions = [...text.data].map((_, index) => left(text, index));
        return row.querySelector(".user-name").getBoundingClientRect().left < row.querySelector("time").getBoundingClientRect().left
            && positions.every((position, index) => index === 0 || position > positions[index - 1]);
    }""")


def test_hostile_texts(server):
    chat = server.chat
    for number, (kind, text) in enumerate(HOSTILE.items(), 5):
        server.send(**message(2 * number, sender="Mallory", text=text, at=AT))
        server.send(**message(2 * number + 1, sender="Bob", text=f"plain {number}", at=AT))
        chat.expect_message(f"plain {number}")
        assert chat.messages()[-2:] == [("Mallory", text), ("Bob", f"plain {number}")], kind
        expect(chat.rows.locator(".message-text :not(a)")).to_have_count(0)
        hrefs = chat.rows.locator(".message-text a").evaluate_all("links => links.map(link => link.protocol)")
        assert set(hrefs) <= {"http:", "https:"}, kind
        assert layout_breaks(chat) == [] and reads_left_to_right(chat), kind


def test_a_link_shows_its_real_host(server):
    """Cyrillic letters that look like Latin ones are shown in Punycode."""
    server.send(**message(10, sender="Mallory", text="https://аррӏе.com", at=AT))
    server.chat.expect_message("https://xn--80ak6aa92e.com/")


def test_hostile_names(server):
    """In a message, the member list, a system row, the typing indicator, a conversation's tab and as the own name."""
    chat = server.chat
    server.send(type="who", room="lobby", names=["Ada"], users=1, more=0)
    for number, name in enumerate(NAMES, 2):
        server.send(type="system", event="joined", room="lobby", name=name, users=3, at=AT)
        server.send(**message(10 * number, sender=name, text="Hello", at=AT))
        server.send(type="private", seq=10 * number + 1, id="p", **{"from": name}, to="Ada", text="Psst", at=AT)
        server.send(type="typing", room="lobby", **{"from": name})
        server.send(**message(10 * number + 2, sender="Bob", text=f"plain {number}", at=AT))
        chat.expect_message(f"plain {number}")
        assert chat.messages()[-2:] == [(name, "Hello"), ("Bob", f"plain {number}")]
        assert name in chat.page.locator(".system.joined bdi").last.text_content()
        assert chat.page.locator("#member-list .member-name").all_text_contents().count(name) == 1
        assert chat.page.locator(".tab-name").last.text_content() == name
        assert chat.page.locator('b, script:not([src]), img[src=x]').count() == 0
        assert layout_breaks(chat) == [] and reads_left_to_right(chat), name
    server.send(type="renamed", name=NAMES[0])
    expect(chat.page.locator("#own-name")).to_have_text(NAMES[0])


def test_hostile_texts_of_the_server(server):
    """An announcement, and the reason of a kick."""
    chat, bad = server.chat, "<img src=x onerror=alert(1)>\u202e" + "w" * 3_000
    server.send(type="system", event="announcement", seq=10, text=bad, at=AT)
    expect(chat.rows.locator(".announcement bdi")).to_have_text(bad)
    server.send(**message(11, text="plain", at=AT))
    chat.expect_message("plain")
    assert layout_breaks(chat) == [] and reads_left_to_right(chat)
    server.connections[-1].close(code=4200, reason="<b>out</b> \u202e" + "w" * 90)
    expect(chat.page.locator("#banner-reason")).to_contain_text("<b>out</b>")
    assert chat.page.locator('img[src=x], #banner b').count() == 0
    assert layout_breaks(chat) == []
