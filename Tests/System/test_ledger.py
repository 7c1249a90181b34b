"""The ledger's file: what it keeps over a crash, and what happens where it can't keep it."""

import os
import shutil
import subprocess
import threading

import pytest

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


@pytest.mark.skipif(os.geteuid() != 0, reason="it mounts a small disk, which needs root")
def test_a_full_disk_refuses_and_heals(serve, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)])
    if mounted.returncode:
        pytest.skip("this place does not let us mount a disk")
    try:
        daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
        with Person(daemon.path, "Ada") as ada, Person(daemon.path, "Bob") as bob:
            ada.until("system", event="joined", name="Bob")
            last = index = 0
            while True:
                ada.say("x" * 8_000, id=str(index))
                while (event := ada.next()).get("id") != str(index):
                    pass
                if event["type"] == "error":
                    break
                last, index = event["seq"], index + 1
            assert event["code"] == "try-again" and index > 5
            assert bob.until("message", id=str(index - 1))["seq"] == last
            # Everything else goes on, and who looks is told what to do.
            ada.send("typing", room="lobby")
            bob.expect("typing")
            assert "is full: make room" in daemon.log()
            daemon.notified.wait("STATUS=2 connections", after=len(daemon.notified.lines))
            assert "is full: make room" in daemon.notified.lines[-1]
            subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
            assert say(ada, str(index)) == ("message", last + 1)
            assert bob.next()["id"] == str(index), "and nothing in between"
        assert daemon.stop() == 0
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_ledger_that_cannot_be_used_says_what_to_do(chatrelay, tmp_path):
    (tmp_path / "noise").write_text("not a ledger " * 1000)
    for name, words in (("noise", "damaged or not a ledger"), ("nowhere/ledger", "its directory must exist")):
        run = subprocess.run(
            [chatrelay, "serve", "--listen", str(tmp_path / "s"), "--ledger", str(tmp_path / name)],
            capture_output=True, text=True, timeout=20)
        assert run.returncode == 71 and words in run.stderr and len(run.stderr.splitlines()) == 1
