"""Mistakes of an administrator, each made under systemd. Each leads to one sentence that says what to do: the daemon's own, or
in the manual beside the message of nginx or systemd. Doing so helps."""

import os
import re
import socket
import subprocess

import pytest

from client import Client
from patience import wait_until
from test_box import SOCKET, show, unit  # noqa: F401 (unit is a fixture)
from website import REPOSITORY

SOCKET_DROP_IN = "/run/systemd/system/chatrelay.socket.d/test.conf"
SERVICE_DROP_IN = "/run/systemd/system/chatrelay.service.d/test.conf"
SETTINGS = "/etc/default/chatrelay"
STATE = "/var/lib/private/chatrelay"
SITE = "/etc/nginx/sites-enabled/chatrelay.conf"
NGINX_LOG = "/var/log/nginx/error.log"


@pytest.fixture(scope="module")
def remedy():
    """What the manual says to do about a message, by words of the message."""
    manual = subprocess.run(["man", "-E", "UTF-8", "-l", REPOSITORY / "systemd" / "chatrelay.service.8"], check=True, text=True,
                            capture_output=True, env=os.environ | {"MANWIDTH": "400", "LC_ALL": "C.UTF-8"}).stdout
    section = re.split(r"^(?=\S)", manual, flags=re.MULTILINE)
    diagnostics = next(part for part in section if part.startswith("DIAGNOSTICS"))
    entries = re.findall(r"^ {5}(\S.*)\n((?: {6,}\S.*\n)+)", diagnostics, re.MULTILINE)
    assert len(entries) > 10

    def find(words):
        found = [said for title, said in entries if words in title]
        assert len(found) == 1, f"{words}: {entries}"
        return " ".join(found[0].split()).translate(str.maketrans("", "", "‘’"))

    return find


@pytest.fixture
def mistake(unit):  # noqa: F811
    """The box; drop-ins and settings of the test are removed afterwards."""
    yield unit
    for path in (SOCKET_DROP_IN, SERVICE_DROP_IN, SETTINGS):
        unit.path(path).unlink(missing_ok=True)
    unit.run("systemctl", "unmask", "--runtime", "chatrelay.socket")
    unit.run("systemctl", "daemon-reload")
    unit.run("systemctl", "stop", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    # It fails for a unit that is no longer loaded.
    unit.run("systemctl", "reset-failed", "chatrelay.service", check=False)


@pytest.fixture
def nginx(mistake):
    """nginx runs. Returns what it has logged since the test began."""
    log = mistake.path(NGINX_LOG)
    start = log.stat().st_size if log.exists() else 0
    mistake.run("systemctl", "start", "nginx.service")
    yield lambda: log.read_bytes()[start:].decode()
    mistake.run("systemctl", "stop", "nginx.service")


def drop_in(box, path, text):
    box.write(path, text)
    box.run("systemctl", "daemon-reload")


def logged(box):
    """The whole journal since the test began, because systemd does not always know the unit of a process that ends at once."""
    box.run("journalctl", "--sync")
    return box.output("journalctl", f"--since=@{box.since:.6f}")


def upgrade_status(box):
    """The status of nginx's answer to an upgrade."""
    return box.output("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "10",
                      "http://127.0.0.1:3000/ws")


def chats(box, port=3000):
    with Client(box.connect(port), "Ada") as ada:
        ada.say("hello")
        ada.until("message", id="hello")


def test_nginx_may_not_open_the_socket(mistake, nginx, remedy):
    drop_in(mistake, SOCKET_DROP_IN, "[Socket]\nSocketGroup=games\n")
    mistake.run("systemctl", "restart", "chatrelay.socket")
    assert upgrade_status(mistake) == "502"
    said = f"connect() to unix:{SOCKET} failed (13: Permission denied)"
    assert said in nginx()
    assert "set SocketGroup= of chatrelay.socket" in remedy(said)
    drop_in(mistake, SOCKET_DROP_IN, "[Socket]\nSocketGroup=www-data\n")
    mistake.run("systemctl", "restart", "chatrelay.socket")
    chats(mistake)


def test_the_socket_has_an_unknown_group(mistake, remedy):
    drop_in(mistake, SOCKET_DROP_IN, "[Socket]\nSocketGroup=nosuch\n")
    assert mistake.run("systemctl", "restart", "chatrelay.socket", check=False).returncode != 0
    assert "Failed to resolve group nosuch" in logged(mistake)
    assert "set SocketGroup= of chatrelay.socket" in remedy("Failed to resolve group")
    drop_in(mistake, SOCKET_DROP_IN, "[Socket]\nSocketGroup=www-data\n")
    mistake.run("systemctl", "restart", "chatrelay.socket")
    Client(str(mistake.path(SOCKET)), "Ada").leave()


def test_the_socket_is_missing(mistake, nginx, remedy):
    mistake.run("systemctl", "disable", "--now", "chatrelay.socket")
    assert upgrade_status(mistake) == "502"
    assert f"connect() to unix:{SOCKET} failed (2: No such file or directory)" in nginx()
    assert "systemctl enable --now chatrelay.socket" in remedy("failed (2: No such file or directory)")
    mistake.run("systemctl", "enable", "--now", "chatrelay.socket")
    chats(mistake)


def test_the_socket_is_stale(mistake, nginx, remedy):
    mistake.run("systemctl", "stop", "chatrelay.socket")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(mistake.path(SOCKET)))
    mistake.path(SOCKET).chmod(0o666)
    assert upgrade_status(mistake) == "502"
    assert f"connect() to unix:{SOCKET} failed (111: Connection refused)" in nginx()
    assert "systemctl restart chatrelay.socket" in remedy("failed (111: Connection refused)")
    mistake.run("systemctl", "restart", "chatrelay.socket")
    chats(mistake)


