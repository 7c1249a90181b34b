"""Loads of many clients: SteadyClients, whose deliveries are timed, and ChattingClients, whose deliveries are compared with
the ledger."""

import json
import random
import re
import sqlite3
import time

from client.frames import command
from client.many import Clients, Member
from patience import Deadline

STEADY = re.compile(rb'\{"type":"message","seq":(\d+),"id":"w-(\d+)"')
IN_FLIGHT = 3  # messages of one member that are not acknowledged


class SteadyMember(Member):
    """Reads at once. Each message has to come once, in order."""

    def __init__(self, clients):
        super().__init__(clients)
        self.heard = self.seq = 0

    def hello(self):
        self.write(command("hello"))

    def take(self, payload):
        if match := STEADY.match(payload):
            seq, number = map(int, match.groups())
            assert seq > self.seq and self.clients.seqs.setdefault(number, seq) == seq, "doubled, or out of order"
            self.seq, self.heard = seq, self.heard + 1
            self.clients.times.append(time.monotonic() - self.clients.due[number])
        elif payload.startswith(b'{"type":"history"'):
            self.is_live = True
        else:
            assert not payload.startswith(b'{"type":"error"'), payload


class SteadyClients(Clients):
    """`count` members in the lobby; while they talk, one of `speakers` in turn sends a message of `size` bytes every
    `interval` seconds."""

    def __init__(self, where, count=10, interval=0.02, size=10, speakers=10):
        super().__init__(where, [SteadyMember(self) for _ in range(count)])
        self.interval, self.text, self.speakers = interval, "x" * size, min(speakers, count)
        # Of each message: when it was due, and its sequence number; of each delivery, the seconds that it took.
        self.due, self.seqs, self.times = [], {}, []
        self._is_talking, self._next = False, None

    def talk(self, seconds):
        """For `seconds`, and at least one message. Returns the 99th percentile of the deliveries' seconds, once all has arrived."""
        first, self._is_talking = len(self.times), True
        deadline = Deadline(seconds, grows=False)
        while deadline.left or len(self.times) == first:
            self.check()
            time.sleep(min(0.05, deadline.left))
        self._is_talking = False
        self.wait(lambda: self._next is None and all(member.heard == len(self.due) for member in self.members),
                  "the arrival of each message")
        times = sorted(self.times[first:])
        return times[len(times) * 99 // 100]

    def turn(self):
        if not self._is_talking:
            self._next = None
            return 0.01
        self._next = self._next or time.monotonic()
        if self._next <= time.monotonic():
            number = len(self.due)
            self.due.append(self._next)
            self.members[number % self.speakers].write(
                command("message", id=f"w-{number}", room="lobby", text=self.text))
            self._next += self.interval
        return max(0, self._next - time.monotonic())


class ChattingMember(Member):
    """Talks at random in its rooms and privately. After a break it comes back for what it missed, after a crash of the server
    it says hello again, and it repeats what was not acknowledged."""

    def __init__(self, clients, number, rooms):
        super().__init__(clients)
        self.number, self.name, self.rooms = number, f"Member {number}", rooms
        self.token = self.seq = self.ledger = None
        self.is_welcome, self.waits = False, set()
        # What it received, in that order; what it sent and was not acknowledged, by id; sequence numbers by id.
        self.log, self.pending, self.acknowledged = [], {}, {}
        self.sent = self.drops = self.restarts = 0
        self.notices = []  # system events that it should not get while it only talks
        self.silence, self.heard = 0.0, time.monotonic()

    def lost(self, error):
        self.drops += self.is_upgraded
        self.close()
        self.is_welcome = False
        self.clients.call_later(0.005, lambda: self.clients.call(self, self.open))

    def hello(self, **fields):
        self.is_live = self.is_welcome = False
        self.waits = set(self.rooms)
        if self.seq is not None:
            fields |= {"since": self.seq, "ledger": self.ledger}
        if self.token:
            fields |= {"token": self.token}
        self.write(command("hello", name=self.name, rooms=self.rooms, create=True, **fields))

    def take(self, payload):
        now = time.monotonic()
        self.silence, self.heard = max(self.silence, now - self.heard), now
        event = self.decoded(payload)
        type = event["type"]
        if type == "welcome":
            self._take_welcome(event)
        elif type == "joined" and self.seq is not None:
            self.waits.discard(event["room"])
        elif type == "history":
            assert not event.get("gap"), f"{self.name} can't have what it missed: {event}"
            self.waits.discard(event.get("room"))
            if not self.waits and self.seq is None:
                self.seq = 0
        elif type in ("message", "private"):
            self._take_message(event)
        elif type == "ack":
            self._confirm(event)
        elif type == "system" and event["event"] == "restart":
            self.restarts += 1
            self.hello(again=event["again"])
        elif type == "system":
            self.notices.append(event)
        elif type == "error":
            assert event["code"] == "try-again", event
        self.is_live = self.is_welcome and not self.waits
        if self.clients.is_talking:
            self.speak()

    @staticmethod
    def decoded(payload):
        return json.loads(payload)

    def _take_welcome(self, event):
        self.is_welcome, self.ledger = True, event["ledger"]
        self.token = event.get("token", self.token)
        for message in self.pending.values():
            self.write(command(**message))

    def _take_message(self, event):
        place = event.get("room") or event["to"]
        self.log.append((event["seq"], event["id"], event["from"], place, event["text"]))
        if self.seq is not None:
            assert event["seq"] > self.seq, f"{self.name} was at {self.seq}: {event}"
            self.seq = event["seq"]
        if event["from"] == self.name:
            self._confirm(event)

    def _confirm(self, event):
        id, seq = event["id"], event["seq"]
        assert self.acknowledged.setdefault(id, seq) == seq, f"the message {id} has two sequence numbers"
        self.pending.pop(id, None)

    def speak(self):
        if not self.is_live or len(self.pending) >= IN_FLIGHT:
            return
        self.sent += 1
        id, chance = f"{self.number}-{self.sent}", self.clients.chance
        if chance.random() < 0.2:
            message = {"type": "private", "to": chance.choice(self.clients.members).name}
        else:
            message = {"type": "message", "room": chance.choice(self.rooms)}
        message |= {"id": id, "text": f"{id} " + "x" * chance.randrange(200)}
        self.pending[id] = message
        self.write(command(**message))


class ChattingClients(Clients):
    """Members who talk at random; `rooms` are those of each."""

    member_class = ChattingMember

    def __init__(self, where, rooms, seed):
        super().__init__(where)
        self.members = [self.member_class(self, number, list(rooms)) for number, rooms in enumerate(rooms)]
        self.chance, self.is_talking, self._next = random.Random(seed), False, 0

    def __enter__(self):
        super().__enter__()
        for member in self.members:
            member.notices.clear()
        return self

    def talk(self):
        """They begin to talk: each answers whatever it receives, and now and then a few speak unasked."""
        for member in self.members:
            member.silence, member.heard = 0.0, time.monotonic()
        self.is_talking = True

    def stop_talking(self):
        """They stop, and everything that they have sent is acknowledged."""
        self.is_talking = False
        self.wait(lambda: not any(member.pending for member in self.members), "each acknowledgement", 60)

    def turn(self):
        if self.is_talking and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.02
            for member in self.chance.sample(self.members, max(1, len(self.members) // 20)):
                if member.socket:
                    self.call(member, member.speak)
        return 0.01

    @property
    def drops(self):
        return sum(member.drops for member in self.members)

    @property
    def deliveries(self):
        return sum(len(member.log) for member in self.members)

    def verify(self, rows):
        """Compares what each has sent and received with the rows of the ledger (see `rows_of`), which are all theirs."""
        ids = [id for _, id, *_ in rows]
        assert len(ids) == len(set(ids)) == sum(member.sent for member in self.members), "lost or doubled in the ledger"
        seqs = {id: seq for seq, id, *_ in rows}
        for member in self.members:
            assert len(member.acknowledged) == member.sent
            assert all(seqs[id] == seq for id, seq in member.acknowledged.items())
            wanted = [(seq, id, name, place, text) for seq, id, kind, name, place, text in rows
                      if (place in member.rooms if kind == 1 else member.name in (name, place))]
            self.wait(lambda: len(member.log) >= len(wanted), f"the last message for {member.name}")
            assert member.log == wanted, f"{member.name}: lost {len(set(wanted) - set(member.log))}, " \
                f"not for it {len(set(member.log) - set(wanted))}, doubled {len(member.log) - len(set(member.log))}"


def rows_of(path):
    """The messages of a ledger file: sequence number, id, kind (1: in a room), sender, room or recipient, text."""
    database = sqlite3.connect(path)
    found = database.execute("SELECT seq, id, kind, name, ifnull(room, peer_name), text FROM events"
                             " WHERE id IS NOT NULL ORDER BY seq").fetchall()
    database.close()
    return found
