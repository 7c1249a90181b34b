"""The daemon is killed again and again while programs post and read by HTTP, through nginx. Each acknowledged message is in the
ledger once, in the order of its poster, and each reader gets every message of the room once, in order."""

import os
import random
import sqlite3
import subprocess
import threading
import time

import pytest

from patience import scaled, wait_until
from program import EventSource, Program

KILLS, POSTERS, READERS = 12, 3, 2


class Worker(threading.Thread):
    """A thread whose failure the test sees."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.ending, self.error = work, threading.Event(), None
        self.start()

    def run(self):
        try:
            self.work(self)
        except Exception as error:  # noqa: BLE001
            self.error = error


class Poster(Worker):
    """Posts message after message; one whose answer it did not get, again with its key."""

    def __init__(self, where, token, number):
        self.program, self.number, self.stored = Program(where, token), number, {}
        super().__init__(Poster.post)

    def post(self):
        count = 0
        while not self.ending.is_set():
            key = f"p{self.number}-{count}"
            try:
                answer = self.program.post("lobby", f"text {key}", key=key)
            except (OSError, EOFError, ValueError):
                continue
            if answer.status != 201:
                assert answer.status in (429, 502, 503, 504), (answer.status, answer.body)
                time.sleep(0.02)
                continue
            self.stored[key] = answer.json["seq"]
            count += 1


class Reader(Worker):
    """Follows the room; comes back with its position."""

    def __init__(self, where, token):
        self.where, self.token, self.got, self.drops = where, token, [], 0
        super().__init__(Reader.read)

    def read(self):
        last = None
        while not self.ending.is_set():
            try:
                with EventSource(self.where, self.token, "lobby", last) as stream:
                    while stream.status == 200 and not self.ending.is_set():
                        try:
                            event = stream.next(1)
                        finally:
                            last = stream.last if stream.last is not None else last
                        assert "gap" not in event, event
                        if event["type"] == "message":
                            self.got.append((event["seq"], event["id"]))
            except TimeoutError:
                continue
            except (OSError, EOFError):
                self.drops += 1
            time.sleep(0.02)


@pytest.mark.timeout(180)
def test_kills_lose_double_and_mix_up_nothing(sites, chatrelay, tmp_path):
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    control, ledger = tmp_path / "control", tmp_path / "ledger"
    site = sites("--control", str(control), "--ledger", str(ledger), "--rate", "0", "--grace", "1")
    tokens = [
        subprocess.run([chatrelay, "bot", "add", f"Bot{number}", "--socket", control], capture_output=True, text=True,
                       timeout=scaled(30), check=True).stdout.splitlines()[-1] for number in range(POSTERS + READERS)]
    readers = [Reader(site.url, token) for token in tokens[POSTERS:]]
    Program(site.url, tokens[0]).stored("lobby", "begin", key="begin")
    wait_until(lambda: Program(site.url, tokens[0]).ask("GET", "rooms").json["rooms"][0]["users"] == READERS,
               what="the readers are there")
    posters = [Poster(site.url, token, number) for number, token in enumerate(tokens[:POSTERS])]
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 0.6))  # any moment is tested
        assert not any(worker.error for worker in posters + readers), [worker.error for worker in posters + readers]
        site.daemon.process.kill()
        site.daemon.process.wait()
        site.daemon.start_next()
    for poster in posters:
        poster.ending.set()
        poster.join(scaled(20))
        assert not poster.is_alive() and not poster.error, poster.error
        assert len(poster.stored) > KILLS
    with sqlite3.connect(ledger) as database:
        rows = database.execute("SELECT seq, id FROM events WHERE kind = 1 ORDER BY seq").fetchall()
    ids = dict((id, seq) for seq, id in rows)
    assert len(ids) == len(rows)
    for poster in posters:
        # Acknowledged is stored, under this number, in the order in which it was posted.
        assert all(ids[key] == seq for key, seq in poster.stored.items())
        assert list(poster.stored.values()) == sorted(poster.stored.values())
    for reader in readers:
        wait_until(lambda: reader.error or reader.got and reader.got[-1] == rows[-1], what="the newest message")
        reader.ending.set()
        reader.join(scaled(20))
        assert not reader.error, reader.error
        assert reader.got == rows[-len(reader.got):] and len(reader.got) >= len(rows) - 1
        assert reader.drops >= KILLS / 2
