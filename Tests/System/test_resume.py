"""Who was away gets exactly what it missed, or is told that it can't; and what is sent again is there once."""

import json
import random
import threading

import pytest

from test_history import numbers, pages


def test_who_comes_back_gets_exactly_what_it_missed(serve):
    daemon = serve("--rate", "0", "--rooms", "lobby,attic,cellar")
    rooms = ["lobby", "attic"]
    with Client(daemon.path, "Ada", rooms=["lobby", "attic", "cellar"]) as ada:
        bob = Client(daemon.path, "Bob", rooms=rooms)
        ada.say("heard")
        bob.until("message", text="heard")
        bob.send("typing", room="lobby")  # or else he would be forgotten as soon as he leaves
        bob.until("typing")
        bob.leave()
        ada.say("missed")
        ada.say("elsewhere", "cellar")
        ada.tell("Bob", "psst")
        ada.say("upstairs", "attic")
        ada.until("message", text="upstairs")
        with bob.reconnect(rooms=rooms, histories=True) as bob:
            bob.expect("message", text="missed")
            bob.expect("private", text="psst")
            bob.expect("message", text="upstairs")
            bob.expect("joined", room="lobby")
            bob.expect("joined", room="attic")
            ada.say("live")
            bob.expect("message", text="live")


def test_who_comes_back_again_and_again_misses_nothing(serve, tmp_path):
    """Three write without a pause; four are cut off and come back all the time. In the end each has seen every message
    once, in the one order."""
    daemon = serve("--rate", "0", "--ledger", str(tmp_path / "ledger"))
    done = threading.Event()
    failures = []

    def write(name):
        with Client(daemon.path, name) as person:
            for turn in range(1_000_000):
                person.say_all(["x"] * 10, prefix=f"{name}-{turn}")
                if done.is_set():
                    return

    def come_and_go(log, seed):
        try:
            chance = random.Random(seed)
            person = Client(daemon.path, histories=True)
            person.send("rooms")  # or else it would be forgotten as soon as it is cut off
            while True:
                for _ in range(chance.randrange(1, 150)):
                    event = person.next()
                    if event["type"] == "history":
                        assert not log, f"a gap: {event}"
                        log += numbers(event["messages"])
                    elif event["type"] == "message":
                        log.append(event["seq"])
                        if event["text"] == "the last":
                            return person.leave()
                person.cut()
                person = person.reconnect(histories=True)
        except Exception as failure:
            failures.append(failure)

    logs = [[] for _ in range(4)]
    with Client(daemon.path, "Witness") as witness:
        witness.expect("joined")
        writers = [threading.Thread(target=write, args=(name,)) for name in ("Ada", "Bob", "Cleo")]
        readers = [threading.Thread(target=come_and_go, args=(log, seed)) for seed, log in enumerate(logs)]
        for thread in writers + readers:
            thread.start()
        try:
            said = [witness.until("message")["seq"] for _ in range(6000)]
        finally:
            done.set()
            for thread in writers:
                thread.join()
            witness.say("the last")
        while (event := witness.until("message"))["text"] != "the last":
            said.append(event["seq"])
        said.append(event["seq"])
        for thread in readers:
            thread.join()
    assert not failures, (failures, said[-3:])
    cuts = daemon.log().count("disconnected")
    assert cuts > 40, "too few to mean something"
    for log in logs:
        assert log == said[said.index(log[0]):]


# Where what was missed can't be had

def test_another_ledgers_numbers_mean_nothing(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        ada.say("kept")
        ada.until("message")
        with ada.reconnect(ledger="00000000", histories=True) as again:
            again.expect("history", messages=[], gap=True)
            again.expect("joined")
            history = again.expect("history", gap=True)
            assert [message["text"] for message in history["messages"]] == ["kept"]
        with ada.reconnect(since=ada.seq + 1_000_000, histories=True) as again:
            again.expect("history", messages=[], gap=True)
            again.expect("joined")
            again.expect("history", gap=True)


@pytest.mark.parametrize("kept_in", ["memory", "a file"])
def test_who_missed_what_is_deleted_is_told(serve, tmp_path, kept_in):
    file = ["--ledger", str(tmp_path / "ledger")] if kept_in == "a file" else []
    daemon = serve("--rate", "0", "--keep-messages", "100", *file)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        bob.expect("joined")
        said = ada.say_all(["x"] * 700)
        wait_until(lambda: len(pages(ada)) <= 100, what="the deletion")
        with bob.reconnect(since=said[0], histories=True) as late:
            late.expect("history", messages=[], gap=True)
            late.expect("joined")
            assert numbers(late.expect("history", gap=True, more=True)["messages"]) == said[-50:]
            assert numbers(pages(late)) == said[-100:]
        with bob.reconnect(since=said[-70], histories=True) as soon:
            assert [soon.expect("message")["seq"] for _ in range(69)] == said[-69:]
            soon.expect("joined")


def test_who_missed_more_than_10_000_gets_the_newest(serve, tmp_path):
    daemon = serve("--rate", "0", "--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        said = ada.say_all(["x"] * 10_001)
        with ada.reconnect(since=said[0] - 1, histories=True) as late:
            late.expect("history", messages=[], gap=True)
            late.expect("joined")
            assert numbers(late.expect("history", gap=True)["messages"]) == said[-50:]
        with ada.reconnect(since=said[0]) as just:
            assert [just.expect("message")["seq"] for _ in range(10_000)] == said[1:]
            just.expect("joined")


def test_a_long_way_back_waits_for_a_slow_reader(serve, tmp_path):
    daemon = serve("--rate", "0", "--outbox-bytes", "131072", "--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        said = ada.say_all(["x" * 4000] * 3000)  # 12 MB, more than the memory for those that come back holds
        before = daemon.rss()
        with Connection(daemon.path) as slow:
            slow.send(frame(TEXT, json.dumps({"type": "hello", "name": "Slow", "since": said[0] - 1}).encode()))
            # What is live goes on meanwhile.
            said += ada.say_all(["y" * 4000] * 300, prefix="live")
            assert daemon.rss() - before < 4_096, "KiB: what it can't take yet waits in the ledger"
            seen = []
            while not seen or seen[-1] != said[-1]:
                opcode, payload = slow.frame()
                assert opcode != CLOSE, payload
                event = json.loads(payload) if opcode == TEXT else {}
                if event.get("type") == "message":
                    seen.append(event["seq"])
            assert seen == said
        assert "too slowly" not in daemon.log()


# Repeats

def test_what_was_sent_before_is_acknowledged_and_not_told_again(serve, tmp_path):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        bob.until("joined")
        ada.say("one", id="1")
        said = ada.until("message", id="1")["seq"]
        ada.tell("Bob", "psst", id="2")
        told = ada.until("private", id="2")["seq"]
        with ada.reconnect() as again:
            again.expect("joined")
            again.say("one", id="1")
            again.expect("ack", id="1", seq=said)
            again.tell("Bob", "psst", id="2")
            again.expect("ack", id="2", seq=told)
        bob.say("mine", id="1")
        bob.expect("message", text="one")
        bob.expect("private", text="psst")
        bob.expect("message", text="mine", id="1")
    daemon.kill()
    daemon = serve("--ledger", ledger)
    with ada.reconnect(daemon.path, histories=True) as ada:
        ada.expect("message", text="mine")
        ada.expect("joined")
        ada.say("one", id="1")
        ada.expect("ack", id="1", seq=said)
        assert [message["text"] for message in pages(ada)] == ["one", "mine"]
