"""The plots, as SVG on white, which is readable on light and dark pages."""

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402

from growth import cpu_of_a_message, mebibytes, clients_in_a_room  # noqa: E402

OURS, OTHERS, BARE = "#0b6e4f", "#9aa5b1", "#cfd6dd"
matplotlib.rcParams.update({
    "font.family": "sans-serif", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": "#9aa5b1", "axes.titlesize": 10, "axes.titlelocation": "left", "svg.fonttype": "none",
    "svg.hashsalt": "chatrelay", "figure.facecolor": "white"})


def bars(axes, title, values, form):
    """Horizontal bars, the best at the top."""
    names = list(values)[::-1]
    colours = [OURS if name.startswith("Chatrelay") else BARE if name.startswith("C loop") else OTHERS for name in names]
    shown = axes.barh(names, [values[name] for name in names], color=colours, height=0.7)
    axes.bar_label(shown, [form.format(values[name]) for name in names], padding=3, fontsize=9)
    axes.set_title(title)
    axes.margins(x=0.18)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)


def contest(figures, most, out):
    """Rates, CPU and memory, for the README."""
    both, cpu = "both_cpu_seconds_per_million", "server_cpu_seconds_per_million"
    panels = [
        ("highest direct", "highest_rate", True, "Messages a second, direct (p99 < 50 ms)", "{:,.0f}"),
        ("highest nginx", "highest_rate", True, "Messages a second, through nginx (p99 < 50 ms)", "{:,.0f}"),
        (f"direct {most}", cpu, False, "CPU seconds for a million deliveries", "{:.2f}"),
        (f"nginx {most}", both, False, "The same with nginx's", "{:.2f}"),
        (f"direct {most}", "bytes_per_idle_connection", False, "Bytes of memory for an idle connection", "{:,.0f}"),
        ("opened", "connections_per_second", True, "Connections opened a second", "{:,.0f}"),
    ]
    figure, grid = pyplot.subplots(3, 2, figsize=(10, 9), constrained_layout=True)
    for axes, (experiment, name, is_more_better, title, form) in zip(grid.flat, panels):
        values = {server: figures.of(server, experiment, name) for server in figures.results}
        known = {server: value for server, value in values.items() if value is not None}
        bars(axes, title, dict(sorted(known.items(), key=lambda item: item[1], reverse=is_more_better)), form)
    figure.suptitle(f"{most:,} subscribers, texts of 100 bytes. Chatrelay checks, names and stores each message; the others "
                    "only pass it on.", fontsize=10, x=0.01, ha="left")
    save(figure, out / "contest.svg")


def growth(grown, out):
    """A line for each thing that grows."""
    figure, grid = pyplot.subplots(3, 3, figsize=(13, 9), constrained_layout=True)
    cells = iter(grid.flat)
    ours, bare = grown["connections"], grown["connections of the C loop"]
    line(next(cells), "Deliveries a second, by connections", {
        "Chatrelay": [(count, figures["deliveries_per_second"]) for count, figures in ours],
        "C loop": [(count, figures["deliveries_per_second"]) for count, figures in bare]})
    line(next(cells), "Memory in MiB, by connections", {"Chatrelay": [(c, mebibytes(f)) for c, f in ours]})
    line(next(cells), "Seconds until all have joined, by connections", {
        "Chatrelay": [(count, figures["connections"] / figures["connections_per_second"]) for count, figures in ours]})
    rooms, each = grown["rooms"], grown["rooms of each"]
    line(next(cells), "CPU microseconds a message, by clients in its room", {
        "Chatrelay": [(clients_in_a_room(figures), cpu_of_a_message(figures)) for _, figures in rooms]})
    line(next(cells), "Deliveries a CPU second, by rooms of 10,000 clients", {
        "Chatrelay": [(c, f["deliveries_per_second"] / f["server_busy"]) for c, f in rooms]}, is_logarithmic=True)
    line(next(cells), "Memory in MiB, by rooms of 10,000 clients", {"Chatrelay": [(c, mebibytes(f)) for c, f in rooms]})
    line(next(cells), "CPU microseconds a message, by rooms of each", {
        "Chatrelay": [(c, cpu_of_a_message(f)) for c, f in each]})
    line(next(cells), "Memory in MiB of 10,000 clients, by rooms of each", {"Chatrelay": [(c, mebibytes(f)) for c, f in each]})
    line(next(cells), "Milliseconds, by clients in the room", {
        name: [(count, figures[f"{name}_p50_ms"]) for count, figures in grown["members"]] for name in ("join", "leave", "who")})
    save(figure, out / "growth.svg")


def line(axes, title, series, is_logarithmic=False):
    for (name, points), colour in zip(series.items(), (OURS, OTHERS, "#b35c00")):
        axes.plot(*zip(*points), color=colour, marker="o", markersize=4, label=name)
    axes.set_title(title)
    axes.set_ylim(bottom=0)
    if is_logarithmic:
        axes.set_xscale("log")
    else:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(ticker.MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.10g}"))
    if len(series) > 1:
        axes.legend(frameon=False)


def save(figure, path):
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
