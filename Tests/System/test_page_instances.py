"""The page in a folder, several instances on one host, upgrades of the page, and the library outside a page."""

import http.server
import json
import re
import subprocess
from importlib.resources import files

import pytest
from page_object import browser, chat_pages  # noqa: F401  (fixtures)
from page_server import TOKEN, fake_server  # noqa: F401  (fixtures)
from patience import scaled, wait_until
from playwright.sync_api import expect
from website import REPOSITORY

HTML = REPOSITORY / "nginx" / "html"


def in_folder(chat, site):
    """Serves the page at /chat/ as well, with its WebSocket beside it. Returns the URLs of the opened WebSockets."""
    opened = []

    def forward(route):
        opened.append(route.url)
        route.connect_to_server()

    chat.page.route("**/chat/**", lambda route: route.continue_(url=route.request.url.replace("/chat/", "/")))
    chat.page.route_web_socket("**/ws", forward)
    chat.url = site.url + "/chat/"
    return opened


def storage(chat):
    return chat.page.evaluate("({ ...localStorage })")


def test_the_page_in_a_folder_is_relative_to_it(chat_pages, site):
    chat = chat_pages(open=False)
    requests = []
    chat.page.on("request", lambda request: requests.append(request.url))
    opened = in_folder(chat, site)
    chat.page.goto(chat.url)
    chat.expect_state("offline")
    assert opened[0] == site.url.replace("http", "ws") + "/chat/ws"
    assert all("/chat/" in url for url in requests), requests
    chat.ignore_connection_errors()


def test_the_keys_in_storage_name_the_instance(chat_pages, site):
    chat = chat_pages("Ada")
    socket = site.url.replace("http", "ws") + "/ws"
    assert storage(chat).keys() and all(key.startswith((f"chatrelay {site.url}/ ", f"chatrelay {socket} ")) for key in storage(chat))


def test_keys_of_earlier_versions_are_taken_over(chat_pages, site):
    chat = chat_pages(open=False)
    chat.open_empty()
    old = {"chatrelay.name": "Ada", "chatrelay.rooms": ["lobby", "attic"], "chatrelay.closed": {"@Bob": 7},
           "chatrelay.read": {"ledger": "1", "base": 3, "places": {"lobby": 5}}}
    chat.page.evaluate("old => { for (const key in old) localStorage[key] = JSON.stringify(old[key]); }", old)
    chat.open()
    expect(chat.page.locator("#own-name")).to_have_text("Ada")
    expect(chat.page.locator(".tab")).to_have_count(2)
    assert not any(key.startswith("chatrelay.") for key in storage(chat))
    assert json.loads(storage(chat)[f"chatrelay {site.url}/ closed"]) == {"@Bob": 7}


def test_a_page_in_a_folder_keeps_its_token(chat_pages, site):
    """Earlier versions opened the WebSocket at the root of the host."""
    chat = chat_pages(open=False)
    chat.open_empty()
    socket = site.url.replace("http", "ws")
    chat.page.evaluate("([key, token]) => { localStorage[key] = JSON.stringify(token); }", [f"chatrelay {socket}/ws token", TOKEN])
    in_folder(chat, site)
    chat.page.goto(chat.url)
    expect(chat.page.locator("#connection-state-text")).not_to_be_empty()
    assert json.loads(storage(chat)[f"chatrelay {socket}/chat/ws token"]) == TOKEN
    chat.ignore_connection_errors()


def test_the_manifest_is_fetched_with_cookies():
    """Behind a login it is not found otherwise."""
    link, = re.findall(r"<link rel=\"manifest\"[^>]*>", (HTML / "index.html").read_text())
    assert 'crossorigin="use-credentials"' in link


