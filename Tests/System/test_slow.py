"""Readers that stop reading, among many that do not: the others do not notice, memory stays bounded, and a slow reader is told
to come back, and then gets what it missed. `pytest -s` prints the figures."""

import os
import statistics

from client import CLOSE, Client, Connection, SteadyClients, command
from pages import Metrics
from patience import scaled

LONG = "CHATRELAY_ALL" in os.environ
READERS, STUCK, ROUNDS = 900, 100, 9 if LONG else 2
# Seconds by which other work of the machine may disturb a round; the long run needs a quiet machine.
NOISE = 0.002 if LONG else 0.25
OUTBOX = 131_072
# Each reader gets 50 KiB a second.
INTERVAL, SIZE, SECONDS = 0.04, 2_000, 2


class StuckReader(Connection):
    """Joins the lobby, asks for more than its socket holds, so that the rest waits in the daemon, and then reads nothing."""

    def __init__(self, path):
        super().__init__(path)
        self.send(command("hello"))
        self.welcome = self.event()
        assert self.welcome["type"] == "welcome"
        self.seqs = []
        while (event := self.event())["type"] != "history":
            self._take(event)
        for _ in range(4):
            self.send(command("history", room="lobby", limit=100))

    def _take(self, event):
        if event["type"] == "message":
            self.seqs.append(event["seq"])

    def read_to_the_end(self):
        """Reads all that it was sent, into `.seqs`. Returns the close code."""
        while (found := self.frame())[0] != CLOSE:
            self._take(self.decoded(*found))
        self.close()
        return int.from_bytes(found[1][:2], "big")


def milliseconds(times):
    return "/".join(f"{time * 1000:.1f}" for time in times) + " ms"


def test_readers_that_stop_reading(serve, tmp_path):
    daemon = serve("--outbox-bytes", str(OUTBOX), "--rate", "0", "--ledger", str(tmp_path / "ledger"))
    without, among, cut = [], [], []
    with SteadyClients(daemon.path, READERS, INTERVAL, SIZE) as clients:
        clients.talk(2)
        before = daemon.forget_peak()
        for _ in range(ROUNDS):
            without.append(clients.talk(SECONDS))
            stuck = [StuckReader(daemon.path) for _ in range(STUCK)]
            with Client(daemon.path) as last:
                last.ask("history", room="lobby")  # the answer comes after those to the stuck readers
            among.append(clients.talk(SECONDS))
            while Metrics(daemon.path)["chatrelay_slow_readers_total"] < len(cut) + STUCK:
                clients.talk(0.1)
            # They read again, while the close frame still waits for them.
            cut += [(one, one.read_to_the_end()) for one in stuck]
        growth = daemon.peak() - before
        print(f"\np99 without stuck readers: {milliseconds(without)}, among {STUCK}: {milliseconds(among)}; "
              f"memory +{growth / 1024:.1f} MiB")
        assert statistics.median(among) < 1.2 * statistics.median(without) + scaled(NOISE)
        # The outbox, and the history pages that fill it.
        assert growth * 1024 < STUCK * (OUTBOX + 5 * 65_536) + (16 << 20)
        for one, code in cut:
            assert code == 4000
            fields = {field: one.welcome[field] for field in ("token", "ledger")}
            with Client(daemon.path, since=max(one.seqs, default=one.welcome["seq"]), **fields) as back:
                while (event := back.next())["type"] != "joined":
                    one.seqs.append(event["seq"])
            assert one.seqs == [seq for seq in sorted(clients.seqs.values()) if seq > one.welcome["seq"]], "all, once, in order"
