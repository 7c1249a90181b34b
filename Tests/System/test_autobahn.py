"""Autobahn|Testsuite against the echo server, which is the daemon's WebSocket code (Tests/Echo), directly and through nginx; and as clients of the daemon itself, beside people.

autobahn.txt has the expected verdicts of all 517 cases. Three are not OK, but informational: 7.1.6 (a message that a close frame
overtakes) and 7.13 (close codes that no endpoint may send).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from client import Client, Connection
from patience import scaled, wait_until
from socketio_person import Person
from website import REPOSITORY, Site

FOLDER = Path(__file__).parent
VERDICTS = dict(line.split(" ", 1) for line in (FOLDER / "autobahn.txt").read_text().splitlines())
SECONDS = 3_600
# These take seconds; all cases take half an hour.
FEW = ["1", "2", "3", "4", "5", "6", "7", "10", "9.1", "9.2", "9.3.4", "9.4.9", "9.5.6", "9.7.1", "12.1.1", "12.2.5",
       "12.5.18", "13.1.1", "13.2.7", "13.3.12", "13.5.4", "13.7.8"]
# What the daemon answers without an echo, or refuses.
WITHOUT_ECHO = ["2", "3", "4", "7"]
FEW_THROUGH_NGINX = ["1", "2", "4.1", "5", "6.1", "6.4", "7.1", "7.7", "9.1", "9.2.6", "12.1.4", "13.3.11"]
ALL = ["1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13"]


def few_or_all(few):
    return ALL if os.environ.get("CHATRELAY_ALL") else few


@pytest.fixture(scope="session")
def echo():
    binary = REPOSITORY / ".build" / "release" / "chatrelay-echo"
    assert binary.is_file(), f"{binary} is missing: swift build -c release --product chatrelay-echo --static-swift-stdlib"
    return str(binary)


def serve_echo(echo, path):
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", echo, path])
    wait_until(lambda: listens(path), what="the echo server")
    return process


def listens(path):
    try:
        Connection(path, upgrade=False).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def verify(where, prefixes):
    done = subprocess.run([sys.executable, FOLDER / "autobahn_cases.py", str(where), *prefixes], text=True,
                          capture_output=True, timeout=scaled(SECONDS))
    assert done.returncode == 0, done.stderr
    verdicts = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    expected = {number: verdict for number, verdict in VERDICTS.items()
                if any(f"{number}.".startswith(f"{prefix}.") for prefix in prefixes)}
    assert verdicts == expected


@pytest.mark.timeout(SECONDS)
def test_autobahn_on_the_socket(echo, tmp_path):
    process = serve_echo(echo, f"{tmp_path}/socket")
    try:
        verify(tmp_path / "socket", few_or_all(FEW))
    finally:
        process.kill()
        process.wait()


class EchoSite(Site):
    """nginx with the settings of the site, in front of the echo server."""

    def _listen(self):
        pass

    def start_daemon(self, *options):
        self.echo = serve_echo(self._binary, str(self.directory / "chat.sock"))
        (self.directory / "chat.sock").chmod(0o666)

    def stop(self):
        super().stop()
        self.echo.kill()
        self.echo.wait()


@pytest.mark.timeout(SECONDS)
def test_autobahn_through_nginx(echo):
    site = EchoSite(echo)
    try:
        verify(site.port, few_or_all(FEW_THROUGH_NGINX))
    finally:
        site.stop()


def test_people_beside_the_cases_get_each_message_once_and_in_order(sites, tmp_path):
    """The daemon does not echo, so the verdicts do not matter here: the cases are clients that break every rule, beside people of
    Socket.IO (polled, upgraded, on a WebSocket) and of chatrelay.v1 in the same daemon."""
    site = sites("--ledger", str(tmp_path / "ledger"))
    people = [Person(site.url, transports) for transports in (None, ["polling"], ["websocket"])]
    said, got = [], []
    with Client(site.url, "Ada") as ada, (tmp_path / "verdicts").open("w") as verdicts:
        cases = subprocess.Popen([sys.executable, FOLDER / "autobahn_cases.py", str(site.port), *WITHOUT_ECHO], stdout=verdicts)
        try:
            while cases.poll() is None:
                for number, person in enumerate(people):
                    said.append(f"Socket.IO {number} {len(said)}")
                    person.say(said[-1])
                said.append(f"chatrelay.v1 {len(said)}")
                ada.say(said[-1])
                got += [ada.until("message")["text"] for _ in range(len(said) - len(got))]
                time.sleep(0.2)
        finally:
            cases.kill()
            cases.wait()
        assert cases.returncode == 0
        assert len((tmp_path / "verdicts").read_text().splitlines()) == sum(
            number.split(".")[0] in WITHOUT_ECHO for number in VERDICTS)
    assert len(said) > len(people)
    assert got == said
    for person in people:
        wait_until(lambda: len(person.texts) >= len(said))
        assert person.texts == said and person.log == ["connect"], person.transport
        person.client.disconnect()
