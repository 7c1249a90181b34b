"""The ledger's file: what it keeps over a crash, and what happens where it can't keep it."""

import os
import shutil
import sqlite3
import subprocess
import threading

import pytest

from daemon import NotifySocket
from person import Person


def say(person, id):
    """Says something; returns the kind of answer and its number."""
    person.say("text", id=id)
    while (event := person.next()).get("id") != id:
        pass
    return event["type"], event.get("seq")


def test_numbers_go_on_and_messages_are_known_again(serve, tmp_path):
    known = {"name": "Ada"}
    for start, kill in ((1, True), (4, False), (7, True)):
        daemon = serve("--ledger", str(tmp_path / "ledger"))
        with Person(daemon.path, **known) as ada:
            # The first number is that of her name.
            assert ada.welcome["seq"] == start
            if start > 1:
                assert say(ada, "1") == ("ack", 2), "the number that it got the first time"
            assert [say(ada, str(start + index)) for index in range(3)] == [
                ("message", start + index + 1) for index in range(3)]
            assert say(ada, str(start)) == ("ack", start + 1)
            known = {"token": ada.token}
            daemon.kill() if kill else daemon.stop()


def test_a_stop_leaves_one_file_that_holds_everything(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Person(daemon.path, "Ada") as ada:
        assert say(ada, "1") == ("message", 2)
    assert daemon.stop() == 0
    assert [file.name for file in tmp_path.iterdir()] == ["ledger"]
    # A copy of it is a backup.
    daemon = serve("--ledger", str(shutil.copy(tmp_path / "ledger", tmp_path / "backup")))
    with Person(daemon.path, token=ada.token) as ada:
        assert say(ada, "1") == ("ack", 2)


def test_nobody_else_can_read_it(serve, tmp_path):
    before = os.umask(0o022)
    try:
        daemon = serve("--ledger", str(tmp_path / "ledger"))
    finally:
        os.umask(before)
    with Person(daemon.path, "Ada") as ada:
        say(ada, "1")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {"ledger": 0o600, "ledger-shm": 0o600, "ledger-wal": 0o600}


def test_a_crash_loses_and_doubles_nothing_that_was_told(serve, tmp_path):
    """Everybody sends without a pause, the daemon is killed, everybody repeats what was not acknowledged."""
    told, tokens = {}, {}
    for crash in range(5):
        daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
        enough = threading.Event()
        died = []

        def chat(name):
            try:
                with Person(daemon.path, name, token=tokens.get(name)) as person:
                    tokens[name] = person.token
                    for index in range(1_000_000):
                        id = f"{name}-{crash}-{index}"
                        told[name, id] = say(person, id)[1]
                        if index == 50:
                            enough.set()
            except Exception:
                died.append(name)

        people = [threading.Thread(target=chat, args=(name,)) for name in ("Ada", "Bob", "Cleo")]
        for thread in people:
            thread.start()
        assert enough.wait(20)
        daemon.kill()
        for thread in people:
            thread.join()
        assert len(died) == 3
    seqs = list(told.values())
    assert len(set(seqs)) == len(seqs) > 250
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    for name in ("Ada", "Bob", "Cleo"):
        with Person(daemon.path, token=tokens[name]) as person:
            assert person.name == name
            for (sender, id), seq in told.items():
                if sender == name:
                    assert say(person, id) == ("ack", seq)


@pytest.fixture
def disk(tmp_path):
    """A disk of 512 KiB: its folder, and what remounts it with other options."""
    if os.geteuid() != 0:
        pytest.skip("it mounts a small disk, which needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]).returncode:
        pytest.skip("this place does not let us mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def remount(disk, options):
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


def fill(person):
    """Talks until the disk is full. Returns how many messages it took, and the number of the last."""
    last = index = 0
    while True:
        person.say("x" * 8_000, id=str(index))
        while (event := person.next()).get("id") != str(index):
            pass
        if event["type"] == "error":
            assert event["code"] == "try-again" and index > 5
            return index, last
        last, index = event["seq"], index + 1


def test_a_full_disk_refuses_and_heals(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with Person(daemon.path, "Ada") as ada, Person(daemon.path, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        index, last = fill(ada)
        assert bob.until("message", id=str(index - 1))["seq"] == last
        # Everything else goes on, and who looks is told what to do.
        ada.send("typing", room="lobby")
        bob.expect("typing")
        assert "is full: make room" in daemon.log()
        daemon.notified.wait("STATUS=2 connections", after=len(daemon.notified.lines))
        assert "is full: make room" in daemon.notified.lines[-1]
        remount(disk, "size=8m")
        assert say(ada, str(index)) == ("message", last + 1)
        assert bob.next()["id"] == str(index), "and nothing in between"
        daemon.notified.wait("STATUS=2 connections", after=len(daemon.notified.lines))
        assert "full" not in daemon.notified.lines[-1]
    assert daemon.stop() == 0


def test_on_a_full_disk_history_can_be_read_and_newcomers_wait(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with Person(daemon.path, "Ada") as ada, Person(daemon.path, hello=False) as cleo:
        index, last = fill(ada)
        page = ada.ask("history", room="lobby", before=last)
        assert page["messages"][-1]["seq"] == last - 1
        cleo.send("hello", name="Cleo")
        cleo.expect("error", code="try-again")
        ada.tell("Ada", "a note", id="note")
        ada.until("error", code="try-again", id="note")
        ada.send("rename", name="Augusta")
        ada.until("error", code="try-again")
        # Who is known comes back, and gets what it missed.
        with ada.again(since=last - 1) as again:
            again.expect("message", seq=last)
            again.expect("joined")
        remount(disk, "size=8m")
        cleo.send("hello", name="Cleo")
        cleo.expect("welcome", name="Cleo")
        ada.send("rename", name="Augusta")
        ada.until("renamed", name="Augusta")
    daemon.kill()
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with ada.again(daemon.path) as ada:
        assert ada.name == "Augusta" and say(ada, "0")[0] == "ack" and say(ada, str(index))[0] == "message"


# Ledgers that can't be used

@pytest.fixture
def refused(chatrelay, tmp_path):
    """Starts a daemon that has to end by itself; returns its only sentence, which is in its status, too."""
    def refused(ledger, *before):
        notified = NotifySocket(tmp_path / "notify")
        os.chmod(notified.path, 0o777)
        command = [*before, chatrelay, "serve", "--listen", tmp_path / "s", "--ledger", ledger]
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=20,
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
    """A ledger with 300 messages, and nobody who uses it."""
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    with Person(daemon.path, "Ada") as ada:
        ada.say_all(["some text"] * 300)
    assert daemon.stop() == 0
    return tmp_path / "ledger"


def test_what_is_no_ledger(refused, tmp_path):
    (tmp_path / "noise").write_text("not a ledger " * 1000)
    assert "damaged or not a ledger: restore it from a backup" in refused(tmp_path / "noise")
    assert (tmp_path / "noise").read_text() == "not a ledger " * 1000


def test_a_ledger_that_was_cut_short(refused, ledger):
    os.truncate(ledger, 20_000)
    assert "damaged or not a ledger: restore it from a backup" in refused(ledger)


def test_a_place_that_is_none(refused, tmp_path):
    assert "its directory must exist" in refused(tmp_path / "nowhere" / "ledger")
    assert "its directory must exist" in refused(tmp_path)


def test_a_ledger_of_a_newer_version(refused, ledger):
    database = sqlite3.connect(ledger)
    database.execute("PRAGMA user_version = 99")
    before = database.execute("SELECT * FROM events").fetchall()
    database.close()
    sentence = refused(ledger)
    assert "newer Chatrelay (format 99; this one knows 2): install that version again" in sentence
    database = sqlite3.connect(ledger)
    assert database.execute("SELECT * FROM events").fetchall() == before, "it is left as it was"
    assert database.execute("PRAGMA user_version").fetchall() == [(99,)]
    database.close()


def test_a_ledger_on_a_read_only_disk(refused, ledger, disk):
    shutil.copy(ledger, disk / "ledger")
    remount(disk, "ro")
    assert "its directory must exist, be writable" in refused(disk / "ledger")


def test_a_ledger_of_somebody_else(refused, ledger, chatrelay, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    os.chmod(ledger, 0o644)
    for folder in (tmp_path, *tmp_path.parents[:2]):
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


def test_damage_that_shows_later_is_told(serve, tmp_path):
    """Somebody has written into the file where the oldest messages are, which nobody reads at a start."""
    ledger = tmp_path / "ledger"
    daemon = serve("--ledger", str(ledger), "--rate", "0")
    with Person(daemon.path, "Ada") as ada:
        said = ada.say_all(["some text"] * 5_000)
    assert daemon.stop() == 0
    database = sqlite3.connect(ledger)
    page, = database.execute(
        "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path LIMIT 1").fetchone()
    database.close()
    with open(ledger, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    daemon = serve("--ledger", str(ledger))
    with ada.again(daemon.path) as ada:
        ada.send("history", room="lobby", before=said[10])
        ada.until("error", code="try-again", room="lobby")
        assert f"{ledger} is damaged or not a ledger: restore it" in daemon.log()
        # What can be had is there.
        assert len(ada.ask("history", room="lobby", before=said[1_000])["messages"]) == 50
        assert say(ada, "last")[0] == "message"
