"""The figures as a table in Markdown and as plots."""

import os
import platform
from pathlib import Path
from statistics import median

import plots
from servers import CHATRELAY, LOOP, TICK

CPU, BOTH = "server_cpu_seconds_per_million", "both_cpu_seconds_per_million"


def brief(figures):
    """The few that say most, for a line of progress."""
    named = {"highest_rate": "highest", CPU: "CPU s/M", BOTH: "with nginx", "messages_per_second": "msg/s",
             "p50_ms": "p50 ms", "p99_ms": "p99 ms", "connections_per_second": "connections/s", "generator_busy": "busy"}
    return ", ".join(f"{short} {figures[name]:,.2f}" for name, short in named.items() if name in figures)


class Figures:
    """Medians over the rounds, and of the ratios within a round."""

    def __init__(self, results):
        self.results = results

    def of(self, server, experiment, name):
        rounds = self.results.get(server, {}).get(experiment)
        return median(figures[name] for figures in rounds) if rounds else None

    def ratio(self, server, experiment, name, other=LOOP):
        pairs = list(zip(self.results.get(server, {}).get(experiment, []), self.results.get(other, {}).get(experiment, [])))
        pairs = [(one[name], two[name]) for one, two in pairs if two[name]]
        return median(one / two for one, two in pairs) if pairs else None

    def counts(self):
        """The sizes of crowds that were measured."""
        return sorted({int(name.split()[1]) for experiments in self.results.values() for name in experiments
                       if name.startswith("direct ")})


def number(value, form="{:,.2f}"):
    return "–" if value is None else form.format(value)


def rows(head, lines):
    return "\n".join(["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines]])


def machine():
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}"


def overview(figures, most):
    """One line for each server: what the README shows."""
    lines = []
    for server in figures.results:
        busy = figures.of(server, f"direct {most}", "generator_busy")
        lines.append([
            server, number(figures.of(server, f"direct {most}", CPU)), number(figures.ratio(server, f"direct {most}", CPU)),
            number(figures.of(server, "highest direct", "highest_rate"), "{:,.0f}"),
            number(figures.of(server, f"nginx {most}", BOTH)), number(figures.ratio(server, f"nginx {most}", BOTH)),
            number(figures.of(server, "highest nginx", "highest_rate"), "{:,.0f}"),
            number(figures.of(server, f"direct {most}", "bytes_per_idle_connection"), "{:,.0f}"),
            number(figures.of(server, "opened", "connections_per_second"), "{:,.0f}"),
            number(figures.of(server, "restart", "cut_off"), "{:.0%}"), number(figures.of(server, "restart", "seconds")),
            number(busy)])
    head = ["server", "CPU s/M", "of the C loop's", "highest rate", "CPU s/M with nginx", "of the C loop's",
            "highest rate through nginx", "bytes a connection", "opened a second", "cut off by a restart", "seconds of silence", "generator busy"]
    return rows(head, lines)


def crowds(figures):
    """Each size of crowd, direct and through nginx."""
    lines = []
    for count in figures.counts():
        for way, cost in (("direct", CPU), ("nginx", BOTH)):
            for server in figures.results:
                name = f"{way} {count}"
                if figures.of(server, name, cost) is None:
                    continue
                lines.append([
                    f"{count:,} {way}", server, number(figures.of(server, name, cost)),
                    number(figures.ratio(server, name, cost)),
                    number(figures.of(server, name, "deliveries_per_second"), "{:,.0f}"),
                    number(figures.of(server, name, "p50_ms")), number(figures.of(server, name, "p99_ms")),
                    number(figures.of(server, name, "server_busy")), number(figures.of(server, name, "proxy_busy")),
                    number(figures.of(server, name, "generator_busy"))])
    return rows(["subscribers", "server", "CPU s/M (with nginx)", "of the C loop's", "deliveries/s", "p50 ms", "p99 ms",
                 "server busy", "nginx busy", "generator busy"], lines)


def arrivals(figures):
    """What only Chatrelay does, beside the C loop that does as much as a C loop can."""
    lines = []
    for name, what, form in (
            ("seconds", "resumed", "a crowd resumes with 50 missed messages each, seconds"),
            ("p50_ms", "pair", "one message to one other person, p50 ms"),
            ("p99_ms", "pair", "the same, p99 ms"), ("seconds", "named", "a crowd with names and a room, seconds")):
        lines.append([form, number(figures.of(CHATRELAY, what, name), "{:.3f}"), number(figures.of(LOOP, what, name), "{:.3f}"),
                      number(figures.ratio(CHATRELAY, what, name))])
    after = figures.of(CHATRELAY, "highest direct", "bytes_per_connection_after")
    lines.append(["bytes a connection after the highest rate", number(after, "{:,.0f}"), "", ""])
    return rows(["", CHATRELAY, LOOP, "ratio"], lines)


def growth(grown):
    """Each step, and how the cost for one compares with that of the step before."""
    lines = []
    for what, steps in grown.items():
        for count, figures in steps:
            cost = figures.get(CPU, figures.get("join_p50_ms"))
            extra = f"{figures['deliveries_per_second']:,.0f} deliveries/s, {figures['rss_idle_kib'] / 1024:,.1f} MiB" \
                if CPU in figures else ", ".join(f"{name[:-7]} {value:.3f} ms" for name, value in figures.items())
            lines.append([what, f"{count:,}", number(cost, "{:.3f}"), extra])
    return rows(["what grows", "to", "CPU s/M, or ms of a join", ""], lines)


def write(everything, out):
    figures = Figures(everything["results"])
    most = 1_000 if 1_000 in figures.counts() else max(figures.counts())
    parts = [f"Machine: {machine()}. {most:,} subscribers, texts of 100 bytes; CPU s/M is processor seconds for a million "
             "deliveries, one message at a time; the highest rate is of messages a second with p99 below 50 ms and nothing lost.",
             overview(figures, most), "Arrivals", arrivals(figures), "Crowds of all sizes", crowds(figures)]
    if everything["growth"]:
        parts += ["Growth", growth(everything["growth"])]
        plots.growth(everything["growth"], out)
    if everything["failures"]:
        parts += ["Failed", "\n".join(f"- {failure}" for failure in everything["failures"])]
    ratio = figures.ratio(CHATRELAY, "highest direct", "highest_rate", TICK)
    parts.append(f"Highest rate, of the C loop's that writes once a tick: {number(ratio)}")
    plots.contest(figures, most, out)
    text = "\n\n".join(parts) + "\n"
    (out / "table.md").write_text(text)
    return text
