"""Journal records: suppressed ones are counted, and none holds private text or tokens."""

import fcntl
import re
import signal
import subprocess
import threading
import uuid

from client import BINARY, CLOSE, TEXT, Client, Connection, frame, request
from daemon import launch
from pages import get
from patience import wait_until

SECRET = "xyzzy"


def test_suppressed_records_are_counted_though_none_follows(daemon):
    for _ in range(300):
        with Connection(daemon.path, upgrade=False) as connection:
            connection.send(request("GET /nowhere HTTP/1.1"))
            assert connection.response()[0] == 404
    wait_until(lambda: "more records of this kind were suppressed. The last" in daemon.log(), what="the count")
    lines = daemon.log().splitlines()
    written = sum("refused with 404" in line and "The last:" not in line for line in lines)
    suppressed = sum(int(count) for count in re.findall(r"(\d+) more records of ", daemon.log()))
    assert suppressed > 0 and written + suppressed == 300


def test_suppressed_records_are_counted_at_the_end(daemon):
    for _ in range(60):
        with Connection(daemon.path, upgrade=False) as connection:
            connection.send(b"nonsense\n")
            assert connection.response()[0] == 400
    assert daemon.stop() == 0
    assert daemon.log().count("refused with 400") + sum(map(int, re.findall(r"(\d+) more records of ", daemon.log()))) >= 60


def test_no_record_holds_a_text_or_a_token(serve):
    daemon = serve("--rate", "50", "--burst", "60")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob, \
            Client(daemon.path, token=ada.token) as again:
        tokens = [ada.token, bob.token, again.token]
        ada.say(SECRET)
        ada.tell("Bob", f"{SECRET} in private")
        bob.until("private")
        ada.ask("search", text=SECRET)
        ada.say(SECRET * 10_000, id="long")
        ada.until("error")
        ada.send(SECRET, text=SECRET)
        ada.until("error")
        ada.send_text(f'{{"type":"message","text":"{SECRET}')
        ada.until("error")
        with Connection(daemon.path) as connection:
            connection.send(frame(TEXT, f'{{"type":"hello","token":"{SECRET}{ada.token}"}}'.encode()))
            connection.frame()
            connection.send(frame(CLOSE, b"\x03\xe8" + SECRET.encode()))
        for data in (frame(BINARY, SECRET.encode()), frame(TEXT, SECRET.encode() + b"\xff"),
                     frame(TEXT, SECRET.encode(), masked=False), frame(CLOSE, b"\x00\x01" + SECRET.encode())):
            with Connection(daemon.path) as connection:
                connection.send(data)
                connection.closed_with()
        for line in (f"GET /ws?token={SECRET} HTTP/1.1", f"GET /{SECRET} HTTP/1.1", f"{SECRET} /ws HTTP/1.1",
                     f"GET /ws {SECRET}"):
            with Connection(daemon.path, upgrade=False) as connection:
                # Of the headers of a refused request, only Origin and Host are in the journal.
                origin = "https://evil.example" if "token" in line else None
                connection.send(request(line, Origin=origin, Cookie=SECRET, Authorization=SECRET))
                assert connection.response()[0] != 101
        with Connection(daemon.path) as connection:
            connection.send(frame(TEXT, b'{"type":"hello","name":"Mallory"}'))
            for number in range(500):
                connection.send(frame(TEXT, f'{{"type":"private","id":"{number}","to":"Ada","text":"{SECRET}"}}'.encode()))
            assert connection.closed_with() == 4101
        metrics = get(daemon.path, "/metrics")[2]
    wait_until(lambda: "Ada disconnected" in daemon.log(), what="the departure")
    assert daemon.stop() == 0
    written = "\n".join([daemon.log(), metrics, *daemon.notified.lines])
    for kind in ("kept sending", "broke the WebSocket protocol", "refused with 403: Pages of “https://evil.example” may not", "refused with 405"):
        assert kind in written
    assert SECRET not in written
    assert not any(token in written for token in tokens if token)


def chat_until_records_are_dropped(path):
    """The chat goes on while nobody takes the records. Returns how many were dropped."""
    dropped = 0
    with Client(path, "Ada") as ada:
        # At most 50 records a second of one kind are written, so these are many kinds.
        while not dropped:
            room = uuid.uuid4().hex
            with Client(path, f"Bob {room[:20]}") as bob:
                bob.send("rename", name=f"Eve {room[:20]}")
                bob.until("renamed")
                bob.send("join", room=room, create=True)
                bob.until("joined", room=room)
                bob.say(room)
                bob.until("message", id=room)
                with Connection(path, upgrade=False) as connection:
                    connection.send(request("GET /nowhere HTTP/1.1"))
                    assert connection.response()[0] == 404
            ada.until("message", id=room)
            dropped = int(re.search(r"^chatrelay_journal_records_dropped_total (\d+)", get(path, "/metrics")[2], re.M)[1])
        return dropped


def test_nobody_waits_for_a_reader_of_standard_error(chatrelay, tmp_path):
    """Standard error is a pipe that nobody reads, until records were lost."""
    path = str(tmp_path / "chat.sock")
    process = launch(chatrelay, "serve", "--listen", path, "--rate", "0", stderr=subprocess.PIPE)
    fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, 4096)
    assert "serves on" in process.stderr.readline()
    dropped = chat_until_records_are_dropped(path)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr))
    reader.start()
    wait_until(lambda: any("could not be written before this one" in line for line in lines), what="the number of lost records")
    process.send_signal(signal.SIGTERM)
    reader.join()
    assert process.wait() == 0
    lost = sum(int(count) for count in re.findall(r"(\d+) records? could not be written", "".join(lines)))
    assert lost >= dropped and "Stopped." in lines[-1]
