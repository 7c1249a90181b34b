"""The daemon as a service: settings, sockets, notifications, end."""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

import pytest

from client import Client, Closed, Connection, request
from daemon import launch
from pages import get
from patience import scaled, wait_until
from website import REPOSITORY

USAGE, SYSTEM, CONFIGURATION = 64, 71, 78  # sysexits(3)


@pytest.fixture
def run(chatrelay):
    """Runs the program to its end. Returns the exit status and its output."""
    def run(*arguments, **options):
        process = launch(chatrelay, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        try:
            output, _ = process.communicate(timeout=scaled(15))
        finally:
            process.kill()
        return process.returncode, output

    return run


# Settings

WRONG = [
    ("max-connections", "0", "1 to 1000000"),
    ("max-connections", "many", "1 to 1000000"),
    ("address-connections", "-1", "0 to 1000000"),
    ("user-connections", "few", "0 to 1000000"),
    ("proxy-user", "no such user", "a user of this machine"),
    ("handshake-timeout", "-1", "1 to 300"),
    ("ping-interval", "1.5", "1 to 3600"),
    ("idle-timeout", "30", "at least twice --ping-interval"),
    ("outbox-bytes", "9999999999999999999999", "131072 to"),
    ("outbox-bytes", "131071", "131072 to"),
    ("rooms", "lobby,Lobby", "a-z 0-9 -"),
    ("rooms", ",", "a-z 0-9 -"),
    ("room-creation", "yes", "on or off"),
    ("text-bytes", "0", "1 to"),
    ("rate", "ten", "0 to"),
    ("burst", "0", "1 to"),
    ("allow-origin", "example.org", "https://"),
    ("allow-origin", "https://*.example.org", "as browsers name them"),
    ("hosts", "https://example.org", "such as chat.example.org"),
    ("listen", "relative.sock", "absolute path"),
    ("ledger", "relative", "absolute path"),
    ("durability", "both", "process or power"),
    ("keep-days", "-1", "0 to 36500"),
    ("keep-messages", "all", "0 to"),
    ("keep-megabytes", "0.5", "0 to"),
    ("identity", "none", "token, proxy or signed"),
    ("name-days", "0", "1 to 3650"),
    ("grace", "301", "0 to 300"),
]


@pytest.mark.parametrize("name, value, allowed", WRONG)
def test_a_wrong_option_is_named_with_its_value_and_what_is_allowed(run, name, value, allowed):
    status, output = run("serve", "--check", f"--{name}={value}")
    assert status == CONFIGURATION
    assert f"--{name}" in output and f"“{value}”" in output and allowed in output
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize("name, value, allowed", WRONG)
def test_a_wrong_variable_is_named_in_the_same_way(run, name, value, allowed):
    variable = "CHATRELAY_" + name.upper().replace("-", "_")
    status, output = run("serve", environment={variable: value})
    assert status == CONFIGURATION
    assert (variable in output or f"--{name}" in output) and f"“{value}”" in output and allowed in output


def test_an_option_wins_over_its_variable(run):
    assert run("serve", "--check", "--rate", "5", environment={"CHATRELAY_RATE": "ten"})[0] == 0


def test_check_says_that_the_configuration_is_good(run):
    status, output = run("serve", "--check", "--rooms", "lobby,attic")
    assert status == 0 and "good" in output


def test_check_says_what_nginx_would_end(run):
    """proxy_read_timeout is how long nginx waits for a ping."""
    limit = int(re.search(r"^proxy_read_timeout (\d+)s;", (REPOSITORY / "nginx" / "proxy.conf").read_text(), re.M)[1])
    for seconds, is_good in (limit - 1, True), (limit, False):
        status, output = run("serve", "--check", "--hosts", "a.example", f"--ping-interval={seconds}", "--idle-timeout=300")
        assert status == 0 and ("good" in output) == is_good
        assert (f"--ping-interval: {limit} s" in output and "proxy_read_timeout" in output) == (not is_good)


@pytest.mark.parametrize("options, said", [
    ([], "--hosts is not set"), (["--allow-origin", "https://a.example"], "--hosts is not set"),
    (["--allow-origin", "*"], "--allow-origin: pages of all sites may connect"), (["--hosts", "a.example"], None),
])
def test_check_says_what_is_open(run, options, said):
    status, output = run("serve", "--check", *options)
    assert status == 0 and output.splitlines()[0] == "The configuration is good."
    assert (said in output if said else len(output.splitlines()) == 1)


def test_unknown_arguments_are_usage_errors(run):
    assert run("serve", "--no-such-option")[0] == USAGE
    assert run("dance")[0] == USAGE


def test_help_and_version(run):
    status, output = run("serve", "--help")
    assert status == 0
    for name, _, _ in WRONG:
        assert f"--{name}" in output
    status, output = run("--version")
    assert status == 0 and output.strip().count(".") == 2
    status, output = run("--generate-completion-script", "bash")
    assert status == 0 and "--max-connections" in output


def test_settings_take_effect(serve):
    daemon = serve("--rooms", "hall,attic", environment={"CHATRELAY_ROOM_CREATION": "off", "CHATRELAY_TEXT_BYTES": "4"})
    with Client(daemon.path, "Ada", rooms=["hall"]) as ada:
        assert ada.welcome["rooms"] == ["hall", "attic"] and ada.welcome["limits"]["text"] == 4
        ada.send("join", room="cellar", create=True)
        ada.until("error", room="cellar")
        ada.say("12345", room="hall")
        ada.until("error", code="text-too-long")


@pytest.mark.parametrize("allowed, origin, status", [
    (None, None, 101), (None, "http://localhost", 101),
    ("https://other.example", "https://other.example", 101), ("*", "https://any.example", 101)])
def test_origins(serve, allowed, origin, status):
    daemon = serve(*(["--allow-origin", allowed] if allowed else []))
    with Connection(daemon.path, upgrade=False) as connection:
        connection.send(request(Origin=origin))
        assert connection.response()[0] == status


# Sockets

def listening(kind=socket.SOCK_STREAM, path=None):
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET, kind)
    listener.bind(str(path) if path else ("127.0.0.1", 0))
    return listener


