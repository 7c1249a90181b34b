"""The figures as a table in Markdown and as plots."""

import os
import platform
from pathlib import Path
from statistics import median

import growth
import plots
from servers import CHATRELAY, LOOP, TICK

CPU, BOTH = "server_cpu_seconds_per_million", "both_cpu_seconds_per_million"


def brief(figures):
    """The most important figures, for a line of progress."""
    named = {"highest_rate": "highest", CPU: "CPU s/M", BOTH: "with nginx", "messages_per_second": "msg/s",
             "p50_ms": "p50 ms", "p99_ms": "p99 ms", "connections_per_second": "connections/s", "generator_busy": "busy"}
    return ", ".join(f"{short} {figures[name]:,.2f}" for name, short in named.items() if name in figures)


class Figures:
    """Medians over the rounds, and of the ratios within a round."""

    def __init__(self, results):
        self.results = results

    def of(self, server, experiment, name):
        known = [figures[name] for figures in self.results.get(server, {}).get(experiment, []) if name in figures]
        return median(known) if known else None

    def ratio(self, server, experiment, name, other=LOOP):
        pairs = list(zip(self.results.get(server, {}).get(experiment, []), self.results.get(other, {}).get(experiment, [])))
        pairs = [(one[name], two[name]) for one, two in pairs if two[name]]
        return median(one / two for one, two in pairs) if pairs else None

    def counts(self):
        """The numbers of subscribers that were measured."""
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


def beside(figures, server, experiment, name):
    """The figure, and its ratio to the C loop's."""
    ratio = figures.ratio(server, experiment, name)
    return number(figures.of(server, experiment, name)) + ("" if ratio is None else f" ({ratio:.2f})")


def overview(figures, most):
    """One line for each server, for the README."""
    head = ["server", "CPU s/M", "messages/s", "CPU s/M with nginx", "messages/s through nginx", "bytes a connection",
            "connections opened a second", "cut off by a restart", "seconds until all hear again"]
    return rows(head, [[
        server, beside(figures, server, f"direct {most}", CPU),
        number(figures.of(server, "highest direct", "highest_rate"), "{:,.0f}"),
        beside(figures, server, f"nginx {most}", BOTH),
        number(figures.of(server, "highest nginx", "highest_rate"), "{:,.0f}"),
        number(figures.of(server, f"direct {most}", "bytes_per_idle_connection"), "{:,.0f}"),
        number(figures.of(server, "opened", "connections_per_second"), "{:,.0f}"),
        number(figures.of(server, "restart", "cut_off"), "{:.0%}"),
        number(figures.of(server, "restart", "seconds"))] for server in figures.results])


def sizes(figures):
    """Each number of subscribers, direct and through nginx."""
    lines = []
    for count in figures.counts():
        for way, cost in (("direct", CPU), ("nginx", BOTH)):
            for server in figures.results:
                name = f"{way} {count}"
                if figures.of(server, name, cost) is None:
                    continue
                lines.append([
                    f"{figures.of(server, name, 'connections'):,.0f} {way}", server, beside(figures, server, name, cost),
                    number(figures.of(server, name, "deliveries_per_second"), "{:,.0f}"),
                    number(figures.of(server, name, "p50_ms")), number(figures.of(server, name, "p99_ms")),
                    number(figures.of(server, name, "server_busy")), number(figures.of(server, name, "proxy_busy")),
                    number(figures.of(server, name, "generator_busy"))])
    return rows(["subscribers", "server", "CPU s/M, with nginx's", "deliveries/s", "p50 ms", "p99 ms", "server busy",
                 "nginx busy", "generator busy"], lines)


