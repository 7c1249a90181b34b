"""Pages of other origins in a real browser can't connect as a visitor (cross-site WebSocket hijacking, RFC 6455 §10.2), frame the
page, or read what the site serves. With --allow-origin, the named origins may connect."""

import http.server
import threading

import pytest
from page_object import browser  # noqa: F401  (a fixture)
from patience import wait_until
from test_identity import PASSWORDS, basic_site  # noqa: F401  (a fixture)
from website import Site

# Opens a WebSocket. Returns the type of the first event, or the close code.
CONNECT = """(url) => new Promise((resolve) => {
    const socket = new WebSocket(url, "chatrelay.v1");
    socket.onopen = () => socket.send('{"type":"hello","name":"Eve"}');
    socket.onmessage = ({ data }) => { resolve(JSON.parse(data).type); socket.close(); };
    socket.onclose = ({ code }) => resolve(code);
})"""
REFUSED = 1006  # the browser hides the status of a refused upgrade


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page; with a query, a page that frames the URL in the query."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        _, _, target = self.path.partition("?")
        self.wfile.write(f'<!doctype html><iframe src="{target}"></iframe>'.encode() if target else b"<!doctype html>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def other_port():
    """The port of another web server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def visit(browser):  # noqa: F811
    """Opens a page in a new browser context."""
    contexts = []

    def open_page(url, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def socket_url(site):
    return site.url.replace("http", "ws") + "/ws"


@pytest.mark.parametrize("host", ["evil.localhost", "localhost", "127.0.0.1"])
def test_another_origin_can_not_connect(site, visit, other_port, host):
    page = visit(f"http://{host}:{other_port}/")
    assert page.evaluate(CONNECT, socket_url(site)) == REFUSED
    # The site's own page can, so it is not the browser that refuses.
    page.goto(site.url + "/no-such-page")
    assert page.evaluate(CONNECT, socket_url(site)) == "welcome"


def test_a_page_without_an_origin_can_not_connect(site, visit, other_port):
    assert visit("data:text/html,<title>x</title>").evaluate(CONNECT, socket_url(site)) == REFUSED
    page = visit(f"http://evil.localhost:{other_port}/")
    page.evaluate("""() => new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        frame.srcdoc = "<title>sandboxed</title>";
        frame.onload = resolve;
        document.body.append(frame);
    })""")
    assert page.frames[1].evaluate(CONNECT, socket_url(site)) == REFUSED


def test_an_allowed_origin_connects(chatrelay, visit, other_port):
    site = Site(chatrelay, "--allow-origin", f"http://Friend.localhost:{other_port}")
    try:
        assert visit(f"http://friend.localhost:{other_port}/").evaluate(CONNECT, socket_url(site)) == "welcome"
        assert visit(f"http://evil.localhost:{other_port}/").evaluate(CONNECT, socket_url(site)) == REFUSED
        assert visit(f"http://friend.localhost.localhost:{other_port}/").evaluate(CONNECT, socket_url(site)) == REFUSED
    finally:
        site.stop()


def test_another_origin_can_not_use_a_login(basic_site, visit, other_port):  # noqa: F811
    """The browser sends a stored password with each request, from pages of any origin."""
    name, word = next(iter(PASSWORDS.items()))
    page = visit(basic_site.url + "/no-such-page", http_credentials={"username": name, "password": word})
    connect = CONNECT.replace(',"name":"Eve"', "")
    assert page.evaluate(connect, socket_url(basic_site)) == "welcome"
    page.goto(f"http://evil.localhost:{other_port}/")
    assert page.evaluate(connect, socket_url(basic_site)) == REFUSED


def test_another_origin_can_not_read(site, visit, other_port):
    page = visit(f"http://evil.localhost:{other_port}/")
    for path in ("/", "/metrics", "/healthz", "/chatrelay.js", "/ws"):
        assert page.evaluate("url => fetch(url).then(() => 'read', () => 'refused')", site.url + path) == "refused"
    assert page.evaluate("url => import(url).then(() => 'read', () => 'refused')", site.url + "/chatrelay.js") == "refused"


def test_another_origin_can_not_frame_the_page(site, visit, other_port):
    page = visit(f"http://evil.localhost:{other_port}/?{site.url}/")
    wait_until(lambda: page.wait_for_timeout(10) or page.frames[1].url.startswith("chrome-error:"), what="the refusal")
    assert page.frames[1].locator("#message-input").count() == 0
