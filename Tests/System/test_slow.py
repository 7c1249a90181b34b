"""Readers that stop reading, among many that don't: the others notice nothing, memory stays bounded, and whoever was too slow is
told to come back and then gets what it missed. (-s prints the figures.)"""

import json
import os
import statistics
import struct

from audience import Audience
from pages import Metrics
from person import Person
from wire import CLOSE, TEXT, Wire, frame

LONG = "CHATRELAY_ALL" in os.environ
READERS, STUCK, ROUNDS = 900, 100, 9 if LONG else 2
# Seconds by which a machine that does something else disturbs a round; the long run wants one that does not.
NOISE = 0.002 if LONG else 0.25
OUTBOX = 131_072
# What a reader gets: 50 KiB a second.
INTERVAL, SIZE, SECONDS = 0.04, 2_000, 2


class Stuck:
    """Somebody who comes in, and then reads nothing."""

    def __init__(self, path):
        self.wire = Wire(path)
        self.send("hello")
        self.events = [self.next()]
        self.welcome = self.events[0]
        while self.events[-1]["type"] != "history":
            self.events.append(self.next())
        # So much that its socket is full, and the rest waits in the daemon.
        for _ in range(4):
            self.send("history", room="lobby", limit=100)

    def send(self, type, **fields):
        self.wire.send(frame(TEXT, json.dumps({"type": type, **fields}).encode()))

    def next(self):
        opcode, payload = self.wire.frame()
        if opcode == CLOSE:
            return {"type": "close", "code": struct.unpack(">H", payload[:2])[0]}
        return json.loads(payload) if opcode == TEXT else {"type": None}

    def messages(self):
        """Reads all that it was sent. Returns the numbers of the messages, and the code it was closed with."""
        while self.events[-1]["type"] != "close":
            self.events.append(self.next())
        self.wire.close()
        return [event["seq"] for event in self.events if event["type"] == "message"], self.events[-1]["code"]


def milliseconds(times):
    return "/".join(f"{time * 1000:.1f}" for time in times) + " ms"


def test_readers_that_stop_reading(serve, tmp_path):
    daemon = serve("--outbox-bytes", str(OUTBOX), "--rate", "0", "--ledger", str(tmp_path / "ledger"))
    without, among, cut = [], [], []
    with Audience(daemon.path, READERS, INTERVAL, SIZE) as audience:
        audience.talk(2)
        before = daemon.forget_peak()
        for _ in range(ROUNDS):
            without.append(audience.talk(SECONDS))
            stuck = [Stuck(daemon.path) for _ in range(STUCK)]
            with Person(daemon.path) as last:
                last.ask("history", room="lobby")  # is answered after what they have asked for
            among.append(audience.talk(SECONDS))
            while Metrics(daemon.path)["chatrelay_slow_readers_total"] < len(cut) + STUCK:
                audience.talk(0.1)
            # They read again while the goodbye is still waiting for them.
            cut += [(one, *one.messages()) for one in stuck]
        growth = daemon.peak() - before
        print(f"\np99 without: {milliseconds(without)}, among {STUCK} that are stuck: {milliseconds(among)}; "
              f"memory +{growth / 1024:.1f} MiB")
        assert statistics.median(among) < 1.2 * statistics.median(without) + NOISE
        # The queue, and the four pages of which it is the rest.
        assert growth * 1024 < STUCK * (OUTBOX + 5 * 65_536) + (16 << 20)
        for one, heard, code in cut:
            assert code == 4000
            fields = {field: one.welcome[field] for field in ("token", "ledger")}
            with Person(daemon.path, since=max(heard, default=one.welcome["seq"]), **fields) as back:
                while (event := back.next())["type"] != "joined":
                    heard.append(event["seq"])
            assert heard == [seq for seq in sorted(audience.seqs.values()) if seq > one.welcome["seq"]], "all, once, in order"
