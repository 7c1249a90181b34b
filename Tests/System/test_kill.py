"""The daemon is killed again and again under load. Each acknowledged message is in the ledger once, in order, and was delivered
to its recipients only."""

import os
import random
import sqlite3
import time

import pytest

from client import ChattingClients, Client, rows_of

KILLS = 50
# Two are in one of the rooms only: they must get nothing of the other.
ROOMS = [["hall", "attic"]] * 6 + [["hall"], ["attic"]]


@pytest.mark.timeout(240)
def test_fifty_kills_lose_double_and_mix_up_nothing(serve, tmp_path):
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    path, ledger = str(tmp_path / "chat.sock"), str(tmp_path / "ledger")
    options = ["--ledger", ledger, "--rooms", "lobby,hall,attic", "--rate", "0", "--grace", "1"]
    daemon = serve(*options, path=path)
    with ChattingClients(path, ROOMS, seed) as clients:
        clients.talk()
        # An unused name is free again after a crash.
        clients.wait(lambda: all(member.acknowledged for member in clients.members), "a message of each")
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.6))  # any moment is tested
            clients.check()
            daemon.kill()
            daemon = serve(*options, path=path)
        clients.stop_talking()
        clients.verify(rows_of(ledger))
        assert all(member.drops > KILLS / 2 for member in clients.members)
        print(f"{clients.deliveries} deliveries, {clients.drops} drops")
    # A number is final: a repeat is acknowledged with it.
    for member in clients.members:
        with Client(path, token=member.token, rooms=member.rooms) as again:
            assert again.name == member.name
            for id in chance.sample(sorted(member.acknowledged), 10):
                again.send("message", id=id, room=member.rooms[0], text="repeated")
                again.until("ack", id=id, seq=member.acknowledged[id])
    assert daemon.stop() == 0
    database = sqlite3.connect(ledger)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
