"""The ledger's file: what it keeps over a crash, and what happens where it can't keep it."""

import contextlib
import os
import shutil
import sqlite3
import threading



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
        with Client(daemon.path, **known) as ada:
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
    with Client(daemon.path, "Ada") as ada:
        assert say(ada, "1") == ("message", 2)
    assert daemon.stop() == 0
    assert [file.name for file in tmp_path.iterdir()] == ["ledger"]
    # A copy of it is a backup.
    daemon = serve("--ledger", str(shutil.copy(tmp_path / "ledger", tmp_path / "backup")))
    with Client(daemon.path, token=ada.token) as ada:
        assert say(ada, "1") == ("ack", 2)


def test_nobody_else_can_read_it(serve, tmp_path):
    before = os.umask(0o022)
    try:
        daemon = serve("--ledger", str(tmp_path / "ledger"))
    finally:
        os.umask(before)
    with Client(daemon.path, "Ada") as ada:
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
                with Client(daemon.path, name, token=tokens.get(name)) as person:
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
        assert enough.wait(scaled(20))
        daemon.kill()
        for thread in people:
            thread.join()
        assert len(died) == 3
    seqs = list(told.values())
    assert len(set(seqs)) == len(seqs) > 250
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    for name in ("Ada", "Bob", "Cleo"):
        with Client(daemon.path, token=tokens[name]) as person:
            assert person.name == name
            for (sender, id), seq in told.items():
                if sender == name:
                    assert say(person, id) == ("ack", seq)


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
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        index, last = fill(ada)
        assert bob.until("message", id=str(index - 1))["seq"] == last
        # Everything else goes on, and who looks is told what to do.
        ada.send("typing", room="lobby")
        bob.expect("typing")
        assert "is full: make room" in daemon.log()
        line = daemon.notified.wait("STATUS=The disk", after=len(daemon.notified.lines))
        assert "is full: make room. 2 connections, " in line
        disk.remount("size=8m")
        assert say(ada, str(index)) == ("message", last + 1)
        assert bob.next()["id"] == str(index), "and nothing in between"
        daemon.notified.wait("STATUS=2 connections", after=len(daemon.notified.lines))
    assert daemon.stop() == 0


def test_on_a_full_disk_history_can_be_read_and_newcomers_wait(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    # While somebody reads what stood there at first the log can't be used again, so that no room comes of itself.
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, hello=False) as cleo, \
            contextlib.closing(sqlite3.connect(disk / "ledger", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        index, last = fill(ada)
        # Until there is no room either for what takes no more of it than a newcomer's name.
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
        ada.tell(name, "a note", id="note")
        ada.until("error", code="try-again", id="note")
        ada.send("rename", name="Augusta")
        ada.until("error", code="try-again")
        # Who is known comes back, and gets what it missed.
        with ada.reconnect(since=last - 1) as again:
            again.expect("message", seq=last)
            again.expect("joined")
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
