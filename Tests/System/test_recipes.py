"""The recipes for programs, as RECIPES.md and the README show them: they are run as they stand."""

import contextlib
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

import pytest

from client import Client
from patience import scaled, wait_until
from program import Program
from test_notify import chat, texts  # noqa: F401 (chat is a fixture)
from website import REPOSITORY, free_port

# https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
ALERTS = {"version": "4", "groupKey": "{}:{alertname=\"DiskFull\"}", "truncatedAlerts": 0, "status": "firing", "receiver": "chat",
          "groupLabels": {"alertname": "DiskFull"}, "commonLabels": {"alertname": "DiskFull"}, "commonAnnotations": {},
          "externalURL": "http://alerts.example", "alerts": [
              {"status": "firing", "labels": {"alertname": "DiskFull", "instance": "db-1"}, "annotations": {"summary": "90 % of db-1"},
               "startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "1"},
              {"status": "resolved", "labels": {"alertname": "DiskFull", "instance": "db-2"}, "annotations": {},
               "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T01:00:00Z", "generatorURL": "", "fingerprint": "2"}]}
PUSH = {"ref": "refs/heads/main", "repository": {"full_name": "ada/engine"}, "sender": {"login": "ada"}, "commits": []}


def recipe(name):
    """The block after the comment `run: name`."""
    text = (REPOSITORY / "Sources" / "API" / "RECIPES.md").read_text()
    found, = re.findall(rf"<!-- run: {name} -->\n```\w*\n(.*?)```\n", text, re.S)
    return found


@pytest.fixture
def site(sites, chatrelay, tmp_path):
    """The chat behind nginx, with the token of a bot, and `.environment` of a recipe."""
    control, port = tmp_path / "control", free_port()
    site = sites("--control", str(control), "--ledger", str(tmp_path / "ledger"), "--rooms", "lobby,ops", "--rate", "0",
                 lines=recipe("nginx").replace("9095", str(port)))
    site.hooks = port
    done = subprocess.run([chatrelay, "bot", "add", "Deploy", "--room", "ops", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    site.token = done.stdout.splitlines()[-1]
    site.environment = os.environ | {"CHAT": site.url, "TOKEN": site.token, "SECRET": "hush", "PYTHONUNBUFFERED": "1"}
    site.bot = Program(site.url, site.token)
    return site


@contextlib.contextmanager
def running(site, *command):
    """A recipe that goes on until it is ended; `.lines()` is what it has printed."""
    with open(site.directory / "output", "w+") as output:
        process = subprocess.Popen(command, env=site.environment, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
                                   text=True, process_group=0)
        process.lines = lambda: (site.directory / "output").read_text().splitlines()
        try:
            yield process
            assert process.poll() is None, process.lines()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
            process.stdin.close()


def stored(site):
    return [message["text"] for message in site.bot.history("ops")["messages"]]


def test_what_the_readme_shows_of_curl_works(site):
    text, = re.findall(r"```sh\n(chat=http.*?)```", (REPOSITORY / "README.md").read_text(), re.S)
    with running(site, "bash", "-c", text.replace("http://localhost:3000", site.url)) as process:
        wait_until(lambda: any('"type":"joined"' in line for line in process.lines()), what="the stream begins")
        site.bot.stored("ops", "seen")
        wait_until(lambda: any('"text":"seen"' in line for line in process.lines()), what="the stream goes on")
    assert stored(site) == ["Release 42 is live", "seen"]


def test_curl_posts_once_and_follows_without_a_hole(site, tmp_path):
    post = ["bash", "-c", recipe("post")]
    answers = [subprocess.run(post, env=site.environment, capture_output=True, text=True, timeout=scaled(30), check=True).stdout
               for _ in range(2)]
    assert answers[0] == answers[1] and stored(site) == ["Release 42 is live"]
    (tmp_path / "follow").write_text(recipe("follow"))
    with running(site, "bash", tmp_path / "follow", "ops") as process:
        def heard():
            events = (json.loads(line) for line in process.lines() if line.startswith("{"))
            return [event["text"] for event in events if event["type"] == "message"]

        wait_until(lambda: any('"type":"joined"' in line for line in process.lines()), what="the stream begins")
        for number in range(6):
            if number == 2:
                site.stop_nginx()
                site.start_nginx()
            if number == 4:
                site.restart_daemon(9)
            site.bot.stored("ops", f"text {number}")
        wait_until(lambda: len(heard()) == 6, what="all messages")
        assert heard() == [f"text {number}" for number in range(6)]
    site.environment["TOKEN"] = "wrong"
    done = subprocess.run(["bash", tmp_path / "follow", "ops"], env=site.environment, capture_output=True, text=True, timeout=scaled(15))
    assert done.returncode == 1 and "401" in done.stderr


def test_webhooks_are_posted(site, tmp_path):
    (tmp_path / "webhooks").write_text(recipe("webhooks"))
    with running(site, sys.executable, tmp_path / "webhooks", str(site.hooks)) as process:
        wait_until(lambda: subprocess.run(["curl", "-s", f"http://127.0.0.1:{site.hooks}/"], capture_output=True).returncode == 0,
                   what="it listens")

        def deliver(url, body, *headers):
            body = json.dumps(body).encode() if isinstance(body, dict) else body
            done = subprocess.run(
                ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", "-H", "Content-Type: application/json",
                 *(word for header in headers for word in ("-H", header)), url],
                input=body, capture_output=True, timeout=scaled(15), check=True)
            return int(done.stdout)

        alerts = f"http://127.0.0.1:{site.hooks}/alertmanager"
        assert deliver(alerts, ALERTS) == 201
        assert stored(site) == ["firing: DiskFull: 90 % of db-1\nresolved: DiskFull: "]
        assert deliver(alerts, b"no JSON") == deliver(alerts, {"alerts": [{}]}) == 400
        # From outside only GitHub: the name of the other is no path at nginx, and the signature counts.
        signature = hmac.new(b"hush", json.dumps(PUSH).encode(), hashlib.sha256).hexdigest()
        headers = ["X-GitHub-Event: push", "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958"]
        hook = f"{site.url}/hooks/github"
        assert deliver(hook, PUSH, *headers) == deliver(hook, PUSH, *headers, "X-Hub-Signature-256: sha256=" + "0" * 64) == 403
        assert deliver(hook, PUSH, *headers, f"X-Hub-Signature-256: sha256={signature}") == 201
        assert deliver(hook, PUSH, *headers, f"X-Hub-Signature-256: sha256={signature}") == 201, "delivered again"
        assert stored(site)[1:] == ["ada/engine: push  by ada"]
        site.daemon.process.send_signal(19)
        site.stop_nginx()
        assert deliver(alerts, ALERTS) == 502
        site.daemon.process.send_signal(18)
        site.start_nginx()
    del process


def test_a_bot_of_forty_lines_hears_and_says_each_message_once(site, tmp_path):
    text = recipe("bot")
    assert sum(1 for line in text.splitlines() if line.strip()) <= 40
    (tmp_path / "bot.py").write_text(text)
    with Client(site.url, "Ada", rooms=["ops"]) as ada, \
            running(site, sys.executable, tmp_path / "bot.py", f"ws://localhost:{site.port}/ws", "ops") as bot:
        ada.until("system", event="joined", name="Deploy")
        for number in range(40):
            if number == 10:
                site.restart_daemon(9)
            if number == 20:
                site.restart_daemon()
            if number == 30:
                site.stop_nginx()
                # More than a newcomer gets.
                missed = Program(str(site.directory / "chat.sock"), ada.token)
                [missed.stored("ops", f"missed {number}") for number in range(55)]
                site.start_nginx()
            bot.stdin.write(f"bot {number}\n")
            bot.stdin.flush()
            Program(site.url, ada.token).stored("ops", f"ada {number}")
        wait_until(lambda: len(bot.lines()) >= 135, what="all messages", seconds=30)
        assert [line for line in bot.lines() if "ada" in line] == [f"Ada: ada {number}" for number in range(40)]
        messages = site.bot.history("ops", after=0, limit=100)["messages"]
        messages += site.bot.history("ops", after=messages[-1]["seq"], limit=100)["messages"]
        assert bot.lines() == [f'{message["from"]}: {message["text"]}' for message in messages]
        assert [message["text"] for message in messages if message["from"] == "Deploy"] == [f"bot {number}" for number in range(40)]


def test_cron_and_the_journal_post(chat):  # noqa: F811
    """As cron runs a command, with its few variables."""
    line = recipe("cron").strip()
    user, command = line.split(None, 6)[5:]
    assert user == "root" and re.match(r"0 3 \* \* \* root ", line)

    def run():
        chat.run("env", "-i", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "HOME=/root", "sh", "-c", command)

    run()
    assert len(texts(chat)) == 1 and "not found" in texts(chat)[0] and texts(chat)[0].endswith("\nThe backup has failed.")
    chat.write("/usr/local/bin/backup", "#!/bin/sh\necho 3 GB copied\n", 0o755)
    run()
    assert texts(chat)[1:] == ["3 GB copied"]
    chat.write("/etc/systemd/system/follow.service", "[Service]\nExecStart=/bin/sh /run/follow\n")
    chat.write("/run/follow", recipe("journal"))
    chat.run("systemctl", "daemon-reload")
    chat.run("systemctl", "start", "follow.service")
    wait_until(lambda: chat.run("logger", "-p", "user.warning", "disk is hot") and texts(chat)[2:], what="the warning")
    assert all(text.startswith("disk is hot") for text in texts(chat)[2:])
    chat.run("systemctl", "stop", "follow.service")
    chat.run("rm", "/etc/systemd/system/follow.service", "/usr/local/bin/backup")
