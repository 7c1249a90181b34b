"""Text input, the translations, and a browser without storage."""

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect


def test_the_content_security_policy_is_enforced(chat_pages):
    """The browser refuses to parse a string as HTML."""
    chat = chat_pages()
    refused = chat.page.evaluate("""() => {
        try { document.body.innerHTML = "<img src=x>"; return false; } catch (error) { return error.name; }
    }""")
    assert refused == "TypeError"
    assert any("TrustedHTML" in error or "CSP" in error for error in chat.errors)
    chat.errors.clear()


def test_enter_during_a_composition_does_not_send(pair):
    """The Enter that ends an input method's composition belongs to the composition."""
    ada, bob = pair
    ada.page.focus("#message-input")
    ime = ada.context.new_cdp_session(ada.page)
    ime.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    ime.send("Input.insertText", {"text": "你好"})
    expect(ada.page.locator("#message-input")).to_have_value("你好")
    ada.page.press("#message-input", "Enter")
    bob.expect_message("你好")
    assert bob.messages() == [("Ada", "你好")]


def test_a_text_that_is_too_long_is_not_sent(pair):
    ada, bob = pair
    ada.page.fill("#message-input", "é" * 4096)
    expect(ada.page.locator("#composer-hint")).to_have_text("0 bytes left")
    ada.page.fill("#message-input", "é" * 4096 + "a")
    expect(ada.page.locator("#composer-hint")).to_have_text("1 byte too long")
    expect(ada.page.locator("#send")).to_be_disabled()
    ada.page.press("#message-input", "Enter")
    expect(ada.page.locator("#message-input")).to_have_value("é" * 4096 + "a")
    expect(ada.page.locator(".pending-list li")).to_have_count(0)
    ada.submit("é" * 4096)
    bob.expect_message("é" * 4096)


@pytest.mark.parametrize("typed, sent", [
    ("    if x:\n        y()\n\n", "    if x:\n        y()"), ("\n \n\t- a\n\n\t- b", "\t- a\n\n\t- b"), ("  one  ", "  one")])
def test_the_indentation_of_the_first_line_is_sent(pair, typed, sent):
    ada, bob = pair
    ada.submit(typed)
    expect(bob.rows.locator(".message")).to_have_count(1)
    assert bob.messages() == [("Ada", sent)]


# For each line: whether its last character, a "!", is left of its first one.
ENDS_AT_THE_LEFT = """(element) => {
    const text = element.textContent;
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    walker.nextNode();
    const left = (index) => {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + 1);
        return range.getBoundingClientRect().left;
    };
    return [...text.matchAll(/[^\\n]+/g)].map(({ 0: line, index }) => left(index + line.length - 1) < left(index));
}"""


@pytest.mark.parametrize("text, directions", [
    ("Hello!\nשלום לכולם!\nBye!", [False, True, False]), ("שלום!\nHello!", [True, False]), ("مرحبا!\n大家好!\nשלום!", [True, False, True])])
def test_each_line_has_its_own_direction(page_server, text, directions):
    """In a message and in an announcement. A line of its own is a paragraph for the writer."""
    server = page_server()
    server.send(**message(5, text=text, at=AT))
    server.send(type="system", event="announcement", seq=6, text=text, at=AT)
    assert server.chat.rows.locator(".message-text").last.evaluate(ENDS_AT_THE_LEFT) == directions
    assert server.chat.rows.locator(".announcement bdi").evaluate(ENDS_AT_THE_LEFT) == directions


def test_chinese(chat_pages):
    chat = chat_pages("小美", locale="zh-CN")
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(chat.page.locator("#send")).to_have_text("发送")
    expect(chat.page.locator("#connection-state-text")).to_have_text("在线")
    chat.say("大家好")
    expect(chat.page.locator("#members-title")).to_have_text("成员")


def test_both_languages_have_the_same_strings(chat_pages):
    """Each key exists in both languages, with the same placeholders."""
    chat = chat_pages()
    en, zh = chat.page.evaluate("import('/page/i18n.js').then(m => [m.en, m.zh])")
    placeholders = lambda text: sorted(part.split("}")[0] for part in text.split("{")[1:])
    for key, english in en.items():
        chinese = zh.pop(key)
        if isinstance(english, str):
            assert placeholders(english) == placeholders(chinese), key
        elif "other" in english:
            assert placeholders(english["other"]) == placeholders(chinese["other"]), key
        else:
            assert english.keys() == chinese.keys(), key
    assert zh == {}


def test_without_storage(chat_pages):
    """A browser that forbids storage can still chat."""
    chat = chat_pages(open=False)
    chat.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})")
    chat.open().say("Hello")
