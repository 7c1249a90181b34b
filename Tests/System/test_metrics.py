"""/metrics: its format, its figures, and that the Grafana dashboard uses no other. (test_liveness.py has those of slow readers
and of a full server.)"""

import json
import os
import re
import time

from client import Client, Connection, request
from pages import CONTENT_TYPE, Metrics, get
from patience import wait_until
from website import REPOSITORY


def test_each_family_has_its_type_its_unit_and_a_sentence(daemon):
    with Client(daemon.path, "Ada") as ada:
        ada.say("hello")
        ada.until("message")
    for path, status in ("openapi.json", 200), ("rooms", 401), ("rooms", 401), ("nowhere", 401):
        assert get(daemon.path, f"/api/v1/{path}")[0] == status
    metrics = Metrics(daemon.path)
    assert metrics["chatrelay_api_responses_total", "200"] == 1 and metrics["chatrelay_api_responses_total", "401"] == 3
    families = metrics.families
    for name, family in families.items():
        assert name.startswith(("chatrelay_", "process_")) and family.type != "unknown"
        assert family.documentation.endswith("."), name
        unit = next((unit for unit in ("seconds", "bytes") if name.endswith("_" + unit)), "")
        assert family.unit == unit and family.samples, name
    assert get(daemon.path, "/metrics", "HEAD")[1]["content-type"] == CONTENT_TYPE


def test_messages_and_connections_are_counted(daemon):
    before = Metrics(daemon.path)
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        for number in range(5):
            ada.say(f"m{number}")
            ada.tell("Bob", f"p{number}")
            for client in (ada, bob):
                client.until("message", id=f"m{number}")
                client.until("private", id=f"p{number}")
        ada.say("m0")
        ada.until("ack", id="m0")
        during = Metrics(daemon.path)
        assert during["chatrelay_connections"] == during["chatrelay_users"] == 2 and during["chatrelay_rooms"] == 1
        assert during["chatrelay_messages_total", "room"] == during["chatrelay_messages_total", "private"] == 5
        assert during["chatrelay_message_latency_seconds_count"] == 10
        assert 0 < during["chatrelay_message_latency_seconds_sum"] < 10
        assert during["chatrelay_deliveries_total"] >= 20
        assert during["chatrelay_ledger_entries_total"] >= 12, "and two names"
        assert 0 < during["chatrelay_ledger_commit_seconds_count"] <= during["chatrelay_ledger_entries_total"]
        assert during["chatrelay_ledger_queue"] == 0 and during["chatrelay_ledger_stalled_seconds"] == 0
        for name in ("received_bytes", "sent_bytes", "writes"):
            assert during[f"chatrelay_{name}_total"] > before[f"chatrelay_{name}_total"]
    wait_until(lambda: Metrics(daemon.path)["chatrelay_connections"] == 0, what="the end of the connections")
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
    # Without the requests for /metrics themselves: an answer is counted in the next one.
    received, sent = (c - 2 * b + a for a, b, c in zip(first, second, third))
    assert received == len(request("GET /nowhere HTTP/1.1"))
    assert 150 < sent < 400


def test_process_figures_are_those_of_the_daemon(daemon):
    metrics = Metrics(daemon.path)
    # The request for /metrics had one more.
    wait_until(lambda: metrics["process_open_fds"] == len(os.listdir(f"/proc/{daemon.pid}/fd")) + 1, what="its end")
    assert abs(metrics["process_resident_memory_bytes"] - daemon.rss() * 1024) < 4 << 20
    assert time.time() - 60 < metrics["process_start_time_seconds"] < time.time()
    assert 0 < metrics["process_cpu_seconds_total"] < 60
    assert metrics["process_max_fds"] >= metrics["chatrelay_connections_limit"] > 0
    assert metrics["chatrelay_healthy"] == 1


def test_requests_for_pages_are_not_counted(daemon):
    for _ in range(60):
        Metrics(daemon.path)
        get(daemon.path, "/healthz", Origin="https://evil.example")
        get(daemon.path, "/metrics", "POST")
    metrics = Metrics(daemon.path)
    assert metrics["chatrelay_users"] == metrics["chatrelay_connections"] == 0
    assert metrics.families["chatrelay_upgrades"].samples == []
    assert len(daemon.log().splitlines()) == 1, "no record but that of the start"


def test_the_dashboard_uses_existing_metrics(daemon):
    with Client(daemon.path, "Ada"):
        exposed = {name for family in Metrics(daemon.path).families.values() for name in _names(family)}
    dashboard = json.loads((REPOSITORY / "systemd" / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    used = {name for query in queries for name in re.findall(r"\b(?:chatrelay|process)_\w+", query)}
    assert len(queries) > 10 and used <= exposed, used - exposed
    families = {re.sub("_(total|bucket|count|sum|info)$", "", name) for name in exposed}
    drawn = {re.sub("_(total|bucket|count|sum|info)$", "", name) for name in used}
    assert families - drawn <= {"chatrelay_writes", "process_start_time_seconds"}, "metrics that need no panel"


def _names(family):
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "info": ["_info"]}
    return [family.name + suffix for suffix in suffixes.get(family.type, [""])]
