"""The devices of a user in the page: links, the list, signing out, recovery codes."""

import re

import pytest
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import fake_server  # noqa: F401  (a fixture)
from playwright.sync_api import expect


def open_devices(chat):
    chat.page.click("#open-name")
    chat.page.click("#open-devices")
    expect(chat.page.locator("#device-list li").first).to_be_visible()


def make_link(chat):
    """The link for another device. The dialog is closed."""
    open_devices(chat)
    chat.page.click("#make-link")
    expect(chat.page.locator("#link-value")).to_have_value(re.compile("#link=([0-9A-Z]{4}-?){5}$"))
    link = chat.page.locator("#link-value").input_value()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#link-value")).to_have_value("")
    return link


def open_link(chat_pages, url, **options):
    """Opens an address on another device."""
    device = chat_pages(open=False, **options)
    device.page.goto(url)
    return device


def accept(device, name="Ada"):
    device.page.get_by_role("button", name="Use this name").click()
    expect(device.page.locator("#own-name")).to_have_text(name)
    device.expect_state("online")


def expect_signed_out(chat):
    expect(chat.page.locator("#signed-out-dialog")).to_be_visible()
    chat.expect_state("closed")
    expect(chat.page.locator("#banner-text")).to_have_text("This device is signed out.")


def test_links_devices_and_signing_out(pair, chat_pages):
    ada, bob = pair
    ada.say("Hello")
    link = make_link(ada)
    phone = open_link(chat_pages, link, viewport=PHONE,
                      user_agent="Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0")
    accept(phone)
    assert "link" not in phone.page.evaluate("location.href")
    phone.expect_message("Hello")
    # A link works once.
    late = open_link(chat_pages, link)
    late.page.get_by_role("button", name="Use this name").click()
    expect(late.page.locator("#code-error")).to_contain_text("This link is used up")
    late.page.keyboard.press("Escape")
    late.expect_state("online")
    expect(late.page.locator("#own-name")).not_to_have_text("Ada")
    tablet = open_link(chat_pages, make_link(ada))
    accept(tablet)

    open_devices(ada)
    labels = ada.page.locator("#device-list bdi")
    expect(labels).to_have_text([re.compile("on Linux"), "Firefox on Android", re.compile("on Linux")])
    expect(ada.page.locator("#device-list li").first).to_contain_text("This device")
    assert ada.accessibility_violations("devices") == []
    ada.page.get_by_role("button", name="Sign out Firefox on Android").click()
    expect(ada.page.locator("#sign-out-text")).to_contain_text("can then no longer read or write as you")
    assert ada.accessibility_violations("sign out") == []
    ada.page.keyboard.press("Escape")
    expect(labels).to_have_count(3)
    ada.page.get_by_role("button", name="Sign out Firefox on Android").click()
    ada.page.locator("#sign-out-dialog").get_by_role("button", name="Sign out").click()
    expect(labels).to_have_count(2)
    expect_signed_out(phone)
    assert phone.accessibility_violations("signed out") == []
    ada.page.click("#sign-out-others")
    ada.page.locator("#sign-out-dialog").get_by_role("button", name="Sign out").click()
    expect(labels).to_have_count(1)
    expect_signed_out(tablet)
    # Somebody new begins with nothing of Ada's.
    phone.page.click("#begin-anew")
    phone.expect_state("online")
    expect(phone.page.locator("#own-name")).not_to_have_text("Ada")
    # The dialog can be closed, and the banner brings it back.
    tablet.page.keyboard.press("Escape")
    tablet.page.click("#try-now")
    expect(tablet.page.locator("#signed-out-dialog")).to_be_visible()


def test_signing_out_here_and_a_recovery_code(pair, chat_pages):
    ada, bob = pair
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.say("Hello")
    open_devices(ada)
    ada.page.click("#sign-out")
    expect(ada.page.locator("#sign-out-text")).to_contain_text("you can not become Ada again")
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("#recovery-state")).to_have_text("You have none yet.")
    ada.page.click("#make-recovery")
    expect(ada.page.locator("#recovery-state")).to_have_text("You have one; a new one replaces it.")
    ada.page.click("#recovery-copy")
    expect(ada.page.locator("#recovery-status")).to_have_text("Copied.")
    code = ada.page.evaluate("navigator.clipboard.readText()")
    assert code == ada.page.locator("#recovery-value").input_value() and len(code) == 24
    twin = ada.context.new_page()
    twin.goto(ada.url)
    expect(twin.locator("#own-name")).to_have_text("Ada")
    ada.page.click("#sign-out")
    expect(ada.page.locator("#sign-out-text")).to_contain_text("only your recovery code makes you Ada again")
    ada.page.locator("#sign-out-dialog").get_by_role("button", name="Sign out").click()
    expect_signed_out(ada)
    expect(twin.locator("#signed-out-dialog")).to_be_visible()
    assert ada.page.evaluate("Object.keys(localStorage).filter((key) => / (name|token|rooms|read|pending .*)$/.test(key))") == []

    # A wrong code, then the right one, on another device.
    other = chat_pages("Eve")
    other.page.click("#open-name")
    other.page.click("#enter-recovery")
    expect(other.page.locator("#code-status")).to_contain_text("This device is Eve now")
    assert other.accessibility_violations("recovery code") == []
    other.page.fill("#code-input", "Hello")
    other.page.keyboard.press("Enter")
    expect(other.page.locator("#code-error")).to_contain_text("This recovery code is not right")
    other.page.fill("#code-input", "0" * 20)
    other.page.keyboard.press("Enter")
    expect(other.page.locator("#code-error")).to_contain_text("This recovery code is not right")
    expect(other.page.locator("#own-name")).to_have_text("Eve")
    other.page.fill("#code-input", code.lower().replace("-", " "))
    other.page.keyboard.press("Enter")
    expect(other.page.locator("#own-name")).to_have_text("Ada")
    other.expect_state("online")
    # It is used up.
    ada.page.click("#signed-out-recovery")
    ada.page.fill("#code-input", code)
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("#code-error")).to_contain_text("it is used up")
    ada.page.goto("about:blank")


