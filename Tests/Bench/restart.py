"""The cost of a restart: how many connections it ends, and for how long clients receive nothing."""

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from servers import CHATRELAY, CHATRELAY_SOCKETIO, RELEASE, Server

CLIENTS = 1_000
HELD = 100


def measure(contest, kind):
    """Returns the share of connections that end, and seconds."""
    if kind.name in (CHATRELAY, CHATRELAY_SOCKETIO):
        return ours(kind.protocol)
    server = Server(kind, contest.base)
    try:
        held = [connect(server) for _ in range(HELD)]
        start = time.monotonic()
        server.restart()
        down = time.monotonic() - start
        cut = sum(is_cut_off(client) for client in held)
        back = contest.bench(server, "storm", "--bare", "--clients", str(CLIENTS))["seconds"]
        for client in held:
            client.close()
        return {"cut_off": cut / HELD, "seconds": down + back}
    finally:
        server.stop()


def ours(protocol):
    """Chatrelay under systemd, as it is deployed. Needs root."""
    gap = [sys.executable, Path(__file__).parent / "gap", "--clients", str(CLIENTS), "--rounds", "2", "--protocol", protocol,
           "--program", RELEASE / "chatrelay"]
    done = subprocess.run(gap, capture_output=True, text=True, timeout=300)
    found = re.search(r"^restart: .*p99 ([0-9.]+) s; (\d+) lost", done.stdout, re.M)
    if not found:
        raise RuntimeError(f"Tests/Bench/gap says: {(done.stdout + done.stderr).strip()[-300:]}")
    return {"cut_off": int(found[2]) / CLIENTS, "seconds": float(found[1])}


def connect(server):
    client = socket.socket(socket.AF_INET if server.kind.is_tcp else socket.AF_UNIX)
    client.settimeout(10)
    client.connect(("127.0.0.1", int(server.place)) if server.kind.is_tcp else server.place)
    path = "/socket.io/?EIO=4&transport=websocket" if server.kind.protocol.startswith("socketio") else "/ws"
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    if not client.recv(4096).startswith(b"HTTP/1.1 101"):
        raise RuntimeError("no upgrade")
    return client


def is_cut_off(client):
    """Whether the server has ended the connection."""
    try:
        while client.recv(4096):
            client.settimeout(0.2)
        return True
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
