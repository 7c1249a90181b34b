"""A restored ledger under systemd: by `chatrelay restore`, by hand as the manual says, and after the usual mistakes."""

import pytest

from client import Client
from patience import wait_until
from test_box import SOCKET, connect, instances, journal, show, unit  # noqa: F401 (instances and unit are fixtures)

LEDGER = "/var/lib/chatrelay/ledger"
STATE = "/var/lib/private/chatrelay"
BACKUP = "/root/backup"
SOCKETS = ("chatrelay.socket", "chatrelay-control.socket")


@pytest.fixture
def ada(unit):  # noqa: F811
    """Has sent two messages that are in the backup, and two that are not."""
    unit.run("systemctl", "start", *SOCKETS)
    with connect(unit, "Ada") as ada:
        ada.say_all(["one", "two"], prefix="early")
        unit.run("chatrelay", "backup", "--force", BACKUP)
        ada.say_all(["three", "four"], prefix="lost")
        yield ada
    unit.run("rm", BACKUP)


def expect_restored(unit, ada, ids):  # noqa: F811
    """The service runs on the backup, as another ledger. Returns all ids so far."""
    with ada.reconnect(str(unit.path(SOCKET)), histories=True) as again:
        assert again.name == "Ada" and again.welcome["ledger"] not in ids
        page = again.until("history", room="lobby")
        assert page["gap"] is True and [message["text"] for message in page["messages"]] == ["one", "two"]
    owner = unit.output("stat", "-c", "%U %G", f"{STATE}/")
    assert unit.output("stat", "-c", "%U %G %a", f"{STATE}/ledger") == f"{owner} 600"
    return ids | {again.welcome["ledger"]}


def test_restore_stops_and_starts_what_it_must(unit, ada):  # noqa: F811
    ids = {ada.welcome["ledger"]}
    for _ in range(2):
        # A visitor comes all the time, and would start the daemon.
        unit.run("systemd-run", "--unit=visitor", "sh", "-c", f"while :; do curl -s --unix-socket {SOCKET} http://localhost/healthz; sleep 0.05; done")
        try:
            said = unit.output("chatrelay", "restore", BACKUP)
        finally:
            unit.run("systemctl", "stop", "visitor.service")
        assert f"The ledger {LEDGER} has what {BACKUP} has: 2 messages" in said and "The service runs again." in said
        ids = expect_restored(unit, ada, ids)
    assert all(show(unit, "ActiveState", name) == "active" for name in SOCKETS)
    assert ".before-restore" in said and unit.path(f"{STATE}/ledger.before-restore").exists()
    # A service that is down stays down.
    unit.run("systemctl", "stop", *SOCKETS, "chatrelay.service")
    assert "The service is not running: start it with" in unit.output("chatrelay", "restore", BACKUP)
    assert show(unit, "ActiveState") == "inactive"


def test_restore_of_an_instance_leaves_the_others_alone(instances, ada):  # noqa: F811
    """The backup is the first instance's: blue gets its users and messages."""
    pid = show(instances, "MainPID")
    blue = str(instances.path("/run/chatrelay/blue/chatrelay.sock"))
    units = ("chatrelay@blue.socket", "chatrelay-control@blue.socket", "chatrelay@blue.service")
    with Client(blue, "Bob") as bob:
        bob.say("only here")
        bob.until("message")
    said = instances.output("chatrelay", "restore", "--instance", "blue", BACKUP)
    assert f"The ledger /var/lib/chatrelay-blue/ledger has what {BACKUP} has: 2 messages" in said
    assert "The service runs again." in said
    assert all(show(instances, "ActiveState", name) == "active" for name in units)
    with ada.reconnect(blue, histories=True) as again:
        assert again.name == "Ada"
        assert [message["text"] for message in again.until("history", room="lobby")["messages"]] == ["one", "two"]
    owner = instances.output("stat", "-c", "%U %G", "/var/lib/private/chatrelay-blue/")
    assert instances.output("stat", "-c", "%U %G %a", "/var/lib/private/chatrelay-blue/ledger") == f"{owner} 600"
    # The first instance has noticed nothing.
    assert show(instances, "MainPID") == pid
    ada.say("still", id="still")
    ada.until("message", id="still")
    # One that is down stays down.
    instances.run("systemctl", "stop", *units)
    said = instances.output("chatrelay", "restore", "--instance", "blue", BACKUP)
    assert "start it with “systemctl start chatrelay@blue.socket chatrelay-control@blue.socket”" in said
    assert all(show(instances, "ActiveState", name) == "inactive" for name in units)
    # Its settings name its ledger.
    instances.write("/etc/default/chatrelay-blue", "CHATRELAY_LEDGER=/var/lib/chatrelay-blue/other\n")
    assert "The ledger /var/lib/chatrelay-blue/other has" in instances.output("chatrelay", "restore", "--instance", "blue", BACKUP)


