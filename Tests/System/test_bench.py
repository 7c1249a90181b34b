"""The benchmark (Tests/bench) in its smallest form, and the load generator against servers that lose or repeat messages."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading

import pytest
from websockets.asyncio.server import unix_serve

from patience import scaled
from website import REPOSITORY

GENERATOR = REPOSITORY / ".build" / "release" / "chatrelay-bench"


@pytest.fixture(scope="module", autouse=True)
def generator():
    assert GENERATOR.is_file(), f"{GENERATOR} is missing: swift build -c release --product chatrelay-bench"


def test_the_smallest_benchmark_is_complete(tmp_path):
    done = subprocess.run(
        [sys.executable, REPOSITORY / "Tests" / "Bench" / "contest.py", "--only", "Chatrelay", "--only", "Chatrelay, Socket.IO",
         "--only", "C loop", "--rounds", "1", "--seconds", "0.3", "--subscribers", "20", "--storm", "190",
         "--first-rate", "4000", "--no-growth", "--out", tmp_path],
        capture_output=True, text=True, timeout=scaled(300))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["failures"] == []
    wanted = {"direct 20", "nginx 20", "highest direct", "highest nginx", "opened", "resumed", "pair", "restart"}
    assert wanted <= found["results"]["C loop"].keys()
    assert wanted | {"named", "aftermath"} == found["results"]["Chatrelay"].keys()
    assert wanted - {"resumed", "pair"} == found["results"]["Chatrelay, Socket.IO"].keys()
    assert all(figures["deliveries"] > 0 for figures in found["results"]["Chatrelay"]["nginx 20"])
    cut_off = {name: found["results"][name]["restart"][0]["cut_off"] for name in found["results"]}
    assert cut_off == {"Chatrelay": 0, "Chatrelay, Socket.IO": 0, "C loop": 1}
    assert "| Chatrelay |" in (tmp_path / "table.md").read_text()
    assert "</svg>" in (tmp_path / "contest.svg").read_text()


class Faulty:
    """A server that sends each message to all clients, after `fault(text, number)` has made a list of messages of it.
    At the path of Socket.IO it opens the session first; what a client sends before that is lost, as with Node's server."""

    def __init__(self, path, fault):
        self.fault, self.number, self.clients = fault, 0, set()
        self.loop, ready = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self._serve(path, ready)), daemon=True)
        self.thread.start()
        assert ready.wait(scaled(10))

    async def _serve(self, path, ready):
        self.end = asyncio.Event()
        async with unix_serve(self._talk, path, compression=None):
            ready.set()
            await self.end.wait()

    async def _talk(self, client):
        if client.request.path.startswith("/socket.io/"):
            await self._open(client)
        self.clients.add(client)
        try:
            async for text in client:
                self.number += 1
                for message in self.fault(text, self.number):
                    for other in self.clients:
                        await other.send(message)
        finally:
            self.clients.discard(client)

    async def _open(self, client):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.recv(), 0.05)
        await client.send('0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}')
        assert await client.recv() == "40"
        await client.send('40{"sid":"socket"}')

    def stop(self):
        self.loop.call_soon_threadsafe(self.end.set)
        self.thread.join(scaled(10))


FAULTS = {
    "none": (lambda text, number: [text], 0, {}),
    "lost": (lambda text, number: [] if number == 20 else [text], 1, {"lost": 3}),
    "doubled": (lambda text, number: [text, text] if number == 20 else [text], 1, {"disordered": 3}),
}


@pytest.mark.parametrize("protocol", ["raw", "socketio"])
@pytest.mark.parametrize("name", FAULTS)
def test_the_load_generator_reports(name, protocol, tmp_path):
    fault, status, expected = FAULTS[name]
    server = Faulty(str(tmp_path / "socket"), fault)
    try:
        done = subprocess.run(
            [GENERATOR, "load", "--socket", tmp_path / "socket", "--server-pid", str(os.getpid()), "--protocol", protocol,
             "--subscribers", "3", "--publishers", "1", "--rate", "100", "--seconds", "0.3", "--warmup", "0", "--patience", "0.5",
             "--json"], capture_output=True, text=True, timeout=scaled(60))
    finally:
        server.stop()
    figures = json.loads(done.stdout)
    assert (done.returncode, {key: figures[key] for key in expected}) == (status, expected), done.stderr