def test_one_passed_socket_may_have_any_name(chatrelay, tmp_path):
    listener = listening(path=tmp_path / "s")
    listener.listen()
    process = launch(chatrelay, "serve", listeners=[listener], names="chatrelay.socket", stderr=subprocess.DEVNULL)
    with Client(listener.getsockname(), "Ada"):
        process.terminate()
        assert process.wait(scaled(15)) == 0


def test_several_passed_sockets_all_serve(serve, tmp_path):
    listeners = [listening(path=tmp_path / name) for name in "ab"]
    for listener in listeners:
        listener.listen()
    serve(listeners=listeners, environment={"LISTEN_FDNAMES": "websocket:websocket"})
    with Client(listeners[0].getsockname(), "Ada") as ada, Client(listeners[1].getsockname(), "Bob") as bob:
        bob.say("across")
        ada.until("message", text="across")


def test_a_socket_of_the_wrong_kind_is_refused_with_a_reason(run, tmp_path):
    tcp = listening()
    tcp.listen()
    datagram = listening(socket.SOCK_DGRAM, tmp_path / "datagram")
    idle = listening(path=tmp_path / "idle")
    for wrong, reason in ((tcp, "AF_UNIX"), (datagram, "SOCK_STREAM"), (idle, "does not listen")):
        status, output = run("serve", listeners=[wrong])
        assert status == SYSTEM and reason in output and "“websocket”" in output
        assert len(output.splitlines()) == 1


def test_a_second_socket_of_an_unknown_name_is_refused(run, tmp_path):
    listeners = [listening(path=tmp_path / name) for name in "ab"]
    for listener in listeners:
        listener.listen()
    status, output = run("serve", listeners=listeners, names="websocket:metrics")
    assert status == SYSTEM and "“metrics”" in output


def test_no_socket_at_all(run):
    status, output = run("serve")
    assert status == SYSTEM and "--listen" in output and "chatrelay.socket" in output


def test_a_path_in_use(daemon, run):
    status, output = run("serve", "--listen", daemon.path)
    assert status == SYSTEM and daemon.path in output and "Another program" in output
    Client(daemon.path, "Ada").leave()


def test_a_missing_directory(run, tmp_path):
    status, output = run("serve", "--listen", f"{tmp_path}/none/chat.sock")
    assert status == SYSTEM and "does not exist" in output


