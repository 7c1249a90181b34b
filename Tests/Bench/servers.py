"""The servers that are measured, and how each is started: alone, or behind nginx with the site of this repository."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).parent / "peers"
RELEASE = REPOSITORY / ".build" / "release"
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
SECONDS = 15
# Where Node looks for modules: Debian has ws, but not socket.io, which whoever measures it has in a directory of their own.
NODE_PATH = ":".join(filter(None, [os.environ.get("NODE_PATH"), "/usr/share/nodejs"]))


@dataclass
class Kind:
    """A server in the table. `command` takes its socket (or port) and its folder."""

    name: str
    command: object
    protocol: str = "raw"
    is_tcp: bool = False
    environment: tuple = ()


def ours(place, folder):
    return [RELEASE / "chatrelay", "serve", "--listen", place, "--ledger", folder / "ledger", "--rate", "0",
            "--address-connections", "19500"]


def python(name):
    return lambda place, folder: [sys.executable, PEERS / name, place]


def node(name):
    return lambda place, folder: ["node", PEERS / name, place]


def bare(*options):
    return lambda place, folder: [folder.parent / "loop", place, *options]


CHATRELAY = "Chatrelay"
CHATRELAY_SOCKETIO = "Chatrelay, Socket.IO"
NODE_SOCKETIO = "Socket.IO (Node)"
LOOP, TICK, LWS, NCHAN_NAME = "C loop", "C loop, by tick", "libwebsockets", "nchan"
KINDS = {kind.name: kind for kind in (
    Kind(CHATRELAY, ours, "chat"),
    Kind(CHATRELAY_SOCKETIO, ours, "socketio"),
    Kind(LOOP, bare("--raw")),
    Kind(TICK, bare("--raw", "--tick")),
    Kind("uWebSockets", python("uwebsockets.py")),
    Kind(LWS, lambda place, folder: [folder.parent / "lws", place]),
    Kind(NCHAN_NAME, None),
    Kind("Node ws", node("ws.js"), environment=(("NODE_PATH", NODE_PATH),)),
    Kind("picows", python("picows_broadcast.py"), is_tcp=True),
    Kind("websockets", python("websockets_broadcast.py")),
    Kind(NODE_SOCKETIO, node("socketio_chat.js"), "socketio", environment=(("NODE_PATH", NODE_PATH),)),
    Kind("Socket.IO (Python)", python("socketio_chat.py"), "socketio"),
)}


def installed():
    """The names of all servers, without Node's socket.io where Node does not find it."""
    find = ["node", "-e", "require.resolve('socket.io')"]
    found = subprocess.run(find, env={**os.environ, "NODE_PATH": NODE_PATH}, capture_output=True).returncode == 0
    return [name for name in KINDS if found or name != NODE_SOCKETIO]


def compile_programs(folder, names):
    """Compiles the C programs that these servers need, into the folder that holds the folders of the servers."""
    for name, source, libraries, users in (
            ("loop", "loop.c", ["-lsqlite3"], {LOOP, TICK}), ("lws", "peers/lws.c", ["-lwebsockets"], {LWS})):
        if not users.intersection(names):
            continue
        subprocess.run(["cc", "-O2", "-o", folder / name, Path(__file__).parent / source, *libraries], check=True)


