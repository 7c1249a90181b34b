"""The client library for Swift against the daemon: each message once, over crashes, restarts and breaks of the connection."""

import os
import subprocess
from pathlib import Path

import pytest

from client import Client
from patience import wait_until
from program import Program
from test_recipes import running, site  # noqa: F401 (site is a fixture)
from website import REPOSITORY


@pytest.fixture(scope="session")
def example():
    """A program of the library: Tests/ClientExample, as Tests/run builds it, or what CHATRELAY_CLIENT names."""
    program = Path(os.environ.get("CHATRELAY_CLIENT", REPOSITORY / ".build" / "client" / "debug" / "chatrelay-client-example"))
    if not program.is_file():
        pytest.skip("swift build --traits Client --scratch-path .build/client --product chatrelay-client-example")
    return program


@pytest.mark.parametrize("way", ["unix", "nginx"])
def test_it_hears_and_says_each_message_once(example, site, way):  # noqa: F811
    path = str(site.directory / "chat.sock")
    endpoint = f"unix:{path}" if way == "unix" else f"ws://localhost:{site.port}/ws"
    with Client(path, "Ada", rooms=["ops"]) as ada, running(site, example, endpoint, "ops", site.token) as client:
        ada.until("system", event="joined", name="Deploy")
        script = Program(path, ada.token)

        def said(number):
            client.stdin.write(f"bot {number}\n")
            client.stdin.flush()
            script.stored("ops", f"ada {number}")

        for number in range(100):
            if number in (20, 60):
                site.restart_daemon(9)
            if number == 40:
                site.restart_daemon()
            if number == 80:
                site.stop_nginx()
                # More than a newcomer gets.
                [script.stored("ops", f"missed {count}") for count in range(55)]
                site.start_nginx()
            said(number)
        wait_until(lambda: sum(line.startswith("stored ") for line in client.lines()) == 100, what="the acknowledgements", seconds=30)
        wait_until(lambda: sum(": " in line for line in client.lines()) == 255, what="all messages", seconds=30)
        messages = site.bot.history("ops", after=0, limit=100)["messages"]
        while len(page := site.bot.history("ops", after=messages[-1]["seq"], limit=100)["messages"]):
            messages += page
        assert [line for line in client.lines() if ": " in line] == [f'{message["from"]}: {message["text"]}' for message in messages]
        own = [message for message in messages if message["from"] == "Deploy"]
        assert [message["text"] for message in own] == [f"bot {number}" for number in range(100)]
        assert [line for line in client.lines() if line.startswith("stored")] == [f'stored {message["seq"]}' for message in own]


def test_a_slow_consumer_loses_nothing(example, site):  # noqa: F811
    site.environment["PAUSE"] = "5"
    with running(site, example, f"ws://localhost:{site.port}/ws", "ops", site.token) as client:
        wait_until(lambda: "connected as Deploy" in client.lines(), what="it is connected")
        for number in range(200):
            site.bot.stored("ops", f"text {number}")
        texts = [f"Deploy: text {number}" for number in range(200)]
        wait_until(lambda: texts[-1] in client.lines(), what="the last message", seconds=30)
        assert [line for line in client.lines() if ": " in line] == texts
        assert client.lines().count("connected as Deploy") > 1, "it was too slow"


def test_refusals_are_errors(chatrelay, example, site, tmp_path):  # noqa: F811
    with running(site, example, f"ws://localhost:{site.port}/ws", "ops", site.token) as client:
        wait_until(lambda: "connected as Deploy" in client.lines(), what="it is connected")
        client.stdin.write(" \n" + "x" * 9000 + "\n" + "x" * 65000 + "\nlast\n")
        client.stdin.flush()
        wait_until(lambda: any(line.startswith("stored") for line in client.lines()), what="the last line is stored")
        refused = [line for line in client.lines() if line.startswith("not stored")]
        assert ["empty-text" in refused[0], "text-too-long" in refused[1], "text-too-long" in refused[2]] == [True] * 3
        # A bot that is removed is told not to come back.
        subprocess.run([chatrelay, "bot", "remove", "Deploy", "--socket", tmp_path / "control"], check=True,
                       capture_output=True)
        wait_until(lambda: any("ended: closed(code: 4202" in line for line in client.lines()), what="the end")
        client.stdin.write("late\n")
        client.stdin.flush()
        wait_until(lambda: "not stored: ended" in client.lines(), what="the refusal")