def test_the_user_of_the_proxy_is_not_visible_to_the_daemon(mistake, nginx):
    mistake.write(SETTINGS, "CHATRELAY_PROXY_USER=www-data\n")
    assert mistake.run("systemctl", "start", "chatrelay.service", check=False).returncode != 0
    wait_until(lambda: "set PrivateUsers=no in a drop-in" in show(mistake, "StatusText"), what="the status")
    drop_in(mistake, SERVICE_DROP_IN, "[Service]\nPrivateUsers=no\n")
    wait_until(lambda: show(mistake, "ActiveState") == "active", what="the next automatic start")
    chats(mistake)
    # The group of the socket may open it, but only the user of nginx may connect.
    refused = mistake.output("setpriv", "--reuid=games", "--regid=www-data", "--clear-groups", "curl", "--silent",
                              "--unix-socket", SOCKET, "http://localhost/healthz")
    assert refused == "Only the proxy may connect here."
    assert "may not connect to the socket" in logged(mistake)


def test_the_port_of_nginx_is_in_use(mistake, remedy):
    mistake.run("systemd-run", "--unit=squatter", "--socket-property=ListenStream=0.0.0.0:3000", "cat")
    try:
        assert mistake.run("systemctl", "start", "nginx.service", check=False).returncode != 0
        said = "bind() to 0.0.0.0:3000 failed (98: Address already in use)"
        assert said in logged(mistake)
        assert "change listen in /etc/nginx/sites-available/chatrelay" in remedy(said)
        mistake.run("sed", "-i", "s/listen 3000;/listen 3001;/", SITE)
        mistake.run("systemctl", "start", "nginx.service")
        chats(mistake, 3001)
    finally:
        mistake.run("sed", "-i", "s/listen 3001;/listen 3000;/", SITE)
        mistake.run("systemctl", "stop", "nginx.service")
        mistake.run("systemctl", "stop", "squatter.socket")
        mistake.run("systemctl", "reset-failed", "nginx.service", check=False)


def test_the_daemon_is_started_by_hand(mistake):
    by_hand = mistake.run("chatrelay", "serve", check=False)
    assert by_hand.returncode == 71
    assert "start it with “systemctl start chatrelay.socket”, or give --listen PATH." in by_hand.stdout
    assert len(by_hand.stdout.splitlines()) == 1


def test_the_socket_unit_is_masked(mistake, remedy):
    mistake.run("systemctl", "stop", "chatrelay.socket")
    mistake.run("systemctl", "mask", "--runtime", "chatrelay.socket")
    started = mistake.run("systemctl", "start", "chatrelay.service", check=False)
    assert started.returncode != 0 and "Unit chatrelay.socket is masked" in started.stdout
    assert "systemctl unmask chatrelay.socket" in remedy("Unit chatrelay.socket is masked")
    mistake.run("systemctl", "unmask", "--runtime", "chatrelay.socket")
    # The service alone starts its socket, too.
    mistake.run("systemctl", "start", "chatrelay.service")
    Client(str(mistake.path(SOCKET)), "Ada").leave()


@pytest.fixture(params=["sandbox", "disk", "file"])
def unwritable(request, mistake):
    """A state directory that can't be written: whether the daemon reports it, and a function that repairs it."""
    mistake.run("mkdir", "-p", STATE)
    if request.param == "sandbox":
        drop_in(mistake, SERVICE_DROP_IN, f"[Service]\nReadOnlyPaths={STATE}\n")
        repair = ["sh", "-c", f"rm {SERVICE_DROP_IN}; systemctl daemon-reload"]
    elif request.param == "disk":
        mistake.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", STATE)
        repair = ["umount", STATE]
    else:
        mistake.run("rmdir", STATE)
        mistake.write(STATE, "in the way")
        repair = ["rm", STATE]
    repaired = []
    yield request.param == "sandbox", lambda: repaired.append(mistake.run(*repair))
    if not repaired:
        mistake.run(*repair)


def test_a_state_directory_that_can_not_be_written(mistake, unwritable, remedy):
    daemon_reports_it, repair = unwritable
    assert mistake.run("systemctl", "start", "chatrelay.service", check=False).returncode != 0
    if daemon_reports_it:
        said = "The ledger /var/lib/chatrelay/ledger can't be opened"
        sentence = f"{said}: its directory must exist, be writable, and belong to the service's user."
        wait_until(lambda: show(mistake, "StatusText") == sentence, what="the status")
    else:
        # systemd fails to make the directory before it starts the daemon.
        said = sentence = "Failed to set up special execution directory in /var/lib"
        assert "/var/lib/private/chatrelay" in remedy(said)
    assert sentence in logged(mistake)
    repair()
    wait_until(lambda: show(mistake, "ActiveState") == "active", what="the next automatic start")
    Client(str(mistake.path(SOCKET)), "Ada").leave()
