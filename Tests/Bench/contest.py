"""Measures Chatrelay, other servers and the bare C loop, and writes a table, plots and all figures. Started by Tests/bench.

Servers take turns, so that a noisy moment does not disturb only one of them. The server (and nginx) has one processor, the load
generator the other. The other servers relay raw frames: no JSON, no names, no history, no commit. Chatrelay works as in
production, with its ledger on the disk.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import growth
import restart
import table
from servers import CHATRELAY, KINDS, LOOP, NODE_SOCKETIO, RELEASE, Server, compile_programs, installed, on

# Each connection through nginx takes two descriptors of its worker.
MANY_THROUGH_NGINX = 9_000
# Messages a second at which the search for the highest rate starts; a server that does not reach it counts as 0.
FIRST_RATE = 35.355


class Contest:
    def __init__(self, options, base):
        self.options, self.base = options, base
        self.kinds = [KINDS[name] for name in options.only]
        self.results, self.failures = {kind.name: {} for kind in self.kinds}, []

    def bench(self, server, *arguments):
        """Runs the load generator once. Returns its figures."""
        command = [RELEASE / "chatrelay-bench", *arguments, *server.target, "--json"]
        done = subprocess.run(on(1, command), capture_output=True, text=True, timeout=300)
        if not done.stdout.strip():
            raise RuntimeError(done.stderr.strip()[-300:])
        figures = json.loads(done.stdout)
        if any(figures.get(name) for name in ("lost", "disordered", "hung_up")):
            raise RuntimeError(f"lost {figures['lost']}, disordered {figures['disordered']}, hung up {figures['hung_up']}")
        return figures

    def measure(self, kind, experiment, *arguments, behind_nginx=False, options=()):
        """One experiment, with a new server."""
        try:
            server = Server(kind, self.base, behind_nginx, options)
            try:
                before = server.nginx_memory()
                figures = self.bench(server, *arguments)
                figures["nginx_bytes"] = server.nginx_memory() - before
            finally:
                server.stop()
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            self.failures.append(f"{kind.name}, {experiment}: {error}")
            print(f"  {kind.name:16} {experiment}: FAILED, {error}", flush=True)
            return
        self.results[kind.name].setdefault(experiment, []).append(figures)
        print(f"  {kind.name:16} {experiment}: {table.brief(figures)}", flush=True)

    def restart(self, kind):
        """The cost of a restart; measured once, because it depends little on the moment."""
        try:
            figures = restart.measure(self, kind)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            self.failures.append(f"restart of {kind.name}: {error}")
            return
        self.results[kind.name]["restart"] = [figures]
        print(f"  {kind.name:16} restart: {figures}", flush=True)

    def round(self):
        seconds = ["--seconds", str(self.options.seconds)]
        for count in self.options.subscribers:
            load = ["--subscribers", str(count), "--publishers", str(min(count, 10))]
            closed = ["load", *load, "--closed", *seconds, "--warmup", "0.5"]
            through = ["load", "--subscribers", str(min(count, MANY_THROUGH_NGINX)), *load[2:], *closed[5:]]
            for kind in self.kinds:
                self.measure(kind, f"direct {count}", *closed)
            for kind in self.kinds:
                self.measure(kind, f"nginx {count}", *through, behind_nginx=True)
        highest = ["highest", "--subscribers", str(min(1_000, max(self.options.subscribers))), *seconds,
                   "--start", str(self.options.first_rate), "--patience", "5"]
        for kind in self.kinds:
            self.measure(kind, "highest direct", *highest)
        for kind in self.kinds:
            self.measure(kind, "highest nginx", *highest, behind_nginx=True)
        self.arrivals(seconds)

    def arrivals(self, seconds):
        """Many clients that connect at once; and messages from one client to another."""
        storm, missed = self.options.storm, ["--missed", "50"]
        for kind in self.kinds:
            self.measure(kind, "opened", "storm", "--bare", "--clients", str(storm))
            if kind.name == CHATRELAY:
                self.measure(kind, "named", "storm", "--clients", str(storm))
                self.measure(kind, "resumed", "storm", "--clients", str(storm * 10 // 19), *missed)
                self.measure(kind, "pair", "pair", *seconds)
                # A trial run sends less than an outbox holds, so a busy machine's late readers are not cut off.
                self.measure(kind, "aftermath", "load", "--subscribers", "1000", "--rate", "1000",
                             "--seconds", "10" if self.options.seconds >= 1 else "1")
            elif kind.name == LOOP:
                with_chat = type(kind)(kind.name, lambda place, folder: [folder.parent / "loop", place], "chat")
                self.measure(with_chat, "resumed", "storm", "--clients", str(storm * 10 // 19), *missed, "--canned",
                             options=missed)
                self.measure(kind, "pair", "pair", *seconds, options=["--commit", self.base / "rows"])
                for path in self.base.glob("rows*"):
                    path.unlink()


def main():
    parser = argparse.ArgumentParser(description="Measure Chatrelay and other servers.")
    parser.add_argument("--only", action="append", choices=KINDS, help="one of the servers; may be repeated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--quick", action="store_true", help="one round of one second, 1,000 subscribers, no growth")
    parser.add_argument("--subscribers", type=int, action="append", help="(default: 1, 10, 1000 and 10000)")
    parser.add_argument("--storm", type=int, default=19_000, help="clients that connect at once")
    parser.add_argument("--first-rate", type=float, default=FIRST_RATE, help="messages a second at which searches start")
    parser.add_argument("--no-growth", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.no_growth = 1, 1, True
    options.subscribers = options.subscribers or ([1_000] if options.quick else [1, 10, 1_000, 10_000])
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if limit < max(*options.subscribers, options.storm) + 100:
        parser.error(f"only {limit} descriptors are allowed here: raise ulimit -n, or name fewer --subscribers and --storm")
    if not options.only:
        options.only = installed()
        if NODE_SOCKETIO not in options.only:
            print(f"{NODE_SOCKETIO} is left out: node does not find the module socket.io in NODE_PATH.", flush=True)
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o755)
        compile_programs(Path(base), options.only)
        contest = Contest(options, Path(base))
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}, load {os.getloadavg()[0]:.1f}", flush=True)
            contest.round()
        for kind in contest.kinds:
            contest.restart(kind)
        try:
            grown = None if options.no_growth else growth.measure(contest)
        except RuntimeError:
            grown = None  # the failure is in the list
    options.out.mkdir(exist_ok=True)
    everything = {"results": contest.results, "growth": grown, "failures": contest.failures}
    (options.out / "results.json").write_text(json.dumps(everything, indent=1))
    text = table.write(everything, options.out)
    print("\n" + text)
    # A server that fails is named in the table; Chatrelay and the C loop must not fail.
    sys.exit(any(failure.startswith((CHATRELAY, LOOP)) for failure in contest.failures))


if __name__ == "__main__":
    main()