def on(processor, command):
    """The command on one processor, where the machine has several."""
    return (["taskset", "-c", str(processor)] if os.cpu_count() > 1 else []) + [str(word) for word in command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server; with `behind_nginx`, behind nginx (nchan is a module of nginx in any case)."""

    def __init__(self, kind, base, behind_nginx=False, options=()):
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(dir=base))
        self.folder.chmod(0o755)  # for the workers of nginx, which run as another user
        self.options, self.process, self.nginx, self.workers = list(options), None, None, []
        self.place = str(free_port()) if kind.is_tcp else str(self.folder / "socket")
        self.port = free_port() if behind_nginx else None
        try:
            if kind.name != NCHAN_NAME:
                self._start(kind.command(self.place, self.folder))
            if behind_nginx or kind.name == NCHAN_NAME:
                self._start_nginx()
        except BaseException:
            self.stop()
            raise

    @property
    def target(self):
        """The load generator's options for it."""
        own = self.workers[0] if self.kind.name == NCHAN_NAME else str(self.process.pid)
        where = ["--tcp", self.port or self.place] if self.port or self.kind.is_tcp else ["--socket", self.place]
        proxies = [] if self.kind.name == NCHAN_NAME else [f"--proxy-pid={worker}" for worker in self.workers]
        return [*map(str, where), "--server-pid", own, "--protocol", self.kind.protocol, *proxies]

    def nginx_memory(self):
        """Bytes of the workers' own memory."""
        return sum(int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * 4096 for worker in self.workers)

    def restart(self):
        """Stops the server and starts it again."""
        for process in (self.nginx, self.process):
            if process:
                process.terminate()
                process.wait()
        if not self.kind.is_tcp:
            Path(self.place).unlink(missing_ok=True)
        if self.process:
            self._start(self.kind.command(self.place, self.folder))
        if self.nginx:
            self._start_nginx()

    def stop(self):
        for process in (self.nginx, self.process):
            if process:
                process.terminate()
                process.wait()
        shutil.rmtree(self.folder)

    def _start(self, command):
        log = open(self.folder / "log", "w")
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", **dict(self.kind.environment)}
        self.process = subprocess.Popen(on(0, [*command, *self.options]), stdout=log, stderr=log, env=environment)
        self._await(self._is_listening, self.process)
        if not self.kind.is_tcp:
            os.chmod(self.place, 0o777)

    def _start_nginx(self):
        write = {"nginx.conf": self._main(), "site.conf": self._site(), "snippet.conf": self._snippet()}
        for name, text in write.items():
            (self.folder / name).write_text(text)
        (self.folder / "snippets").mkdir(exist_ok=True)
        for name in "proxy", "page":
            shutil.copy(REPOSITORY / "nginx" / f"{name}.conf", self.folder / "snippets" / f"chatrelay-{name}.conf")
        log = open(self.folder / "nginx.log", "w")
        command = ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"]
        self.nginx = subprocess.Popen(on(0, command), stderr=log)
        children = Path(f"/proc/{self.nginx.pid}/task/{self.nginx.pid}/children")
        self._await(lambda: children.read_text().split() and self._is_listening(), self.nginx)
        self.workers = children.read_text().split()

    def _is_listening(self):
        port = self.place if self.kind.is_tcp else self.port
        if self.nginx and self.port:
            port = self.port
        elif not self.kind.is_tcp:
            return "00010000 0001 01" in "".join(
                line for line in Path("/proc/net/unix").read_text().splitlines() if line.endswith(f" {self.place}"))
        return f":{int(port):04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()

    def _await(self, condition, process):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if process.poll() is not None or time.monotonic() > deadline:
                logs = "".join(path.read_text() for path in self.folder.glob("*log"))
                raise RuntimeError(f"{self.kind.name} does not start. {logs[-500:]}")
            time.sleep(0.02)

    def _main(self):
        # A sixteenth more than needed: with fewer free connections nginx closes idle ones.
        module = f"load_module {NCHAN};" if self.kind.name == NCHAN_NAME else ""
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "\n".join(f"{name}_temp_path {self.folder}/tmp;" for name in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""{module} {user} daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
            worker_processes 1; worker_rlimit_nofile 20000; events {{ worker_connections 24000; }}
            http {{ access_log off; {temporary} include {self.folder}/site.conf; }}"""

    def _site(self):
        listens = self.port or f"unix:{self.place}"
        if self.kind.name == NCHAN_NAME:
            return f"""nchan_max_reserved_memory 128M; server {{ listen {listens}; location = /ws {{
                nchan_pubsub; nchan_channel_id lobby; nchan_message_buffer_length 0;
                nchan_subscriber_first_message newest; }} }}"""
        site = (REPOSITORY / "nginx" / "chatrelay.conf").read_text()
        return (site.replace("listen 3000;", f"listen 127.0.0.1:{listens};").replace("listen [::]:3000;", "")
                .replace("snippets/chatrelay.conf", f"{self.folder}/snippet.conf")
                .replace("/usr/share/chatrelay/html", str(REPOSITORY / "nginx" / "html")))

    def _snippet(self):
        snippet = (REPOSITORY / "nginx" / "snippet.conf").read_text()
        place = f"127.0.0.1:{self.place}" if self.kind.is_tcp else f"unix:{self.place}"
        return snippet.replace("unix:/run/chatrelay/chatrelay.sock", place)
