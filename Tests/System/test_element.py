"""<chat-relay> on pages of other sites and of this one: one room, under the strictest Content-Security-Policy."""

import json
import re
from importlib.resources import files

import pytest
import website
from client import Client
from manual import block
from other_site import other  # noqa: F401  (a fixture)
from page_object import REPORT_CSP_VIOLATIONS, browser, timeout_ms  # noqa: F401  (a fixture)
from patience import wait_until
from playwright.sync_api import expect
from test_identity import PASSWORDS, hashed
from test_nginx import get
from website import REPOSITORY, site_file

ELEMENT = '<h1>A shop</h1><chat-relay room="support" name="Ada"></chat-relay>'


class Visit:
    """A browser window at a page with the element. `errors`: the console errors; `sockets`: the open WebSockets."""

    def __init__(self, browser, url, fake=None, **options):
        self.context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 600, "height": 700}, **options})
        self.context.set_default_timeout(timeout_ms())
        expect.set_options(timeout=timeout_ms())
        self.context.add_init_script(REPORT_CSP_VIOLATIONS)
        self.context.add_init_script("""window.seen = [];
            for (const type of ["chat-relay-message", "chat-relay-state"])
                document.addEventListener(type, ({ type, detail, target }) => seen.push([type, detail.text ?? detail.state, target.localName]));""")
        self.page = self.context.new_page()
        if fake:
            self.page.route_web_socket("**/ws", fake)
        self.errors, self.sockets = [], []
        self.page.on("console", self._logged)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("websocket", self._opened)
        self.page.goto(url)

    def _logged(self, message):
        # The browser asks for the icon of each page.
        if message.type == "error" and "favicon.ico" not in (message.location or {}).get("url", ""):
            self.errors.append(message.text)

    def _opened(self, socket):
        self.sockets.append(socket)
        socket.on("close", lambda closed: self.sockets.remove(closed))

    def at(self, selector, room="support"):
        """An element in the shadow of the first element of a room."""
        return self.page.locator(f'chat-relay[room="{room}"]').first.locator(selector)

    def online(self, room="support"):
        expect(self.at(".state", room)).to_have_attribute("data-state", "online")
        return self

    def expect_texts(self, *texts, room="support"):
        expect(self.at(".rows:first-of-type .message .text", room)).to_have_text(list(texts))

    def violations(self):
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text() + ";0")
        found = self.page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [(v["id"], n["html"], n["failureSummary"]) for v in found for n in v["nodes"]]


@pytest.fixture
def visit(browser):  # noqa: F811
    visits = []

    def start(url, **options):
        visits.append(Visit(browser, url, **options))
        return visits[-1]

    yield start
    errors = [error for each in visits for error in each.errors]
    for each in visits:
        each.context.close()
    assert errors == [], errors


@pytest.fixture
def site(sites, other):  # noqa: F811
    return sites("--allow-origin", other.origin, friend=other.origin)


def readme(site):
    """The lines of the README for this site's element, whose user asks for the name Ada."""
    lines = (REPOSITORY / "README.md").read_text().partition("## Chat on your own page")[2].partition("```html\n")[2].partition("```")[0].splitlines()
    assert lines[0] == "<!doctype html>" and len(lines) == 5
    return "\n".join(lines[2:]).replace("https://chat.example.org", site.url).replace("<chat-relay ", '<chat-relay name="Ada" ')


def script(site, folder=""):
    return f'<script type="module" src="{site.url}{folder}/chat-relay.js"></script>'


@pytest.fixture
def bob(site):
    with Client(site.url, "Bob", rooms=["support"], create=True) as bob:
        yield bob


