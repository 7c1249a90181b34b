"""The units under systemd: activation, readiness, sandbox, watchdog, journal, and nginx in front."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from client import Client
from frozen import Frozen
from patience import wait_until
from test_journal import chat_until_records_are_dropped
from website import REPOSITORY

SOCKET = "/run/chatrelay/chatrelay.sock"


@pytest.fixture
def unit(box):
    """The box with the socket listening, no daemon and no state, as after the first boot. All is stopped at the end."""
    box.run("systemctl", "start", "chatrelay.socket")
    box.since = time.time()
    yield box
    box.run("systemctl", "stop", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    assert box.output("systemctl", "show", "chatrelay.service", "-P", "Result") == "success"
    box.run("systemctl", "clean", "--what=state", "chatrelay.service")


def show(box, name, unit="chatrelay.service"):
    return box.output("systemctl", "show", unit, "-P", name)


def connect(box, name=None, **fields):
    return Client(str(box.path(SOCKET)), name, **fields)


def journal(box):
    """The daemon's records since the test began."""
    box.run("journalctl", "--sync")
    lines = box.output("journalctl", "-u", "chatrelay", "-o", "json", f"--since=@{box.since:.6f}").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_the_units_are_sound(box):
    units = [f"/lib/systemd/system/chatrelay{name}" for name in (".socket", "-control.socket", ".service")]
    assert box.output("systemd-analyze", "verify", "--man=no", *units) == ""


def test_the_sandbox_is_tight(box):
    """An exposure of 0.2 at most; the option takes tenths."""
    box.run("systemd-analyze", "security", "--offline=yes", "--threshold=2", "/lib/systemd/system/chatrelay.service")


def test_the_first_connection_starts_the_daemon(unit):
    assert show(unit, "ActiveState") == "inactive"
    with connect(unit, "Ada") as ada:
        ada.say("hello")
        ada.until("message", text="hello")
        assert show(unit, "ActiveState") == "active" and show(unit, "SubState") == "running"
        assert show(unit, "NRestarts") == "0" and show(unit, "WatchdogUSec") == "30s"


def test_only_nginx_may_connect(unit):
    assert unit.output("stat", "-c", "%U %G %a", SOCKET) == "root www-data 660"
    refused = unit.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                       "curl", "--silent", "--unix-socket", SOCKET, "http://localhost/ws", check=False)
    assert refused.returncode == 7
    unit.run("setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups",
             "curl", "--silent", "--unix-socket", SOCKET, "http://localhost/ws")


def test_a_stopped_socket_unit_removes_the_socket(unit):
    unit.run("systemctl", "stop", "chatrelay.socket")
    assert not unit.path(SOCKET).exists()


def test_the_daemon_runs_as_a_dynamic_user_without_capabilities(unit):
    with connect(unit, "Ada"):
        process = unit.path(f"/proc/{show(unit, 'MainPID')}/status").read_text()
        fields = {line.split(":")[0]: line.split()[1:] for line in process.splitlines()}
        assert int(fields["Uid"][0]) >= 61184, "a dynamic user"
        assert fields["CapEff"] == ["0000000000000000"] and fields["CapBnd"] == ["0000000000000000"]
        assert fields["NoNewPrivs"] == ["1"] and fields["Seccomp"] == ["2"]


def test_the_status_line_is_live(unit):
    with connect(unit, "Ada"), connect(unit, "Bob"):
        wait_until(lambda: "2 connections, 2 users, 1 room" in show(unit, "StatusText"), what="the status")


def test_the_watchdog_is_set_and_answered(unit):
    unit.write("/run/systemd/system/chatrelay.service.d/watchdog.conf", "[Service]\nWatchdogSec=1\n")
    unit.run("systemctl", "daemon-reload")
    try:
        with connect(unit, "Ada") as ada:
            assert show(unit, "WatchdogUSec") == "1s"
            for _ in range(4):  # over two seconds: longer than the watchdog waits
                last = show(unit, "WatchdogTimestampMonotonic")
                wait_until(lambda: show(unit, "WatchdogTimestampMonotonic") != last, what="the watchdog's answer")
            ada.say("alive")
            ada.until("message", text="alive")
            assert show(unit, "NRestarts") == "0"
    finally:
        unit.path("/run/systemd/system/chatrelay.service.d/watchdog.conf").unlink()
        unit.run("systemctl", "daemon-reload")


