"""Ticks gather while the readers of the last one are behind: fewer and larger writes under load, and nobody waits for one who does
not read."""

import json
import re
import time

from pages import Metrics
from wire import TEXT, Wire, frame

# Above the 128 from which on a tick waits.
PEOPLE = 150
MESSAGES = 40
OURS = re.compile(rb'"type":"message","seq":\d+,"id":"m(\d+)"')


def text(**command):
    return frame(TEXT, json.dumps(command).encode())


def crowd(path):
    """People in the lobby."""
    people = []
    for number in range(PEOPLE):
        person = Wire(path)
        person.send(text(type="hello", name=f"n{number}"))
        people.append(person)
    for person in people:
        wait_for(person, b'"type":"history"')
    return people


def wait_for(person, what):
    while what not in person.frame()[1]:
        pass


def say(person, number):
    person.send(text(type="message", id=f"m{number}", room="lobby", text="Hello"))


def heard(person):
    """The numbers of the messages, as they come, until the last one."""
    numbers = []
    while not numbers or numbers[-1] != MESSAGES - 1:
        numbers += [int(found) for found in OURS.findall(person.frame()[1])]
    return numbers


def close(people):
    for person in people:
        person.close()


def test_nobody_waits_for_those_who_do_not_read(serve):
    people = crowd(serve("--rate", "0").path)
    start = time.monotonic()
    for number in range(MESSAGES):
        say(people[0], number)
        wait_for(people[0], b'"id":"m%d"' % number)
    # 20 ms for each at most, and time for a machine that does something else.
    assert time.monotonic() - start < MESSAGES * 0.02 + 5
    assert all(heard(person) == list(range(MESSAGES)) for person in people[1:])
    close(people)


def test_a_tick_carries_more_while_readers_are_behind(serve):
    path = serve("--rate", "0").path
    people = crowd(path)
    writes = Metrics(path)["chatrelay_writes_total"]
    for number in range(MESSAGES):
        say(people[0], number)
        time.sleep(0.002)  # each in a turn of its own
    assert all(heard(person) == list(range(MESSAGES)) for person in people)
    # One write for each message and person would be 6,000; in 20 ms come ten messages, on a slow machine fewer.
    assert Metrics(path)["chatrelay_writes_total"] - writes < MESSAGES * PEOPLE / 2
    close(people)


def test_those_who_read_get_each_message_at_once(serve):
    path = serve("--rate", "0").path
    people = crowd(path)
    writes = Metrics(path)["chatrelay_writes_total"]
    for number in range(MESSAGES):
        say(people[0], number)
        for person in people:
            wait_for(person, b'"id":"m%d"' % number)
    assert Metrics(path)["chatrelay_writes_total"] - writes >= MESSAGES * PEOPLE
    close(people)
