"""Large ticks wait while the readers of the last one are behind: under load there are fewer and larger writes, and no reader
delays another."""

import re
import time

import pytest

from client import Connection, command
from pages import Metrics
from patience import scaled

# Above the 128 recipients from which on a tick may wait.
CLIENTS = 150
MESSAGES = 40
MESSAGE = re.compile(rb'"type":"message","seq":\d+,"id":"m(\d+)"')


@pytest.fixture
def path(serve):
    return serve("--rate", "0").path


@pytest.fixture
def clients(path):
    """Clients in the lobby."""
    clients = []
    for number in range(CLIENTS):
        client = Connection(path)
        client.send(command("hello", name=f"n{number}"))
        clients.append(client)
    for client in clients:
        read_to(client, b'"type":"history"')
    yield clients
    for client in clients:
        client.close()


def read_to(client, text):
    while text not in client.frame()[1]:
        pass


def say(client, number):
    client.send(command("message", id=f"m{number}", room="lobby", text="Hello"))


def received(client):
    """The numbers of the messages up to the last one."""
    numbers = []
    while not numbers or numbers[-1] != MESSAGES - 1:
        numbers += [int(found) for found in MESSAGE.findall(client.frame()[1])]
    return numbers


def test_readers_that_are_behind_delay_nobody(clients):
    start = time.monotonic()
    for number in range(MESSAGES):
        say(clients[0], number)
        read_to(clients[0], b'"id":"m%d"' % number)
    # A tick waits for 20 ms at most; the rest is for a machine that is busy.
    assert time.monotonic() - start < MESSAGES * 0.02 + scaled(5)
    assert all(received(client) == list(range(MESSAGES)) for client in clients[1:])


def test_a_tick_carries_more_while_readers_are_behind(path, clients):
    writes = Metrics(path)["chatrelay_writes_total"]
    for number in range(MESSAGES):
        say(clients[0], number)
        time.sleep(0.002)  # each in a turn of its own
    assert all(received(client) == list(range(MESSAGES)) for client in clients)
    # One write for each message and client would be 6,000; ten messages come in 20 ms, on a slow machine fewer.
    assert Metrics(path)["chatrelay_writes_total"] - writes < MESSAGES * CLIENTS / 2


def test_readers_that_keep_up_get_each_message_at_once(path, clients):
    writes = Metrics(path)["chatrelay_writes_total"]
    for number in range(MESSAGES):
        say(clients[0], number)
        for client in clients:
            read_to(client, b'"id":"m%d"' % number)
    assert Metrics(path)["chatrelay_writes_total"] - writes >= MESSAGES * CLIENTS