def test_a_room_on_a_page_of_another_site(site, other, visit, bob):  # noqa: F811
    """As the README shows it, on a page whose policy allows only the chat's scripts and connections, and no style."""
    bob.say("Hello **there**: https://example.org/", "support", "b-1")
    ada = visit(other.page(site, readme(site))).online()
    ada.expect_texts("Hello there: https://example.org/")
    assert ada.at(".text strong").inner_text() == "there"
    link = ada.at(".text a")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer nofollow")
    expect(ada.at(".identity")).to_contain_text("You are Ada.")
    ada.at("textarea").fill("I need help")
    ada.at("textarea").press("Enter")
    said = bob.until("message", room="support", text="I need help")
    assert said["from"] == "Ada"
    expect(ada.at(".message.own .text")).to_have_text("I need help")
    bob.say("<b>How?</b>", "support", "b-2")
    ada.expect_texts("Hello there: https://example.org/", "I need help", "<b>How?</b>")
    # A screen reader hears what others write now, and no history.
    expect(ada.at(".visually-hidden[role=log] p")).to_have_text(["Bob: <b>How?</b>"])
    seq = bob.until("message", text="<b>How?</b>")["seq"]
    bob.send("edit", id="b-3", message=seq, text="How can I help?")
    bob.send("react", id="b-4", message=said["seq"], emoji="👍")
    bob.send("delete", id="b-5", message=_first(bob))
    ada.expect_texts("I need help", "How can I help? (edited)")
    expect(ada.at(".reactions").first).to_have_text("👍 1")
    assert ada.page.evaluate("seen") == [
        ["chat-relay-state", "connecting", "chat-relay"], ["chat-relay-state", "online", "chat-relay"],
        ["chat-relay-message", "I need help", "chat-relay"], ["chat-relay-message", "<b>How?</b>", "chat-relay"]]


def _first(bob):
    """The number of the first message of the room."""
    bob.send("history", room="support")
    return bob.until("history")["messages"][0]["seq"]


def test_what_is_lost_is_shown_and_sent_later(site, other, visit, tmp_path):  # noqa: F811
    options = ["--allow-origin", other.origin, "--ledger", str(tmp_path / "ledger"), "--rate", "1000", "--burst", "1000"]
    site.stop_daemon()
    site.start_daemon(*options)
    with Client(site.url, "Bob", rooms=["support"], create=True) as bob:
        bob.say_all([f"Line {n}" for n in range(120)], "support")
        ada = visit(other.page(site, script(site) + ELEMENT)).online()
        expect(ada.at(".message")).to_have_count(50)
        assert ada.at(".log").evaluate("log => log.scrollTop + log.clientHeight > log.scrollHeight - 2"), "at the end"
        # Earlier messages come when the reader scrolls up, and what is read stays where it is.
        ada.at(".log").focus()
        top = ada.at(".message").first.inner_text()
        ada.page.keyboard.press("Home")
        expect(ada.at(".message")).to_have_count(100)
        assert ada.at(".message").nth(50).inner_text() == top
        expect(ada.at(".message").nth(50)).to_be_in_viewport()
        bob.say("Are you there?", "support", "b-1")
        expect(ada.at(".newest")).to_be_visible()
        ada.at(".newest").click()
        expect(ada.at(".message").last).to_be_in_viewport()
    site.stop_daemon()
    expect(ada.at(".notice")).to_contain_text("No connection. What you write is sent when it is back.")
    ada.at("textarea").fill("Later")
    ada.at("textarea").press("Enter")
    expect(ada.at(".message.pending")).to_contain_text("Waits for the connection")
    # One more element of the room, and one of another room.
    ada.page.evaluate("""() => {
        for (const room of ["support", "sales"]) {
            const element = document.createElement("chat-relay");
            element.setAttribute("room", room);
            document.body.append(element);
        }
    }""")
    site.start_daemon(*options)
    ada.online()
    expect(ada.at(".message.own:not(.pending) .text").first).to_have_text("Later")
    again = ada.page.locator("body > chat-relay[room=support]")
    expect(again.locator(".message .text").last).to_have_text("Later")
    expect(again.locator(".message").nth(49)).to_be_attached()
    expect(ada.at(".empty", "sales")).to_be_visible()
    expect(ada.at(".message.pending")).to_have_count(0)
    expect(ada.at(".notice")).to_be_hidden()
    ada.errors[:] = [error for error in ada.errors if "WebSocket connection to" not in error]


