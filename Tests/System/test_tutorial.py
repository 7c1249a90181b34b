"""The page of the Socket.IO tutorial at /tutorial/ in a browser, with the official client, unmodified."""

import re
import signal

import pytest
from client import Client
from manual import block
from page_object import REPORT_CSP_VIOLATIONS, browser, timeout_ms  # noqa: F401  (a fixture)
from patience import wait_until
from playwright.sync_api import expect
from test_proxies import PROXIES, in_front  # noqa: F401  (a fixture)


@pytest.fixture
def tutorial_site(sites, socket_io_client):
    return sites(client=socket_io_client)


class Window:
    """A window with the tutorial's page, and its own storage."""

    def __init__(self, browser, url):  # noqa: F811
        self.context = browser.new_context()
        self.context.set_default_timeout(timeout_ms())
        self.context.add_init_script(REPORT_CSP_VIOLATIONS)
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url + "/tutorial/")

    def say(self, text):
        self.page.fill("#input", text)
        self.page.get_by_role("button", name="Send").click()

    def socket_id(self):
        """The id of the page's connection to its namespace; None while there is none."""
        return self.page.evaluate("socket.connected ? socket.id : null")

    def transport(self):
        return self.page.evaluate("socket.io.engine.transport.name")

    def expect_messages(self, *texts):
        expect(self.page.locator("#messages li")).to_have_text(list(texts))


@pytest.fixture
def windows(browser):  # noqa: F811
    """Opens windows: windows(site)."""
    opened = []

    def open_window(site):
        opened.append(Window(browser, site.url))
        return opened[-1]

    yield open_window
    for window in opened:
        window.context.close()


def test_two_windows_chat(tutorial_site, windows):
    first, second = windows(tutorial_site), windows(tutorial_site)
    first.say("Hello")
    for window in first, second:
        window.expect_messages("Hello")
    second.say("<b>Grüße</b> 👋")
    for window in first, second:
        window.expect_messages("Hello", "<b>Grüße</b> 👋")
    # Who comes later, or again, sees what was said.
    first.page.reload()
    for window in first, windows(tutorial_site):
        window.expect_messages("Hello", "<b>Grüße</b> 👋")
        assert window.errors == []
    assert second.errors == []


def test_the_tutorial_and_the_chat_page_share_a_room_and_a_name_outlasts_a_reload(tutorial_site, windows):
    with Client(tutorial_site.url, "Ada") as ada:
        window = windows(tutorial_site)
        ada.until("joined", room="lobby")
        ada.say("from a native client")
        window.expect_messages("from a native client")
        names = []
        for text in "before", "after":
            window.say(text)
            names.append(ada.until("message", text=text)["from"])
            window.page.reload()
        assert names[0] == names[1] != "Ada"
        window.expect_messages("from a native client", "before", "after")
        assert window.errors == []


@pytest.mark.parametrize("number, goes_on", [(signal.SIGTERM, True), (signal.SIGKILL, False)], ids=["planned", "crash"])
def test_a_restart_of_the_daemon_loses_and_repeats_nothing(sites, socket_io_client, windows, tmp_path, number, goes_on):
    """A planned one is not noticed. After a crash the client connects again, and recovers."""
    tutorial_site = sites("--ledger", str(tmp_path / "ledger"), client=socket_io_client)
    first, second = windows(tutorial_site), windows(tutorial_site)
    first.say("before")
    for window in first, second:
        window.expect_messages("before")
    before = [window.socket_id() for window in (first, second)]
    tutorial_site.restart_daemon(number)
    if not goes_on:
        for window, socket_id in zip((first, second), before):
            wait_until(lambda: window.socket_id() not in (None, socket_id), what="a new connection")
            assert window.page.evaluate("socket.recovered")
    second.say("after")
    for window in first, second:
        window.expect_messages("before", "after")
    if goes_on:
        assert [window.socket_id() for window in (first, second)] == before


@pytest.mark.parametrize("name", PROXIES)
def test_behind_another_proxy_the_page_comes_to_a_websocket(tutorial_site, in_front, windows, name):  # noqa: F811
    outer = in_front(name, tutorial_site)
    first, second = windows(outer), windows(tutorial_site)
    wait_until(lambda: first.transport() == "websocket", what="the upgrade")
    first.say("from afar")
    second.expect_messages("from afar")
    second.say("from here")
    first.expect_messages("from afar", "from here")
    assert first.errors == []


def test_behind_a_proxy_without_upgrade_the_page_is_polled(tutorial_site, in_front, windows):  # noqa: F811
    outer = in_front("nginx", tutorial_site, re.sub(r".*Upgrade \$http_upgrade;\n", "", block("nginx")))
    first, second = windows(outer), windows(tutorial_site)
    first.say("from afar")
    second.expect_messages("from afar")
    second.say("from here")
    first.expect_messages("from afar", "from here")
    assert first.transport() == "polling"


def test_a_page_without_the_client_says_so(site, windows):
    window = windows(site)
    expect(window.page.locator("#messages li")).to_contain_text("client is missing")
