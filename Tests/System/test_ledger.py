"""The ledger's file: what is in it after a stop and a crash, and what happens on a full disk."""

import contextlib
import os
import shutil
import sqlite3

from client import Client
from pages import get
from patience import wait_until



def say(client, id):
    """Sends a message. Returns the type of the answer and its sequence number."""
    client.say("text", id=id)
    while (event := client.next()).get("id") != id:
        pass
    return event["type"], event.get("seq")


def test_sequence_numbers_go_on_and_repeats_are_known(serve, tmp_path):
    known = {"name": "Ada"}
    for start, kill in ((1, True), (4, False), (7, True)):
        daemon = serve("--ledger", str(tmp_path / "ledger"))
        with Client(daemon.path, **known) as ada:
            # Her name has the first number.
            assert ada.welcome["seq"] == start
            if start > 1:
                assert say(ada, "1") == ("ack", 2), "the number of the first time"
            assert [say(ada, str(start + index)) for index in range(3)] == [
                ("message", start + index + 1) for index in range(3)]
            assert say(ada, str(start)) == ("ack", start + 1)
            known = {"token": ada.token}
            daemon.kill() if kill else daemon.stop()


def test_a_stop_leaves_one_file(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        assert say(ada, "1") == ("message", 2)
    assert daemon.stop() == 0
    assert [file.name for file in tmp_path.iterdir()] == ["ledger"]
    # A copy of it is a backup.
    daemon = serve("--ledger", str(shutil.copy(tmp_path / "ledger", tmp_path / "backup")))
    with Client(daemon.path, token=ada.token) as ada:
        assert say(ada, "1") == ("ack", 2)


def test_only_its_user_can_read_the_ledger(serve, tmp_path):
    before = os.umask(0o022)
    try:
        daemon = serve("--ledger", str(tmp_path / "ledger"))
    finally:
        os.umask(before)
    with Client(daemon.path, "Ada") as ada:
        say(ada, "1")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {"ledger": 0o600, "ledger-shm": 0o600, "ledger-wal": 0o600}


def fill(client):
    """Sends messages until the disk is full. Returns their count, and the sequence number of the last."""
    last = index = 0
    while True:
        client.say("x" * 8_000, id=str(index))
        while (event := client.next()).get("id") != str(index):
            pass
        if event["type"] == "error":
            assert event["code"] == "try-again" and index > 5
            return index, last
        last, index = event["seq"], index + 1


def test_on_a_full_disk_messages_are_refused_until_there_is_room(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        index, last = fill(ada)
        assert bob.until("message", id=str(index - 1))["seq"] == last
        # All else goes on, and log, status and health page say what to do.
        ada.send("typing", room="lobby")
        bob.expect("typing")
        assert "is full: make room" in daemon.log()
        status, _, body = get(daemon.path, "/healthz")
        assert status == 503 and "is full: make room" in body and body.count("\n") == 1
        line = daemon.notified.wait("STATUS=The disk of the ledger")
        assert "is full: make room. 2 connections, " in line
        notified = len(daemon.notified.lines)
        disk.remount("size=8m")
        # The daemon probes the disk itself.
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        daemon.notified.wait("STATUS=2 connections", after=notified)
        assert say(ada, str(index)) == ("message", last + 1)
        assert bob.next()["id"] == str(index), "and nothing in between"
    assert daemon.stop() == 0


def test_on_a_full_disk_history_can_be_read_and_new_names_wait(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    # A reader in an old transaction keeps SQLite from reusing its log, so that no room becomes free.
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, hello=False) as cleo, \
            contextlib.closing(sqlite3.connect(disk / "ledger", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        index, last = fill(ada)
        # Renames need as little room as a new name. They go on until there is no room for them either.
        name, event = "Ada", {"type": "renamed"}
        while event["type"] == "renamed":
            name = event.get("name", name)
            ada.send("rename", name="Ada" if name != "Ada" else "Adah")
            while (event := ada.next())["type"] not in ("renamed", "error"):
                pass
        assert event["code"] == "try-again"
        page = ada.ask("history", room="lobby", before=last)
        assert page["messages"][-1]["seq"] == last - 1
        cleo.send("hello", name="Cleo")
        cleo.expect("error", code="try-again")
        # A message needs less room than a name: some may still be stored.
        for number in range(1_000):
            ada.tell(name, "a note", id=f"note-{number}")
            while (event := ada.next()).get("id") != f"note-{number}":
                pass
            if event["type"] == "error":
                break
        assert event["type"] == "error" and event["code"] == "try-again"
        ada.send("rename", name="Augusta")
        ada.until("error", code="try-again")
        # A known user can come back, and gets what it missed.
        with ada.reconnect(since=last - 1) as again:
            again.expect("message", seq=last)
            again.until("joined")
        reader.execute("COMMIT")
        disk.remount("size=8m")
        cleo.send("hello", name="Cleo")
        cleo.expect("welcome", name="Cleo")
        ada.send("rename", name="Augusta")
        ada.until("renamed", name="Augusta")
    daemon.kill()
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with ada.reconnect(daemon.path) as ada:
        assert ada.name == "Augusta" and say(ada, "0")[0] == "ack" and say(ada, str(index))[0] == "message"
