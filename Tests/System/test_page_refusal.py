"""A handshake that is refused looks like a bad line to the browser. The page asks over HTTP, and says what is wrong."""

import re

import pytest
from line import Line
from page_object import ChatPage, browser  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect
from test_identity import login, request_site  # noqa: F401  (fixtures)

SENTENCE = re.compile(r"Pages of “http://localhost:\d+” may not connect to “[^”]+”: a proxy must pass on the browser's Host with its port, or .*")

# Creates a client whose handshake nginx refuses (there is no such path), and records its states.
CLIENT = """async () => {
    const { ChatRelay } = await import("/chatrelay.js");
    window.states = [];
    window.chat = new ChatRelay({ url: location.origin.replace("http", "ws") + "/nothing" });
    chat.addEventListener("state", ({ detail }) => states.push(detail));
    chat.connect();
}"""


@pytest.fixture
def answered(browser, site):  # noqa: F811
    """Opens a client whose question over HTTP gets this answer."""
    contexts = []

    def start(**answer):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.route("**/nothing", lambda route: route.fulfill(**answer) if answer else route.abort())
        page.goto(site.url + "/no-such-page")
        page.evaluate(CLIENT)
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize("answer, cause, reason", [
    ({"status": 401}, "login", ""),
    ({"status": 302, "headers": {"Location": "https://login.example/"}}, "login", ""),
    ({"status": 403, "content_type": "text/plain; charset=utf-8", "body": "Not you.\n"}, "refused", "Not you."),
    ({"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway</h1>"}, "refused", ""),
    ({"status": 405, "content_type": "text/plain", "body": "A WebSocket begins with GET."}, "blocked", ""),
    ({"status": 426}, "blocked", "")])
def test_the_state_says_why_the_handshake_failed(answered, answer, cause, reason):
    page = answered(**answer)
    wait_until(lambda: page.evaluate("states.at(-1).cause !== undefined"))
    state = page.evaluate("states.findLast(({ state }) => state === 'offline')")
    assert (state["cause"], state["reason"]) == (cause, reason)
    assert state.get("status", 302) == answer["status"]


def test_without_an_answer_it_is_a_bad_line(answered):
    page = answered()
    wait_until(lambda: page.evaluate("states.filter(({ state }) => state === 'offline').length >= 3"))
    assert page.evaluate("states.every(({ cause }) => cause === undefined)")


def test_one_failed_handshake_does_not_mean_that_websockets_are_blocked(answered):
    page = answered(status=426)
    wait_until(lambda: page.evaluate("states.at(-1).cause === 'blocked'"))
    first = page.evaluate("states.findIndex(({ cause }) => cause)")
    assert page.evaluate(f"states.slice(0, {first}).filter(({{ state }}) => state === 'offline').length") >= 2


@pytest.mark.parametrize("locale, texts", [("en-GB", ("HTTP status 403", "waits in this browser")), ("zh-CN", ("HTTP 状态 403", "条消息等待发送"))])
def test_the_page_shows_the_refusal_of_an_origin(browser, site, locale, texts):  # noqa: F811
    """An outer proxy that replaces the Host header makes each page one of another origin."""
    line = Line(site)
    chat = ChatPage(browser, line.url, "Ada", locale=locale)
    try:
        chat.open()
        line.host = "backend"
        line.drop()
        banner = chat.page.locator("#banner-text")
        expect(banner).to_contain_text(texts[0])
        expect(chat.page.locator("#banner-reason")).to_have_text(SENTENCE)
        chat.submit("Will this be sent?")
        expect(banner).to_contain_text(texts[1])
        expect(chat.page.locator("#status")).to_contain_text(texts[0])
        assert chat.accessibility_violations("refused") == []
        line.host = None
        # It may have tried again by itself, and hidden the button.
        chat.page.dispatch_event("#try-now", "click")
        chat.expect_message("Will this be sent?")
    finally:
        chat.context.close()
        line.stop()


def test_the_page_says_that_the_login_has_ended(browser, request_site):  # noqa: F811
    line = Line(request_site)
    chat = ChatPage(browser, line.url)
    try:
        cookie = {"name": "login", "value": "ada", "url": line.url}
        chat.context.add_cookies([cookie])
        chat.open()
        chat.context.clear_cookies()
        line.drop()
        banner = chat.page.locator("#banner-text")
        expect(banner).to_have_text("Your login has ended. What you write waits in this browser.")
        chat.submit("Written without a login")
        expect(banner).to_have_text("Your login has ended. 1 message waits in this browser.")
        assert chat.accessibility_violations("login ended") == []
        chat.page.fill("#message-input", "A draft")
        chat.page.route("https://login.example.org/**", lambda route: route.fulfill(body="Who are you?"))
        chat.page.get_by_role("button", name="Log in").press("Enter")
        expect(chat.page.locator("body")).to_have_text("Who are you?")
        chat.context.add_cookies([cookie])
        chat.page.goto(chat.url)  # as the login page does
        chat.expect_message("Written without a login")
        expect(chat.page.locator("#message-input")).to_have_value("A draft")
    finally:
        chat.context.close()
        line.stop()
