"""The page without a network: the service worker opens it, with the last messages. It never stands between a reader and the site."""

import json
import struct

import pytest
from client import Client
from page_object import browser, chat_pages  # noqa: F401  (fixtures)
from patience import wait_until
from playwright.sync_api import expect
from test_nginx import get

CACHES = "async () => (await caches.keys()).map((name) => name.split(' ').slice(2).join(' '))"
#: The texts that are kept, and "page" where the page is kept.
KEPT = """async () => {
    const kept = [];
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) {
        if (!request.url.endsWith("/offline-messages")) { if (request.url.endsWith("/")) kept.push("page"); continue; }
        for (const { messages } of (await (await (await caches.open(name)).match(request)).json()).channels) kept.push(...messages.map(({text}) => text));
    }
    return kept;
}"""


@pytest.fixture(params=["modules", "bundle"])
def site(request, sites):
    return sites(bundle=request.param == "bundle")


@pytest.fixture
def ada(chat_pages, site):  # noqa: F811
    """Ada's page, which is kept with its messages: one in the lobby, one to Bob."""
    with Client(site.url, "Bob") as bob:
        ada = chat_pages("Ada", service_workers="allow")
        bob.say("Hello Ada")
        bob.tell("Ada", "A secret")
        expect(ada.page.locator(".message-text", has_text="A secret")).to_have_count(1)
        wait_until(lambda: set(ada.page.evaluate(KEPT)) == {"Hello Ada", "A secret", "page"}, seconds=20, what="the kept page")
        yield ada


def is_online(ada):
    ada.expect_state("online")
    expect(ada.page.locator("html")).to_have_attribute("data-started", "yes")


def test_the_page_opens_without_a_network(ada, site):
    site.stop_nginx()
    ada.page.reload()
    ada.expect_state("offline")
    expect(ada.page.locator("#banner")).to_contain_text("the last messages that this device has kept")
    ada.expect_channel("lobby")
    assert ada.messages() == [("Bob", "Hello Ada")]
    expect(ada.page.locator(".message-pane[hidden] .message-text")).to_have_text(["A secret"])
    expect(ada.page.locator("#own-name")).to_have_text("Ada")
    # A message that is written now is sent later. What was deleted meanwhile is gone then.
    ada.submit("Written without a network")
    site.start_nginx()
    with Client(site.url, "Cleo") as cleo:
        is_online(ada)
        expect(ada.page.locator("#banner")).to_be_hidden()
        cleo.until("message", text="Written without a network")
    ada.expect_message("Written without a network")
    assert ada.messages() == [("Bob", "Hello Ada"), ("Ada", "Written without a network")]
    expect(ada.page.locator(".message-pane[hidden] .message-text")).to_have_text(["A secret"])
    ada.ignore_connection_errors()


def test_the_site_comes_first(ada, site):
    """A changed page, a login, another error than one of a proxy."""
    index = site.directory / "html" / "index.html"
    index.write_text(index.read_text().replace("<html ", '<html data-changed="yes" '))
    ada.page.reload()
    is_online(ada)
    expect(ada.page.locator("html")).to_have_attribute("data-changed", "yes")
    conf = site.directory / "site.conf"
    before = conf.read_text()

    def answer(status, is_shown):
        conf.write_text(before.replace("    location / {", f"    location = / {{ default_type text/plain; return {status}; }}\n    location / {{"))
        site.reload_nginx()
        wait_until(lambda: get(ada.url)[0] == int(status.split()[0]), what=status)

        def opens():
            ada.page.goto("about:blank")
            ada.page.goto(ada.url)
            return is_shown()

        # The browser's open connection may still lead to nginx's old process.
        wait_until(opens, what=f"the page after {status}")

    answer('401 "Log in"', lambda: ada.page.locator("body").inner_text() == "Log in")
    # A proxy that does not reach the site: as without a network.
    answer("502", lambda: ada.page.locator("#connection-state").count() == 1)
    is_online(ada)
    ada.ignore_connection_errors()


def test_it_goes_with_the_user_and_with_the_site(ada, site):
    # The data of the user, as where this browser becomes another one.
    ada.page.evaluate("async (url) => (await import(url)).localState.clearUser()", f"{ada.url}page/local-state.js")
    wait_until(lambda: "A secret" not in ada.page.evaluate(KEPT), what="the messages are deleted")
    # The administrator removes the service worker.
    (site.directory / "html" / "service-worker.js").unlink()
    wait_until(lambda: (ada.page.reload(), ada.page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).length === 0"))[1], what="no service worker")
    assert [name for name in ada.page.evaluate(CACHES) if "shell" in name] == []
    is_online(ada)
    ada.ignore_connection_errors()


def test_the_manifest_names_icons_that_are_there(sites):
    site = sites()
    status, _, manifest = get(site.url + "/chatrelay.webmanifest")
    icons = json.loads(manifest)["icons"]
    assert {icon.get("purpose") for icon in icons} == {None, "maskable"}
    icons.append({"src": "icons/apple-touch-180.png", "sizes": "180x180", "type": "image/png"})
    for icon in icons:
        status, headers, body = get(f"{site.url}/{icon['src']}")
        assert status == 200 and headers["Content-Type"].startswith(icon["type"]) and len(body) < 20_000
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", body[16:24])
            assert icon["sizes"] == f"{width}x{height}"
    assert b'rel="apple-touch-icon" href="icons/apple-touch-180.png"' in get(site.url)[2]
