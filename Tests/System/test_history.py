"""History: the last messages for a new member, and page by page."""

import threading

from client import Client
from patience import wait_until



def numbers(messages):
    return [message["seq"] for message in messages]


def pages(client, room="lobby", limit=100):
    """All messages of a room, read backwards page by page."""
    found, more, before = [], True, None
    while more:
        page = client.ask("history", room=room, limit=limit, **({"before": before} if before else {}))
        assert page["messages"] or not page["more"]
        found[:0], more = page["messages"], page["more"]
        before = found[0]["seq"] if found else None
    return found


# New members

def test_a_new_member_gets_the_last_50_messages_of_each_room(serve):
    daemon = serve("--rate", "0", "--rooms", "lobby,attic,cellar")
    with Client(daemon.path, "Ada", rooms=["lobby", "attic", "cellar"]) as ada:
        lobby, attic = ada.say_all(["x"] * 60), ada.say_all(["y"] * 3, "attic", "a")
    with Client(daemon.path, "Bob", rooms=["lobby", "attic", "cellar"], histories=True) as bob:
        for room, seqs, more in (("lobby", lobby[-50:], True), ("attic", attic, False), ("cellar", [], False)):
            bob.expect("joined", room=room)
            history = bob.expect("history", room=room, more=more)
            assert numbers(history["messages"]) == seqs and "gap" not in history
    with Client(daemon.path, "Cy", rooms=[], histories=True) as cy:
        cy.send("join", room="lobby")
        cy.expect("joined", room="lobby")
        assert numbers(cy.expect("history", room="lobby")["messages"]) == lobby[-50:]


def test_no_message_is_missing_between_history_and_live_messages(serve):
    """New members join while messages come without a pause."""
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        done = threading.Event()
        sent = []

        def talk():
            while not done.is_set():
                sent.extend(ada.say_all(["x"] * 20, prefix=f"a-{len(sent)}"))

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            for _ in range(40):
                with Client(daemon.path, histories=True) as client:
                    seen = numbers(client.until("history")["messages"])
                    seen += [client.until("message")["seq"] for _ in range(30)]
                    place = sent.index(seen[0])
                    wait_until(lambda: len(sent) >= place + len(seen), what="the acknowledgements")
                    assert seen == sent[place:place + len(seen)]
        finally:
            done.set()
            talker.join()


# Paging

def test_paging_reaches_messages_from_before_a_restart(serve, tmp_path):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--rate", "0", "--ledger", ledger)
    with Client(daemon.path, "Ada") as ada:
        first = ada.say_all([f"text {number}" for number in range(2500)], prefix="first")
    assert daemon.stop() == 0
    daemon = serve("--rate", "0", "--ledger", ledger)
    with Client(daemon.path, "Cy") as cy:
        # What is said before is part of the room's first history.
        cy.until("joined")
        # More than memory holds, of this room and of all.
        second = cy.say_all([f"text {number}" for number in range(2500, 5000)], prefix="second")
    with Client(daemon.path, "Bob") as bob:
        found = pages(bob)
        assert numbers(found) == first + second
        assert [message["text"] for message in found] == [f"text {number}" for number in range(5000)]
        assert {message["from"] for message in found[:2500]} == {"Ada"}


def test_a_page_has_fewer_messages_where_they_are_long(serve):
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all(["x" * 8000] * 40)
        page = ada.ask("history", room="lobby", limit=100)
        assert 1 <= len(page["messages"]) <= 65_536 // 8000 and page["more"]
        assert numbers(pages(ada)) == seqs
