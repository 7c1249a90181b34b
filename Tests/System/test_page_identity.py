"""What one user wrote is never sent as another: a browser that becomes another user, or a login that changes."""

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import LEDGER, TOKEN, fake_server, hello, lobby_server  # noqa: F401  (fixtures)
from playwright.sync_api import expect
from test_page_devices import make_link

OTHER = "fedcba9876543210fedcba9876543210"
REPLACED = 4299


def messages(commands):
    return [command["text"] for command in commands if command["type"] in ("message", "private")]


@pytest.fixture
def tabs(fake_server, lobby_server):
    """Two tabs of Ada."""
    one = lobby_server(token=TOKEN)
    two = fake_server(name="Ada", rooms=["lobby"])
    two.wait_for_connections(1)
    two.expect(hello(name="Ada", rooms=["lobby"], token=TOKEN))
    two.welcome()
    return one, two


def test_a_pending_message_is_not_sent_as_another_user(tabs):
    """The other tab is offline while this browser becomes Bob, and does not hear of it before it connects."""
    one, two = tabs
    two.page.evaluate("addEventListener('storage', (event) => event.stopImmediatePropagation(), { capture: true })")
    two.drop()
    id = two.run("send('lobby', 'By Ada')")
    one.run(f"become('{OTHER}')")
    two.run("connect()")
    two.wait("last[1].state === 'closed'")
    assert two.events("state")[-1]["code"] == REPLACED
    assert [message["code"] for message in two.page.evaluate("chat.pending")] == ["other-user"]
    assert two.received[1:] in ([], [[]]), "it sends nothing with the token of another user"
    two.run(f"retry('{id}')")
    two.run("send('lobby', 'Also by Ada')")
    two.run("connect()")
    two.advance(60_000)
    assert two.page.evaluate("chat.state.code") == REPLACED
    two.reload()
    two.until(lambda: two.received[-1])
    two.expect(hello(name="Ada", rooms=["lobby"], token=OTHER))
    two.welcome(name="Bob")
    assert two.page.evaluate("chat.pending") == [] and messages(two.received[-1]) == []


@pytest.mark.parametrize("is_online", [True, False])
def test_a_tab_notices_that_the_browser_became_another_user(tabs, is_online):
    one, two = tabs
    if not is_online:
        two.drop()
    one.run(f"become('{OTHER}')")
    two.wait("last[0] === 'state' && last[1].state === 'closed'")
    assert two.events("state")[-1]["code"] == REPLACED


def test_a_new_token_of_the_same_user_changes_nothing(tabs):
    """The server had forgotten the user. Its messages are still this user's."""
    one, two = tabs
    two.drop()
    id = two.run("send('lobby', 'Still by Ada')")
    one.reconnect()
    one.welcome_back(token=OTHER)
    two.run("connect()")
    two.wait_for_connections(2)
    two.welcome_back()
    two.until(lambda: messages(two.received[-1]) == ["Still by Ada"])
    assert two.page.evaluate("chat.pending.map(({ id }) => id)") == [id]


def welcome_replaced(server, name):
    """Welcomes the client under the name of another login, which ends it."""
    server.send(type="welcome", name=name, ledger=LEDGER, seq=1, rooms=["lobby"], limits={})
    server.wait(f"last[1].code === {REPLACED}")


def test_a_pending_message_is_not_sent_under_another_login(lobby_server):
    """A proxy authenticates the users, so there is no token. It waits for the login that wrote it."""
    server = lobby_server()
    server.drop()
    server.run("send('lobby', 'By Ada')")
    server.run("connect()")
    server.wait_for_connections(2)
    server.until(lambda: server.received[-1])
    welcome_replaced(server, "Bob")
    server.reload()
    server.wait_for_connections(3)
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome(name="Bob")
    assert server.page.evaluate("chat.pending") == [] and messages(server.received[-1]) == []
    server.reload()
    server.wait_for_connections(4)
    welcome_replaced(server, "Ada")
    server.reload()
    server.wait_for_connections(5)
    server.welcome(name="Ada")
    server.until(lambda: messages(server.received[-1]) == ["By Ada"])


def test_the_pages_other_tab_stops_and_says_so(pair):
    ada, bob = pair
    tab = ada.context.new_page()
    tab.goto(ada.url)
    expect(tab.locator("#connection-state")).to_have_attribute("data-state", "online")
    expect(tab.locator("#own-name")).to_have_text("Ada")
    link = make_link(bob)
    ada.page.evaluate("hash => { location.hash = hash; }", link.split("#")[1])
    ada.page.get_by_role("button", name="Use this name").click()
    expect(ada.page.locator("#own-name")).to_have_text("Bob")
    expect(tab.locator("#banner-text")).to_contain_text("This browser is another user now")
    tab.fill("#message-input", "By Ada")
    tab.press("#message-input", "Enter")
    note = tab.locator(".pending-list .note")
    expect(note).to_contain_text("Not sent: this browser is another user now")
    expect(note.get_by_role("button", name="Discard")).to_be_visible()
    expect(note.get_by_role("button", name="Send again")).to_have_count(0)
    tab.get_by_role("button", name="Reload").press("Enter")
    expect(tab.locator("#own-name")).to_have_text("Bob")
    expect(tab.locator(".pending-list li")).to_have_count(0)


def test_the_dialog_counts_the_messages_that_are_discarded(pair, site):
    ada, bob = pair
    link = make_link(bob)
    site.stop_daemon()
    expect(ada.page.locator("#banner")).to_be_visible()
    ada.submit("Not sent")
    ada.page.evaluate("hash => { location.hash = hash; }", link.split("#")[1])
    expect(ada.page.locator("#become-text")).to_contain_text("1 message that is not sent yet will be discarded.")
    for chat in pair:
        chat.ignore_connection_errors()
