"""Full-text search."""

import pytest

from client import Client
from daemon import Daemon
from patience import wait_until

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
