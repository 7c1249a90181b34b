"""A page with the official client of Socket.IO for browsers, which a test drives; and where to get the client."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from patience import wait_until
from playwright.sync_api import Browser
from website import REPOSITORY

# Version, distribution and path of the file in it.
CLIENTS = {
    "4.8.1": ("nicegui==3.18.0", "nicegui/static/socket.io.min.js"),
    "3.1.3": ("changedetection.io==0.60.10", "changedetectionio/static/js/socket.io.min.js"),
}
CACHE = REPOSITORY / "Tests" / "System" / ".venv" / "socket.io"

# Lines of nginx for the page. A header of its own keeps those of the site away, which forbid inline scripts.
LINES = """
    location = /test.html {
        add_header Cache-Control no-store;
    }
"""

HTML = """<!doctype html><meta charset="utf-8"><title>Socket.IO</title><script>%s</script><script>
const events = [], got = [];
function start(options) {
    globalThis.socket = io(options);
    socket.on("connect", () => events.push("connect"));
    socket.on("disconnect", (reason) => events.push(`disconnect: ${reason}`));
    socket.on("connect_error", (error) => events.push(`error: ${error.message}`));
    socket.on("chat message", (...args) => {
        got.push(args);
        if (options?.auth && "serverOffset" in options.auth) socket.auth.serverOffset = args[1];
    });
    globalThis.transport = () => socket.io.engine.transport.name;
}
</script>"""


def client_file(version):
    """The client's script, from the package index."""
    file = CACHE / f"{version}.js"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        distribution, path = CLIENTS[version]
        folder = CACHE / f"{version}.{os.getpid()}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder,
             distribution], check=True)
        part = folder / "client.js"
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            part.write_bytes(wheel.read(path))
        part.rename(file)
    return file.read_text()


def debian_client_file():
    """Version 2.3.0, which speaks an older protocol, from a package of Debian."""
    file = CACHE / "2.3.0.js"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        folder = CACHE / f"2.3.0.{os.getpid()}"
        folder.mkdir()
        done = subprocess.run(["apt-get", "download", "--quiet", "onionshare-cli"], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"apt-get can't download onionshare-cli: {done.stderr.strip()}")
        subprocess.run(["dpkg", "-x", next(folder.glob("*.deb")), folder], check=True)
        (folder / "usr/share/onionshare-cli/static/js/socket.io.js").rename(file)
    return file.read_text()


class SocketPage:
    """One window with the client, on a site that has `LINES`. `script`: the client."""

    def __init__(self, browser: Browser, site, script):
        self.context = browser.new_context()
        self.page = self.context.new_page()
        (site.directory / "html" / "test.html").write_text(HTML.replace("%s", script))
        self.page.goto(site.url + "/test.html")

    def start(self, options="undefined"):
        """Calls io() with the options, which are JavaScript."""
        self.page.evaluate(f"start({options})")
        return self

    def wait(self, condition):
        """Waits until a JavaScript expression is true."""
        self.page.wait_for_function(condition)

    def wait_for_connection(self):
        self.wait("socket.connected")
        return self

    @property
    def events(self):
        return self.page.evaluate("events")

    @property
    def texts(self):
        return self.page.evaluate("got.map((args) => args[0])")

    def emit(self, text):
        """Emits a message, and waits for its acknowledgement."""
        return self.page.evaluate("(text) => socket.timeout(20000).emitWithAck('chat message', text)", text)

    def expect(self, texts):
        wait_until(lambda: len(self.texts) >= len(texts))
        assert self.texts == texts


@pytest.fixture
def socket_pages(browser, site):
    """Opens windows: socket_pages() with version 4.8.1 of the client."""
    pages = []

    def start(version="4.8.1", script=None):
        pages.append(SocketPage(browser, site, script or client_file(version)))
        return pages[-1]

    yield start
    for page in pages:
        page.context.close()