def test_the_watchdog_restarts_a_daemon_whose_ledger_hangs(unit):
    unit.write("/run/systemd/system/chatrelay.service.d/watchdog.conf", "[Service]\nWatchdogSec=2\n")
    unit.run("systemctl", "daemon-reload")
    try:
        with connect(unit, "Ada") as ada:
            ada.say("accepted")
            ada.until("message", id="accepted")
            with Frozen(unit.process("chatrelay"), "ledger") as frozen:
                ada.say("waits")
                wait_until(lambda: "stored nothing" in show(unit, "StatusText"), what="the status")
                # systemd learns of the end of the process once its last thread is reaped, which is the frozen one.
                frozen.reap()
        wait_until(lambda: show(unit, "NRestarts") == "1", what="the restart")
        records = journal(unit)
        assert any("Watchdog timeout" in record["MESSAGE"] for record in records)
        assert any("result 'watchdog'" in record["MESSAGE"] for record in records)
        assert sum("The ledger has stored nothing" in record["MESSAGE"] for record in records) == 1
        with ada.reconnect(since=0) as again:
            again.until("message", text="accepted")
            again.say("waits")
            again.until("message", id="waits")
            assert [m["id"] for m in again.ask("history", room="lobby")["messages"]] == ["accepted", "waits"]
    finally:
        unit.path("/run/systemd/system/chatrelay.service.d/watchdog.conf").unlink()
        unit.run("systemctl", "daemon-reload")
        unit.run("systemctl", "stop", "chatrelay.service")
        unit.run("systemctl", "reset-failed", "chatrelay.service")


def test_settings_come_from_their_file(unit):
    """A path of the ledger there, too, wins over the unit's own."""
    unit.write("/etc/default/chatrelay", "CHATRELAY_ROOMS=hall\nCHATRELAY_MAX_CONNECTIONS=7\n"
               "CHATRELAY_LEDGER=/var/lib/chatrelay/elsewhere\n")
    try:
        with connect(unit, "Ada", rooms=["hall"]) as ada:
            assert ada.welcome["rooms"] == ["hall"]
            ada.say("kept", "hall")
            ada.until("message", id="kept")
            assert unit.output("ls", "/var/lib/chatrelay/") == "elsewhere\nelsewhere-shm\nelsewhere-wal"
    finally:
        unit.path("/etc/default/chatrelay").unlink()
    assert [record["CHATRELAY_MAX_CONNECTIONS"] for record in journal(unit)
            if "CHATRELAY_MAX_CONNECTIONS" in record] == ["7"]


@pytest.mark.parametrize("how, restarts", [("restart", "0"), ("kill --signal=KILL", "1")], ids=["restart", "crash"])
def test_history_and_names_outlast_a_restart(unit, how, restarts):
    with connect(unit, "Ada") as ada:
        ada.say("kept")
        number = ada.until("message", id="kept")["seq"]
    process = show(unit, "MainPID")
    unit.run("systemctl", *how.split(), "chatrelay.service")
    with connect(unit, token=ada.token, histories=True) as ada, connect(unit, hello=False) as eve:
        assert ada.name == "Ada"
        assert [message["text"] for message in ada.until("history", room="lobby")["messages"]] == ["kept"]
        ada.say("kept")
        ada.until("ack", id="kept", seq=number)
        eve.send("hello", name="Ada")
        eve.expect("error", code="name-taken")
        assert show(unit, "MainPID") != process and show(unit, "NRestarts") == restarts
    assert unit.output("stat", "-c", "%a", "/var/lib/private/chatrelay/ledger") == "600"


def test_a_damaged_ledger_is_named_and_replaced_without_a_reset(unit):
    connect(unit).leave()
    unit.run("systemctl", "stop", "chatrelay.service")
    unit.write("/var/lib/private/chatrelay/ledger", "noise " * 1000)
    unit.run("systemctl", "start", "chatrelay.service", check=False)
    wait_until(lambda: int(show(unit, "NRestarts")) > 0, what="the first restart")
    failed = [record for record in journal(unit) if "is damaged or not a ledger" in record["MESSAGE"]]
    assert failed and all("/var/lib/chatrelay/ledger" in record["MESSAGE"] for record in failed)
    assert "Defined-By: chatrelay" in unit.output("journalctl", "--dump-catalog", failed[0]["MESSAGE_ID"])
    wait_until(lambda: "is damaged or not a ledger" in show(unit, "StatusText"), what="the status")
    unit.run("rm", "/var/lib/private/chatrelay/ledger")
    connect(unit, "Ada").leave()


