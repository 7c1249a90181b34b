"""Read positions: unread counts and the first unread message are the same on all devices of a user."""

from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, TOKEN, message, page_server  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect


def tab(chat, name):
    return chat.page.locator(".tab", has_text=name)


def expect_unread(chat, name, text):
    expect(tab(chat, name).locator(".badge .visually-hidden")).to_have_text(text)


def expect_read(chat, name):
    expect(tab(chat, name)).to_be_visible()
    expect(tab(chat, name).locator(".badge")).to_be_hidden()


def device_of(chat, chat_pages, open=True):
    """Another browser of the same user."""
    key = f"chatrelay {chat.url.replace('http', 'ws')}ws token"
    token = chat.page.evaluate("key => localStorage.getItem(key)", key)
    other = chat_pages(open=False)
    other.page.add_init_script(f"if (origin !== 'null') localStorage[{key!r}] ??= {token!r}")
    return other.open() if open else other


def open_conversation(chat, name):
    chat.page.locator("#member-list button", has_text=name).click()
    chat.expect_channel(name)


def test_what_one_device_reads_is_read_on_the_others(pair, chat_pages):
    ada, bob = pair
    ada.say("Hello")
    open_conversation(bob, "Ada")
    bob.say("One")
    expect_unread(ada, "Bob", "1 unread")
    # A first visit: the room counts as read, the message that nobody has read does not.
    phone = device_of(ada, chat_pages)
    phone.expect_message("Hello")
    expect_unread(phone, "Bob", "1 unread")
    expect(phone.page).to_have_title("(1) lobby · Chatrelay")
    tab(ada, "Bob").click()
    expect_read(phone, "Bob")
    expect(phone.page).to_have_title("lobby · Chatrelay")
    # Both count what comes, and the phone reads it.
    tab(ada, "lobby").click()
    bob.say("Two")
    bob.say("Three")
    for chat in ada, phone:
        expect_unread(chat, "Bob", "2 unread")
    tab(phone, "Bob").click()
    phone.expect_message("Three")
    expect_read(ada, "Bob")
    # Away meanwhile: the server tells what was read elsewhere.
    tab(phone, "lobby").click()
    phone.page.goto("about:blank")
    bob.say("Four")
    expect_unread(ada, "Bob", "1 unread")
    phone.open()
    expect_unread(phone, "Bob", "1 unread")
    phone.page.goto("about:blank")
    tab(ada, "Bob").click()
    ada.expect_message("Four")
    tablet = device_of(ada, chat_pages)
    expect_read(tablet, "Bob")
    phone.open()
    expect_read(phone, "Bob")


def test_what_is_read_offline_is_told_later(chat_pages, site, tmp_path):
    stored = "--ledger", str(tmp_path / "ledger")
    site.stop_daemon()
    site.start_daemon(*stored)
    ada, bob = chat_pages("Ada"), chat_pages("Bob")
    ada.say("Hello")
    phone = device_of(ada, chat_pages)
    open_conversation(bob, "Ada")
    bob.say("Psst")
    for chat in ada, phone:
        expect_unread(chat, "Bob", "1 unread")
    site.stop_daemon()
    ada.expect_state("offline")
    tab(ada, "Bob").click()
    expect_read(ada, "Bob")
    expect_unread(phone, "Bob", "1 unread")
    ada.page.reload()
    site.start_daemon(*stored)
    expect_read(phone, "Bob")
    for chat in ada, bob, phone:
        chat.ignore_connection_errors()


def test_few_reads_are_sent(page_server):
    server = page_server()
    page = server.chat.page

    def reads():
        return [command["seq"] for command in server.received if command["type"] == "read"]

    # A first visit is told, and so is the newest message after some time. A confirmed one is not sent again.
    wait_until(lambda: page.title() and reads() == [4])
    for seq in range(5, 25):
        server.send(**message(seq, user=2))
    wait_until(lambda: page.title() and reads() == [4, 24])
    server.send(type="read", seq=30, room="lobby", upto=24)
    server.send(**message(31, user=2))
    wait_until(lambda: page.title() and reads() == [4, 24, 31])
    # Another device has read more: there is nothing to tell.
    page.evaluate("document.hasFocus = () => false")
    server.send(**message(32, user=2))
    expect_unread(server.chat, "lobby", "1 unread")
    server.send(type="read", seq=33, room="lobby", upto=32)
    expect_read(server.chat, "lobby")
    page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    server.send(**message(34, user=2))
    wait_until(lambda: page.title() and reads() == [4, 24, 31, 34])

