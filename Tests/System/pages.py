"""HTTP requests to the daemon's Unix socket, and /metrics parsed by a strict OpenMetrics parser."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from client import Connection as Wire

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def get(path, target, method="GET", **headers):
    """Returns status, header fields and body. The daemon closes the connection after the response."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *(f"{n}: {v}" for n, v in headers.items()), "", ""]
    with Wire(path, upgrade=False) as wire:
        wire.send("\r\n".join(lines).encode())
        answer = wire.response(body=method != "HEAD")
        assert wire.at_end()
        return answer


def families(text):
    """The metric families of a text, by name."""
    return {family.name: family for family in text_string_to_metric_families(text)}


class Metrics:
    """The metrics at one time: `metrics["name"]`, or `metrics["name", "label value"]`."""

    def __init__(self, path):
        status, fields, text = get(path, "/metrics")
        assert status == 200 and fields["content-type"] == CONTENT_TYPE
        self.families = families(text)
        self._values = {(sample.name, *sample.labels.values()): sample.value
                        for family in self.families.values() for sample in family.samples}

    def __getitem__(self, key):
        return self._values.get(key if isinstance(key, tuple) else (key,), 0)
