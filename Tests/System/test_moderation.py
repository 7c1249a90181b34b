"""Admin commands about users and messages, and what clients see of them."""

import json
import sqlite3

import pytest

from client import Client, Closed
from patience import Deadline, wait_until
from test_control import REFUSED, controlled  # noqa: F401 (a fixture)

HERE = "203.0.113.7"


def connect(controlled, name=None, address=HERE, **fields):
    client = Client(controlled.daemon.path, name, headers={"X-Real-IP": address}, **fields)
    if name:
        # A command reserves the name.
        client.send("rooms")
        client.until("rooms")
    return client


def closed(client):
    """The close code and the reason."""
    return client.expect_close(), client.close_reason


def crash(controlled):
    """Kills the daemon, and starts the next."""
    controlled.daemon.kill()
    controlled.restart()


def listed(controlled, what):
    return json.loads(controlled.run(what, "--json"))


def test_lists(controlled):  # noqa: F811
    with connect(controlled, "Ada") as ada, connect(controlled, token=ada.token, address="2001:db8::1"), \
            connect(controlled, "Bob", rooms=[]):
        ada.send("join", room="attic", create=True)
        ada.until("joined", room="attic")
        assert listed(controlled, "users") == [
            {"name": "Ada", "sessions": 2, "rooms": ["attic", "lobby"], "addresses": ["2001:db8::1", HERE],
             "isMuted": False},
            {"name": "Bob", "sessions": 1, "rooms": [], "addresses": [HERE], "isMuted": False}]
        assert [(room["name"], room["users"], room["isConfigured"]) for room in listed(controlled, "rooms")] == [
            ("attic", 1, False), ("lobby", 1, True)]
        table = controlled.run("users").splitlines()
        assert table[0].split() == ["NAME", "SESSIONS", "ROOMS", "ADDRESSES"] and table[1].startswith("Ada   2")
        assert "attic" in controlled.run("rooms") and listed(controlled, "bans") == []


def test_kick(controlled):  # noqa: F811
    with connect(controlled, "Bob") as bob:
        ada = connect(controlled, "Ada")
        assert controlled.run("kick", "ADA", "--reason", "Enough.") == "Ada was removed.\n"
        code, reason = closed(ada)
        assert code == 4200 and "Enough." in reason
        bob.until("system", event="left", name="Ada")
        connect(controlled, token=ada.token).leave()
        bob.until("system", event="joined", name="Ada")
    assert controlled.run("kick", "Nobody", status=REFUSED) == "chatrelay: Nobody has the name Nobody.\n"


@pytest.mark.parametrize("what", ["user", "name", "address"])
def test_a_ban_outlasts_a_crash_and_is_lifted(controlled, what):  # noqa: F811
    ada = connect(controlled, "Ada")
    subject = "203.0.113.0/24" if what == "address" else "ADA"
    assert "is banned until 20" in controlled.run("ban", what, subject, "--for", "2h", "--reason", "Spam")
    code, reason = closed(ada)
    assert code == 4201 and "Spam" in reason
    crash(controlled)
    bans = listed(controlled, "bans")
    assert [(ban["kind"], ban["reason"]) for ban in bans] == [(f"ban {what}", "Spam")]
    back = connect(controlled, hello=False)
    if what == "address":
        assert closed(back)[0] == 4201
    else:
        back.send("hello", token=ada.token)
        # Only the name is banned: another name is accepted.
        if what == "user":
            assert closed(back)[0] == 4201
        else:
            back.expect("error", code="name-banned")
            back.send("hello", name="Eve")
            back.expect("welcome")
            back.leave()
    with connect(controlled, "Bob", address="198.51.100.1"):
        pass
    assert controlled.run("unban", what, subject).endswith("is lifted.\n")
    assert "not banned" in controlled.run("unban", what, subject, status=REFUSED)
    with connect(controlled, token=ada.token) as ada:
        assert ada.name == "Ada"


