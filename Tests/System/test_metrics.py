"""/metrics: what it counts, that its format is right, and that Grafana's dashboard asks for nothing else."""

import json
import os
import re
import time

from pages import CONTENT_TYPE, Metrics, get
from website import REPOSITORY


def test_each_family_has_its_type_its_unit_and_a_sentence(daemon):
    with Client(daemon.path, "Ada") as ada:
        ada.say("hello")
        ada.until("message")
    families = Metrics(daemon.path).families
    for name, family in families.items():
        assert name.startswith(("chatrelay_", "process_")) and family.type != "unknown"
        assert family.documentation.endswith("."), name
        unit = next((unit for unit in ("seconds", "bytes") if name.endswith("_" + unit)), "")
        assert family.unit == unit and family.samples, name
    assert get(daemon.path, "/metrics", "HEAD")[1]["content-type"] == CONTENT_TYPE


def test_what_people_do_is_counted(daemon):
    before = Metrics(daemon.path)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        for number in range(5):
            ada.say(f"m{number}")
            ada.tell("Bob", f"p{number}")
            for person in (ada, bob):
                person.until("message", id=f"m{number}")
                person.until("private", id=f"p{number}")
        ada.say("m0")
        ada.until("ack", id="m0")
        inside = Metrics(daemon.path)
        assert inside["chatrelay_connections"] == inside["chatrelay_users"] == 2 and inside["chatrelay_rooms"] == 1
        assert inside["chatrelay_messages_total", "room"] == inside["chatrelay_messages_total", "private"] == 5
        assert inside["chatrelay_message_latency_seconds_count"] == 10
        assert 0 < inside["chatrelay_message_latency_seconds_sum"] < 10
        assert inside["chatrelay_deliveries_total"] >= 20
        assert inside["chatrelay_ledger_entries_total"] >= 12, "and two names"
        assert 0 < inside["chatrelay_ledger_commit_seconds_count"] <= inside["chatrelay_ledger_entries_total"]
        assert inside["chatrelay_ledger_queue"] == 0 and inside["chatrelay_ledger_stalled_seconds"] == 0
        for name in ("received_bytes", "sent_bytes", "writes"):
            assert inside[f"chatrelay_{name}_total"] > before[f"chatrelay_{name}_total"]
    wait_until(lambda: Metrics(daemon.path)["chatrelay_connections"] == 0, what="the departure")
    after = Metrics(daemon.path)
    assert after["chatrelay_upgrades_total", "101"] == 2 and after["chatrelay_closings_total", "1000"] == 2


def test_bytes_are_those_on_the_wire(daemon):
    def sizes():
        metrics = Metrics(daemon.path)
        return metrics["chatrelay_received_bytes_total"], metrics["chatrelay_sent_bytes_total"]

    first, second = sizes(), sizes()
    with Connection(daemon.path, upgrade=False) as connection:
        connection.send(request("GET /nowhere HTTP/1.1"))
        connection.response()
    third = sizes()
    # Besides what the looks themselves take: an answer is counted in the next look.
    received, sent = (c - 2 * b + a for a, b, c in zip(first, second, third))
    assert received == len(request("GET /nowhere HTTP/1.1"))
    assert 150 < sent < 400


def test_the_process_is_that_of_the_daemon(daemon):
    metrics = Metrics(daemon.path)
    # The look was one more.
    wait_until(lambda: metrics["process_open_fds"] == len(os.listdir(f"/proc/{daemon.pid}/fd")) + 1, what="its end")
    assert abs(metrics["process_resident_memory_bytes"] - daemon.rss() * 1024) < 4 << 20
    assert time.time() - 60 < metrics["process_start_time_seconds"] < time.time()
    assert 0 < metrics["process_cpu_seconds_total"] < 60
    assert metrics["process_max_fds"] >= metrics["chatrelay_connections_limit"] > 0
    assert metrics["chatrelay_healthy"] == 1


def test_who_only_looks_is_nobody(daemon):
    for _ in range(60):
        Metrics(daemon.path)
        get(daemon.path, "/healthz", Origin="https://evil.example")
        get(daemon.path, "/metrics", "POST")
    metrics = Metrics(daemon.path)
    assert metrics["chatrelay_users"] == metrics["chatrelay_connections"] == 0
    assert metrics.families["chatrelay_upgrades"].samples == []
    assert len(daemon.log().splitlines()) == 1, "no record but that of the start"


def test_a_full_server_can_be_looked_at(serve):
    daemon = serve("--max-connections", "1")
    with Client(daemon.path, "Ada"):
        with Connection(daemon.path, upgrade=False) as connection:
            connection.send(request())
            assert connection.response()[0] == 503
        metrics = Metrics(daemon.path)
        assert metrics["chatrelay_connections"] == metrics["chatrelay_connections_limit"] == 1
        assert metrics["chatrelay_upgrades_total", "503"] == 1 and metrics["chatrelay_closings_total", "none"] == 0


def test_slow_readers_are_counted(serve):
    daemon = serve("--outbox-bytes", "131072", "--rate", "0")
    with Client(daemon.path, "Ada") as ada, Connection(daemon.path) as slow:
        slow.send(frame(TEXT, b'{"type":"hello","name":"Slow"}'))
        number = 0
        while Metrics(daemon.path)["chatrelay_slow_readers_total"] == 0:
            for _ in range(20):
                ada.say("x" * 8_000, id=str(number))
                ada.until("message", id=str(number))
                number += 1
        assert Metrics(daemon.path)["chatrelay_closings_total", "4000"] == 1


def test_the_dashboard_asks_for_what_there_is(daemon):
    with Client(daemon.path, "Ada"):
        there = {name for family in Metrics(daemon.path).families.values() for name in _names(family)}
    dashboard = json.loads((REPOSITORY / "systemd" / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    asked = {name for query in queries for name in re.findall(r"\b(?:chatrelay|process)_\w+", query)}
    assert len(queries) > 10 and asked <= there, asked - there
    families = {re.sub("_(total|bucket|count|sum|info)$", "", name) for name in there}
    drawn = {re.sub("_(total|bucket|count|sum|info)$", "", name) for name in asked}
    assert families - drawn <= {"chatrelay_writes", "process_start_time_seconds"}, "what is not worth a line"


def _names(family):
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "info": ["_info"]}
    return [family.name + suffix for suffix in suffixes.get(family.type, [""])]