def test_records_in_the_journal_have_fields(unit):
    with connect(unit, "Ada") as ada:
        ada.say("a secret")
        ada.until("message")
        ada.tell("Ada", "another secret", id="p")
        ada.until("private")
        assert ada.ask("history")["messages"]
        ada.send("rename", name="Augusta")
        ada.until("renamed")
    unit.run("systemctl", "stop", "chatrelay.service")
    records = [record for record in journal(unit) if record.get("_COMM") == "chatrelay"]
    expected = ["serves on ", "Ada connected", "Ada joined lobby", "Ada is now Augusta", "Augusta disconnected",
             "Stopping", "Stopped"]
    messages = [record["MESSAGE"] for record in records]
    assert all(any(sentence in message for message in messages) for sentence in expected), messages
    assert "secret" not in json.dumps(records)
    for record in records:
        assert len(record["MESSAGE_ID"]) == 32 and record["_SYSTEMD_UNIT"] == "chatrelay.service", record
    renamed = next(record for record in records if "is now" in record["MESSAGE"])
    assert renamed["CHATRELAY_USER"] == "Augusta" and renamed["CHATRELAY_WAS"] == "Ada"


def test_records_of_one_connection_have_its_number(unit):
    with connect(unit, "Ada", headers={"X-Real-IP": "192.0.2.7"}), connect(unit, "Bob") as bob:
        bob.send("join", room="attic", create=True)
        bob.until("joined", room="attic")
        bob.send("leave", room="attic")
        bob.until("left", room="attic")
    unit.run("systemctl", "stop", "chatrelay.service")

    def fields(name, *sentences):
        """The connections, rooms, addresses and close codes in the records of a user."""
        found = [record for record in journal(unit) if record.get("CHATRELAY_USER") == name
                 and any(sentence in record["MESSAGE"] for sentence in sentences)]
        return {field: {record.get(f"CHATRELAY_{field}") for record in found}
                for field in ("CONNECTION", "ROOM", "ADDRESS", "CLOSE_CODE")}

    ada, bob = (fields(name, "connected", " joined ") for name in ("Ada", "Bob"))
    assert len(ada["CONNECTION"] | bob["CONNECTION"]) == 2 and None not in ada["CONNECTION"] | bob["CONNECTION"]
    assert ada["ADDRESS"] == {"192.0.2.7"} and bob["ADDRESS"] == {None}
    assert bob["ROOM"] == {None, "lobby", "attic"} and ada["CLOSE_CODE"] == {None, "1000"}
    assert fields("Bob", " left ")["ROOM"] == {"attic"}


def test_the_catalog_has_an_entry_for_each_record(unit):
    connect(unit, "Ada").leave()
    unit.run("systemctl", "stop", "chatrelay.service")
    unit.run("journalctl", "--sync")
    explained = unit.output("journalctl", "-x", "-u", "chatrelay", f"--since=@{unit.since:.6f}")
    assert "Subject: Ada joined lobby" in explained and "Defined-By: chatrelay" in explained
    for record in journal(unit):
        if record.get("_COMM") == "chatrelay":
            catalog = unit.output("journalctl", "--dump-catalog", record["MESSAGE_ID"])
            assert "Defined-By: chatrelay" in catalog


def test_nobody_waits_for_a_journald_that_has_stopped(unit):
    """Until its socket is full, and then the daemon's queue of records."""
    connect(unit, "Eve").leave()
    journald = unit.process("systemd-journal")
    os.kill(journald, signal.SIGSTOP)
    try:
        dropped = chat_until_records_are_dropped(str(unit.path(SOCKET)))
    finally:
        os.kill(journald, signal.SIGCONT)
    sentence = "could not be written before this one"
    wait_until(lambda: any(sentence in record["MESSAGE"] for record in journal(unit)), what="the number of lost records")
    told = [re.match(r"(\d+) records? could not be written", record["MESSAGE"]) for record in journal(unit)]
    assert sum(int(match[1]) for match in told if match) >= dropped
    assert show(unit, "NRestarts") == "0"


@pytest.mark.parametrize("socket", ["chatrelay.socket", "chatrelay-control.socket"])
def test_a_socket_is_restarted_while_the_service_runs(unit, socket):
    """A planned restart of the daemon comes with it, so no connection is lost, and the new socket works."""
    with connect(unit, "Ada") as ada:
        pid = show(unit, "MainPID")
        unit.run("systemctl", "restart", socket)
        ada.say("still here")
        ada.until("message", id="still-here")
        assert show(unit, "MainPID") != pid
        assert "connections  1 of" in unit.output("chatrelay", "status")


