"""The page as nginx/bundle makes it: few files with hashes in their names, which browsers keep."""

import collections
import json
import os
import re
import shutil
import subprocess

import pytest
from manual import block
from page_object import ChatPage, browser, chat_pages  # noqa: F401  (fixtures)
from playwright.sync_api import expect
from test_nginx import get
from website import REPOSITORY

FILES = "() => performance.getEntriesByType('resource').map(({name, transferSize}) => [name, transferSize])"
RULES = "() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText.replace(/(,?)\\s+/g, '$1 ').replace(/,(?! )/g, ', ')))"
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def site(sites):
    return sites(bundle=True)


def bundle(folder, target, **environment):
    """Runs a copy of nginx/bundle in a folder, for the page beside it. Returns what it prints."""
    done = subprocess.run([folder / "bundle", target], env=os.environ | environment, check=True, text=True, capture_output=True)
    return done.stdout + done.stderr


def hashed(chat):
    """The files with a hash that the page has loaded: paths below its folder, and the bytes that were sent."""
    files = {url.removeprefix(chat.url): size for url, size in chat.page.evaluate(FILES)}
    return {url: size for url, size in files.items() if url.startswith("page/")}


def members(source):
    """The members of each class of a module: [class, name], with "get" or "set" in front where it is an accessor."""
    for name, body in re.findall(r"^(?:export )?class (\w+).*?\{$(.*?)^\}", source, re.M | re.S):
        for accessor, member in re.findall(r"^    (?:static )?(?:async )?(?:(get|set) )?\*?(#?\w+)(?=\(| =|;)", body, re.M):
            yield name, f"{accessor} {member}"


def test_no_class_has_two_members_of_a_name():
    """The second one would silently replace the first. No browser and no bundler says so."""
    assert list(members("class A {\n    #a = 1;\n    get b() {}\n    a() {}\n}\n")) == [("A", " #a"), ("A", "get b"), ("A", " a")]
    for path in (REPOSITORY / "nginx" / "html").rglob("*.js"):
        counted = collections.Counter(members(path.read_text()))
        assert [member for member, count in counted.items() if count > 1] == [], path.name


def test_few_files_which_the_browser_keeps(chat_pages, site):  # noqa: F811
    ada = chat_pages("Ada")
    ada.say("Hello")
    files = hashed(ada)
    assert sorted(file.partition("-")[0] for file in files) == ["page/app", "page/early", "page/style", "page/version.js"]
    del files["page/version.js"]
    for file in files:
        status, headers, body = get(ada.url + file, Accept_Encoding="gzip")
        assert (status, headers["Cache-Control"], headers["Content-Encoding"]) == (200, IMMUTABLE, "gzip")
        assert headers["X-Content-Type-Options"] == "nosniff" and len(body) < 90_000
        status, headers, body = get(f"{ada.url}{file}.map")
        assert status == 200 and headers["Cache-Control"] == IMMUTABLE
        assert all(json.loads(body)["sourcesContent"])
    assert "no-cache" in get(ada.url)[1]["Cache-Control"]
    status, headers, _ = get(ada.url + "page/app-AAAAAAAA.js")
    assert status == 404 and headers["Cache-Control"] is None, "or a browser would keep the error for a year"
    ada.page.goto(ada.url)
    ada.expect_state("online")
    assert all(size == 0 for file, size in hashed(ada).items() if file in files), "from the browser's cache"
    # Other pages import the library from where it was.
    assert ada.page.evaluate("async (url) => typeof (await import(url)).ChatRelay", ada.url + "chatrelay.js") == "function"


def test_the_style_is_that_of_the_modules(browser, chat_pages, sites):  # noqa: F811
    modules = ChatPage(browser, sites().url, "Ada").open()
    rules = modules.page.evaluate(RULES)
    modules.context.close()
    assert len(rules) > 100 and chat_pages("Ada").page.evaluate(RULES) == rules


def test_the_bundle_can_be_under_a_path(browser, sites):  # noqa: F811
    site = sites(lines=block("a path"), bundle=True)
    chat = ChatPage(browser, site.url + "/chat", "Ada").open()
    chat.say("Hello")
    for file in hashed(chat).keys() - {"page/version.js"}:
        assert get(chat.url + file)[1]["Cache-Control"] == IMMUTABLE
    assert get(chat.url + "page/app-AAAAAAAA.js")[0] == 404
    assert chat.errors == []
    chat.context.close()


def test_a_page_notices_another_build(chat_pages, site, tmp_path):  # noqa: F811
    """Of the same version, from changed files."""
    chat = chat_pages("Ada")
    shutil.copytree(REPOSITORY / "nginx", tmp_path / "nginx")
    index = tmp_path / "nginx" / "html" / "index.html"
    index.write_text(index.read_text().replace("<html ", '<html data-changed="yes" '))
    html = site.directory / "html"
    assert bundle(tmp_path / "nginx", site.directory / "new") == "", "no warning of esbuild"
    html.rename(site.directory / "old")
    (site.directory / "new").rename(html)
    site.stop_daemon()
    site.start_daemon()
    expect(chat.page.locator("html")).to_have_attribute("data-changed", "yes")
    chat.expect_state("online")
    expect(chat.page.locator("html")).to_have_attribute("data-started", "yes")
    chat.ignore_connection_errors()


def test_without_esbuild_the_page_stays_as_it_is(tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in ("dirname", "mkdir", "cp"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    printed = bundle(REPOSITORY / "nginx", tmp_path / "html", PATH=str(tmp_path / "bin"))
    assert "apt-get install esbuild" in printed and len(printed.splitlines()) == 1
    source = REPOSITORY / "nginx" / "html"
    files = {path.relative_to(source): path.read_bytes() for path in source.rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "html"): path.read_bytes() for path in (tmp_path / "html").rglob("*") if path.is_file()} == files
