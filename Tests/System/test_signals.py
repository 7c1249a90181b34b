"""Signals reach the other sessions of the room, at once and unstored, on each way in."""

import json

from client import Client
from program import EventSource
from test_bots import made
from test_control import controlled  # noqa: F401


def test_a_signal_reaches_the_others(controlled):  # noqa: F811
    """Also a second session of the same user and a stream; not the sender, even with other events in the same tick."""
    path, token = controlled.daemon.path, made(controlled, "Reader")
    with Client(path, "Ada") as ada, Client(path, "Bob") as bob, ada.session() as tab, \
            EventSource(path, token, "lobby") as stream:
        stream.until("joined")
        for client in (ada, bob, tab):
            client.until("system", event="joined", name="Reader")
        data = {"cursor": [1.5, -2e-3], "text": "“é” 😀 \"seq\":7", "none": None}
        for number in range(20):
            ada.say(f"text {number}")
            ada.send("signal", room="lobby", data=data | {"number": number})
        # A signal overtakes the messages that are on their way to the ledger.
        for receiver in (bob, tab, stream, ada):
            events = [receiver.next() for _ in range(20 if receiver is ada else 40)]
            signals = [event for event in events if event["type"] == "signal"]
            assert [event["data"] for event in signals] == ([data | {"number": number} for number in range(20)] if receiver is not ada else [])
            assert all((event["room"], event["from"], event["user"]) == ("lobby", "Ada", ada.welcome["user"]) for event in signals)
            assert not any("seq" in event or event["at"] <= 0 for event in signals)
            texts = [event["text"] for event in events if event["type"] == "message"]
            assert texts == [f"text {number}" for number in range(20)], "each message, and once"
        assert not any("cursor" in json.dumps(event) for event in bob.ask("history", room="lobby")["messages"])


def test_what_is_refused(controlled):  # noqa: F811
    path = controlled.daemon.path
    with Client(path, "Ada") as ada, Client(path, "Bob") as bob:
        for fields, code in [({}, "missing-field"), ({"data": None}, "missing-field"), ({"room": "attic", "data": 1}, "not-in-room"),
                             ({"data": "x" * 4095}, "bad-data"), ({"data": "\ud800"}, "bad-data"),
                             ({"data": json.loads("[" * 33 + "]" * 33)}, "bad-data")]:
            ada.send_text(json.dumps({"type": "signal", "id": "s", "room": "lobby", **fields}))
            assert ada.until("error", code=code)["id"] == "s"
        ada.send("signal", room="lobby", data="x" * 4094)
        assert bob.until("signal")["data"] == "x" * 4094
        controlled.run("mute", "Ada")
        ada.send("signal", room="lobby", data=1)
        assert ada.until("error", code="muted")["room"] == "lobby"
        bob.send("signal", room="lobby", data=2)
        assert ada.until("signal")["data"] == 2, "a muted user receives everything"
