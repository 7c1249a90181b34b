"""Searching what was said."""

import pytest

from daemon import Daemon

# What was said, what is looked for, and whether it is found.
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


def indexed(person, word):
    """Waits until the newest message can be found: the index follows behind."""
    wait_until(lambda: person.ask("search", text=word)["messages"], what="the index")


@pytest.fixture(scope="module")
def said(chatrelay, tmp_path_factory):
    """What WORDS has was said, and the daemon restarted."""
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
def test_words_are_found_after_a_restart(said, text, wanted, is_found):
    assert (text in texts(said.ask("search", text=wanted))) == is_found


def test_the_newest_come_first_page_by_page(serve):
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


def test_only_ones_own_rooms_are_searched(serve):
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
