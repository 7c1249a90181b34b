"""What people type into the page: it stays text, whatever it looks like and however it is typed; and the page's own words."""

import pytest
from page_seat import Seat, browser, pair, seats  # noqa: F401  (fixtures)
from playwright.sync_api import expect


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt; <b>bold</b>",
                                  "javascript:alert(1)", "'\"><svg onload=alert(1)>"])
def test_html_is_text(pair, text):
    ada, bob = pair
    ada.say(text)
    bob.expect_said(text)
    expect(bob.log.locator("script, img, b, svg, a")).to_have_count(0)


def test_a_name_is_text(seats):
    name = "<b>bold</b>"
    seat = seats(name)
    expect(seat.page.locator("#my-name")).to_have_text(name)
    seat.expect_people(name)
    seat.say("Hello")
    assert seat.messages() == [(name, "Hello")]


def test_the_policy_holds(seats):
    """The headers are there, and the browser enforces them: a script put in as HTML is refused."""
    seat = seats()
    refused = seat.page.evaluate("""() => {
        try { document.body.innerHTML = "<img src=x>"; return false; } catch (error) { return error.name; }
    }""")
    assert refused == "TypeError"
    assert any("TrustedHTML" in error or "CSP" in error for error in seat.errors)
    seat.errors.clear()


def test_a_composition_is_not_sent(pair):
    """The Enter that ends an input method's composition belongs to the composition."""
    ada, bob = pair
    ada.page.focus("#text")
    ime = ada.context.new_cdp_session(ada.page)
    ime.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    ime.send("Input.insertText", {"text": "你好"})
    expect(ada.page.locator("#text")).to_have_value("你好")
    ada.page.press("#text", "Enter")
    bob.expect_said("你好")
    assert bob.messages() == [("Ada", "你好")]


def test_too_long_a_text_is_not_sent(pair):
    ada, bob = pair
    ada.page.fill("#text", "é" * 4096)
    expect(ada.page.locator("#hint")).to_have_text("0 bytes left")
    ada.page.fill("#text", "é" * 4096 + "a")
    expect(ada.page.locator("#hint")).to_have_text("1 byte too long")
    expect(ada.page.locator("#send")).to_be_disabled()
    ada.page.press("#text", "Enter")
    expect(ada.page.locator("#text")).to_have_value("é" * 4096 + "a")
    expect(ada.page.locator(".waiting li")).to_have_count(0)
    ada.write("é" * 4096)
    bob.expect_said("é" * 4096)


def test_chinese(seats):
    seat = seats("小美", locale="zh-CN")
    expect(seat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(seat.page.locator("#send")).to_have_text("发送")
    expect(seat.page.locator("#state-text")).to_have_text("在线")
    seat.say("大家好")
    expect(seat.page.locator("#people-title")).to_have_text("成员")


def test_every_word_is_there_in_both_languages(seats):
    """Of each key: the same in both, with the same names to fill in."""
    seat = seats()
    en, zh = seat.page.evaluate("import('/page/i18n.js').then(m => [m.en, m.zh])")
    holes = lambda text: sorted(part.split("}")[0] for part in text.split("{")[1:])
    for key, english in en.items():
        chinese = zh.pop(key)
        if isinstance(english, str):
            assert holes(english) == holes(chinese), key
        elif "other" in english:
            assert holes(english["other"]) == holes(chinese["other"]), key
        else:
            assert english.keys() == chinese.keys(), key
    assert zh == {}


def test_without_storage(browser, site):
    """A browser that forbids storage still chats."""
    seat = Seat(browser, site.url)
    seat.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})")
    seat.open().say("Hello")
    assert seat.errors == []
    seat.context.close()
