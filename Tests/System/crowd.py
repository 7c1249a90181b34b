"""Many people who chat all the time, each with a log of its own: what they got is held against the ledger in the end.

Purpose: hundreds of clients in one process. They know of the protocol what PROTOCOL.md asks of a client: they come back
where they were after a break, say hello again after a crash of the server, and send again what has no acknowledgement.
"""

import asyncio
import json
import random
import struct
import threading
import time

from wire import CLOSE, PING, PONG, TEXT, frame, request

IN_FLIGHT = 3  # messages of one person that are not acknowledged
SECONDS = 30


class Chatter:
    """One of them; `connect()` opens a connected socket."""

    def __init__(self, crowd, number, rooms):
        self.crowd, self.name, self.rooms = crowd, f"Chatter {number}", rooms
        self.token = self.seq = self.ledger = self.reader = self.writer = None
        self.is_upgraded, self.is_welcome, self.waits = False, False, set()
        # What it got, in the order in which it came; what it sent, by id, until it is acknowledged, and its numbers.
        self.log, self.pending, self.acknowledged = [], {}, {}
        self.sent, self.drops, self.restarts, self.noise = 0, 0, 0, []
        self.silence, self.heard = 0.0, time.monotonic()

    async def live(self):
        while not self.crowd.is_over:
            try:
                await self.open()
                while True:
                    self.hear(await self.event())
            except (OSError, EOFError, asyncio.IncompleteReadError):
                self.writer.close() if self.writer else None
                if self.crowd.is_over:
                    return
                self.drops += self.is_upgraded
                self.is_upgraded = self.is_welcome = False

    async def open(self):
        made = await asyncio.get_running_loop().run_in_executor(None, self.crowd.connect)
        self.reader, self.writer = await asyncio.open_connection(sock=made)
        self.writer.write(request())
        head = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise EOFError(head)
        self.is_upgraded = True
        self.hello()

    def hello(self, **fields):
        self.is_welcome, self.waits = False, set(self.rooms)
        if self.seq is not None:
            fields |= {"since": self.seq, "ledger": self.ledger}
        if self.token:
            fields |= {"token": self.token}
        self.send("hello", name=self.name, rooms=self.rooms, create=True, **fields)

    def send(self, type, **fields):
        self.writer.write(frame(TEXT, json.dumps({"type": type, **fields}).encode()))

    async def event(self):
        while True:
            head = await self.reader.readexactly(2)
            size = head[1]
            if size == 126:
                size, = struct.unpack(">H", await self.reader.readexactly(2))
            elif size == 127:
                size, = struct.unpack(">Q", await self.reader.readexactly(8))
            payload = await self.reader.readexactly(size)
            now = time.monotonic()
            self.silence, self.heard = max(self.silence, now - self.heard), now
            opcode = head[0] & 0x0F
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == PING:
                self.writer.write(frame(PONG, payload))
            if opcode == CLOSE:
                self.close_code = struct.unpack(">H", payload[:2])[0]
                raise EOFError(payload)

    def hear(self, event):
        type = event["type"]
        if type == "welcome":
            self.is_welcome, self.ledger = True, event["ledger"]
            self.token = event.get("token", self.token)
            for id, command in self.pending.items():
                self.send(id=id, **command)
        elif type == "joined":
            if self.seq is not None:
                self.waits.discard(event["room"])
        elif type == "history":
            assert not event.get("gap"), "too far back"
            self.waits.discard(event.get("room"))
            if not self.waits and self.seq is None:
                self.seq = self.begin = self.crowd.begin
        elif type in ("message", "private"):
            self.log.append((event["seq"], event["id"], event["from"], event.get("room") or event["to"], event["text"]))
            if self.seq is not None:
                assert event["seq"] > self.seq, f"{self.name} was at {self.seq}: {event}"
                self.seq = event["seq"]
            if event["from"] == self.name:
                self.confirm(event["id"], event["seq"])
        elif type == "ack":
            self.confirm(event["id"], event["seq"])
        elif type == "system" and event["event"] == "restart":
            self.restarts += 1
            self.hello(again=event["again"])
        elif type == "system":
            self.noise.append(event)
        elif type == "error":
            assert event["code"] == "try-again", event
        if self.crowd.is_loud and self.is_welcome and not self.waits and len(self.pending) < IN_FLIGHT:
            self.speak()

    def speak(self):
        self.sent += 1
        id = f"{self.name[8:]}-{self.sent}"
        if self.crowd.chance.random() < 0.2:
            command = {"type": "private", "to": self.crowd.chance.choice(self.crowd.people).name}
        else:
            command = {"type": "message", "room": self.crowd.chance.choice(self.rooms)}
        command["text"] = f"{id} " + "x" * self.crowd.chance.randrange(200)
        self.pending[id] = command
        self.send(id=id, **command)

    def confirm(self, id, seq):
        assert self.acknowledged.setdefault(id, seq) == seq, "one message has two numbers"
        self.pending.pop(id, None)


