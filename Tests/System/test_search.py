"""Full-text search."""

import contextlib
import shutil
import signal
import socket
import sqlite3

import pytest

from client import Client
from daemon import Daemon
from patience import Deadline, scaled, wait_until

# A message, a search, and whether it finds the message.
WORDS = [
    ("The quick brown fox", "FOX quick", True),
    ("The quick brown fox", "brow", True),
    ("The quick brown fox", "bro fox", False),
    ("The quick brown fox", "ox", False),
    ("Übergröße in Zürich", "ubergroße zurich", True),
    ("un café crème", "CAFE CREME", True),
    ("今天我们去北京大学吃饭", "北京", True),
    ("今天我们去北京大学吃饭", "大学", True),
    ("今天我们去北京大学吃饭", "北大", False),
    ("東京タワーに行きました", "タワー", True),
    ("학교에서 만나요", "학교", True),
    ("เราไปโรงเรียน", "โรงเรียน", True),
    ("Москва слезам не верит", "москва сле", True),
    ("call 555-1234 today", "1234", True),
    ("an \"OR\" NOT (a* NEAR^b)", "OR NEAR", True),
    ("an \"OR\" NOT (a* NEAR^b)", "OR absent", False),
]


def texts(answer):
    return [message["text"] for message in answer["messages"]]


def indexed(client, word):
    """Waits until the newest message is in the search index, which is updated a little later."""
    wait_until(lambda: client.ask("search", text=word)["messages"], what="the index")


@pytest.fixture(scope="module")
def searcher(chatrelay, tmp_path_factory):
    """A client of a daemon that has restarted after the messages of WORDS."""
    options = ["--ledger", str(tmp_path_factory.mktemp("search") / "ledger"), "--rate", "0"]
    daemon = Daemon(chatrelay, tmp_path_factory.mktemp("first"), *options)
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(list(dict.fromkeys(text for text, _, _ in WORDS)))
    assert daemon.stop() == 0
    daemon = Daemon(chatrelay, tmp_path_factory.mktemp("second"), *options)
    with Client(daemon.path, token=ada.token) as ada:
        indexed(ada, "NEAR")
        yield ada
    daemon.stop()


@pytest.mark.parametrize("text, wanted, is_found", WORDS, ids=[f"{wanted} in {text[:12]}" for text, wanted, _ in WORDS])
def test_words_are_found_after_a_restart(searcher, text, wanted, is_found):
    assert (text in texts(searcher.ask("search", text=wanted))) == is_found


def test_results_come_newest_first_page_by_page(serve):
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        ada.say_all([f"word {number}" for number in range(120)])
        ada.say("the end")
        indexed(ada, "end")
        found, more = [], True
        while more:
            page = ada.ask("search", text="wor", limit=50, **({"before": found[-1]["seq"]} if found else {}))
            found, more = found + page["messages"], page["more"]
        assert [message["text"] for message in found] == [f"word {number}" for number in range(119, -1, -1)]


def test_only_rooms_of_the_user_are_searched(serve):
    daemon = serve("--rooms", "lobby,attic,cellar")
    with Client(daemon.path, "Ada", rooms=["lobby", "attic", "cellar"]) as ada, \
            Client(daemon.path, "Bob", rooms=["lobby", "attic"]) as bob:
        for room in ("lobby", "attic", "cellar"):
            ada.say(f"word in {room}", room)
        indexed(ada, "cellar")
        assert texts(bob.ask("search", text="word")) == ["word in attic", "word in lobby"]
        assert texts(bob.ask("search", text="word", room="lobby")) == ["word in lobby"]
        bob.send("search", text="word", room="cellar")
        bob.until("error", code="not-in-room", room="cellar")
        bob.send("leave", room="attic")
        bob.until("left")
        assert texts(bob.ask("search", text="word")) == ["word in lobby"]


