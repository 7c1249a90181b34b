"""Pages of other sites, in a real browser: they may not speak to the chat in a visitor's name (cross-site WebSocket hijacking, RFC 6455
§10.2), frame it, or read what it serves; with --allow-origin the named ones may connect."""

import http.server
import threading

import pytest
from page_seat import browser  # noqa: F401  (a fixture)
from test_identity import PASSWORDS, basic_site  # noqa: F401  (a fixture)
from website import Site

# Opens a WebSocket: what came of it, and what the server said first.
CONNECT = """(url) => new Promise((resolve) => {
    const socket = new WebSocket(url, "chatrelay.v1");
    socket.onopen = () => socket.send('{"type":"hello","name":"Eve"}');
    socket.onmessage = ({ data }) => { resolve(JSON.parse(data).type); socket.close(); };
    socket.onclose = ({ code }) => resolve(code);
})"""
REFUSED = 1006  # all that a page learns of a refused upgrade


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page that may do anything; with ?, one that frames the address behind it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        _, _, target = self.path.partition("?")
        self.wfile.write(f'<!doctype html><iframe src="{target}"></iframe>'.encode() if target else b"<!doctype html>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    """A web server on another port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def visit(browser):  # noqa: F811
    """Opens a page of another site in a browser of its own."""
    contexts = []

    def open_page(url, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def socket_of(site):
    return site.url.replace("http", "ws") + "/ws"


@pytest.mark.parametrize("host", ["evil.localhost", "localhost", "127.0.0.1"])
def test_another_origins_page_may_not_connect(site, visit, elsewhere, host):
    page = visit(f"http://{host}:{elsewhere}/")
    assert page.evaluate(CONNECT, socket_of(site)) == REFUSED
    # The site's own page may: it is not the browser that refuses.
    page.goto(site.url + "/no-such-page")
    assert page.evaluate(CONNECT, socket_of(site)) == "welcome"


def test_a_page_without_an_origin_may_not_connect(site, visit, elsewhere):
    assert visit("data:text/html,<title>x</title>").evaluate(CONNECT, socket_of(site)) == REFUSED
    page = visit(f"http://evil.localhost:{elsewhere}/")
    page.evaluate("""() => new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        frame.srcdoc = "<title>sandboxed</title>";
        frame.onload = resolve;
        document.body.append(frame);
    })""")
    assert page.frames[1].evaluate(CONNECT, socket_of(site)) == REFUSED


def test_an_allowed_origins_page_may_connect(chatrelay, visit, elsewhere):
    site = Site(chatrelay, "--allow-origin", f"http://Friend.localhost:{elsewhere}")
    try:
        assert visit(f"http://friend.localhost:{elsewhere}/").evaluate(CONNECT, socket_of(site)) == "welcome"
        assert visit(f"http://evil.localhost:{elsewhere}/").evaluate(CONNECT, socket_of(site)) == REFUSED
        assert visit(f"http://friend.localhost.localhost:{elsewhere}/").evaluate(CONNECT, socket_of(site)) == REFUSED
    finally:
        site.stop()


def test_a_login_is_of_no_use_to_another_origin(basic_site, visit, elsewhere):  # noqa: F811
    """The browser sends the password it knows with every request, whoever's page makes it."""
    name, word = next(iter(PASSWORDS.items()))
    page = visit(basic_site.url + "/no-such-page", http_credentials={"username": name, "password": word})
    connect = CONNECT.replace(',"name":"Eve"', "")
    assert page.evaluate(connect, socket_of(basic_site)) == "welcome"
    page.goto(f"http://evil.localhost:{elsewhere}/")
    assert page.evaluate(connect, socket_of(basic_site)) == REFUSED


def test_another_origins_page_reads_nothing(site, visit, elsewhere):
    page = visit(f"http://evil.localhost:{elsewhere}/")
    for path in ("/", "/metrics", "/healthz", "/chatrelay.js", "/ws"):
        assert page.evaluate("url => fetch(url).then(() => 'read', () => 'refused')", site.url + path) == "refused"
    assert page.evaluate("url => import(url).then(() => 'read', () => 'refused')", site.url + "/chatrelay.js") == "refused"


def test_another_origins_page_can_not_frame_it(site, visit, elsewhere):
    page = visit(f"http://evil.localhost:{elsewhere}/?{site.url}/")
    assert page.frames[1].url.startswith("chrome-error:") and page.frames[1].locator("#text").count() == 0
