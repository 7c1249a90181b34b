"""The page in Debian's Firefox: the main flow. test_page_firefox_uses.py has the rest."""

import pytest
from client import Client
from firefox import ENTER, ESCAPE, firefox  # noqa: F401  (a fixture)

INPUT = "#message-input"
NEWEST = ".message-pane:not([hidden]) .rows:not(.pending-list) .message .message-text"
STATE = "(state) => document.querySelector('#connection-state')?.dataset.state === state"


@pytest.fixture(params=["modules", "bundle"])
def site(request, sites):
    return sites("--rate", "0", bundle=request.param == "bundle")


@pytest.fixture
def tab(firefox, site):  # noqa: F811
    """A page that is online, and that may have no error in its console."""
    tab = firefox.tab(site.url)
    tab.until(STATE, "online")
    yield tab
    assert tab.errors == []
    tab.close()


def say(tab, text):
    tab.click(INPUT)
    tab.type(text + ENTER)
    tab.expect_text(NEWEST, text)


def test_two_people_talk_over_a_restart(tab, site):
    with Client(site.url, "Bob") as bob:
        say(tab, "Hello from Firefox")
        heard = bob.until("message", text="Hello from Firefox")
        bob.send("message", id="answer", room="lobby", text="Hello https://example.org *there*", re=heard["seq"])
        tab.until("(text) => [...document.querySelectorAll('.message-text a')].some((link) => link.href === text)", "https://example.org/")
        bob.tell(heard["from"], "A secret")
        tab.until("() => [...document.querySelectorAll('.message-text')].some(({textContent}) => textContent === 'A secret')")
        site.restart_daemon()
        tab.until(STATE, "online")
        say(tab, "After the restart")
    tab.reload()
    tab.until(STATE, "online")
    tab.expect_text(NEWEST, "After the restart")


def test_a_name_a_room_and_history(tab, site):
    with Client(site.url, "Bob") as bob:
        bob.say_all([f"Line {n}" for n in range(120)])
        tab.expect_text(NEWEST, "Line 119")
        tab.click("#open-search")
        tab.until("() => document.querySelector('#search-dialog').open")
        tab.type("Line 7" + ENTER)
        tab.until("() => document.querySelector('#search-results').textContent.includes('Line 7')")
        tab.type(ESCAPE)
        tab.until("() => !document.querySelector('dialog[open]')")
        tab.run("() => { document.querySelector('.message-pane:not([hidden]) .message-list').scrollTop = 0; }")
        tab.until("() => document.querySelectorAll('.message-pane:not([hidden]) .message').length === 120")
        tab.run("() => { location.hash = 'hall'; }")
        tab.expect_text("#channel-title", "hall")
        say(tab, "Alone here")


def test_the_message_box_grows_completes_and_formats(tab, site):
    """Firefox 128 does not know the CSS property field-sizing."""
    with Client(site.url, "Bob Marley") as bob:
        tab.click(INPUT)
        tab.run("""() => {
            const input = document.querySelector("#message-input");
            input.value = "one\\ntwo\\nthree\\nfour";
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }""")
        tab.until("() => document.querySelector('#message-input').offsetHeight > 90")
        tab.type(ENTER)
        tab.until("() => document.querySelector('#message-input').offsetHeight < 60")
        tab.type("**Hello** @mar")
        tab.until("() => document.querySelector('#completion').textContent === 'Bob Marley'")
        tab.type(ENTER + ":tad" + ENTER + ENTER)
        assert len(bob.until("message", text="**Hello** @Bob Marley 🎉")["mentions"]) == 1
        tab.until("() => document.querySelector('.message-text .mention')?.textContent === '@Bob Marley'")
        tab.until("() => [...document.querySelectorAll('.message-text strong')].some(({ textContent }) => textContent === 'Hello')")