def test_the_page_has_the_version_of_the_program(chatrelay):
    version = subprocess.run([chatrelay, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    assert f'VERSION = "{version}"' in (HTML / "page" / "version.js").read_text()
    assert f'data-version="{version}"' in (HTML / "index.html").read_text()


def loads(chat):
    """Counts how often the page is loaded."""
    counted = []
    chat.page.on("load", lambda _: counted.append(chat.page.url))
    return counted


def test_an_outdated_page_reloads_once(chat_pages, site):
    """It compares versions at each hello. A draft survives."""
    chat = chat_pages("Ada")
    counted = loads(chat)
    version = site.directory / "html" / "page" / "version.js"
    version.write_text(version.read_text().replace('"0.1.0"', '"99.0.0"'))
    index = site.directory / "html" / "index.html"
    index.write_text(index.read_text().replace('"0.1.0"', '"99.0.0"'))
    chat.page.fill("#message-input", "A draft")
    site.stop_daemon()
    site.start_daemon()
    expect(chat.page.locator("html")).to_have_attribute("data-version", "99.0.0")
    chat.expect_state("online")
    expect(chat.page.locator("#message-input")).to_have_value("A draft")
    assert len(counted) == 1
    chat.ignore_connection_errors()


def test_a_page_that_stays_outdated_does_not_reload_for_ever(chat_pages, site):
    """A cache between gives out an old index.html."""
    chat = chat_pages("Ada", open=False)
    counted = loads(chat)
    version = site.directory / "html" / "page" / "version.js"
    version.write_text(version.read_text().replace('"0.1.0"', '"99.0.0"'))
    chat.open()
    chat.page.wait_for_function("sessionStorage['chatrelay reloaded for'] === '99.0.0'")  # evaluate() would fail in a reload
    chat.expect_state("online")
    chat.say("Hello")
    chat.page.reload()
    chat.expect_state("online")
    chat.say("Again")
    assert len(counted) == 3


def test_modules_that_do_not_fit_are_loaded_again(chat_pages, site):
    """An upgrade replaced one file while the browser loaded the others."""
    chat = chat_pages("Ada", open=False)
    dom = site.directory / "html" / "page" / "dom.js"
    new = dom.read_text()
    dom.write_text(new.replace("export function announce", "export function announceInANewerVersion"))
    chat.page.goto(chat.url)
    wait_until(lambda: chat.page.evaluate("sessionStorage['chatrelay reloaded']"))
    dom.write_text(new)
    chat.expect_state("online")
    chat.say("Hello")
    chat.errors.clear()


def test_a_page_that_can_not_be_loaded_says_so(chat_pages, site):
    chat = chat_pages("Ada", open=False)
    (site.directory / "html" / "page" / "dom.js").unlink()
    chat.page.goto(chat.url)
    expect(chat.page.locator("#load-failure")).to_contain_text("The page could not be loaded completely.")
    chat.errors.clear()


NODE = """
import { ChatRelay } from "%s";
const chat = new ChatRelay({ url: "%s", name: "Node", rooms: ["lobby"] });
chat.addEventListener("message", ({ detail }) => { console.log(detail.from, detail.text, detail.own); chat.close(); });
chat.addEventListener("joined", () => chat.send("lobby", "Hello"));
chat.connect();
"""


def test_the_library_runs_in_node(site, tmp_path):
    node = files("playwright").joinpath("driver", "node")
    script = tmp_path / "client.mjs"
    script.write_text(NODE % (HTML / "chatrelay.js", site.url.replace("http", "ws") + "/ws"))
    answer = subprocess.run([str(node), script], capture_output=True, text=True, timeout=scaled(20))
    assert answer.stdout == "Node Hello true\n", answer.stderr


def test_a_closed_client_leaves_no_listener(fake_server):
    server = fake_server()
    server.page.evaluate("""() => {
        window.active = 0;
        for (const target of [window, document]) {
            const { addEventListener } = target;
            target.addEventListener = function (type, action, options) {
                active += 1;
                options?.signal?.addEventListener("abort", () => { active -= 1; });
                addEventListener.call(target, type, action, options);
            };
        }
    }""")
    server.run("close()")
    server.page.evaluate("active = 0")
    for _ in range(5):
        server.run("connect()")
        server.run("close()")
    assert server.page.evaluate("active") == 0
