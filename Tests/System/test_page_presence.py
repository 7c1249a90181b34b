"""The page says when nobody looks at it, and shows who is away, their status, and when they were last seen."""

import pytest
from client import Client
from page_object import PHONE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import fake_server, hello, lobby_server, page_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect

FIVE_MINUTES_MS = 300_000


def member(chat, name):
    return chat.page.locator("#member-list li", has_text=name)


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "viewport": PHONE, "locale": "zh-CN"}], ids=["wide", "phone"])
def test_who_is_away_and_their_status(chat_pages, options):
    ada, bob = chat_pages("Ada", open=False), chat_pages("Bob", **options)
    ada.page.clock.install()
    ada.open()
    if options:
        bob.page.click("#open-members")
    words = ("离开", "在线", "上次在线") if options else ("Away", "Online", "Last seen")
    expect(member(bob, "Ada")).not_to_contain_text(words[0])
    ada.page.clock.fast_forward(FIVE_MINUTES_MS + 1_000)
    expect(member(bob, "Ada").locator(".visually-hidden")).to_have_text(words[0])
    ada.page.mouse.move(9, 9)
    expect(member(bob, "Ada")).not_to_contain_text(words[0])

    # The own status, and one that the server refuses.
    ada.page.click("#open-name")
    ada.page.fill("#status-input", "x" * 101)
    ada.page.press("#status-input", "Enter")
    expect(ada.page.locator("#status-error")).to_have_text("A status is one line of at most 100 visible characters.")
    ada.page.fill("#status-input", "In <b>Paris</b>")
    ada.page.press("#status-input", "Enter")
    expect(ada.page.locator("#name-dialog")).to_be_hidden()
    expect(member(bob, "Ada").locator(".member-status")).to_have_text("In <b>Paris</b>")
    assert bob.accessibility_violations("the members") == []
    ada.page.reload()
    ada.expect_state("online")
    ada.page.click("#open-name")
    expect(ada.page.locator("#status-input")).to_have_value("In <b>Paris</b>")
    ada.page.keyboard.press("Escape")

    # A private conversation.
    member(bob, "Ada").locator("button").click()
    expect(bob.page.locator("#channel-presence")).to_have_text(f"{words[1]} · In <b>Paris</b>")
    with Client(bob.url.rstrip("/"), "Cleo") as cleo:
        bob.page.locator(".tab", has_text="lobby").first.click()
        cleo.tell("Bob", "Hello")
        cleo.until("private")
    bob.page.locator(".private .tab", has_text="Cleo").click()
    # It asks again when the window is looked at again, here until the grace period is over.
    bob.page.wait_for_function("""text => {
        document.dispatchEvent(new Event("visibilitychange"));
        return document.querySelector("#channel-presence").textContent.includes(text);
    }""", arg=words[2], polling=1_000)
    assert bob.accessibility_violations("the conversation") == []


def test_the_library_says_it_again_on_a_new_connection(lobby_server):
    server = lobby_server(user=1)
    server.run("setAway(true)")
    server.expect({"type": "presence", "away": True})
    server.run("setAway(true)")
    # The server may have refused the command.
    server.send(type="error", code="rate-limited", message="Too many commands.", retry=500)
    server.settle()
    server.advance(500)
    server.expect({"type": "presence", "away": True})
    server.reconnect()
    server.until(lambda: server.received[-1])
    assert server.received[-1][0]["away"] is True
    server.welcome_back(user=1, status="Tea")
    assert server.run("status") == "Tea"
    server.run("setAway(false)")
    server.expect({"type": "presence", "away": False})


def test_the_library_sends_a_status_again_after_a_crash(lobby_server):
    server = lobby_server(user=1)
    server.page.evaluate("chat.addEventListener('presence', (event) => events.push(['presence', event.detail]))")
    assert server.run("setStatus('Tea')") is True
    server.expect({"type": "presence", "status": "Tea"})
    # That of somebody else is no answer.
    server.send(type="presence", user=2, name="Bob", away=False, status="Coffee")
    server.send(type="system", event="restart", again=1, ledger="1ed9e000", seq=1)
    server.until(lambda: server.received[-1])
    server.received[-1].clear()
    server.welcome(user=1, new=False)
    server.expect({"type": "presence", "status": "Tea"})
    server.send(type="presence", user=1, name="Ada", away=False, status="Tea")
    server.settle()
    assert [(event["user"], event["own"]) for event in server.events("presence")] == [(2, False), (1, True)]
    assert server.run("status") == "Tea"
    server.run("who({ user: 2 })")
    server.expect({"type": "who", "user": 2})
