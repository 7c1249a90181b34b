"""The quickstart, from its command to the chat, to Ctrl-C, and again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from client import Client
from patience import scaled
from test_nginx import get
from website import REPOSITORY, free_port

READY_SECONDS = 600  # where nothing has been built yet


class Quickstart:
    """A running quickstart, and what it has printed. An empty variable is not set."""

    def __init__(self, port, **environment):
        self.port = port
        self.process = subprocess.Popen(
            # A shell that starts the tests in the background makes them ignore SIGINT.
            ["env", "--default-signal=INT", REPOSITORY / "systemd" / "quickstart"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={name: value for name, value in (os.environ | {"PORT": str(port)} | environment).items() if value})
        self.printed = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def url(self):
        """Waits until the page is ready. Returns its address."""
        assert self._ready.wait(scaled(READY_SECONDS))
        found = re.search(r"ready: (http://localhost:\d+)", self.printed)
        assert found, self.printed
        return found[1]

    def end(self, number=None):
        """Sends a signal to the process group, as a terminal does at Ctrl-C; without a signal it waits. Returns the exit status."""
        if number is not None:
            os.killpg(self.process.pid, number)
        self._reader.join(scaled(30))
        return self.process.wait(scaled(30))

    def folders(self):
        return list(Path("/tmp").glob(f"chatrelay-quickstart.{self.process.pid}.*"))

    def _read(self):
        for line in self.process.stdout:
            self.printed += line
            if "ready:" in line:
                self._ready.set()
        self._ready.set()


@pytest.fixture
def start(chatrelay, tmp_path):
    """Starts quickstarts, and ends them. The ledger is a file of the test, unless it names another."""
    started = []

    def start(port, **environment):
        started.append(Quickstart(port, **{"CHATRELAY_LEDGER": str(tmp_path / "ledger")} | environment))
        return started[-1]

    yield start
    for quickstart in started:
        if quickstart.process.poll() is None:
            quickstart.end(signal.SIGTERM)
        assert not quickstart.folders()


@pytest.mark.timeout(READY_SECONDS + 60)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_clients_chat_and_a_second_start_works_at_once(start, number):
    port = free_port()
    for names in (("Ada", "Bob"), ("Cleo", "Dan")):
        quickstart = start(port)
        assert quickstart.url() == f"http://localhost:{port}"
        with Client(quickstart.url(), names[0]) as ada, Client(quickstart.url(), names[1]) as bob:
            bob.say("hello")
            ada.until("message", text="hello")
            assert quickstart.end(number) == 0
            assert ada.expect_close() == 1001
        assert f"{names[0]} joined lobby" in quickstart.printed and "Stopped" in quickstart.printed
        assert not quickstart.folders()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


@pytest.fixture
def empty_ledger():
    """The default ledger of the quickstart, which is new; the one of this clone is put back at the end."""
    folder, kept = (REPOSITORY / ".build" / name for name in ("quickstart", "quickstart.kept"))
    if folder.exists():
        folder.rename(kept)
    yield folder / "ledger"
    shutil.rmtree(folder, ignore_errors=True)
    if kept.exists():
        kept.rename(folder)


def test_history_outlasts_a_second_start(start, empty_ledger):
    for time in range(2):
        quickstart = start(free_port(), CHATRELAY_LEDGER="")
        with Client(quickstart.url(), histories=True) as client:
            texts = [message["text"] for message in client.until("history", room="lobby")["messages"]]
            assert texts == ["said before"] * time
            client.say("said before")
            client.until("message")
        assert quickstart.end(signal.SIGINT) == 0
        assert str(empty_ledger) in quickstart.printed
    assert empty_ledger.stat().st_mode & 0o777 == 0o600


def test_the_ledger_of_the_caller_is_used(start, empty_ledger, tmp_path):
    quickstart = start(free_port(), CHATRELAY_LEDGER=str(tmp_path / "mine"))
    with Client(quickstart.url(), "Ada") as ada:
        ada.say("kept in mine")
        ada.until("message")
    assert quickstart.end(signal.SIGINT) == 0
    assert b"kept in mine" in (tmp_path / "mine").read_bytes() and not empty_ledger.exists()
    assert str(tmp_path / "mine") in quickstart.printed


def test_the_page_of_the_tutorial_is_ready(start, socket_io_client):
    quickstart = start(free_port())
    url = quickstart.url()
    assert f"{url}/tutorial/\n" in quickstart.printed
    assert b"io()" in get(f"{url}/tutorial/")[2]
    assert get(f"{url}/socket.io/socket.io.js")[2] == (socket_io_client / "socket.io.min.js").read_bytes()
    assert get(f"{url}/socket.io/?EIO=4&transport=polling")[0] == 200
    assert quickstart.end(signal.SIGINT) == 0


def test_settings_reach_the_daemon(start):
    quickstart = start(free_port(), CHATRELAY_ROOMS="hall")
    with Client(quickstart.url(), "Ada", rooms=["hall"]) as ada:
        assert ada.welcome["rooms"] == ["hall"]
    assert quickstart.end(signal.SIGINT) == 0


def test_wrong_settings_are_shown(start):
    quickstart = start(free_port(), CHATRELAY_RATE="fast")
    assert quickstart.end() == 1
    assert "CHATRELAY_RATE" in quickstart.printed and "fast" in quickstart.printed


def test_a_port_in_use(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        quickstart = start(other.getsockname()[1])
        assert quickstart.end() == 1
        assert "is taken" in quickstart.printed and "PORT=" in quickstart.printed
        assert len(quickstart.printed.splitlines()) == 1


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1"])
def test_an_invalid_port(start, port):
    quickstart = start(port)
    assert quickstart.end() == 1
    assert f"'{port}'" in quickstart.printed


def test_a_start_after_one_that_was_killed(start):
    port = free_port()
    killed = start(port)
    killed.url()
    killed.process.kill()
    killed.process.wait()
    # nginx and the daemon end by themselves, which ends the output.
    killed.end()
    again = start(port)
    again.url()
    assert not killed.folders()
    assert again.end(signal.SIGINT) == 0
