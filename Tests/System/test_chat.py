"""People chatting, over the daemon's socket and through nginx: what PROTOCOL.md promises, end to end."""

import time

from person import Person

LIMITS = {"text": 8192, "name": 32, "rooms": 16, "rate": 10, "burst": 50}


def test_hello_is_answered_with_welcome_and_the_lobby(server):
    with Person(server, "Ada") as ada:
        assert ada.welcome["rooms"] == ["lobby"] and ada.welcome["limits"] == LIMITS
        ada.expect("joined", room="lobby", users=1)
        assert ada.socket.subprotocol == "chatrelay.v1"
        assert ada.socket.response.headers.get("Sec-WebSocket-Extensions") is None


def test_everyone_in_the_room_sees_every_message(server):
    with Person(server, "Ada") as ada, Person(server, "Bob") as bob, Person(server, "Cy") as cy:
        before = int(time.time() * 1000)
        bob.say("Hello, <b>world</b> 你好 👋", id="b-1")
        events = [person.until("message") for person in (ada, bob, cy)]
        assert events[0] == events[1] == events[2]
        assert events[0].items() >= {"id": "b-1", "room": "lobby", "from": "Bob", "seq": 4,
                                     "text": "Hello, <b>world</b> 你好 👋"}.items()
        assert before - 1000 <= events[0]["at"] <= time.time() * 1000 + 1000


def test_messages_keep_one_order_for_all(server):
    with Person(server, "Ada") as ada, Person(server, "Bob") as bob:
        for number in range(20):
            ada.say(f"a {number}")
            bob.say(f"b {number}")
        heard = [[person.until("message") for _ in range(40)] for person in (ada, bob)]
        assert heard[0] == heard[1]
        assert [event["seq"] for event in heard[0]] == list(range(3, 43))
        assert [event["text"] for event in heard[0] if event["from"] == "Ada"] == [f"a {n}" for n in range(20)]


def test_joining_leaving_and_renaming_are_told(server):
    with Person(server, "Ada") as ada:
        ada.expect("joined", room="lobby", users=1)
        with Person(server, "Bob") as bob:
            ada.expect("system", event="joined", room="lobby", name="Bob", users=2)
            bob.expect("joined", room="lobby", users=2)
            bob.send("rename", name="Robert")
            bob.expect("renamed", name="Robert")
            ada.expect("system", event="renamed", name="Robert", was="Bob")
        ada.expect("system", event="left", room="lobby", name="Robert", users=1)
        with Person(server, "Bob"):
            ada.expect("system", event="joined", name="Bob")


def test_a_connection_that_just_ends_has_left(server):
    with Person(server, "Ada") as ada:
        bob = Person(server, "Bob")
        ada.until("system", event="joined", name="Bob")
        bob.socket.socket.close()
        ada.expect("system", event="left", name="Bob")


def test_a_name_is_unique_and_a_free_one_is_proposed(server):
    with Person(server, "Ada"), Person(server, hello=False) as other:
        other.send("hello", name="aDA")
        proposal = other.expect("error", code="name-taken")["proposal"]
        other.send("hello", name=proposal)
        other.expect("welcome", name=proposal)


def test_names_are_assigned(server):
    with Person(server) as one, Person(server) as two:
        assert one.name and two.name and one.name != two.name


def test_rooms_who_and_typing(server):
    with Person(server, "Ada") as ada, Person(server, "Bob") as bob:
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


def test_a_message_in_fragments_with_a_ping_between(server):
    with Person(server, "Ada") as ada:
        ada.expect("joined")
        ada.socket.send(iter(['{"type":"message","id":"f","room":"lo', 'bby","text":"in three', ' parts"}']))
        assert ada.socket.ping().wait(10)
        ada.expect("message", text="in three parts")


def test_a_client_that_says_goodbye_gets_its_code_back(server):
    person = Person(server, "Ada")
    person.socket.close(3000, "enough")
    assert person.socket.close_code == 3000


def test_over_the_rate_is_told_when_to_go_on(server):
    with Person(server, "Ada") as ada:
        for number in range(60):
            ada.say(f"n {number}")
        assert ada.until("error", code="rate-limited")["retry"] > 0


def test_a_large_message_arrives_whole(server):
    text = "ü" * 4096  # 8192 bytes, the limit
    with Person(server, "Ada") as ada, Person(server, "Bob") as bob:
        ada.say(text, id="large")
        assert bob.until("message")["text"] == text
        ada.say(text + "!", id="larger")
        ada.until("error", code="text-too-long", id="larger")