@pytest.fixture
def instances(unit, chatrelay, tmp_path):
    """The templates of systemd/install, with the instances blue and green, which are gone at the end."""
    subprocess.run([REPOSITORY / "systemd" / "install"], check=True, capture_output=True,
                   env=os.environ | {"CHATRELAY": chatrelay, "DESTDIR": str(tmp_path), "PREFIX": "/usr"})
    for template in (tmp_path / "usr/lib/systemd/system").glob("chatrelay*@*"):
        unit.put(template, f"/run/systemd/system/{template.name}")
    unit.run("systemctl", "daemon-reload")
    units = [f"chatrelay{part}@{name}.socket" for name in ("blue", "green") for part in ("", "-control")]
    unit.run("systemctl", "start", *units)
    yield unit
    unit.run("systemctl", "stop", *units, "chatrelay@blue.service", "chatrelay@green.service")
    unit.run("systemctl", "clean", "--what=state", "chatrelay@blue.service", "chatrelay@green.service")
    unit.run("sh", "-c", "rm -f /run/systemd/system/chatrelay*@* /etc/default/chatrelay-*")
    unit.run("systemctl", "daemon-reload")


def test_instances_are_independent(instances):
    names = [f"chatrelay{part}@blue.{kind}" for part, kind in (("", "socket"), ("-control", "socket"), ("", "service"))]
    assert instances.output("systemd-analyze", "verify", "--man=no", *names) == ""
    where = {name: str(instances.path(f"/run/chatrelay/{name}/chatrelay.sock")) for name in ("blue", "green")}
    with connect(instances, "Ada") as ada, Client(where["blue"], "Ada") as blue, Client(where["green"], "Ada") as green:
        for name, session in ("main", ada), ("blue", blue), ("green", green):
            session.say(name)
            assert session.until("message")["text"] == name
        # Each has settings, a reload, a command line and a restart of its own.
        instances.write("/etc/default/chatrelay-green", "CHATRELAY_TEXT_BYTES=10\n")
        instances.run("systemctl", "reload", "chatrelay@green")
        green.say("x" * 11, id="long")
        green.until("error", code="text-too-long")
        for session in ada, blue:
            session.say("x" * 11, id="long")
            session.until("message", id="long")
        status = json.loads(instances.output("chatrelay", "status", "--json", "--socket", "/run/chatrelay/green/control.sock"))
        assert status["users"] == 1 and status["ledger"] == "/var/lib/chatrelay-green/ledger"
        instances.run("systemctl", "restart", "chatrelay@green.service")
        green.say("again")
        green.until("message", id="again")


def test_a_copied_unit_does_not_reload_the_first_instance(instances):
    """As an administrator copies it: the socket is another, the rest is forgotten."""
    copied = instances.path("/run/systemd/system/chatrelay@.service").read_text().replace(
        "/run/chatrelay/%i/control.sock", "/run/chatrelay/control.sock")
    instances.write("/run/systemd/system/chatrelay@.service", copied)
    instances.run("systemctl", "daemon-reload")
    with connect(instances, "Ada") as ada, Client(str(instances.path("/run/chatrelay/blue/chatrelay.sock")), "Ada"):
        instances.write("/etc/default/chatrelay", "CHATRELAY_TEXT_BYTES=10\n")
        try:
            assert instances.run("systemctl", "reload", "chatrelay@blue", check=False).returncode != 0
            assert "Nothing was reloaded" in instances.output("journalctl", "-u", "chatrelay@blue")
            ada.say("x" * 11, id="long")
            ada.until("message", id="long")
        finally:
            instances.path("/etc/default/chatrelay").unlink()


def test_the_site_through_nginx(unit):
    unit.run("nginx", "-t", "-q")
    unit.run("systemctl", "start", "nginx.service")
    try:
        with Client(unit.connect(3000), "Ada") as ada, Client(unit.connect(3000), "Bob") as bob:
            bob.say("through nginx")
            ada.until("message", text="through nginx")
        page = unit.connect(3000)
        page.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert page.recv(1024).startswith(b"HTTP/1.1 200 ")
        page.close()
        assert any(record.get("CHATRELAY_ADDRESS") == "127.0.0.1" for record in journal(unit))
        assert unit.output("curl", "--silent", "http://127.0.0.1:3000/healthz") == "ok"
        status = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
        unit.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
        for target, expected in ("/", "200"), ("/healthz", "403"), ("/metrics", "403"):
            # A connection from this address to itself, so that nginx sees it as the peer.
            assert unit.output(*status, f"http://192.0.2.1:3000{target}") == expected
    finally:
        unit.run("systemctl", "stop", "nginx.service")
