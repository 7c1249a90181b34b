"""Edits, deletions, reactions, replies and read positions through the daemon: over restarts, and when it is killed."""

import os
import random
import sqlite3
import time

import pytest

from client import Client
from client.changes import ChangingClients
from patience import wait_until


@pytest.mark.timeout(240)
def test_kills_lose_and_double_no_change(serve, tmp_path):
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    path, ledger = str(tmp_path / "chat.sock"), str(tmp_path / "ledger")
    options = ["--ledger", ledger, "--rooms", "lobby,hall,attic", "--rate", "0"]
    daemon = serve(*options, path=path)
    with ChangingClients(path, [["hall", "attic"]] * 4 + [["hall"], ["attic"]], seed) as clients:
        clients.talk()
        clients.wait(lambda: all(member.acknowledged for member in clients.members), "a message of each")
        for turn in range(20):
            time.sleep(chance.uniform(0, 0.5))
            clients.check()
            if turn % 4 == 3:
                daemon.restart()
            else:
                daemon.kill()
                daemon = serve(*options, path=path)
        clients.stop_talking()
        clients.verify(ledger)
        assert all(member.changes > 20 for member in clients.members)
        print(f"{sum(member.changes for member in clients.members)} changes, {sum(m.refused for m in clients.members)} came too late")
    assert daemon.stop() == 0
    database = sqlite3.connect(ledger)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 0)")
    database.close()


def test_changes_are_there_after_a_restart(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.say("Helo", id="a-1")
        first = bob.until("message", id="a-1")
        bob.send("react", id="b-1", message=first["seq"], emoji="👍")
        ada.until("reaction", emoji="👍", user=bob.welcome["user"])
        ada.send("edit", id="a-2", message=first["seq"], text="Hello")
        bob.until("edited", text="Hello")
        bob.send("message", id="b-2", room="lobby", text="Hi @ada", re=first["seq"])
        ada.until("message", re=first["seq"], mentions=[ada.welcome["user"]])
        bob.send("read", room="lobby", seq=first["seq"])
        bob.until("read", upto=first["seq"])
        for restart in (daemon.restart, daemon.replace):
            restart()
            page = ada.ask("history", room="lobby")["messages"]
            assert [message["text"] for message in page] == ["Hello", "Hi @ada"]
            assert page[0]["edited"] and page[0]["reactions"] == [{"emoji": "👍", "users": [bob.welcome["user"]]}]
            with bob.session() as phone:
                phone.until("reads", positions=[{"room": "lobby", "upto": first["seq"]}])
        # Repeated after the restart, as after a crash.
        ada.send("edit", id="a-2", message=first["seq"], text="Hello")
        ada.until("ack", id="a-2")
        ada.send("delete", id="a-3", message=first["seq"])
        bob.until("deleted", message=first["seq"], user=ada.welcome["user"])
        assert ada.ask("search", text="hello")["messages"] == []


def test_the_administrator_says_for_how_long_messages_can_be_changed(serve):
    daemon = serve("--edit-minutes", "0", "--here-mentions", "off")
    with Client(daemon.path, "Ada") as ada:
        assert ada.welcome["limits"]["edit"] == 0
        ada.say("Hello @here", id="a-1")
        message = ada.until("message", id="a-1")
        assert "here" not in message
        for type, fields in (("edit", {"text": "x"}), ("delete", {})):
            ada.send(type, id="a-2", message=message["seq"], **fields)
            ada.until("error", code="too-late", id="a-2")
        ada.send("react", id="a-3", message=message["seq"], emoji="👍")
        ada.until("reaction", id="a-3")


def test_an_old_text_is_in_no_file(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        ada.say("xyzzy-plugh", id="a-1")
        ada.send("edit", id="a-2", message=ada.until("message")["seq"], text="plain")
        ada.until("edited")
        wait_until(lambda: not any(b"xyzzy" in file.read_bytes() for file in tmp_path.glob("ledger*")), 30,
                   "the text to be overwritten")


@pytest.mark.parametrize("command, code", [
    ({"type": "edit", "message": 1}, "missing-field"),
    ({"type": "edit", "message": 1, "text": " "}, "empty-text"),
    ({"type": "edit", "message": "1", "text": "x"}, "bad-json"),
    ({"type": "delete"}, "missing-field"),
    ({"type": "delete", "message": 10**15}, "no-such-message"),
    ({"type": "react", "message": 1, "emoji": "no"}, "bad-emoji"),
    ({"type": "react", "message": 1, "emoji": "👍👍"}, "bad-emoji"),
    ({"type": "react", "message": 1, "emoji": "7"}, "bad-emoji"),
    ({"type": "react", "message": 1, "emoji": "👍", "on": 1}, "bad-json"),
])
def test_a_bad_change_is_refused_by_name(server, command, code):
    with Client(server, "Ada") as ada:
        ada.send(id="a-1", **command)
        ada.until("error", code=code, id="a-1")