def test_an_element_that_is_removed_leaves_nothing(site, other, visit, bob):  # noqa: F811
    """Several elements of a server are one user with one connection, which the last one closes."""
    url = other.page(site, script(site) + ELEMENT + '<chat-relay room="sales" id="second"></chat-relay><section></section>')
    bob.say("Hello", "support", "b-1")
    ada = visit(url).online()
    ada.online("sales")
    ada.expect_texts("Hello")
    ada.page.evaluate("""() => {
        document.querySelector("[room=support]").shadowRoot.querySelector(".message").id = "kept";
        window.first = document.querySelector("[room=support]"), window.second = document.getElementById("second");
        document.querySelector("section").append(first);
    }""")
    ada.at("textarea", "sales").fill("Buy")
    ada.at("textarea", "sales").press("Enter")
    ada.expect_texts("Buy", room="sales")
    ada.expect_texts("Hello")
    assert ada.at("#kept").count() == 1, "a move within the document begins anew"
    assert len(ada.sockets) == 1 and ada.page.evaluate("first.chat === second.chat")
    ada.page.evaluate("first.remove()")
    bob.until("system", event="left", name="Ada")
    assert ada.page.evaluate("[first.chat, first.shadowRoot.childNodes.length]") == [None, 0]
    wait_until(lambda: ada.page.evaluate("second.chat.rooms") == ["sales"], what="the answer to leaving")
    ada.page.evaluate("document.querySelector('section').append(first)")
    ada.online().expect_texts("Hello")
    assert len(ada.sockets) == 1
    ada.page.evaluate("first.remove(); second.remove()")
    wait_until(lambda: ada.page.evaluate("1") and not ada.sockets, what="the end of the connection")
    ada.page.evaluate("document.querySelector('section').append(first)")
    ada.online().expect_texts("Hello")
    expect(ada.at(".identity")).to_contain_text("You are Ada.")
    # Another room in the same element.
    ada.page.evaluate("first.setAttribute('room', 'sales')")
    ada.online("sales").expect_texts("Buy", room="sales")
    ada.page.evaluate("first.setAttribute('room', 'no room!')")
    expect(ada.page.locator("section chat-relay .error")).to_contain_text("The attribute room is “no room!”")
    assert len(ada.errors) == 1 and "The attribute room" in ada.errors.pop()


def test_the_keyboard_and_the_name(site, other, visit, bob):  # noqa: F811
    ada = visit(other.page(site, script(site) + ELEMENT)).online()
    expect(ada.at(".identity")).to_be_visible()
    keys = ada.page.keyboard
    focused = "document.activeElement.shadowRoot?.activeElement"
    stops = []
    for _ in range(4):
        keys.press("Tab")
        stops.append(ada.page.evaluate(f"{focused}?.className || {focused}?.localName"))
        assert ada.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid", stops
    assert stops == ["log", "textarea", "primary", "link"]
    assert ada.at(".log").get_attribute("aria-label") == "Messages in #support"
    keys.press("Enter")
    for name, error in ("Bob", "This name is taken. Bob2 is free."), ("A\u202eda", "This is not a valid name"):
        ada.at("input").fill(name)
        keys.press("Enter")
        expect(ada.at(".name-form .error")).to_contain_text(error)
    ada.at("input").fill("Countess")
    keys.press("Enter")
    expect(ada.at(".identity")).to_contain_text("You are Countess.")
    expect(ada.at(".name-form")).to_be_hidden()
    assert ada.page.evaluate(f"{focused}.className") == "link"
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.type("One")
    keys.press("Shift+Enter")
    keys.type("Two")
    keys.press("Enter")
    assert bob.until("message")["text"] == "One\nTwo"
    # The page's own shortcuts do not see what is typed.
    ada.page.evaluate("window.typed = 0, document.addEventListener('keydown', () => { typed += 1; }), 0")
    keys.type("abc")
    assert ada.page.evaluate("typed") == 0
    ada.at("textarea").fill("x" * 8193)
    keys.press("Enter")
    expect(ada.at(".composer .error")).to_have_text("This is too long: the most are 8192 bytes.")
    expect(ada.at("textarea")).to_have_value("x" * 8193)


