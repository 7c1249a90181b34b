"""Who is away, status lines and when somebody was last seen, through the daemon: over restarts, kills and refusals."""

import sqlite3
import time

import pytest

from client import Client
from patience import wait_until
from test_control import controlled  # noqa: F401 (a fixture)


def who(client, **target):
    """The answer to `who`."""
    client.send("who", **target)
    return client.until("who")


def members(client):
    """Who is away in the lobby, and the statuses, by the ids of the users."""
    answer = who(client, room="lobby")
    return answer.get("away", []), {each["user"]: each["status"] for each in answer.get("statuses", [])}


def test_a_room_is_told_who_is_away_and_what_their_status_is(daemon):
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        me = ada.welcome["user"]
        ada.until("joined")
        ada.send("presence", away=True, status="In Paris 🥐")
        ada.until("presence", user=me, name="Ada", away=True, status="In Paris 🥐")
        bob.until("presence", user=me, name="Ada", away=True, status="In Paris 🥐")
        assert members(bob) == ([me], {me: "In Paris 🥐"})
        assert who(bob, **{"with": "ADA"}).items() >= {"user": me, "online": True, "away": True, "status": "In Paris 🥐"}.items()
        # Another session of hers is here, and then not any more.
        with ada.session() as phone:
            assert phone.welcome["status"] == "In Paris 🥐"
            bob.until("presence", user=me, away=False)
        ada.send("rename", name="Eve")
        ada.send("presence", status="")
        assert "status" not in bob.until("presence", user=me, name="Eve", away=True)


def test_a_user_that_flaps_costs_no_more_than_one_that_does_not(serve):
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        bob.until("joined")
        start = time.monotonic()
        for number in range(1_000):
            ada.send("presence", away=number % 2 == 0, status=f"Status {number}")
            ada.until("presence", status=f"Status {number}")
        events, event = 0, None
        while event != "Status 999":
            event = bob.until("presence", user=ada.welcome["user"])["status"]
            events += 1
        assert events <= 2 + (time.monotonic() - start) / 5, f"{events} events"


@pytest.mark.timeout(180)
def test_restarts_and_kills_keep_what_they_can(serve, tmp_path):
    path, ledger = str(tmp_path / "chat.sock"), str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger, path=path)
    with Client(path, "Ada") as ada, Client(path, "Bob") as bob:
        me = ada.welcome["user"]
        ada.until("joined")
        ada.send("presence", away=True, status="Tea")
        bob.until("presence", away=True)
        for restart in (daemon.restart, daemon.replace):
            restart()
            assert members(bob) == ([me], {me: "Tea"})
        daemon.kill()
        daemon = serve("--ledger", ledger, path=path)
        with bob.reconnect() as bob:
            # A hello says it, as that of Ada's client does now.
            with ada.reconnect(away=True) as ada:
                bob.until("system", event="joined", user=me, away=True, status="Tea")
                assert members(bob) == ([me], {me: "Tea"})
    assert daemon.stop() == 0
    database = sqlite3.connect(ledger)
    assert database.execute("SELECT name, status FROM users ORDER BY id").fetchall() == [("Ada", "Tea"), ("Bob", None)]
    assert database.execute("SELECT count(*) FROM events WHERE text = 'Tea' OR note = 'Tea'").fetchone() == (0,), "only in one place"
    database.close()


def test_only_those_to_whom_a_user_has_written_learn_when_it_was_last_seen(serve, tmp_path):
    options = ["--grace", "0", "--ledger", str(tmp_path / "ledger")]
    daemon = serve(*options)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Eve") as eve:
        with Client(daemon.path, "Bob") as bob:
            ada.tell("Bob", "Hello")
            bob.until("private")
            bob.tell("Eve", "Hello")
            eve.until("private")
            before = time.time() * 1_000 // 1_000 * 1_000
        wait_until(lambda: not who(eve, **{"with": "Bob"})["online"], what="Bob to be gone")
        seen = who(eve, **{"with": "Bob"})["seen"]
        assert before - 1_000 <= seen <= time.time() * 1_000
        assert "seen" not in who(ada, **{"with": "Bob"}), "Bob has not answered"
        daemon.restart()
        assert who(eve, **{"with": "Bob"})["seen"] - seen < 60_000
    assert daemon.stop() == 0
    daemon = serve("--last-seen", "off", *options)
    with eve.reconnect(daemon.path) as eve:
        answer = who(eve, **{"with": "Bob"})
        assert answer["online"] is False and "seen" not in answer


def test_what_is_refused(controlled):  # noqa: F811
    path = controlled.daemon.path
    with Client(path, "Ada") as ada, Client(path, "Bob") as bob:
        for fields, code in [({}, "missing-field"), ({"away": 1}, "bad-json"), ({"status": "x" * 101}, "bad-status"),
                             ({"status": "one\ntwo"}, "bad-status"), ({"status": "\u202eevil"}, "bad-status")]:
            ada.send("presence", **fields)
            ada.until("error", code=code)
        for fields, code in [({}, "missing-field"), ({"room": "attic"}, "not-in-room"), ({"with": "Nobody"}, "no-such-user"),
                             ({"user": 10**15}, "no-such-user"), ({"with": ""}, "bad-name")]:
            ada.send("who", **fields)
            ada.until("error", code=code)
        ada.send("presence", status="Rude")
        bob.until("presence", status="Rude")
        controlled.run("mute", "Ada")
        wait_until(lambda: members(bob) == ([], {}), what="the status to be removed")
        ada.send("presence", status="Rude again")
        ada.until("error", code="muted")
        ada.send("presence", away=True)
        assert ada.until("presence")["away"] is True, "that is no text"
