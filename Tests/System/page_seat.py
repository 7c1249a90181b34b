"""One seat at the chat page for the tests: a browser window of its own (own storage, own language and colours) that
fails its test when anything goes wrong in its console. Nothing here waits for a time, only for what is to be seen."""

from importlib.resources import files

import pytest
from client import Client as Person
from patience import wait_until
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

# The machine of the tests may be busy: patience costs nothing where all is well.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# A breach of the Content-Security-Policy becomes an error in the console like any other.
REPORT_BREACHES = """addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP", event.violatedDirective, event.blockedURI, event.sample));"""


class Seat:
    """A person in front of the page. `errors`: what the console has complained about so far."""

    def __init__(self, browser: Browser, url: str, name: str | None = None, **look):
        look = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce", **look}
        self.context = browser.new_context(**look)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(REPORT_BREACHES)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if name:
            self.page.add_init_script(f"if (origin !== 'null') localStorage['chatrelay.name'] ??= JSON.stringify({name!r})")
        self.url = url + "/"

    def open(self) -> "Seat":
        self.page.goto(self.url)
        self.expect_state("online")
        expect(self.page.locator("#text")).to_be_enabled()
        return self

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#state")).to_have_attribute("data-state", state)

    def expect_room(self, room: str) -> None:
        expect(self.page.locator("#room-title")).to_have_text(room)

    @property
    def log(self) -> Locator:
        """The lines of the room that is shown, without those that still wait."""
        return self.page.locator(".pane:not([hidden]) .lines:not(.waiting)")

    def messages(self) -> list[tuple[str, str]]:
        return [tuple(pair) for pair in self.log.locator(".message").evaluate_all(
            "lines => lines.map(l => [l.querySelector('.person').textContent, l.querySelector('.text').textContent])")]

    def write(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")

    def say(self, text: str) -> None:
        """Says it, and waits until the server has told it."""
        self.write(text)
        self.expect_said(text)

    def expect_said(self, text: str) -> None:
        expect(self.log.locator(".message .text").last).to_have_text(text)

    def expect_people(self, *names: str) -> None:
        expect(self.page.locator("#people-list .name")).to_have_text(list(names))

    def breaches(self, known: str) -> list[dict]:
        """What axe-core finds wrong with the page as it is now; `known`: what is being looked at, for the message."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text() + ";0")
        found = self.page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [{"where": known, "rule": v["id"], "on": [(n["html"], n["failureSummary"]) for n in v["nodes"]]} for v in found]

    def forgive_the_missing_server(self) -> None:
        """While the daemon is away, a refused connection may be in the console: that was the test's doing."""
        self.errors[:] = [error for error in self.errors if not error.startswith("WebSocket connection to")]


def wait_until_free(url, name):
    """Waits until nobody has the name: that of somebody who never said anything is free as soon as they have left."""
    def is_free():
        asker.send("history", **{"with": name})
        return asker.next().get("code") == "no-such-user"

    with Person(url, rooms=[]) as asker:
        wait_until(is_free)


# Of a module, not of the session: while it is open, no other test could run an event loop.
@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def seats(browser, site):
    """Opens seats; at the end of the test, none may have an error in its console."""
    opened = []

    def seat(name=None, **look) -> Seat:
        opened.append(Seat(browser, site.url, name, **look))
        return opened[-1].open()

    yield seat
    errors = [error for seat in opened for error in seat.errors]
    for seat in opened:
        seat.context.close()
    assert errors == [], errors


@pytest.fixture
def pair(seats):
    """Ada and Bob, both in the lobby."""
    ada, bob = seats("Ada"), seats("Bob")
    ada.expect_people("Ada", "Bob")
    return ada, bob
