"""python-socketio, sync and async, through nginx."""

import asyncio
import signal

import pytest
import socketio

from client import Client
from patience import scaled, wait_until
from socketio_person import Person

TRANSPORTS = {"default": None, "polling": ["polling"], "websocket": ["websocket"]}


@pytest.fixture
def site(sites, tmp_path):
    return sites("--ledger", str(tmp_path / "ledger"))


@pytest.fixture
def people(site):
    made = []

    def make(*arguments):
        made.append(Person(site.url, *arguments))
        return made[-1]

    yield make
    for person in made:
        person.client.disconnect()


@pytest.mark.parametrize("name", TRANSPORTS)
def test_restarts_and_crashes(people, site, name):
    one, two = people(TRANSPORTS[name]), people(TRANSPORTS[name])
    expected = []
    for number in signal.SIGTERM, signal.SIGKILL, signal.SIGTERM:
        connections = len(one.log)
        one.say(f"before {len(expected)}")
        expected.append(f"before {len(expected)}")
        site.restart_daemon(number)
        if number == signal.SIGKILL:
            for person in one, two:
                wait_until(lambda: person.log.count("connect") == 2)
        else:
            assert len(one.log) == connections
        two.say(f"after {len(expected)}")
        expected.append(f"after {len(expected)}")
    for person in one, two:
        wait_until(lambda: len(person.texts) >= len(expected))
        assert person.texts == expected and person.log == ["connect", "disconnect", "connect"]


def test_a_repeated_message_is_there_once(people, site):
    one = people()
    assert one.say("Hello", "a-1") == one.say("Hello", "a-1")
    with Client(site.url, "Ada") as ada:
        assert [event["text"] for event in ada.ask("history", room="lobby")["messages"]] == ["Hello"]


def test_natives_in_another_language(site):
    """All of chatrelay.v1, with the answers in the acknowledgements."""
    native = "/chatrelay.v1"

    async def talk():
        client, got = socketio.AsyncClient(), []
        client.on("*", lambda event, data: got.append(data), namespace=native)
        await client.connect(site.url, namespaces=[native], auth={"name": "Ada"})
        with pytest.raises(socketio.exceptions.ConnectionError):
            other = socketio.AsyncClient(reconnection=False)
            try:
                await other.connect(site.url, namespaces=[native], auth={"name": "ADA"})
            finally:
                await other.shutdown()

        def call(type, **fields):
            return client.call(type, fields, namespace=native, timeout=scaled(10))

        answer = await call("message", id="m1", room="lobby", text="Hello")
        assert answer["type"] == "ack" and answer == await call("message", id="m1", room="lobby", text="Hello")
        assert (await call("join", room="side", create=True))["type"] == "joined"
        assert (await call("join", room="nowhere"))["code"] == "no-such-room"
        assert (await call("who", room="lobby"))["names"] == ["Ada"]
        assert [event["text"] for event in (await call("history", room="lobby"))["messages"]] == ["Hello"]
        assert (await call("rename", name="Eve"))["name"] == "Eve"
        await client.disconnect()
        return [event["type"] for event in got]

    assert asyncio.run(talk())[:4] == ["welcome", "joined", "history", "message"]
