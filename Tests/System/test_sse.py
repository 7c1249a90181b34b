"""The events of a room as server-sent events: live, resumed, over restarts and kills, with slow readers."""

import subprocess

import pytest

from client import Client
from patience import scaled, wait_until
from program import EventSource, Program
from test_bots import made
from test_control import controlled  # noqa: F401


@pytest.fixture
def chat(controlled):  # noqa: F811
    controlled.token = made(controlled, "Reader")
    return controlled


@pytest.fixture
def web(sites, chatrelay, tmp_path):
    """A site with a bot, behind nginx, as under systemd."""
    control = tmp_path / "control"
    site = sites("--control", str(control), "--ledger", str(tmp_path / "ledger"), "--grace", "2")
    done = subprocess.run([chatrelay, "bot", "add", "Reader", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    site.token = done.stdout.splitlines()[-1]
    return site


def test_a_stream_shows_a_living_room(web):
    with Client(web.url, "Ada") as ada, EventSource(web.url, web.token, "lobby") as stream:
        assert stream.status == 200 and "content-type: text/event-stream" in stream.head
        welcome = stream.until("welcome")
        assert stream.last == welcome["seq"] and "token" not in welcome
        ada.until("system", event="joined", name="Reader", bot=True)
        ada.say("hello")
        seen = stream.until("message", text="hello")
        assert stream.last == seen["seq"]
        ada.send("react", id="r", message=seen["seq"], emoji="👍")
        assert stream.until("reaction")["seq"] == stream.last
        ada.tell("Reader", "secret")
        ada.send("typing", room="lobby")
        # Private messages are not of the room.
        assert stream.next()["type"] == "typing"
        ada.say("last")
        stream.until("message", text="last")


def test_a_stream_resumes_without_hole_or_repeat(chat):
    with Client(chat.daemon.path, "Ada") as ada:
        seqs = ada.say_all([f"text {number}" for number in range(20)])
        with EventSource(chat.daemon.path, chat.token, "lobby", last=seqs[4]) as stream:
            got = [stream.until("message")["seq"] for _ in range(15)]
            assert got == seqs[5:]
            later = ada.say_all(["later"], prefix="later")
            assert stream.until("message")["seq"] == later[0]
            missed = ada.say_all(["a", "b"], prefix="missed")
            with stream.reconnect() as again:
                assert [again.until("message")["seq"] for _ in range(2)] == missed
        # A position in the future is none: what a newcomer gets, marked.
        with EventSource(chat.daemon.path, chat.token, "lobby", last=10**9) as stream:
            history = stream.until("history")
            assert history["gap"] and stream.last == history["messages"][-1]["seq"] == missed[-1]
        with EventSource(chat.daemon.path, chat.token, "lobby", query=f"?since={seqs[18]}") as stream:
            assert stream.until("message")["seq"] == seqs[19]


def test_refusals_come_before_the_stream(chat):
    path = chat.daemon.path
    assert EventSource(path, "0" * 32, "lobby").status == 401
    assert EventSource(path, chat.token, "attic").status == 404
    assert EventSource(path, chat.token, "lobby", last="x").status == 400
    ops = made(chat, "Ops", "--room", "ops")
    assert EventSource(path, ops, "lobby").status == 403
    with EventSource(path, ops, "ops") as stream:
        stream.until("joined", room="ops")
        Program(path, ops).stored("ops", "alone")
        stream.until("message", text="alone")
        # Revoked at once.
        chat.run("bot", "remove", "Ops")
        assert stream.until("close")["code"] == 4202
        with pytest.raises(EOFError):
            stream.next()


def test_a_stream_survives_a_planned_restart(web):
    with Client(web.url, "Ada") as ada, EventSource(web.url, web.token, "lobby") as stream:
        stream.until("joined")
        for number in range(3):
            ada.say(f"before-{number}")
            stream.until("message", text=f"before-{number}")
            assert web.restart_daemon() == 0
            ada.say(f"after-{number}")
            assert stream.until("message")["text"] == f"after-{number}"


def test_a_stream_resumes_after_a_kill(web):
    with Client(web.url, "Ada") as ada, EventSource(web.url, web.token, "lobby") as stream:
        stream.until("joined")
        first = ada.say_all(["one"], prefix="one")
        assert stream.until("message")["seq"] == first[0]
        web.daemon.process.kill()
        web.daemon.process.wait()
        web.daemon.start_next()
        with pytest.raises(EOFError):
            while True:
                stream.next()
        with ada.reconnect() as again:
            second = again.say_all(["two"], prefix="two")
        with stream.reconnect() as resumed:
            assert resumed.until("message")["seq"] == second[0]


def test_a_stream_is_kept_alive(serve, chatrelay, tmp_path):
    control = tmp_path / "control"
    daemon = serve("--ping-interval", "1", "--idle-timeout", "3", "--control", str(control))
    done = subprocess.run([chatrelay, "bot", "add", "Reader", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    with EventSource(daemon.path, done.stdout.splitlines()[-1], "lobby") as stream:
        stream.until("joined")
        stream.until_comments(3)


def test_a_slow_reader_is_bounded(serve, chatrelay, tmp_path):
    control = tmp_path / "control"
    daemon = serve("--outbox-bytes", "131072", "--rate", "0", "--control", str(control))
    done = subprocess.run([chatrelay, "bot", "add", "Reader", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    with Client(daemon.path, "Ada") as ada, EventSource(daemon.path, done.stdout.splitlines()[-1], "lobby") as stream:
        stream.until("joined")
        seqs = ada.say_all(["x" * 8000] * 300)
        wait_until(lambda: "too slow" in daemon.log() or "slow" in daemon.log(), what="the slow reader is closed")
        got = []
        with pytest.raises(EOFError):
            while True:
                got.append(stream.until("message")["seq"])
        assert got == seqs[:len(got)] and len(got) < 300
        with stream.reconnect() as again:
            assert [again.until("message")["seq"] for _ in range(300 - len(got))] == seqs[len(got):]
