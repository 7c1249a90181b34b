"""Private messages: for all sessions of sender and recipient, stored for a recipient that is away, and for no other user."""

import json

from client import Client
from patience import wait_until


SECRET = "xyzzy-plugh"


class Recorder(Client):
    """Keeps all events that it gets."""

    def __init__(self, *arguments, **fields):
        self.got = []
        super().__init__(*arguments, histories=True, **fields)

    def next(self, *arguments, **options):
        self.got.append(super().next(*arguments, **options))
        return self.got[-1]


def reserve_name(client):
    """A command reserves the name."""
    client.send("rooms")
    client.until("rooms")


def test_a_private_message_goes_to_all_sessions_of_the_two_users(server):
    with Client(server, "Ada") as ada, Client(server, "Bob") as bob, Client(server, "Eve") as eve, \
            ada.session() as ada2, bob.session(rooms=[]) as bob2:
        eve.until("joined")
        ada.tell("Bob", "psst", id="p")
        event = {"from": "Ada", "to": "Bob", "text": "psst", "id": "p"}
        first = ada.until("private", **event)
        assert all(client.until("private") == first for client in (ada2, bob, bob2))
        bob2.tell("Ada", "what")
        assert ada.until("private", text="what") == bob.until("private") == ada2.until("private")
        bob.say("the end")
        eve.until("message", text="the end")
        assert first["seq"] < eve.seq


def test_the_recipient_is_found_in_any_spelling(server):
    with Client(server, "Ada") as ada, Client(server, "Straße Zoë") as zoe:
        for number, name in enumerate(("STRASSE ZOË", "straße  zoe\u0308", " Ｓtraße\u3000Zoë ")):
            ada.tell(name, f"text {number}")
            assert zoe.until("private")["to"] == ada.until("private")["to"] == "Straße Zoë"


def test_an_unknown_recipient_is_refused(server):
    with Client(server, "Ada") as ada:
        ada.expect("joined")
        ada.tell("Nobody", "hello?", id="1")
        ada.expect("error", code="no-such-user", id="1")
        # The id was not used up.
        ada.tell("Ada", "hello!", id="1")
        ada.expect("private", id="1")


def test_a_message_to_oneself_comes_once(server):
    with Client(server, "Ada") as ada, ada.session() as phone:
        ada.until("joined")
        phone.until("joined")
        ada.tell("ADA", "buy milk")
        ada.expect("private", **{"from": "Ada", "to": "Ada"})
        phone.expect("private")
        assert [message["text"] for message in ada.ask("history")["messages"]] == ["buy milk"]
        assert len(ada.ask("history", **{"with": "Ada"})["messages"]) == 1
        phone.say("the end")
        phone.expect("message", text="the end")


def test_a_recipient_that_was_away_gets_it_later(serve, tmp_path):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada:
        with Client(daemon.path, "Bob") as bob:
            reserve_name(bob)
        ada.until("system", event="left", name="Bob")
        for number in range(3):
            ada.tell("Bob", f"letter {number}")
            ada.until("private", text=f"letter {number}")
        letters = ["letter 0", "letter 1", "letter 2"]
        with bob.reconnect() as back:
            assert [back.expect("private")["text"] for _ in range(3)] == letters
            back.expect("joined")
        daemon.kill()
    daemon = serve("--ledger", ledger)
    with bob.reconnect(daemon.path) as back:
        assert [back.expect("private")["text"] for _ in range(3)] == letters
    # A client that has the token only.
    with Client(daemon.path, token=bob.token, histories=True) as back:
        history = back.expect("history", more=False)
        assert "room" not in history and [message["text"] for message in history["messages"]] == letters


def test_a_conversation_can_be_paged_and_searched(serve):
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob, Client(daemon.path, "Cy") as cy:
        for number in range(30):
            ada.tell("Bob", f"odd {number}" if number % 2 else f"even {number}", id=f"a{number}")
            bob.until("private")
            cy.tell("Ada", f"odd from Cy {number}", id=f"c{number}")
            ada.until("private", **{"from": "Cy"})
        page = ada.ask("history", limit=20, **{"with": "bob"})
        older = ada.ask("history", limit=20, before=page["messages"][0]["seq"], **{"with": "bob"})
        assert page["more"] and not older["more"]
        texts = [message["text"] for message in older["messages"] + page["messages"]]
        assert texts == [f"odd {number}" if number % 2 else f"even {number}" for number in range(30)]
        assert len(ada.ask("history", limit=100)["messages"]) == 60
        assert len(bob.ask("history", limit=100)["messages"]) == 30
        wait_until(lambda: len(ada.ask("search", text="odd", limit=100)["messages"]) == 45, what="the index")
        found = ada.ask("search", text="odd", **{"with": "Bob"})["messages"]
        assert [message["text"] for message in found] == [f"odd {number}" for number in range(29, 0, -2)]
        assert bob.ask("search", text="Cy")["messages"] == []
        bob.send("rename", name="Robert")
        bob.until("renamed")
        assert {message["to"] for message in ada.ask("history", **{"with": "Robert"})["messages"]} == {"Robert"}


def test_no_other_user_gets_a_private_message(serve, tmp_path):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--rate", "0", "--ledger", ledger)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        others = [Recorder(daemon.path, f"Other {number}") for number in range(4)]
        for client in (bob, *others):
            reserve_name(client)
        bob.leave()
        ada.until("system", event="left", name="Bob")
        for number in range(20):
            others[0].leave()
            others[0] = Recorder(daemon.path, token=others[0].token, since=others[0].seq,
                                    ledger=others[0].welcome["ledger"])
            ada.tell("Bob", f"{SECRET} {number}")
            ada.until("private", text=f"{SECRET} {number}")
            ada.tell("Other 1", f"for the other one {number}")
            ada.say(f"for all {number}")
        with bob.reconnect() as bob:
            bob.until("private", text=f"{SECRET} 19")
            bob.tell("Ada", f"{SECRET} back")
            ada.until("private", text=f"{SECRET} back")
        wait_until(lambda: len(ada.ask("search", text=SECRET)["messages"]) == 21, what="the index")
        others += [Recorder(daemon.path, "New user"), Recorder(daemon.path, token=others[1].token)]
        status = len(daemon.notified.lines)
        probe(others)
        others.append(Recorder(daemon.path, "Eve"))
        daemon.notified.wait("STATUS=", after=status)
        daemon.stop()
    log = daemon.log()
    daemon = serve("--rate", "0", "--ledger", ledger)
    late = [Recorder(daemon.path, token=other.token, **({"since": 0} if number % 2 else {}))
            for number, other in enumerate(others)]
    probe(late)
    for other in others + late:
        got = json.dumps(other.got)
        assert "for all 19" in got or other.name == "Eve", "it gets room messages"
        assert "xyzzy" not in got and "plugh" not in got, got
    assert "for the other one" in json.dumps(others[1].got)
    assert not any(SECRET in text for text in (log, daemon.log(), *daemon.notified.lines))
    for other in late:
        other.leave()


def probe(others):
    """Each asks for all that can be asked for."""
    for other in others:
        for question in ({}, {"room": "lobby"}, {"with": "Ada"}, {"with": "Bob"}, {"before": 1_000_000}):
            other.ask("history", limit=100, **question)
        # The answer repeats the question, so no question contains the secret.
        for text in ("back", "19", "0", "for"):
            for place in ({}, {"room": "lobby"}, {"with": "Ada"}, {"with": "Bob"}):
                other.ask("search", text=text, limit=100, **place)
        other.send("who", room="lobby")
        other.until("who")
        other.send("rooms")
        other.until("rooms")
