"""Programs speak HTTP: posts, history, lists, refusals; through nginx and on the daemon's own socket."""

import json
import sqlite3
import subprocess

import pytest

from client import Client
from program import Program, exchange
from test_bots import made
from test_control import controlled  # noqa: F401
from patience import scaled, wait_until


@pytest.fixture
def chat(controlled, sites, request):  # noqa: F811
    """A daemon with a control socket and a bot."""
    controlled.token = made(controlled, "Deploy")
    controlled.bot = Program(controlled.daemon.path, controlled.token)
    return controlled


@pytest.fixture
def web(sites, chatrelay, tmp_path):
    """The same behind nginx."""
    control = tmp_path / "control"
    site = sites("--control", str(control), "--ledger", str(tmp_path / "ledger"))
    done = subprocess.run([chatrelay, "bot", "add", "Deploy", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    site.token = done.stdout.splitlines()[-1]
    site.bot = Program(site.url, site.token)
    return site


def test_a_post_is_acknowledged_once_it_is_stored(web, tmp_path):
    with Client(web.url, "Ada") as ada:
        first = web.bot.stored("lobby", "Deploy done & well\n", key="release-1")
        assert ada.until("message", text="Deploy done & well", bot=True)["seq"] == first
        # The same key is the same message, whatever its text, also for JSON.
        assert web.bot.stored("lobby", "again", key="release-1") == first
        assert web.bot.stored("lobby", "again", key='"release-1"') == first
        assert web.bot.stored("lobby", "again", id="release-1") == first
        second = web.bot.stored("lobby", "@Ada look", re=first)
        event = ada.until("message", seq=second)
        assert event["re"] == first and event["mentions"] == [ada.welcome["user"]] and event["from"] == "Deploy"
        # A user's own token posts too; it need not be in the room, and is not seen there.
        assert Program(web.url, ada.token).stored("lobby", "from a script") > second
        ada.until("message", text="from a script", **{"from": "Ada"})
    with sqlite3.connect(tmp_path / "ledger") as database:
        assert [row[0] for row in database.execute("SELECT seq FROM events WHERE kind = 1 ORDER BY seq")][:2] == [first, second]
    # No token is in a log.
    assert web.token not in web.daemon.log() + web.access_log() + web.error_log()


def test_history_has_pages_in_both_directions(web):
    seqs = [web.bot.stored("lobby", f"text {number}") for number in range(7)]

    def page(**query):
        answer = web.bot.history("lobby", **query)
        return [message["seq"] for message in answer["messages"]], answer["more"]

    assert page() == (seqs, False)
    assert page(limit=3) == (seqs[4:], True)
    assert page(before=seqs[4], limit=3) == (seqs[1:4], True)
    assert page(before=seqs[3]) == (seqs[:3], False)
    assert page(after=seqs[1], limit=3) == (seqs[2:5], True)
    assert page(after=seqs[4]) == (seqs[5:], False)
    assert page(after=seqs[6] + 1000) == ([], False)
    for query in ("limit=0", "limit=101", "before=1&after=2"):
        web.bot.ask("GET", f"rooms/lobby/messages?{query}").problem(400, "bad-limit")
    web.bot.ask("GET", "rooms/lobby/messages?before=x").problem(400)
    head = web.bot.ask("HEAD", "rooms/lobby/messages")
    assert head.status == 200 and not head.body


def test_lists(web):
    with Client(web.url, "Ada", rooms=["lobby", "den"], create=True):
        rooms = web.bot.ask("GET", "rooms").json
        assert [(room["room"], room["users"]) for room in rooms["rooms"]] == [("den", 1), ("lobby", 1)] and rooms["more"] == 0
        users = web.bot.ask("GET", "users").json
        assert [(user["name"], sorted(user["rooms"])) for user in users["users"]] == [("Ada", ["den", "lobby"])]
    assert json.loads(Program(web.url).ask("GET", "openapi.json").body)["openapi"].startswith("3.1")


def test_refusals_are_problems(chat):
    bot, path = chat.bot, chat.daemon.path
    nobody = Program(path).post("lobby", "x")
    assert "Bearer" in nobody.problem(401, "unauthorized") and nobody.headers["WWW-Authenticate"].startswith("Bearer ")
    wrong = Program(path, "0" * 32).post("lobby", "x")
    wrong.problem(401, "unauthorized")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    bot.post("attic", "x").problem(404, "no-such-room")
    bot.post("No-Room", "x").problem(404, "bad-room")
    bot.ask("GET", "nothing").problem(404)
    assert bot.ask("DELETE", "rooms/lobby/messages").headers["Allow"] == "GET, HEAD, POST"
    bot.ask("DELETE", "rooms/lobby/messages").problem(405)
    bot.post("lobby", " \n").problem(422, "empty-text")
    bot.post("lobby", "x", re=9999).problem(422, "no-such-message")
    bot.post("lobby", "x" * 8193).problem(413, "text-too-long")
    bot.post("lobby", "x" * 70000).problem(413)
    bot.post("lobby", "x", key="not an id!").problem(400, "bad-id")
    bot.ask("POST", "rooms/lobby/messages", b"\xff").problem(400)
    bot.ask("POST", "rooms/lobby/messages", b"{}", Content_Type="application/json").problem(400)
    bot.ask("POST", "rooms/lobby/messages", b"x", Content_Type="image/png").problem(415)
    bot.ask("POST", "rooms/lobby/messages", b"x", Origin="http://elsewhere.example").problem(403)
    limited = Program(path, made(chat, "Ops", "--room", "ops"))
    limited.post("lobby", "x").problem(403, "not-allowed")
    limited.ask("GET", "users").problem(403, "not-allowed")
    limited.ask("GET", "rooms/lobby/messages").problem(403, "not-allowed")
    # Its own room need not exist: people find the message when they come.
    seq = limited.stored("ops", "nobody is here")
    with Client(path, "Ada", rooms=["ops"], create=True, histories=True) as ada:
        assert ada.until("history")["messages"][0]["seq"] == seq
    chat.run("mute", "Ops")
    limited.post("ops", "x").problem(403, "muted")
    chat.run("ban", "user", "Ops")
    limited.ask("GET", "rooms").problem(403, "banned")
    chat.run("bot", "remove", "Deploy")
    bot.ask("GET", "rooms").problem(401, "unauthorized")


@pytest.mark.parametrize("lines, body, status", [
    (["Content-Length: 3", "Content-Length: 4"], b"abcd", 400),
    (["Transfer-Encoding: chunked"], b"1\r\na\r\n0\r\n\r\n", 400),
    (["Content-Length: 1", "Transfer-Encoding: chunked"], b"1\r\na\r\n0\r\n\r\n", 400),
    (["Content-Length: -1"], b"", 400), (["Content-Length: 1, 1"], b"a", 400), (["Content-Length : 1"], b"a", 400),
    (["Content-Length: 99999999999999999999"], b"", 413), (["Content-Length: 65537"], b"", 413),
    (["Content-Length: 1", " folded: x"], b"a", 400),
])
def test_what_two_parsers_could_read_in_two_ways_is_refused(chat, lines, body, status):
    """RFC 9112 §6.3, §11.2."""
    head = ["POST /api/v1/rooms/lobby/messages HTTP/1.1", "Host: x", f"Authorization: Bearer {chat.token}", *lines, "", ""]
    smuggled = b"POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(chat.daemon.path, "\r\n".join(head).encode() + body + smuggled)
    assert answer.startswith(b"HTTP/1.1 %d " % status) and answer.count(b"HTTP/1.1") == 1, answer
    assert chat.bot.history("lobby")["messages"] == []


def test_a_body_that_never_ends_is_given_up(serve):
    daemon = serve("--handshake-timeout", "1")
    answer = exchange(daemon.path, b"POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert answer.startswith(b"HTTP/1.1 408 ") and b"application/problem+json" not in answer or b"problem" in answer


def test_a_flood_has_a_budget(controlled):  # noqa: F811
    controlled.settings.write_text("CHATRELAY_RATE=1\nCHATRELAY_BURST=5\n")
    controlled.run("reload")
    one, other = (Program(controlled.daemon.path, made(controlled, name)) for name in ("One", "Other"))
    answers = [one.post("lobby", "x") for _ in range(8)]
    assert [answer.status for answer in answers[:5]] == [201] * 5
    answers[-1].problem(429, "rate-limited")
    assert int(answers[-1].headers["Retry-After"]) >= 1
    other.stored("lobby", "mine")


def test_a_full_disk_is_told(chatrelay, serve, disk, tmp_path):
    control = tmp_path / "control"
    daemon = serve("--control", str(control), "--ledger", str(disk / "ledger"), "--rate", "0")
    done = subprocess.run([chatrelay, "bot", "add", "Deploy", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    bot = Program(daemon.path, done.stdout.splitlines()[-1])
    stored = []
    for number in range(400):
        answer = bot.post("lobby", "x" * 4000, key=f"k-{number}")
        if answer.status != 201:
            break
        stored.append(answer.json["seq"])
    answer.problem(503, "try-again")
    assert int(answer.headers["Retry-After"]) >= 1
    disk.remount("size=8m")
    wait_until(lambda: bot.post("lobby", "again", key=f"k-{number}").status == 201, what="the disk has room again")
    with sqlite3.connect(disk / "ledger") as database:
        assert [row[0] for row in database.execute("SELECT seq FROM events WHERE kind = 1 ORDER BY seq")][:-1] == stored


def test_the_user_whom_the_proxy_names_posts(serve):
    daemon = serve("--identity", "proxy")
    ada = Program(daemon.path, X_Remote_User="Ada")
    # A user that the chat has not seen yet is made first.
    assert ada.stored("lobby", "first") < ada.stored("lobby", "second")
    names = [(message["from"], message["text"]) for message in ada.history("lobby")["messages"]]
    assert names == [("Ada", "first"), ("Ada", "second")]
    Program(daemon.path).post("lobby", "x").problem(401, "unauthorized")


def test_a_page_of_another_site_may_speak_where_it_is_allowed(serve):
    daemon = serve("--allow-origin", "https://site.example")
    asked = Program(daemon.path).ask(
        "OPTIONS", "rooms/lobby/messages", Origin="https://site.example", Access_Control_Request_Method="POST")
    assert asked.status == 200 and asked.headers["Access-Control-Allow-Origin"] == "https://site.example"
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    refused = Program(daemon.path).ask("GET", "rooms", Origin="https://site.example")
    assert refused.status == 401 and refused.headers["Access-Control-Allow-Origin"] == "https://site.example"
    other = Program(daemon.path).ask("GET", "rooms", Origin="https://other.example")
    assert other.status == 403 and "Access-Control-Allow-Origin" not in other.headers
