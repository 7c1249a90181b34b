"""The chat as PROTOCOL.md describes it, on the daemon's socket and through nginx."""

import time

from client import Client


LIMITS = {"text": 8192, "name": 32, "rooms": 16, "rate": 10, "burst": 50}


def test_hello_is_answered_with_welcome_and_the_lobby(server):
    with Client(server, "Ada") as ada:
        assert ada.welcome["rooms"] == ["lobby"] and ada.welcome["limits"] == LIMITS
        ada.expect("joined", room="lobby", users=1)
        assert ada.connection.fields["sec-websocket-protocol"] == "chatrelay.v1"
        assert "sec-websocket-extensions" not in ada.connection.fields


def test_a_message_reaches_each_member_of_the_room(server):
    with Client(server, "Ada") as ada, Client(server, "Bob") as bob, Client(server, "Cy") as cy:
        before = int(time.time() * 1000)
        bob.say("Hello, <b>world</b> 你好 👋", id="b-1")
        events = [client.until("message") for client in (ada, bob, cy)]
        assert events[0] == events[1] == events[2]
        assert events[0].items() >= {"id": "b-1", "room": "lobby", "from": "Bob", "seq": 4,
                                     "text": "Hello, <b>world</b> 你好 👋"}.items()
        assert before - 1000 <= events[0]["at"] <= time.time() * 1000 + 1000


def test_messages_have_the_same_order_for_all(server):
    with Client(server, "Ada") as ada, Client(server, "Bob") as bob:
        for number in range(20):
            ada.say(f"a {number}")
            bob.say(f"b {number}")
        received = [[client.until("message") for _ in range(40)] for client in (ada, bob)]
        assert received[0] == received[1]
        assert [event["seq"] for event in received[0]] == list(range(3, 43))
        assert [event["text"] for event in received[0] if event["from"] == "Ada"] == [f"a {n}" for n in range(20)]


def test_members_are_told_of_joining_leaving_and_renaming(server):
    with Client(server, "Ada") as ada:
        ada.expect("joined", room="lobby", users=1)
        with Client(server, "Bob") as bob:
            ada.expect("system", event="joined", room="lobby", name="Bob", users=2)
            bob.expect("joined", room="lobby", users=2)
            bob.send("rename", name="Robert")
            bob.expect("renamed", name="Robert")
            ada.expect("system", event="renamed", name="Robert", was="Bob")
        ada.expect("system", event="left", room="lobby", name="Robert", users=1)
        with Client(server, "Cleo"):
            ada.expect("system", event="joined", name="Cleo")


def test_a_connection_that_breaks_leaves_the_room(server):
    with Client(server, "Ada") as ada:
        bob = Client(server, "Bob")
        ada.until("system", event="joined", name="Bob")
        bob.cut()
        ada.expect("system", event="left", name="Bob")


def test_a_name_is_unique_and_a_free_one_is_proposed(server):
    with Client(server, "Ada"), Client(server, hello=False) as other:
        other.send("hello", name="aDA")
        proposal = other.expect("error", code="name-taken")["proposal"]
        other.send("hello", name=proposal)
        other.expect("welcome", name=proposal)


def test_users_without_a_name_are_given_one(server):
    with Client(server) as one, Client(server) as two:
        assert one.name and two.name and one.name != two.name


def test_rooms_who_and_typing(server):
    with Client(server, "Ada") as ada, Client(server, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        bob.expect("joined")
        ada.send("join", room="attic", create=True)
        ada.expect("joined", room="attic", users=1)
        ada.say("echo", room="attic")
        ada.expect("message", room="attic", text="echo")
        bob.say("anyone", room="attic")
        bob.expect("error", code="not-in-room", id="anyone")
        bob.send("rooms")
        assert bob.expect("rooms")["rooms"] == [{"room": "attic", "users": 1}, {"room": "lobby", "users": 2}]
        bob.send("who", room="lobby")
        bob.expect("who", names=["Ada", "Bob"], users=2, more=0)
        bob.send("typing", room="lobby")
        ada.expect("typing", room="lobby", **{"from": "Bob"})
        ada.send("leave", room="attic")
        ada.expect("left", room="attic")
        bob.send("join", room="attic")
        bob.until("error", code="no-such-room", room="attic")


def test_a_message_in_fragments_with_pings_between(server):
    with Client(server, "Ada") as ada:
        ada.expect("joined")
        ada.send_fragments('{"type":"message","id":"f","room":"lo', 'bby","text":"in three', ' parts"}')
        ada.expect("message", text="in three parts")
        assert ada.pongs == 2


def test_the_close_code_of_a_client_is_returned(server):
    ada = Client(server, "Ada")
    ada.leave(3000, "enough")
    assert ada.close_code == 3000


def test_a_client_over_the_rate_is_told_when_to_send_again(server):
    with Client(server, "Ada") as ada:
        for number in range(60):
            ada.say(f"n {number}")
        assert ada.until("error", code="rate-limited")["retry"] > 0


def test_the_largest_message_is_delivered_and_a_larger_one_refused(server):
    text = "ü" * 4096  # 8192 bytes, the limit
    with Client(server, "Ada") as ada, Client(server, "Bob") as bob:
        ada.say(text, id="large")
        assert bob.until("message")["text"] == text
        ada.say(text + "!", id="larger")
        ada.until("error", code="text-too-long", id="larger")