@pytest.mark.parametrize("scheme, lang", [("light", "en"), ("dark", "zh-TW")])
def test_it_is_accessible_and_themable(site, other, visit, bob, scheme, lang):  # noqa: F811
    bob.say("> quoted\n- one\n```\n" + "code " * 40 + "\n```\nhttps://example.org/" + "long" * 40, "support", "b-1")
    ada = visit(other.page(site, script(site) + ELEMENT, lang=lang), color_scheme=scheme, viewport={"width": 320, "height": 640}).online()
    ada.at("textarea").fill("Hello")
    ada.at(".primary").click()
    expect(ada.at(".message")).to_have_count(2)
    expect(ada.at(".primary")).to_have_text("发送" if lang == "zh-TW" else "Send")
    ada.at(".link").click()
    assert ada.violations() == []
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert ada.at(".log").evaluate("log => log.scrollWidth <= log.clientWidth")
    background = "getComputedStyle(document.querySelector('chat-relay')).backgroundColor"
    assert ada.page.evaluate(background) == {"light": "rgb(255, 255, 255)", "dark": "rgb(28, 33, 31)"}[scheme]
    # The page's style sheet has the last word. (Its policy allows none from a string, so this is a constructed one.)
    ada.page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("chat-relay { --chat-relay-background: rgb(1, 2, 3); --chat-relay-accent: rgb(4, 5, 6); block-size: 20rem } chat-relay::part(own) { color: rgb(7, 8, 9) }");
        document.adoptedStyleSheets = [sheet];
    }""")
    assert ada.page.evaluate(background) == "rgb(1, 2, 3)"
    assert ada.at(".primary").evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(4, 5, 6)"
    assert ada.at(".own").evaluate("row => getComputedStyle(row).color") == "rgb(7, 8, 9)"
    assert ada.page.evaluate("document.querySelector('chat-relay').offsetHeight") == 320


def test_both_languages_have_the_same_strings(site, other, visit):  # noqa: F811
    page = visit(other.page(site, "")).page
    en, zh = page.evaluate(f"import('{site.url}/chat-relay/strings.js').then(m => [m.en, m.zh])")
    assert en.pop("errors").keys() == zh.pop("errors").keys() and en.keys() == zh.keys()
    placeholders = lambda text: sorted(part.split("}")[0] for part in text.split("{")[1:])
    assert [key for key in en if placeholders(en[key]) != placeholders(zh[key])] == []


class FakeServer:
    """Plays the server of one element, which is in its room."""

    def connected(self, route):
        self.route = route
        route.on_message(lambda text: self.answer(json.loads(text)))

    def send(self, **event):
        self.route.send(json.dumps(event))

    def answer(self, command):
        if command["type"] == "hello":
            self.send(type="welcome", name="Ada", user=1, token="0123456789abcdef0123456789abcdef", ledger="1", seq=1, rooms=["lobby"], limits={})
            self.send(type="joined", room="support", users=1, title="Help desk")
            self.send(type="history", room="support", messages=[], more=False)
        if command["type"] == "message":
            self.send(type="error", code="muted", id=command["id"], message="You are muted until 2027-01-01T01:00:00Z: Flood")


def test_refusals_are_shown_as_they_are(site, other, visit):  # noqa: F811
    server = FakeServer()
    ada = visit(other.page(site, script(site) + ELEMENT, policy=None), fake=server.connected).online()
    expect(ada.at(".title")).to_have_text("Help desk")
    ada.page.evaluate("""() => {
        const second = document.createElement("chat-relay");
        second.setAttribute("room", "support");
        document.body.append(second);
    }""")
    expect(ada.page.locator("body > chat-relay .title")).to_have_text("Help desk")
    ada.page.evaluate("document.body.lastElementChild.remove()")
    ada.at("textarea").fill("Hello")
    ada.at("textarea").press("Enter")
    expect(ada.at(".message.failed")).to_contain_text("Not sent: You are muted until 2027-01-01T01:00:00Z: Flood")
    assert ada.violations() == []
    ada.at(".failed .link").last.click()
    expect(ada.at(".message")).to_have_count(0)
    server.send(type="left", room="support")
    expect(ada.at(".notice")).to_have_text("You are no longer in this room.Enter again")
    expect(ada.at("textarea")).to_be_disabled()
    server.route.close(code=4200, reason="Please calm down")
    expect(ada.at(".notice")).to_have_text("An administrator has removed you. Please calm downReconnect")
    assert ada.violations() == []
    ada.at(".notice button").click()
    ada.online()
    expect(ada.at("textarea")).to_be_enabled()
    server.route.close(code=4201, reason="Banned.")
    expect(ada.at(".notice")).to_have_text("You are banned. Banned.")


def test_without_permission_nothing_is_read(sites, site, other, visit, monkeypatch):  # noqa: F811
    """Neither the site's scripts, nor with them the chat."""
    # A site file of before, or one of somebody's own, which does not have the lines.
    monkeypatch.setattr(website, "site_file", lambda: re.sub(r"\nmap .*?\n}\n", "\n", site_file(), flags=re.DOTALL))
    closed = sites()
    monkeypatch.undo()
    page = visit(other.page(closed, script(closed) + ELEMENT))
    page.page.wait_for_function("document.readyState === 'complete'")
    assert page.page.evaluate("customElements.get('chat-relay')") is None
    assert any("CORS policy" in error for error in page.errors)
    page.errors.clear()
    # nginx gives the scripts, and the daemon refuses the connection.
    half = sites(friend=other.origin)
    page = visit(other.page(half, script(half) + ELEMENT))
    expect(page.at(".notice")).to_contain_text("No connection.")
    page.errors[:] = [error for error in page.errors if "WebSocket connection to" not in error]
    assert block("other sites") in site_file().replace("#https:", "https:"), "the manual shows other lines"
    assert block("frames").strip() in site_file()
    for origin, allowed in (other.origin, True), ("https://evil.example", False), (other.origin + ".evil.example", False), ("null", False):
        for path in ("/chat-relay.js", "/chatrelay.js", "/chatrelay/session.js", "/chat-relay/style.js", "/page/markdown.js"):
            status, headers, _ = get(site.url + path, Origin=origin)
            assert status == 200 and headers.get_all("Access-Control-Allow-Origin") == ([origin] if allowed else None), path
            assert "Origin" in headers.get_all("Vary") and headers["Cache-Control"] == "no-cache", path
            assert headers["X-Content-Type-Options"] == "nosniff" and headers["Content-Type"].startswith("text/javascript")
        for path in ("/", "/service-worker.js", "/style/tokens.css"):
            assert "Access-Control-Allow-Origin" not in get(site.url + path, Origin=origin)[1], path
    # The daemon's own lines are not doubled.
    _, headers, _ = get(site.url + "/api/v1/openapi.json", Origin=other.origin)
    assert headers.get_all("Access-Control-Allow-Origin") == [other.origin]