def highest(figures):
    """Which process was busy at the highest rates, and so limited them."""
    return rows(["server", "messages/s", "server busy", "generator busy", "messages/s through nginx", "server busy", "nginx busy",
                 "generator busy"], [[
        server, *(number(figures.of(server, f"highest {way}", name), form) for way, name, form in (
            ("direct", "highest_rate", "{:,.0f}"), ("direct", "server_busy", "{:.2f}"), ("direct", "generator_busy", "{:.2f}"),
            ("nginx", "highest_rate", "{:,.0f}"), ("nginx", "server_busy", "{:.2f}"), ("nginx", "proxy_busy", "{:.2f}"),
            ("nginx", "generator_busy", "{:.2f}")))] for server in figures.results])


def arrivals(figures):
    """What only Chatrelay does, and a C loop that does as much of it as it can."""
    lines = []
    for name, what, form in (
            ("seconds", "resumed", "all clients resume with 50 missed messages each, seconds"),
            ("p50_ms", "pair", "a message to one other client, p50 ms"),
            ("p99_ms", "pair", "the same, p99 ms"), ("seconds", "named", "all clients join with a name, seconds")):
        lines.append([form, number(figures.of(CHATRELAY, what, name), "{:.3f}"), number(figures.of(LOOP, what, name), "{:.3f}"),
                      number(figures.ratio(CHATRELAY, what, name))])
    after = figures.of(CHATRELAY, "aftermath", "bytes_per_connection_after")
    lines.append(["bytes a connection after 10,000 messages to 1,000", number(after, "{:,.0f}"), "", ""])
    return rows(["", CHATRELAY, LOOP, "ratio"], lines)


def grown_by_each(grown):
    """The cost of one of each; where it is constant, growth is a straight line."""
    pairs = zip(grown["connections"], grown["connections of the C loop"])
    parts = [rows(["connections", "CPU s/M", "of the C loop's", "bytes each", "microseconds to join, each"], [[
        f"{count:,}", number(figures[CPU]), number(figures[CPU] / bare[CPU]),
        number(figures["bytes_per_idle_connection"], "{:,.0f}"), number(1e6 / figures["connections_per_second"], "{:,.0f}")]
        for (count, figures), (_, bare) in pairs])]
    for what in ("rooms", "rooms of each"):
        parts.append(rows([what, "clients in a room", "CPU microseconds a message", "bytes a connection"], [[
            f"{count:,}", f"{growth.clients_in_a_room(figures):,.0f}", number(growth.cpu_of_a_message(figures), "{:,.0f}"),
            number(figures["bytes_per_idle_connection"], "{:,.0f}")] for count, figures in grown[what]]))
    parts.append(rows(["clients in a room", "ms of a join", "a leave", "a who", "a list of rooms"], [[
        f"{count:,}", *(number(figures[f"{name}_p50_ms"], "{:.3f}") for name in ("join", "leave", "who", "rooms"))]
        for count, figures in grown["members"]]))
    return "\n\n".join(parts)


def write(everything, out):
    figures = Figures(everything["results"])
    most = 1_000 if 1_000 in figures.counts() else max(figures.counts())
    parts = [f"Machine: {machine()}. {most:,} subscribers, texts of 100 bytes; CPU s/M is processor seconds for a million "
             "deliveries, one message at a time (how often the C loop's); messages/s the highest rate with p99 below 50 ms and "
             "nothing lost.",
             overview(figures, most), "Highest rates", highest(figures), "Arrivals", arrivals(figures), "All numbers of subscribers", sizes(figures)]
    if everything["growth"]:
        parts += ["Growth", grown_by_each(everything["growth"])]
        plots.growth(everything["growth"], out)
    if everything["failures"]:
        parts += ["Failed", "\n".join(f"- {failure}" for failure in everything["failures"])]
    ratio = figures.ratio(CHATRELAY, "highest direct", "highest_rate", TICK)
    parts.append(f"Highest rate, of the C loop's that writes once a tick: {number(ratio)}")
    plots.contest(figures, most, out)
    text = "\n\n".join(parts) + "\n"
    (out / "table.md").write_text(text)
    return text
