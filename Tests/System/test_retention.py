"""Retention by number, days and size."""

import sqlite3

import pytest

from client import Client
from patience import wait_until
from test_history import numbers, pages

DAY = 86_400_000


@pytest.mark.parametrize("where", ["memory", "file"])
def test_messages_above_the_number_are_deleted(serve, tmp_path, where):
    ledger = ["--ledger", str(tmp_path / "ledger")] if where == "file" else []
    daemon = serve("--rate", "0", "--rooms", "lobby,attic", "--keep-messages", "200", *ledger)
    with Client(daemon.path, "Ada", rooms=["lobby", "attic"]) as ada, Client(daemon.path, "Bob") as bob:
        bob.tell("Ada", "an old letter")
        ada.until("private")
        old = ada.say_all(["old"] * 100, "attic")
        new = ada.say_all(["new"] * 200, prefix="new")
        wait_until(lambda: not pages(ada, "attic"), what="the deletion")
        assert numbers(pages(ada)) == new
        assert ada.ask("history")["messages"] == [] and ada.ask("search", text="old")["messages"] == []
        # An id is known as long as its message is kept.
        ada.say("old", "attic", "n-0")
        assert ada.until("message", id="n-0")["seq"] > new[-1] > old[0]
        ada.say("new", id="new-199")
        ada.until("ack", id="new-199", seq=new[-1])


def test_messages_older_than_the_days_are_deleted(serve, tmp_path):
    ledger = tmp_path / "ledger"
    daemon = serve("--ledger", str(ledger))
    with Client(daemon.path, "Ada") as ada:
        seqs = [ada.say_all([f"text {number}"], prefix=f"{number}")[0] for number in range(6)]
    assert daemon.stop() == 0
    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE events SET at = at - ? WHERE seq < ?", (7 * DAY, seqs[0]))
        for number, seq in enumerate(seqs):
            database.execute("UPDATE events SET at = at - ? WHERE seq = ?", ((6 - number) * DAY - DAY // 2, seq))
    database.close()
    daemon = serve("--ledger", str(ledger), "--keep-days", "3", "--rate", "0")
    with Client(daemon.path, token=ada.token) as ada:
        wait_until(lambda: numbers(pages(ada)) == seqs[3:], what="the deletion")
        ada.say("today")
        ada.until("message", text="today")
        assert len(pages(ada)) == 4
    assert daemon.stop() == 0
    daemon = serve("--ledger", str(ledger))
    with Client(daemon.path, token=ada.token) as ada:
        assert len(pages(ada)) == 4, "deleted messages do not come back"


def test_the_ledger_stays_below_its_size(serve, tmp_path):
    ledger = tmp_path / "ledger"
    daemon = serve("--rate", "0", "--ledger", str(ledger), "--keep-megabytes", "2")
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all([f"{number} " + "x" * 4000 for number in range(2000)])
        wait_until(lambda: len(pages(ada)) <= 512, what="the deletion")
        kept = numbers(pages(ada))
        assert kept == seqs[-len(kept):] and len(kept) > 256
        assert daemon.stop() == 0
    # Up to 1 MiB more is free pages, which SQLite reuses.
    assert ledger.stat().st_size <= 3 * 2**20 + 65_536
