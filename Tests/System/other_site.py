"""Another web site, at an origin of its own, whose pages use the chat."""

import http.server
import threading

import pytest

STRICT = "default-src 'none'; script-src {site}; connect-src {site} {socket}; frame-src {site}; require-trusted-types-for 'script'; trusted-types 'none'"


class OtherSite:
    """Pages that a test writes: other.page("/", "<p>…") answers its URL. `.origin`"""

    def __init__(self):
        pages = self._pages = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body, policy = pages.get(self.path, (None, None))
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://friend.localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, site, body, head="", lang="en", path="/", policy=STRICT):
        """A page with this content, which may use nothing but the chat of the site."""
        policy = policy and policy.format(site=site.url, socket=site.url.replace("http", "ws"))
        self._pages[path] = (f'<!doctype html><html lang="{lang}"><meta name="viewport" content="width=device-width">'
                             f"<title>A shop</title>{head}<main>{body}</main></html>", policy)
        return self.origin + path

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def other():
    site = OtherSite()
    yield site
    site.stop()