@pytest.fixture(scope="module")
def large(chatrelay, tmp_path_factory):
    """A ledger of 100,000 messages with common words."""
    folder = tmp_path_factory.mktemp("large")
    daemon = Daemon(chatrelay, folder, "--ledger", str(folder / "ledger"))
    with Client(daemon.path, "Old") as old:
        old.say("first")
        seq = old.until("message")["seq"]
    daemon.stop()
    database = sqlite3.connect(folder / "ledger", isolation_level=None)
    database.execute("BEGIN")
    texts = [f"a an and all about are as at {number}" for number in range(100_000)]
    texts[0] += " xylophone"
    database.executemany(
        "INSERT INTO events (seq, kind, user, id, room, name, text, at) VALUES (?, 1, 1, ?, 'lobby', 'Old', ?, 0)",
        [(seq + 1 + number, f"n{number}", text) for number, text in enumerate(texts)])
    database.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)",
                         [(seq + 1 + number, text) for number, text in enumerate(texts)])
    database.execute("UPDATE meta SET value = ? WHERE key IN ('indexed', 'placed')", (seq + len(texts),))
    database.execute("COMMIT")
    database.close()
    return folder / "ledger"


# The last word begins in every message eight times, and all those matches are collected. The first word is in the oldest message.
SLOW = "xylophone a"
# On a busy machine some wait so long that the daemon refuses them.
ANSWERS = ("found", "error")


def ask_all(clients):
    """Sends four searches of each, and waits until the daemon has them. Returns the number of answers that have come."""
    count = 0
    for client in clients:
        for number in range(4):
            client.send("search", text=SLOW, before=100_000 - number)
        client.send("rooms")
    for client in clients:
        while (event := client.next())["type"] != "rooms":
            count += event["type"] in ANSWERS
    return count


def answers(client):
    """The answers that have come."""
    count = 0
    try:
        while True:
            count += client.next(0.05, grows=False)["type"] in ANSWERS
    except TimeoutError:
        return count


def test_history_does_not_wait_for_the_searches_of_others(serve, large, tmp_path):
    shutil.copy(large, tmp_path / "ledger")
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(daemon.path, f"User {number}")) for number in range(20)]
        with Client(daemon.path, "Eve") as eve:
            count = ask_all(clients)
            eve.ask("history", room="lobby", before=1_000)
            count += sum(map(answers, clients))
            assert count < 60
            # Users take turns: each of the others has a search before hers, or two.
            eve.ask("search", text="a", before=50_000)
            assert count + sum(map(answers, clients)) < 80


def test_a_planned_restart_does_not_wait_for_searches(chatrelay, large, tmp_path):
    shutil.copy(large, tmp_path / "ledger")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "chat.sock"))
        listener.listen(100)
        daemon = Daemon(
            chatrelay, tmp_path, "--ledger", str(tmp_path / "ledger"), "--rate", "0", "--grace", "10", listeners=[listener])
        with contextlib.ExitStack() as stack:
            stack.callback(daemon.stop)
            clients = [stack.enter_context(Client(daemon.path, f"User {number}")) for number in range(20)]
            before = ask_all(clients)
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.process.wait(scaled(15)) == 0
            before += sum(map(answers, clients))
            assert before < 60
            daemon.start_next()
            wait_until(lambda: "Took back 20 connections" in daemon.log(), what="the connections")
            total = before
            deadline = Deadline(60)
            while total < 80 and deadline.left:
                total += sum(map(answers, clients))
            assert total == 80


def test_a_common_word_is_found_page_by_page(serve, large, tmp_path):
    """Each page in a moment, though the word is in every message."""
    shutil.copy(large, tmp_path / "ledger")
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        before = 90_000
        for _ in range(20):
            page = ada.ask("search", text="a", limit=100, before=before)
            assert [message["seq"] for message in page["messages"]] == list(range(before - 1, before - 101, -1))
            assert page["more"] and "next" not in page
            before = page["messages"][-1]["seq"]
