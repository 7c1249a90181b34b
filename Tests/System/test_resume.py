"""Catch-up: a client that comes back gets exactly what it missed, or is told that it can't. Repeated messages are stored once."""

import random
import threading

import pytest

from client import Client, Connection, command
from patience import wait_until
from test_history import numbers, pages


def test_a_client_that_comes_back_gets_exactly_what_it_missed(serve):
    daemon = serve("--rate", "0", "--rooms", "lobby,attic,cellar")
    rooms = ["lobby", "attic"]
    with Client(daemon.path, "Ada", rooms=["lobby", "attic", "cellar"]) as ada:
        bob = Client(daemon.path, "Bob", rooms=rooms)
        ada.say("heard")
        bob.until("message", text="heard")
        bob.send("typing", room="lobby")  # a command reserves his name
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


def test_clients_that_come_back_again_and_again_miss_nothing(serve, tmp_path):
    """Three clients write without a pause, four break off and come back all the time. Each of these gets each message once, in
    order."""
    daemon = serve("--rate", "0", "--ledger", str(tmp_path / "ledger"))
    done = threading.Event()
    failures = []

    def write(name):
        with Client(daemon.path, name) as client:
            for turn in range(1_000_000):
                client.say_all(["x"] * 10, prefix=f"{name}-{turn}")
                if done.is_set():
                    return

    def come_and_go(log, seed):
        try:
            chance = random.Random(seed)
            client = Client(daemon.path, histories=True)
            client.send("rooms")  # a command reserves its name
            while True:
                for _ in range(chance.randrange(1, 150)):
                    event = client.next()
                    if event["type"] == "history":
                        assert not log, f"a gap: {event}"
                        log += numbers(event["messages"])
                    elif event["type"] == "message":
                        log.append(event["seq"])
                        if event["text"] == "the last":
                            return client.leave()
                client.cut()
                client = client.reconnect(histories=True)
        except Exception as failure:
            failures.append(failure)

    logs = [[] for _ in range(4)]
    with Client(daemon.path, "Observer") as observer:
        observer.expect("joined")
        writers = [threading.Thread(target=write, args=(name,)) for name in ("Ada", "Bob", "Cleo")]
        readers = [threading.Thread(target=come_and_go, args=(log, seed)) for seed, log in enumerate(logs)]
        for thread in writers + readers:
            thread.start()
        try:
            sent = [observer.until("message")["seq"] for _ in range(6000)]
        finally:
            done.set()
            for thread in writers:
                thread.join()
            observer.say("the last")
        while (event := observer.until("message"))["text"] != "the last":
            sent.append(event["seq"])
        sent.append(event["seq"])
        for thread in readers:
            thread.join()
    assert not failures, (failures, sent[-3:])
    cuts = daemon.log().count("disconnected")
    assert cuts > 40, "too few breaks"
    for log in logs:
        assert log == sent[sent.index(log[0]):]


# Without what was missed

def test_sequence_numbers_of_another_ledger_are_a_gap(serve):
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
def test_deleted_messages_are_a_gap(serve, tmp_path, kept_in):
    file = ["--ledger", str(tmp_path / "ledger")] if kept_in == "a file" else []
    daemon = serve("--rate", "0", "--keep-messages", "100", *file)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        bob.expect("joined")
        sent = ada.say_all(["x"] * 700)
        wait_until(lambda: len(pages(ada)) <= 100, what="the deletion")
        with bob.reconnect(since=sent[0], histories=True) as late:
            late.expect("history", messages=[], gap=True)
            late.expect("joined")
            assert numbers(late.expect("history", gap=True, more=True)["messages"]) == sent[-50:]
            assert numbers(pages(late)) == sent[-100:]
        with bob.reconnect(since=sent[-70], histories=True) as soon:
            assert [soon.expect("message")["seq"] for _ in range(69)] == sent[-69:]
            soon.expect("joined")


def test_after_more_than_10_000_missed_messages_only_the_newest_are_sent(serve, tmp_path):
    daemon = serve("--rate", "0", "--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        sent = ada.say_all(["x"] * 10_001)
        with ada.reconnect(since=sent[0] - 1, histories=True) as late:
            late.expect("history", messages=[], gap=True)
            late.expect("joined")
            assert numbers(late.expect("history", gap=True)["messages"]) == sent[-50:]
        with ada.reconnect(since=sent[0]) as just:
            assert [just.expect("message")["seq"] for _ in range(10_000)] == sent[1:]
            just.expect("joined")


def test_a_long_catch_up_waits_for_a_slow_reader(serve, tmp_path):
    daemon = serve("--rate", "0", "--outbox-bytes", "131072", "--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Ada") as ada:
        sent = ada.say_all(["x" * 4000] * 3000)  # 12 MB, more than the replay buffer holds
        before = daemon.rss()
        with Connection(daemon.path) as slow:
            slow.send(command("hello", name="Slow", since=sent[0] - 1))
            # Live messages go on meanwhile.
            sent += ada.say_all(["y" * 4000] * 300, prefix="live")
            assert daemon.rss() - before < 4_096, "KiB: the rest waits in the ledger"
            seen = []
            while not seen or seen[-1] != sent[-1]:
                event = slow.event()
                if event["type"] == "message":
                    seen.append(event["seq"])
            assert seen == sent
        assert "too slowly" not in daemon.log()


# Repeats

def test_a_repeated_message_is_acknowledged_and_not_delivered_again(serve, tmp_path):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        bob.until("joined")
        ada.say("one", id="1")
        sent = ada.until("message", id="1")["seq"]
        ada.tell("Bob", "psst", id="2")
        told = ada.until("private", id="2")["seq"]
        with ada.reconnect() as again:
            again.expect("joined")
            again.say("one", id="1")
            again.expect("ack", id="1", seq=sent)
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
        ada.expect("ack", id="1", seq=sent)
        assert [message["text"] for message in pages(ada)] == ["one", "mine"]
