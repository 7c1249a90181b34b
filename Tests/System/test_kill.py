"""The daemon is killed again and again under load. What was acknowledged is there, once, in order, and with whom it should."""

import os
import random
import sqlite3
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage

from person import Person

KILLS = 50
PEOPLE = 8
IN_FLIGHT = 5  # messages of one person that are not acknowledged
END = "the end"


class Chatter(threading.Thread):
    """Chats in its rooms and privately, comes back after each break, and sends again what was not acknowledged."""

    def __init__(self, crowd, number, where, seed):
        super().__init__(daemon=True)
        self.crowd, self.where, self.name = crowd, where, f"Chatter {number}"
        # Two are in one of the rooms only: they must get nothing of the other.
        self.rooms = {6: ["hall"], 7: ["attic"]}.get(number, ["hall", "attic"])
        self.chance = random.Random(seed)
        self.person = Person(where, self.name, rooms=self.rooms, histories=True)
        self.person.send("rooms")
        self.person.until("rooms")
        # All that it got, in the order in which it came; what it sent, by id, until it is acknowledged; and its numbers.
        self.log, self.pending, self.acknowledged = [], {}, {}
        self.sent, self.breaks, self.ends, self.failure = 0, 0, set(), None

    def run(self):
        try:
            while self.ends != set(self.rooms):
                try:
                    if self.person is None:
                        self.come_back()
                    self.chat()
                except TimeoutError:
                    raise
                except (ConnectionClosed, InvalidMessage, EOFError):
                    self.breaks += self.person is not None
                    self.last, self.person = self.person or self.last, None
                except OSError:
                    time.sleep(0.005)  # nobody is there
        except BaseException as failure:
            self.failure = failure

    def come_back(self):
        # Refused while there is no daemon: tried again by `run`.
        self.person = self.last.again(rooms=self.rooms, histories=True)
        assert self.person.name == self.name
        for id, command in self.pending.items():
            self.person.send(id=id, **command)

    def chat(self):
        while self.ends != set(self.rooms):
            while len(self.pending) < IN_FLIGHT and not self.crowd.quiet.is_set():
                self.speak()
            self.hear(self.person.next(30))

    def speak(self):
        self.sent += 1
        id = f"{self.name[-1]}-{self.sent}"
        if self.chance.random() < 0.3:
            command = {"type": "private", "to": self.chance.choice(self.crowd.people).name}
        else:
            command = {"type": "message", "room": self.chance.choice(self.rooms)}
        command["text"] = f"{id} " + "x" * self.chance.randrange(200)
        self.pending[id] = command
        self.person.send(id=id, **command)

    def hear(self, event):
        type = event["type"]
        assert type != "error" and type != "history", event
        if type == "ack":
            self.confirm(event["id"], event["seq"])
        elif type in ("message", "private"):
            if event["text"] == END:
                self.ends.add(event["room"])
                return
            self.log.append((event["seq"], type, event["from"], event.get("room") or event["to"], event["text"]))
            if event["from"] == self.name:
                self.confirm(event["id"], event["seq"])

    def confirm(self, id, seq):
        assert self.acknowledged.setdefault(id, seq) == seq, "one message has two numbers"
        self.pending.pop(id, None)


class Crowd:
    def __init__(self, where, seed):
        self.quiet = threading.Event()
        self.people = []
        self.people += [Chatter(self, number, where, f"{seed}-{number}") for number in range(PEOPLE)]

    def check(self):
        for one in self.people:
            assert one.failure is None, (one.name, one.failure)


@pytest.mark.timeout(240)
def test_fifty_kills_lose_double_and_mix_up_nothing(serve, tmp_path):
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    path, ledger = str(tmp_path / "chat.sock"), str(tmp_path / "ledger")
    options = ["--ledger", ledger, "--rooms", "lobby,hall,attic", "--rate", "0", "--grace", "1"]
    daemon = serve(*options, path=path)
    crowd = Crowd(path, seed)
    for one in crowd.people:
        one.start()
    for kill in range(KILLS):
        # Any moment will do: that is the point.
        time.sleep(chance.uniform(0, 0.6))
        crowd.check()
        daemon.kill()
        daemon = serve(*options, path=path)
    crowd.quiet.set()
    deadline = time.monotonic() + 60
    while any(one.pending for one in crowd.people):
        crowd.check()
        assert time.monotonic() < deadline, [one.pending for one in crowd.people]
        time.sleep(0.01)
    with Person(path, rooms=["hall", "attic"]) as last:
        for room in ("hall", "attic"):
            last.say(END, room, id=room)
            last.until("message", room=room)
    for one in crowd.people:
        one.join(60)
    crowd.check()
    assert daemon.stop() == 0
    verify(crowd.people, ledger)


def verify(people, ledger):
    """Compares what everybody got and knows with what is in the file."""
    database = sqlite3.connect(ledger)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rows = database.execute(
        "SELECT seq, id, kind, name, ifnull(room, peer_name), text FROM events"
        " WHERE id IS NOT NULL AND text <> ? ORDER BY seq", (END,)).fetchall()
    database.close()
    ids = [id for _, id, *_ in rows]
    assert len(ids) == len(set(ids)) == sum(one.sent for one in people), "lost or doubled in the ledger"
    stored = {id: seq for seq, id, *_ in rows}
    for one in people:
        assert len(one.acknowledged) == one.sent and one.breaks > KILLS / 2
        assert all(stored[id] == seq for id, seq in one.acknowledged.items())
        mine = [(seq, "message" if kind == 1 else "private", name, place, text)
                for seq, _, kind, name, place, text in rows
                if (place in one.rooms if kind == 1 else one.name in (name, place))]
        assert one.log == mine, f"{one.name}: lost {len(set(mine) - set(one.log))}, " \
            f"not for it {len(set(one.log) - set(mine))}, doubled {len(one.log) - len(set(one.log))}"
    print(f"{len(rows)} messages, {sum(len(one.log) for one in people)} deliveries, "
          f"{sum(one.breaks for one in people)} breaks")
