"""Ledgers that can't be used: one sentence says what to do, and the file stays as it is."""

import os
import re
import shutil
import sqlite3
import subprocess

import pytest

from client import Client
from daemon import NotifySocket
from patience import scaled
from test_ledger import say


@pytest.fixture
def refused(chatrelay, tmp_path):
    """Starts a daemon that has to end by itself. Returns its only sentence, which is its status, too."""
    def refused(ledger, *before):
        notified = NotifySocket(tmp_path / "notify")
        os.chmod(notified.path, 0o777)
        command = [*before, chatrelay, "serve", "--listen", tmp_path / "s", "--ledger", ledger]
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=scaled(20),
                             env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": notified.path})
        assert run.returncode == 71 and len(run.stderr.splitlines()) == 1, run.stderr
        status = notified.wait("STATUS=")
        notified.close()
        os.unlink(notified.path)
        assert status.removeprefix("STATUS=") in run.stderr and str(ledger) in run.stderr
        assert "READY=1" not in notified.lines
        return run.stderr

    return refused


@pytest.fixture
def ledger(serve, tmp_path):
    """A ledger with 300 messages, which no process uses."""
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["some text"] * 300)
    assert daemon.stop() == 0
    return tmp_path / "ledger"


def test_a_file_that_is_no_ledger(refused, tmp_path):
    (tmp_path / "noise").write_text("not a ledger " * 1000)
    assert "damaged or not a ledger: restore it from a backup" in refused(tmp_path / "noise")
    assert (tmp_path / "noise").read_text() == "not a ledger " * 1000


def test_a_ledger_that_was_cut_short(refused, ledger):
    os.truncate(ledger, 20_000)
    assert "damaged or not a ledger: restore it from a backup" in refused(ledger)


def test_a_path_that_can_not_be_a_file(refused, tmp_path):
    assert "its directory must exist" in refused(tmp_path / "nowhere" / "ledger")
    assert "its directory must exist" in refused(tmp_path)


def test_a_ledger_of_a_newer_version(refused, ledger):
    database = sqlite3.connect(ledger)
    database.execute("PRAGMA user_version = 99")
    before = database.execute("SELECT * FROM events").fetchall()
    database.close()
    sentence = refused(ledger)
    assert re.search(r"newer Chatrelay \(format 99; this one knows \d+\): install that version again", sentence)
    database = sqlite3.connect(ledger)
    assert database.execute("SELECT * FROM events").fetchall() == before, "the file stays as it was"
    assert database.execute("PRAGMA user_version").fetchall() == [(99,)]
    database.close()


def test_a_ledger_on_a_read_only_disk(refused, ledger, disk):
    shutil.copy(ledger, disk / "ledger")
    disk.remount("ro")
    assert "its directory must exist, be writable" in refused(disk / "ledger")


def test_a_ledger_of_another_user(refused, ledger, chatrelay, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("acting as another user needs root")
    os.chmod(ledger, 0o644)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    tmp_path.chmod(0o777)  # for its socket
    sentence = refused(ledger, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    assert "can't be written: give the service's user" in sentence


def test_a_ledger_in_use(refused, serve, tmp_path):
    serve("--ledger", str(tmp_path / "ledger"))
    database = sqlite3.connect(tmp_path / "ledger")
    database.execute("BEGIN IMMEDIATE")
    try:
        assert "in use by another program" in refused(tmp_path / "ledger")
    finally:
        database.close()


def test_damage_that_is_found_later_is_reported(serve, tmp_path):
    """The damage is in the oldest messages, which are not read at a start."""
    ledger = tmp_path / "ledger"
    daemon = serve("--ledger", str(ledger), "--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all(["some text"] * 5_000)
    assert daemon.stop() == 0
    database = sqlite3.connect(ledger)
    page, = database.execute(
        "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path LIMIT 1").fetchone()
    database.close()
    with open(ledger, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    daemon = serve("--ledger", str(ledger))
    with ada.reconnect(daemon.path) as ada:
        ada.send("history", room="lobby", before=seqs[10])
        ada.until("error", code="try-again", room="lobby")
        assert f"{ledger} is damaged or not a ledger: restore it" in daemon.log()
        # All else can be read.
        assert len(ada.ask("history", room="lobby", before=seqs[1_000])["messages"]) == 50
        assert say(ada, "last")[0] == "message"
