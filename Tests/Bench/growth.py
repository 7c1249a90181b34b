"""How the cost grows with connections, rooms, and rooms of each client: each must be a straight line."""

from servers import CHATRELAY, KINDS, LOOP

CONNECTIONS = (10, 100, 1_000, 5_000, 10_000, 19_000)
ROOMS = (1, 10, 100, 1_000, 10_000)
ROOMS_EACH = (1, 2, 4, 8, 16)
CLIENTS = 10_000


def measure(contest):
    """Returns a list of numbers and figures for each thing that grows."""
    load = ["load", "--closed", "--publishers", 10]
    return {
        "connections": [(count, run(contest, CHATRELAY, [*load, "--subscribers", count])) for count in CONNECTIONS],
        "connections of the C loop": [(count, run(contest, LOOP, [*load, "--subscribers", count])) for count in CONNECTIONS],
        "rooms": [(count, run(contest, CHATRELAY, ["load", "--rate", rate(count), "--rooms", count, "--subscribers", CLIENTS]))
                  for count in ROOMS],
        "rooms of each": [(count, run(contest, CHATRELAY, ["load", "--rate", 500, "--rooms", 1_000, "--rooms-each", count,
                                                           "--subscribers", CLIENTS])) for count in ROOMS_EACH],
        "members": [(count, run(contest, CHATRELAY, ["members", "--subscribers", count], timed=False))
                    for count in CONNECTIONS],
    }


def rate(rooms):
    """Messages a second, for about 200,000 deliveries a second where possible."""
    return min(20 * rooms, 5_000)


def run(contest, name, arguments, timed=True):
    experiment = "growth " + " ".join(str(word).lstrip("-") for word in arguments)
    words = [str(word) for word in arguments] + (["--seconds", str(contest.options.seconds)] if timed else [])
    contest.measure(KINDS[name], experiment, *words, options=["--max-connections", "19400"] if name == CHATRELAY else [])
    found = contest.results.setdefault(name, {}).pop(experiment, None)
    if not found:
        raise RuntimeError(contest.failures[-1])
    return found[-1]


def clients_in_a_room(figures):
    return figures["deliveries_per_second"] / figures["messages_per_second"]


def cpu_of_a_message(figures):
    return figures["server_busy"] * 1e6 / figures["messages_per_second"]


def mebibytes(figures):
    return figures["rss_idle_kib"] / 1024