@pytest.mark.parametrize("bundle", [False, True])
def test_under_a_path(sites, other, visit, bundle):  # noqa: F811
    """The element finds its chat beside its script. The bundle is one file with the same name."""
    site = sites("--allow-origin", other.origin, friend=other.origin, lines=block("a path"), bundle=bundle)
    ada = visit(other.page(site, script(site, "/chat") + ELEMENT)).online()
    ada.at("textarea").fill("Hello")
    ada.at("textarea").press("Enter")
    ada.expect_texts("Hello")
    assert [socket.url for socket in ada.sockets] == [site.url.replace("http", "ws") + "/chat/ws"]
    loaded = ada.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/chat/'))")
    assert loaded[0] == site.url + "/chat/chat-relay.js" and (len(loaded) == 1) == bundle, loaded
    status, headers, _ = get(loaded[0], Origin=other.origin, Accept_Encoding="gzip")
    assert (status, headers["Cache-Control"], headers["Content-Encoding"]) == (200, "no-cache", "gzip")
    assert get(loaded[0], If_None_Match=headers["ETag"], Accept_Encoding="gzip")[0] == 304
    if bundle:
        # With another server than that of the script.
        ada.page.evaluate(f"document.querySelector('chat-relay').setAttribute('server', '{site.url}')")
        wait_until(lambda: ada.page.evaluate("1") and [socket.url for socket in ada.sockets] == [site.url.replace("http", "ws") + "/ws"])
        ada.online()


def test_a_login_is_asked_for(sites, other, visit):  # noqa: F811
    """On the same origin. The name is the login's, and can't be changed."""
    site = sites("--identity", "proxy", auth="auth-basic.conf", changes=[("/etc/nginx/chatrelay.htpasswd", "htpasswd")])
    (site.directory / "htpasswd").write_text("".join(f"{name}:{hashed(password)}\n" for name, password in PASSWORDS.items()))
    name, password = next(iter(PASSWORDS.items()))
    (site.directory / "html" / "shop.html").write_text(
        '<!doctype html><html lang="en"><title>A shop</title><script type="module" src="chat-relay.js"></script>' + ELEMENT)
    ada = visit(site.url + "/shop.html", http_credentials={"username": name, "password": password}).online()
    expect(ada.at(".identity")).to_contain_text(f"You are {name}.")
    expect(ada.at(".identity .link")).to_be_hidden()