def test_a_ban_ends_by_itself(controlled):  # noqa: F811
    ada = connect(controlled, "Ada")
    controlled.run("ban", "user", "Ada", "--for", "2")
    assert closed(ada)[0] == 4201
    deadline = Deadline(10)
    while True:
        back = connect(controlled, hello=False)
        back.send("hello", token=ada.token)
        try:
            if back.next()["type"] == "welcome":
                return back.leave()
        except Closed:
            assert deadline.left


def test_a_wrong_address_is_refused(controlled):  # noqa: F811
    printed = controlled.run("ban", "address", "203.0.113.300", status=REFUSED)
    assert "is no address: write it as 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32." in printed
    assert "/33" not in controlled.run("bans")


def test_mute(controlled):  # noqa: F811
    with connect(controlled, "Ada") as ada, connect(controlled, "Bob") as bob:
        controlled.run("mute", "Ada", "--for", "1h")
        ada.say("Hello", id="1")
        ada.until("error", code="muted", id="1")
        ada.tell("Bob", "psst", id="2")
        ada.until("error", code="muted", id="2")
        bob.say("Poor Ada")
        ada.until("message", text="Poor Ada")
        assert [user["name"] for user in listed(controlled, "users") if user["isMuted"]] == ["Ada"]
        assert "Ada (muted)" in controlled.run("users") and [ban["kind"] for ban in listed(controlled, "bans")] == ["mute"]
        assert controlled.run("unmute", "Ada") == "Ada may speak again.\n"
        ada.say("Hello", id="1")
        bob.until("message", text="Hello")


def test_an_announcement_reaches_each_session_once(controlled):  # noqa: F811
    with connect(controlled, "Ada") as ada, connect(controlled, "Bob", rooms=[]) as bob, \
            connect(controlled, "Eve", rooms=[]) as eve:
        ada.send("join", room="attic", create=True)
        ada.until("joined", room="attic")
        eve.leave()
        controlled.run("announce", "Back at noon.")
        for one in (ada, bob, eve.reconnect(rooms=[])):
            one.until("system", event="announcement", text="Back at noon.")
            one.expect_nothing()
    assert "Back at noon" not in controlled.daemon.log(), "no record holds its text"


def test_a_deleted_message_is_removed_everywhere(controlled):  # noqa: F811
    with connect(controlled, "Ada") as ada, connect(controlled, "Bob") as bob:
        kept, doomed = ada.say_all(["a kept word", "a doomed word"])
        bob.until("message", seq=doomed)
        bob.leave()
        assert controlled.run("delete", str(doomed)) == f"The message {doomed} is deleted for everybody.\n"
        ada.until("deleted", message=doomed)
        back = bob.reconnect()
        back.until("deleted", message=doomed)
        for one in (ada, back):
            assert [message["seq"] for message in one.ask("history", room="lobby")["messages"]] == [kept]
            assert one.ask("search", text="doomed")["messages"] == []
        back.leave()
        assert [json.loads(line)["seq"] for line in controlled.run("export", "lobby").splitlines()] == [kept]
        assert "deleted already" in controlled.run("delete", str(doomed), status=REFUSED)
        assert "There is no message 999" in controlled.run("delete", "999", status=REFUSED)
        crash(controlled)
        with connect(controlled, histories=True) as cleo:
            assert [message["seq"] for message in cleo.until("history", room="lobby")["messages"]] == [kept]
    # The search index drops its words a little later.
    with sqlite3.connect(f"file:{controlled.ledger}?mode=ro", uri=True) as database:
        unmerged = "SELECT count(*) FROM meta WHERE key = 'unmerged'"
        wait_until(lambda: database.execute(unmerged).fetchone() == (0,), what="the search index")
    database.close()
    assert controlled.daemon.stop() == 0
    assert b"doomed" not in controlled.ledger.read_bytes()
    with sqlite3.connect(controlled.ledger) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_record_names_who_gave_the_command(controlled):  # noqa: F811
    with connect(controlled, "Ada"):
        controlled.run("mute", "Ada", "--reason", "Too loud", env={"SUDO_USER": "anna"})
    assert "anna: Ada is muted: Too loud" in controlled.daemon.log()
