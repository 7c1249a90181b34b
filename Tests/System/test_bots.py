"""Bots: made, listed and removed by an administrator; their token, their rooms, and what clients see of them."""

import json
import sqlite3
import subprocess

from client import Client
from test_control import REFUSED, controlled  # noqa: F401


def made(controlled, *words):  # noqa: F811
    """Makes a bot. Returns its token, which is the last line, alone."""
    *_, last = controlled.run("bot", "add", *words).splitlines()
    assert len(last) == 32 and int(last, 16)
    return last


def test_a_bot_has_a_token_its_rooms_and_a_mark(controlled):  # noqa: F811
    token = made(controlled, "Deploy", "--room", "ops", "--room", "lobby")
    assert "is taken" in controlled.run("bot", "add", "deploy", status=REFUSED)
    assert "no room name" in controlled.run("bot", "add", "Other", "--room", "Ops!", status=REFUSED)
    listed = json.loads(controlled.run("bot", "list", "--json"))
    assert [(bot["name"], bot["rooms"]) for bot in listed] == [("Deploy", ["ops", "lobby"])]
    # Only the hash is stored, and the journal has the command without the token.
    log = controlled.daemon.log()
    assert "Deploy is a bot now" in log and token not in log
    for file in controlled.folder.glob("ledger*"):
        assert token.encode() not in file.read_bytes()

    with Client(controlled.daemon.path, "Ada", rooms=["lobby"]) as ada:
        bot = Client(controlled.daemon.path, token=token, rooms=["lobby"])
        assert bot.name == "Deploy"
        ada.until("system", event="joined", name="Deploy", bot=True)
        bot.say("done")
        assert bot.until("message", text="done")["bot"] is True
        assert ada.until("message", text="done")["bot"] is True
        ada.send("who", room="lobby")
        who = ada.until("who")
        assert who["names"] == ["Ada", "Deploy"] and who["bots"] == [bot.welcome["user"]]
        ada.say("thanks")
        assert "bot" not in bot.until("message", text="thanks")
        bot.send("join", room="secret", create=True)
        bot.until("error", code="no-such-room", room="secret")
        bot.send("private", id="p", to="Ada", text="hello")
        bot.until("error", code="no-such-user", id="p")
        bot.send("rename", name="Boss")
        bot.until("error", code="name-fixed")
        bot.send("link")
        bot.until("error", code="no-tokens")
        bot.send("rooms")
        assert [room["room"] for room in bot.until("rooms")["rooms"]] == ["lobby"]
        # It is there after a restart, and its messages keep the mark.
        bot.leave()
    assert controlled.daemon.stop() == 0
    controlled.restart()
    with Client(controlled.daemon.path, token=token, rooms=["lobby"], histories=True) as again:
        history = again.until("history", room="lobby")
        assert [("bot" in message, message["text"]) for message in history["messages"]] == [(True, "done"), (False, "thanks")]


def test_a_removed_bot_is_gone_at_once(controlled):  # noqa: F811
    token = made(controlled, "Deploy")
    bot = Client(controlled.daemon.path, token=token)
    with Client(controlled.daemon.path, "Ada"):
        assert "not a bot" in controlled.run("bot", "remove", "Ada", status=REFUSED)
    assert "Deploy is removed" in controlled.run("bot", "remove", "Deploy")
    assert bot.expect_close() == 4202
    assert controlled.run("bot", "list", "--json").strip() == "[\n\n]"
    with sqlite3.connect(controlled.ledger) as database:
        assert database.execute("SELECT count(*) FROM tokens").fetchone() == (0,)
    # The token is nobody's: a client with it becomes a new user, and the name is free.
    with Client(controlled.daemon.path, "Deploy", token=token) as new:
        assert new.token != token and new.name == "Deploy"
    assert "Nobody has the name" in controlled.run("bot", "remove", "Nobody", status=REFUSED)


def test_messages_from_the_command_line(controlled):  # noqa: F811
    with Client(controlled.daemon.path, "Ada") as ada:
        assert controlled.run("post", "lobby", "The backup is done.") == ""
        seen = ada.until("message", text="The backup is done.", bot=True)
        assert seen["from"] == "chatrelay"
        # Lines that come together are one message; blank lines at an end are none.
        assert controlled.run("post", "lobby", "--as", "Cron", input="one\ntwo\n\n") == ""
        assert ada.until("message", **{"from": "Cron"})["text"].split() == ["one", "two"]
        assert "is the name of a user" in controlled.run("post", "lobby", "x", "--as", "Ada", status=REFUSED)
        assert "room name" in controlled.run("post", "No Room", "x", status=REFUSED).lower()
        tail = subprocess.Popen([controlled.binary, "tail", "lobby", "--socket", controlled.socket], text=True,
                                stdout=subprocess.PIPE)
        try:
            assert tail.stdout.readline().endswith(" chatrelay: The backup is done.\n")
            ada.say("live \x1b[31m", id="live")
            while "live" not in (line := tail.stdout.readline()):
                pass
            assert line.endswith(" Ada: live \ufffd[31m\n")
            # It waits for the next daemon.
            assert controlled.daemon.stop() == 0
            controlled.restart()
            controlled.run("post", "lobby", "again")
            assert tail.stdout.readline().endswith(" chatrelay: again\n")
        finally:
            tail.terminate()
            tail.wait()
        tail = subprocess.Popen([controlled.binary, "tail", "lobby", "--json", "--socket", controlled.socket], text=True,
                                stdout=subprocess.PIPE)
        assert json.loads(tail.stdout.readline())["seq"] == seen["seq"]
        tail.terminate()
        tail.wait()
