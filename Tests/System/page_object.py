"""The chat page in a browser window with its own storage, language and colour scheme. A test fails if the page logs an error to
the console. Nothing here sleeps: each function waits for what the page shows."""

from importlib.resources import files

import pytest
from client import Client
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from patience import scaled, wait_until

# Long, because the machine may be busy. It only delays failures.
TIMEOUT_MS = 20_000


def timeout_ms():
    """For each wait in the browser; it grows with the load of the machine."""
    return scaled(TIMEOUT_MS)


expect.set_options(timeout=timeout_ms())

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# Turns a violation of the Content-Security-Policy into a console error.
REPORT_CSP_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP", event.violatedDirective, event.blockedURI, event.sample));"""


class ChatPage:
    """One window with the chat page. `errors`: the console errors so far."""

    def __init__(self, browser: Browser, url: str, name: str | None = None, **options):
        # Without the service worker, but in its own tests: only without it the tests see all requests.
        options = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce", "service_workers": "block", **options}
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(timeout_ms())
        expect.set_options(timeout=timeout_ms())
        self.context.add_init_script(REPORT_CSP_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if name:
            # The key begins with the URL of the instance (local-state.js).
            key = f"chatrelay {url}/ name"
            self.page.add_init_script(f"if (origin !== 'null') localStorage[{key!r}] ??= JSON.stringify({name!r})")
        self.url = url + "/"

    def open(self) -> "ChatPage":
        self.page.goto(self.url)
        self.expect_state("online")
        expect(self.page.locator("#message-input")).to_be_enabled()
        return self

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#connection-state")).to_have_attribute("data-state", state)

    def expect_channel(self, title: str) -> None:
        expect(self.page.locator("#channel-title")).to_have_text(title)

    @property
    def rows(self) -> Locator:
        """The rows of the selected channel, without the pending ones."""
        return self.page.locator(".message-pane:not([hidden]) .rows:not(.pending-list)")

    def messages(self) -> list[tuple[str, str]]:
        return [tuple(pair) for pair in self.rows.locator(".message").evaluate_all(
            "rows => rows.map(r => [r.querySelector('.user-name').textContent, r.querySelector('.message-text').textContent])")]

    def leave(self) -> None:
        """Leaves the selected room, or closes the conversation."""
        self.page.click("#open-channel-menu")
        self.page.click("#leave")

    def show_sidebar(self) -> None:
        """Opens the drawer of a narrow window."""
        if not self.page.locator("#sidebar").is_visible():
            self.page.click("#open-sidebar")

    def submit(self, text: str) -> None:
        self.page.fill("#message-input", text)
        self.page.press("#message-input", "Enter")

    def say(self, text: str) -> None:
        """Submits a message, and waits until the server has delivered it."""
        self.submit(text)
        self.expect_message(text)

    def expect_message(self, text: str) -> None:
        """Waits until this is the newest message."""
        expect(self.rows.locator(".message .message-text").last).to_have_text(text)

    def expect_members(self, *names: str) -> None:
        expect(self.page.locator("#member-list .member-name")).to_have_text(list(names))

    def accessibility_violations(self, where: str) -> list[dict]:
        """The violations that axe-core finds in the page as it is now. `where` labels them."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text() + ";0")
        found = self.page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [{"where": where, "rule": v["id"], "on": [(n["html"], n["failureSummary"]) for n in v["nodes"]]} for v in found]

    def open_empty(self) -> None:
        """Opens an empty page of the site, for what is to be stored before the chat page. Without an icon of its own, the browser
        would ask for one that does not exist, at some time later."""
        self.page.route("**/empty", lambda route: route.fulfill(content_type="text/html", body='<link rel="icon" href="data:,">'))
        self.page.goto(self.url + "empty")

    def ignore_connection_errors(self) -> None:
        """Forgets the console errors that a test caused by stopping the daemon, or by a handshake that is refused."""
        expected = ("WebSocket connection to", "Failed to load resource")
        self.errors[:] = [error for error in self.errors if not error.startswith(expected)]


def wait_until_free(url, name):
    """Waits until no user has the name. The server frees the name of a user without messages when the user leaves."""
    def is_free():
        asker.send("history", **{"with": name})
        return asker.next().get("code") == "no-such-user"

    with Client(url, rooms=[]) as asker:
        wait_until(is_free)


# Of module scope: while it is open, no other test can run an event loop.
@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def chat_pages(browser, site):
    """Opens pages: chat_pages("Ada", viewport=PHONE). With open=False, the test opens the page itself. At the end of the test,
    no page may have a console error."""
    pages = []

    def start(name=None, open=True, **options) -> ChatPage:
        pages.append(ChatPage(browser, site.url, name, **options))
        return pages[-1].open() if open else pages[-1]

    yield start
    errors = [error for chat in pages for error in chat.errors]
    for chat in pages:
        chat.context.close()
    assert errors == [], errors


@pytest.fixture
def pair(chat_pages):
    """Ada and Bob, both in the lobby."""
    ada, bob = chat_pages("Ada"), chat_pages("Bob")
    ada.expect_members("Ada", "Bob")
    return ada, bob
