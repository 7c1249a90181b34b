"""One user on several devices and tabs, and over reloads."""

from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from playwright.sync_api import expect
from test_page_devices import make_link, open_devices, open_link


def test_a_link_makes_another_device_the_same_user(pair, chat_pages):
    ada, bob = pair
    ada.say("Hello")
    bob.page.locator("#member-list button", has_text="Ada").click()
    bob.say("Psst")
    link = make_link(ada)
    phone = open_link(chat_pages, link)
    expect(phone.page.locator("#become-dialog")).to_be_visible()
    assert "link" not in phone.page.url, "the code is not in the address bar"
    expect(phone.page.get_by_role("button", name="Cancel")).to_be_focused()
    phone.page.get_by_role("button", name="Use this name").click()
    expect(phone.page.locator("#own-name")).to_have_text("Ada")
    phone.page.locator(".private .tab").click()
    phone.expect_message("Psst")
    expect(ada.page.locator("#member-list .member-name")).to_have_text(["Ada", "Bob"])
    assert "link" not in phone.page.evaluate("history.length + location.href")


def test_a_link_needs_confirmation(pair, chat_pages):
    ada, bob = pair
    link = make_link(ada)
    bob.page.evaluate("hash => { location.hash = hash; }", link.split("#")[1])
    expect(bob.page.locator("#become-text")).to_contain_text("This device is Bob now")
    assert "link" not in bob.page.url
    bob.page.keyboard.press("Escape")
    bob.say("Still me")
    assert bob.messages() == [("Bob", "Still me")]
    bob.page.reload()
    bob.expect_state("online")
    expect(bob.page.locator("#own-name")).to_have_text("Bob")


def test_without_a_clipboard_the_link_is_selected(chat_pages):
    chat = chat_pages("Ada")
    chat.page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false; 0")
    open_devices(chat)
    chat.page.click("#make-link")
    chat.page.click("#link-copy")
    expect(chat.page.locator("#link-status")).to_have_text("Copy it by hand.")
    assert "#link=" in chat.page.locator("#link-value").input_value()
    assert chat.page.evaluate("getSelection().toString() === document.querySelector('#link-value').value")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#link-value")).to_have_value("")


def test_two_tabs_are_one_user(pair):
    ada, bob = pair
    tab = ada.context.new_page()
    tab.goto(ada.url)
    expect(tab.locator("#own-name")).to_have_text("Ada")
    tab.fill("#message-input", "From the other tab")
    tab.press("#message-input", "Enter")
    bob.expect_message("From the other tab")
    ada.expect_message("From the other tab")
    expect(ada.rows.locator(".own")).to_have_count(1)
    tab.close()
    bob.say("Are you there?")
    bob.expect_members("Ada", "Bob")
    expect(bob.rows.locator(".system", has_text="left")).to_have_count(0)


def test_a_reload_restores_name_and_messages(pair):
    ada, bob = pair
    ada.say("Hello https://a.example/")
    bob.say("Hello, Ada")
    ada.expect_message("Hello, Ada")
    ada.page.reload()
    ada.expect_state("online")
    ada.expect_message("Hello, Ada")
    assert ada.messages() == [("Ada", "Hello https://a.example/"), ("Bob", "Hello, Ada")]
    expect(ada.rows.locator(".own .message-text a")).to_have_text(["https://a.example/"])


def test_a_pending_message_survives_a_reload_while_offline(pair, site):
    ada, bob = pair
    site.stop_daemon()
    expect(ada.page.locator("#banner")).to_be_visible()
    ada.submit("Written before a reload")
    expect(ada.page.locator(".pending-list .message-text")).to_have_text("Written before a reload")
    ada.page.reload()
    site.start_daemon()
    bob.expect_message("Written before a reload")
    ada.expect_message("Written before a reload")
    expect(ada.page.locator(".pending-list li")).to_have_count(0)
    for chat in pair:
        chat.ignore_connection_errors()