class Crowd:
    """`with Crowd(connect, count) as crowd:` they are all here; leaving the block ends them. Each is in one room of a few."""

    def __init__(self, connect, count, seed, crowded=25):
        self.connect, self.chance, self.begin = connect, random.Random(seed), 0
        self.is_over = self.is_loud = False
        rooms = max(1, count // crowded)
        self.people = [Chatter(self, number, [f"room-{number % rooms}"]) for number in range(count)]
        self.failures = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.wait(lambda: all(one.seq is not None for one in self.people), "everybody is here")
        for one in self.people:
            one.noise.clear()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.loop.call_soon_threadsafe(lambda: [one.writer.close() for one in self.people if one.writer])
        self.thread.join(SECONDS)

    def talk(self):
        """They begin to talk, and each goes on whenever it hears something; whoever says nothing is woken."""
        self.is_loud = True
        for one in self.people:
            one.silence, one.heard = 0.0, time.monotonic()
        self.loop.call_soon_threadsafe(self._wake)

    def hush(self):
        """They stop, and everything that they have said arrives."""
        self.is_loud = False
        self.wait(lambda: not any(one.pending for one in self.people), "everything is acknowledged")

    def wait(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition():
            self.check()
            assert time.monotonic() < deadline, f"{what}: not in time"
            time.sleep(0.02)

    def check(self):
        if self.failures:
            raise self.failures[0]

    @property
    def drops(self):
        return sum(one.drops for one in self.people)

    def verify(self, rows):
        """`rows`: what the ledger has, (seq, id, kind, name, place, text), in order."""
        self.check()
        ids = [id for _, id, *_ in rows]
        assert len(ids) == len(set(ids)) == sum(one.sent for one in self.people), "lost or doubled in the ledger"
        stored = {id: seq for seq, id, *_ in rows}
        for one in self.people:
            assert len(one.acknowledged) == one.sent
            assert all(stored[id] == seq for id, seq in one.acknowledged.items())
            mine = [(seq, id, name, place, text) for seq, id, kind, name, place, text in rows
                    if (place in one.rooms if kind == 1 else one.name in (name, place))]
            assert one.log == mine, f"{one.name}: lost {len(set(mine) - set(one.log))}, " \
                f"not for it {len(set(one.log) - set(mine))}, doubled {len(one.log) - len(set(one.log))}"
            assert one.noise == [], one.noise[:3]

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.gather(*map(self._one, self.people)))

    async def _one(self, chatter):
        try:
            await chatter.live()
        except BaseException as failure:
            self.failures.append(failure)

    def _wake(self):
        if not self.is_loud:
            return
        for one in self.chance.sample(self.people, max(1, len(self.people) // 20)):
            if one.is_welcome and not one.waits and len(one.pending) < IN_FLIGHT:
                one.speak()
        self.loop.call_later(0.02, self._wake)
