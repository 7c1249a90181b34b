"""What administrators do about people and messages, by command, and what people see of it."""

import json
import sqlite3
import time

import pytest

from test_control import REFUSED, Controlled

HERE = "203.0.113.7"


@pytest.fixture
def controlled(chatrelay, serve, tmp_path):
    return Controlled(chatrelay, serve, tmp_path)


def person(controlled, name=None, address=HERE, **fields):
    one = Client(controlled.daemon.path, name, headers={"X-Real-IP": address}, **fields)
    if name:
        # Only then its name stays its own.
        one.send("rooms")
        one.until("rooms")
    return one


def closed(person):
    """The code and the reason with which it is closed."""
    with pytest.raises(Exception):
        while True:
            person.next()
    return person.close_code, person.close_reason


def again(controlled):
    """The daemon, as after a crash."""
    controlled.daemon.kill()
    controlled.restart()


def listed(controlled, what):
    return json.loads(controlled.run(what, "--json"))


def test_lists(controlled):
    with person(controlled, "Ada") as ada, person(controlled, token=ada.token, address="2001:db8::1"), \
            person(controlled, "Bob", rooms=[]):
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


def test_kick(controlled):
    with person(controlled, "Bob") as bob:
        ada = person(controlled, "Ada")
        assert controlled.run("kick", "ADA", "--reason", "Enough.") == "Ada was removed.\n"
        code, reason = closed(ada)
        assert code == 4200 and "Enough." in reason
        bob.until("system", event="left", name="Ada")
        person(controlled, token=ada.token).leave()
        bob.until("system", event="joined", name="Ada")
    assert controlled.run("kick", "Nobody", status=REFUSED) == "chatrelay: Nobody has the name Nobody.\n"


@pytest.mark.parametrize("what", ["user", "name", "address"])
def test_a_ban_outlasts_a_crash_and_is_lifted(controlled, what):
    ada = person(controlled, "Ada")
    subject = "203.0.113.0/24" if what == "address" else "ADA"
    assert "is banned until 20" in controlled.run("ban", what, subject, "--for", "2h", "--reason", "Spam")
    code, reason = closed(ada)
    assert code == 4201 and "Spam" in reason
    again(controlled)
    bans = listed(controlled, "bans")
    assert [(ban["kind"], ban["reason"]) for ban in bans] == [(f"ban {what}", "Spam")]
    back = person(controlled, hello=False)
    if what == "address":
        assert closed(back)[0] == 4201
    else:
        back.send("hello", token=ada.token)
        # Under another name it may come in, where only the name is banned.
        if what == "user":
            assert closed(back)[0] == 4201
        else:
            back.expect("error", code="name-banned")
            back.send("hello", name="Eve")
            back.expect("welcome")
            back.leave()
    with person(controlled, "Bob", address="198.51.100.1"):
        pass
    assert controlled.run("unban", what, subject).endswith("is banned no more.\n")
    assert "not banned" in controlled.run("unban", what, subject, status=REFUSED)
    with person(controlled, token=ada.token) as ada:
        assert ada.name == "Ada"


def test_a_ban_ends_by_itself(controlled):
    ada = person(controlled, "Ada")
    controlled.run("ban", "user", "Ada", "--for", "2")
    assert closed(ada)[0] == 4201
    start = time.monotonic()
    while True:
        back = person(controlled, hello=False)
        back.send("hello", token=ada.token)
        try:
            if back.next()["type"] == "welcome":
                return back.leave()
        except Exception:
            assert time.monotonic() - start < 10


def test_a_network_is_written_as_networks_are(controlled):
    said = controlled.run("ban", "address", "203.0.113.300", status=REFUSED)
    assert "is no address: write it as 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32." in said
    assert "/33" not in controlled.run("bans")


def test_mute(controlled):
    with person(controlled, "Ada") as ada, person(controlled, "Bob") as bob:
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


def test_an_announcement_reaches_everybody_once(controlled):
    with person(controlled, "Ada") as ada, person(controlled, "Bob", rooms=[]) as bob, \
            person(controlled, "Eve", rooms=[]) as eve:
        ada.send("join", room="attic", create=True)
        ada.until("joined", room="attic")
        eve.leave()
        controlled.run("announce", "Back at noon.")
        for one in (ada, bob, eve.reconnect(rooms=[])):
            one.until("system", event="announcement", text="Back at noon.")
            one.expect_nothing()
    assert "Back at noon" not in controlled.daemon.log(), "it is a message, which no record holds"


def test_a_deleted_message_is_gone_everywhere(controlled):
    with person(controlled, "Ada") as ada, person(controlled, "Bob") as bob:
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
        again(controlled)
        with person(controlled, histories=True) as cleo:
            assert [message["seq"] for message in cleo.until("history", room="lobby")["messages"]] == [kept]
    # The search index forgets its words in a quiet moment.
    with sqlite3.connect(f"file:{controlled.ledger}?mode=ro", uri=True) as database:
        wait_until(lambda: database.execute("SELECT count(*) FROM meta WHERE key = 'unmerged'").fetchone() == (0,))
    database.close()
    assert controlled.daemon.stop() == 0
    assert b"doomed" not in controlled.ledger.read_bytes()
    with sqlite3.connect(controlled.ledger) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_each_order_is_a_record_with_who_gave_it(controlled):
    with person(controlled, "Ada"):
        controlled.run("mute", "Ada", "--reason", "Too loud", env={"SUDO_USER": "anna"})
    assert "anna: Ada is muted: Too loud" in controlled.daemon.log()
