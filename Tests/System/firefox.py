"""Debian's Firefox without a window, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks itself: no
geckodriver, and no build of playwright's."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import threading
from importlib.resources import files

import pytest
from patience import scaled, wait_until
from websockets.sync.client import connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

# All waits of a test are its own, and nothing is fetched from outside.
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
    "remote.active-protocols": 1,
    "intl.accept_languages": "en-GB, en",
    "ui.prefersReducedMotion": 1,
}

ENTER, ESCAPE, CONTROL, UP, DELETE = "\ue007", "\ue00c", "\ue009", "\ue013", "\ue017"


@pytest.fixture(scope="module")
def firefox():
    if not FIREFOX:
        pytest.skip("firefox-esr is not installed")
    firefox = Firefox()
    yield firefox
    firefox.close()


class Firefox:
    """The browser; `tab(url)` opens a tab in a storage of its own."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="chatrelay-firefox-")
        with open(f"{self._profile}/user.js", "w") as file:
            file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", FIREFOX, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", self._profile],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self._environment())
        self._printed, self._answers, self._events, self._number = [], {}, [], 0
        threading.Thread(target=self._print, daemon=True).start()
        self._connection = contextlib.ExitStack()
        address = wait_until(self._address, seconds=60, what="Firefox")
        self._socket = self._connection.enter_context(connect(f"{address}/session", max_size=None))
        threading.Thread(target=self._receive, daemon=True).start()
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])

    def call(self, method, **parameters):
        """A command, and its result."""
        self._number += 1
        number = self._number
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = wait_until(lambda: self._answers.pop(number, None), seconds=30, what=method)
        assert answer["type"] == "success", answer
        return answer["result"]

    def tab(self, url):
        context = self.call("browser.createUserContext")["userContext"]
        tab = Tab(self, self.call("browsingContext.create", type="tab", userContext=context)["context"])
        self.call("browsingContext.setViewport", context=tab.context, viewport={"width": 1280, "height": 800})
        tab.go(url)
        return tab

    def errors(self, context):
        """The errors in the console of a tab."""
        return [event["text"] for event in list(self._events) if event["level"] == "error" and event["source"].get("context") == context]

    def close(self):
        self._connection.close()
        self._process.terminate()
        self._process.wait(scaled(30))
        shutil.rmtree(self._profile, ignore_errors=True)

    def _environment(self):
        # Firefox writes into the home folder, whatever the profile is.
        return {"HOME": self._profile, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MOZ_CRASHREPORTER_DISABLE": "1"}

    def _address(self):
        assert self._process.poll() is None, "".join(self._printed)
        return next((found[1] for line in list(self._printed) if (found := re.search(r"BiDi listening on (ws://\S+)", line))), None)

    def _print(self):
        self._printed.extend(self._process.stderr)

    def _receive(self):
        for text in self._socket:
            message = json.loads(text)
            if message["type"] == "event":
                self._events.append(message["params"])
            else:
                self._answers[message["id"]] = message


class Tab:
    """One tab. Its functions wait until what they ask for is there."""

    def __init__(self, firefox, context):
        self._firefox, self.context, self._forgotten = firefox, context, 0

    def go(self, url):
        self._firefox.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def reload(self):
        self._firefox.call("browsingContext.reload", context=self.context, wait="complete")

    def activate(self):
        """Brings the tab to the front, so that its page has the focus."""
        self._firefox.call("browsingContext.activate", context=self.context)

    def close(self):
        self._firefox.call("browsingContext.close", context=self.context)

    def run(self, function, *arguments):
        """Calls a JavaScript function with texts, numbers and lists. Returns its result as JSON has it."""
        answer = self._firefox.call(
            "script.callFunction", target={"context": self.context}, awaitPromise=True, userActivation=True,
            functionDeclaration=f"async (text) => JSON.stringify(await ({function})(...JSON.parse(text)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arguments)}])
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def until(self, function, *arguments):
        """Waits until a function returns something true."""
        return wait_until(lambda: self.run(function, *arguments), seconds=20, what=function)

    def text(self, selector):
        """The text of the last such element; None without one."""
        return self.run("(selector) => [...document.querySelectorAll(selector)].at(-1)?.textContent", selector)

    def expect_text(self, selector, text):
        wait_until(lambda: self.text(selector) == text, seconds=20, what=f"{text!r} in {selector}")

    def click(self, selector):
        self._perform("pointer", [self._move(selector), {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])

    def _move(self, selector):
        point = self.until("""(selector) => {
            const box = document.querySelector(selector)?.getBoundingClientRect();
            return box?.width && [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
        }""", selector)
        return {"type": "pointerMove", "x": point[0], "y": point[1]}

    def hover(self, selector):
        self._perform("pointer", [self._move(selector)])

    def type(self, text, held=""):
        """Presses the keys of a text while the `held` one is down."""
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._perform("key", [*({"type": "keyDown", "value": key} for key in held), *strokes,
                              *({"type": "keyUp", "value": key} for key in held)])

    def resize(self, width, height):
        self._firefox.call("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def accessibility_violations(self):
        """What axe-core finds in the page as it is now."""
        axe = files("axe_playwright_python").joinpath("axe.min.js").read_text()
        self._firefox.call("script.evaluate", target={"context": self.context}, expression=axe + ";0", awaitPromise=False)
        return self.run("""async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
            .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])""")

    @property
    def errors(self):
        return self._firefox.errors(self.context)[self._forgotten:]

    def forget_errors(self):
        """Those that a test caused by stopping the site."""
        self._forgotten = len(self._firefox.errors(self.context))

    def _perform(self, kind, actions):
        self._firefox.call("input.performActions", context=self.context, actions=[{"type": kind, "id": kind, "actions": actions}])