def test_a_device_that_is_signed_out_sends_nothing_that_waits(pair, chat_pages):
    """Also where it was offline meanwhile: the server does not know its token, and would make a new user."""
    ada, bob = pair
    ada.say("Hello")
    phone = open_link(chat_pages, make_link(ada))
    accept(phone)
    routes, is_online = [], True

    def connect(route):
        routes.append(route)
        if is_online:
            route.connect_to_server()
        else:
            route.close(code=1001)

    phone.page.route_web_socket("**/ws", connect)
    phone.open()
    is_online = False
    routes[-1].close(code=1001)
    phone.expect_state("offline")
    phone.submit("From the lost phone")
    expect(phone.page.locator(".pending-list .message")).to_have_count(1)
    open_devices(ada)
    ada.page.click("#sign-out-others")
    ada.page.locator("#sign-out-dialog").get_by_role("button", name="Sign out").click()
    expect(ada.page.locator("#device-list li")).to_have_count(1)
    ada.page.keyboard.press("Escape")
    is_online = True
    expect_signed_out(phone)
    expect(phone.page.locator("#signed-out-text")).to_contain_text("1 message was not sent. You can still read and copy it")
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator(".pending-list .message-text")).to_have_text("From the lost phone")
    phone.page.click("#try-now")
    phone.page.click("#begin-anew")
    phone.expect_state("online")
    expect(phone.page.locator(".pending-list .message")).to_have_count(0)
    bob.say("Is that all?")
    ada.expect_message("Is that all?")
    assert [text for _, text in ada.messages()] == ["Hello", "Is that all?"]
    phone.ignore_connection_errors()


def test_the_answer_to_a_code_may_be_lost(fake_server):
    """The token is stored before the server knows it, and the same hello is sent again, also after a reload."""
    server = fake_server(name="Eve", label="Desk")
    server.wait_for_connections(1)
    server.welcome(name="Eve", rooms=[], token="e" * 32, user=7)
    server.page.evaluate("chat.addEventListener('sign-in', ({detail}) => events.push(['sign-in', detail])); 0")
    server.run("signIn({ link: 'YAN4-KXVX-2XB8-J54Q-3J6C' })")
    server.wait_for_connections(2)
    server.until(lambda: server.received[1])
    first = server.received[1][0]
    token = first.pop("token")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert first == {"type": "hello", "link": "YAN4-KXVX-2XB8-J54Q-3J6C", "label": "Desk", "rooms": []}
    server.reload()
    server.wait_for_connections(3)
    server.until(lambda: server.received[2])
    assert server.received[2][0]["token"] == "e" * 32, "until then the client stays who it is"
    server.page.evaluate("chat.addEventListener('sign-in', ({detail}) => events.push(['sign-in', detail])); 0")
    server.run("signIn()")
    server.wait_for_connections(4)
    server.until(lambda: server.received[3])
    assert server.received[3][0] == {**first, "token": token}
    server.send(type="error", code="rate-limited", message="", retry=0)
    server.advance(1)
    server.until(lambda: len(server.received[3]) == 2)
    server.send(type="welcome", name="Ada", user=1, token=token, ledger="1ed9e000", seq=1, rooms=["lobby"], limits={})
    server.wait("events.some(([type, {state}]) => type === 'sign-in' && state === 'accepted')")
    assert server.page.evaluate("[chat.token, chat.hasUnfinishedSignIn, chat.state.state]") == [token, False, "closed"]


def test_links_of_earlier_versions_say_so(chat_pages, site):
    chat = open_link(chat_pages, f"{site.url}/#token={'a' * 32}")
    expect(chat.page.locator("#code-error")).to_contain_text("This link is of an earlier version")
    assert "token" not in chat.page.url
    chat.expect_state("online")


@pytest.mark.parametrize("code", ["", "short", "<script>", "%00" * 20])
def test_an_invalid_code_is_not_sent(chat_pages, site, code):
    chat = open_link(chat_pages, f"{site.url}/#link={code}")
    expect(chat.page.locator("#code-error")).to_contain_text("not complete")
    assert "link" not in chat.page.url
    chat.expect_state("online")
