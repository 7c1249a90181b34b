"""How the cost grows with connections, rooms, and rooms of each person: each must be a straight line."""

from servers import CHATRELAY, KINDS

CONNECTIONS = (10, 100, 1_000, 5_000, 10_000, 19_000)
ROOMS = (1, 10, 100, 1_000, 10_000)
ROOMS_EACH = (1, 2, 4, 8, 16)
PEOPLE_IN_ROOMS = 10_000


def measure(contest):
    """Returns, by what grows, a list of the number and the figures there."""
    return {
        "connections": [(count, run(contest, ["load", "--closed", "--subscribers", count, "--publishers", min(count, 10)]))
                        for count in CONNECTIONS],
        "rooms": [(count, run(contest, ["load", "--rate", rate(count), "--rooms", count, "--subscribers", PEOPLE_IN_ROOMS]))
                  for count in ROOMS],
        "rooms of each": [
            (count, run(contest, ["load", "--rate", 500, "--rooms", 1_000, "--rooms-each", count,
                                  "--subscribers", PEOPLE_IN_ROOMS])) for count in ROOMS_EACH],
        "members": [(count, run(contest, ["members", "--subscribers", count], timed=False)) for count in CONNECTIONS],
    }


def rate(rooms):
    """Messages a second, for about 200,000 deliveries a second, as far as single messages allow."""
    return min(20 * rooms, 5_000)


def run(contest, arguments, timed=True):
    name = "growth " + " ".join(str(word).lstrip("-") for word in arguments)
    words = [str(word) for word in arguments] + (["--seconds", str(contest.options.seconds)] if timed else [])
    contest.measure(KINDS[CHATRELAY], name, *words, options=["--max-connections", "19400"])
    found = contest.results.setdefault(CHATRELAY, {}).pop(name, [{}])
    return found[-1]