def test_no_permission(chatrelay, tmp_path):
    directory = tmp_path / "closed"
    directory.mkdir(mode=0o500)
    command = [chatrelay]
    if os.geteuid() == 0:  # root may write anywhere
        for folder in (tmp_path, *(one for one in tmp_path.parents if one.name.startswith(("pytest-", "popen-")))):
            folder.chmod(0o755)
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", tmp_path / "chatrelay"]
        shutil.copy(chatrelay, tmp_path / "chatrelay")
    done = subprocess.run([*command, "serve", "--listen", directory / "chat.sock"], timeout=scaled(15),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == SYSTEM and "may not make the socket" in done.stdout


def test_a_stale_socket_is_replaced(serve):
    daemon = serve()
    assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    assert os.path.exists(daemon.path)
    again = serve(path=daemon.path)
    Client(daemon.path, "Ada").leave()
    assert again.stop() == 0
    assert not os.path.exists(daemon.path)


# Notifications and end

def test_the_service_manager_is_notified(serve):
    start = time.monotonic()
    daemon = serve(environment={"WATCHDOG_USEC": "400000"})
    assert next(line for line in daemon.notified.lines if not line.startswith("FD")) == "READY=1"
    wait_until(lambda: daemon.notified.lines.count("WATCHDOG=1") >= 10, what="ten watchdog pings")
    # Each has to come before the interval ends; the daemon sends one at half of it.
    assert time.monotonic() - start < scaled(10 * 0.4)
    with Client(daemon.path, "Ada", rooms=["lobby"]), Client(daemon.path, "Bob"):
        notified = len(daemon.notified.lines)
        daemon.notified.wait("STATUS=2 connections, 2 users, 1 room, ", after=notified)
    assert daemon.stop() == 0
    assert "STOPPING=1" in daemon.notified.lines
    assert daemon.notified.lines.count("READY=1") == 1


def test_without_a_watchdog_there_are_no_pings(serve):
    daemon = serve()
    daemon.notified.wait("STATUS=0 connections")
    assert "WATCHDOG=1" not in daemon.notified.lines


def make_busy(daemon):
    """The service manager reads nothing, and its socket is full."""
    daemon.notified.pause()
    for _ in range(12):
        count = daemon.log().count("The settings were reloaded")
        os.kill(daemon.pid, signal.SIGHUP)
        wait_until(lambda: daemon.log().count("The settings were reloaded") > count, what="a reload")


def unstored(daemon):
    return int(re.search(r"^chatrelay_unstored_connections (\d+)", get(daemon.path, "/metrics")[2], re.M)[1])


def test_nobody_waits_for_a_busy_service_manager(serve, tmp_path):
    """What the descriptor store does not have yet is known, and is sent when the service manager reads again."""
    daemon = serve("--grace", "10", "--ledger", str(tmp_path / "ledger"), environment={"WATCHDOG_USEC": "400000"})
    wait_until(lambda: unstored(daemon) == 0, what="the first socket pairs in the store")
    make_busy(daemon)
    with contextlib.ExitStack() as stack:
        # Two socket pairs were stored before, with room for 250 connections each, those for /metrics included.
        clients = [stack.enter_context(Client(daemon.path, f"User {number}", rooms=[])) for number in range(520)]
        assert 20 <= unstored(daemon) <= 250
        clients[0].send("who", room="lobby")
        clients[0].until("error", code="not-in-room")
        pings = daemon.notified.lines.count("WATCHDOG=1")
        daemon.notified.resume()
        wait_until(lambda: unstored(daemon) == 0, what="all socket pairs in the store")
        wait_until(lambda: daemon.notified.lines.count("WATCHDOG=1") > pings + 2, what="watchdog pings")
        assert sum(line == "READY=1" for line in daemon.notified.lines) > 1
        daemon.process.kill()
        daemon.process.wait()
        daemon.start_next()
        # All but the last recipient, perhaps: see test_handover.
        kept = 0
        for client in clients:
            with contextlib.suppress(Closed):
                kept += client.until("system")["event"] == "restart"
        assert kept >= 519


def test_a_restart_waits_until_the_service_manager_has_the_state(serve, tmp_path):
    daemon = serve("--grace", "10", "--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        make_busy(daemon)
        daemon.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(1)
        daemon.notified.resume()
        assert daemon.process.wait(scaled(15)) == 0
        daemon.start_next()
        ada.say("still here")
        ada.until("message", id="still-here")
        assert "Took back 1 connection" in daemon.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_closes_connections_with_1001_and_is_a_success(chatrelay, tmp_path, number):
    """SIGTERM is a stop where no service manager would start the daemon again; SIGINT always is."""
    path = str(tmp_path / "chat.sock")
    process = launch(chatrelay, "serve", "--listen", path, stderr=subprocess.PIPE)
    assert "serves on" in process.stderr.readline()
    with Client(path, "Ada") as ada, Connection(path, upgrade=False):
        process.send_signal(number)
        assert ada.expect_close() == 1001
    process.stderr.read()
    assert process.wait() == 0
    assert not os.path.exists(path)


def test_the_log_is_in_order(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        ada.say("a secret")
        ada.until("message")
        ada.send("rename", name="Augusta")
        ada.until("renamed")
    assert daemon.stop() == 0
    expected = [f"serves on {daemon.path}", "Ada connected", "Ada joined lobby", "Ada is now Augusta",
             "Augusta disconnected", "Stopping", "Stopped"]
    places = [daemon.log().find(sentence) for sentence in expected]
    assert -1 not in places and places == sorted(places), daemon.log()
    assert "secret" not in daemon.log()


# What the process is started with

def test_closed_standard_streams_are_not_replaced_by_sockets(serve, chatrelay, tmp_path):
    """A line of the log would else be written to a client, or to the ledger."""
    path = tmp_path / "s"
    process = subprocess.Popen(["bash", "-c", 'exec "$@" <&- >&- 2>&-', "", chatrelay, "serve", "--listen", path, "--ledger",
                                tmp_path / "ledger"])
    try:
        wait_until(path.exists, what="the socket")
        with Client(str(path), "Ada") as ada:
            ada.say("hello", id="1")
            ada.until("message", id="1")
        for number in range(3):
            assert os.readlink(f"/proc/{process.pid}/fd/{number}") == "/dev/null"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(scaled(15)) == 0


def test_a_limit_of_file_sizes_is_no_signal(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (400_000, 400_000))
        for index in range(100):
            ada.say("x" * 8_000, id=str(index))
            while (event := ada.next()).get("id") != str(index):
                pass
            if event["type"] == "error":
                break
        assert event["type"] == "error" and "raise LimitFSIZE= of the service" in daemon.log()