@pytest.mark.parametrize("arguments", [["--instance", "../x"], ["--instance", "blue", "--ledger", "/root/x"]])
def test_restore_refuses_what_is_no_instance(unit, arguments):  # noqa: F811
    failed = unit.run("chatrelay", "restore", *arguments, "/root/noise", check=False)
    assert failed.returncode and "instance" in failed.stdout


def test_restore_ends_a_start_loop(unit, ada):  # noqa: F811
    unit.run("systemctl", "stop", *SOCKETS, "chatrelay.service")
    unit.run("sh", "-c", f"head -c 100000 /dev/urandom > {STATE}/ledger")
    unit.run("systemctl", "start", *SOCKETS)
    unit.run("systemctl", "start", "--no-block", "chatrelay.service")
    wait_until(lambda: "is damaged" in show(unit, "StatusText"), what="the damage")
    assert "The service runs again." in unit.output("chatrelay", "restore", BACKUP)
    expect_restored(unit, ada, {ada.welcome["ledger"]})


def test_a_bad_backup_stops_nothing(unit, ada):  # noqa: F811
    unit.run("sh", "-c", "echo noise > /root/noise")
    failed = unit.run("chatrelay", "restore", "/root/noise", check=False)
    assert failed.returncode == 1 and "/root/noise is damaged or not a ledger: nothing was changed" in failed.stdout
    ada.say("still", id="still")
    ada.until("message", id="still")


def test_a_restore_by_hand_as_the_manual_says(unit, ada):  # noqa: F811
    ids = {ada.welcome["ledger"]}
    for _ in range(2):
        unit.run("systemctl", "stop", *SOCKETS, "chatrelay.service")
        unit.run("rm", "-f", f"{LEDGER}-wal", f"{LEDGER}-shm")
        unit.run("cp", BACKUP, LEDGER)
        unit.run("chown", "--reference=/var/lib/chatrelay", LEDGER)
        unit.run("systemctl", "start", *SOCKETS)
        ids = expect_restored(unit, ada, ids)


def test_a_file_that_root_has_copied_is_named(unit, ada):  # noqa: F811
    unit.run("systemctl", "stop", *SOCKETS, "chatrelay.service")
    unit.run("rm", LEDGER)
    unit.run("cp", BACKUP, LEDGER)
    unit.run("chmod", "600", LEDGER)
    unit.run("systemctl", "start", *SOCKETS)
    unit.run("systemctl", "start", "--no-block", "chatrelay.service")
    remedy = f"chown --reference=/var/lib/chatrelay {LEDGER}"
    wait_until(lambda: remedy in show(unit, "StatusText"), what="the remedy")
    unit.run(*remedy.split())
    # It tries again by itself.
    expect_restored(unit, ada, {ada.welcome["ledger"]})


def test_a_copy_over_the_running_ledger_is_noticed(unit, ada):  # noqa: F811
    """systemctl stop, and a visitor starts the daemon again before the copy."""
    unit.run("systemctl", "stop", "chatrelay.service")
    with ada.reconnect(str(unit.path(SOCKET))):
        unit.run("mv", LEDGER, f"{LEDGER}.old")
        unit.run("cp", "-p", BACKUP, LEDGER)
        unit.run("chown", "--reference=/var/lib/chatrelay", LEDGER)
        wait_until(lambda: "was removed or replaced" in show(unit, "StatusText"), what="the problem")
    unit.run("systemctl", "restart", "chatrelay.service")
    expect_restored(unit, ada, {ada.welcome["ledger"]})


def test_the_machine_stops_and_starts(unit, ada):  # noqa: F811
    """An orderly stop, after which the boot is another one: no gap, and the same id."""
    unit.run("systemctl", "stop", "chatrelay.service")
    unit.write("/run/systemd/system/chatrelay.service.d/boot.conf", "[Service]\nEnvironment=BOOT_ID=another\n")
    unit.run("systemctl", "daemon-reload")
    try:
        with ada.reconnect(str(unit.path(SOCKET))) as again:
            assert again.welcome["ledger"] == ada.welcome["ledger"] and again.welcome["seq"] == ada.seq
    finally:
        unit.path("/run/systemd/system/chatrelay.service.d/boot.conf").unlink()
        unit.run("systemctl", "daemon-reload")
