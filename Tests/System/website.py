"""The site without systemd: nginx in a temporary folder, and the daemon behind it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from daemon import Daemon
from patience import Deadline, scaled

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 15

# Replaces the machine's nginx.conf. All paths are relative to the prefix.
MAIN = """
{user}
daemon off;
pid nginx.pid;
error_log error.log info;
events {{ worker_connections 8192; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log access.log;
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    include site.conf;
}}
"""


class Site:
    """nginx on 127.0.0.1:`.port` with the repository's site file and page, and the daemon with these `options`. As under
    systemd, the daemon inherits its listening socket, so connections wait while the daemon is down. `auth`: the name of an nginx
    file for a login, which the site includes after the replacements in `changes`. `lines` stand in the site's server;
    `allowed`, an address, may read /metrics. `client`: a folder with the Socket.IO client for browsers.
    `bundle`: the page is as nginx/bundle makes it. `friend`: an origin whose pages may import the scripts and frame the page."""

    def __init__(self, binary, *options, auth=None, changes=(), lines="", allowed=None, client=None, bundle=False, friend=None):
        self._binary, self._auth, self._changes, self._lines, self._allowed = binary, auth, changes, lines, allowed
        self._client, self._bundle, self._friend = client, bundle, friend
        self.directory = Path(tempfile.mkdtemp(prefix="chatrelay-site-"))
        self.directory.chmod(0o755)  # the workers of nginx run as another user if root starts nginx
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.daemon = self._nginx = self._listener = None
        try:
            self._listen()
            self.start_daemon(*options)
            self._configure()
            self.start_nginx()
        except BaseException:
            self.stop()
            raise

    def start_daemon(self, *options):
        """Starts the daemon, as systemd does at the next connection."""
        (self.directory / "daemon").mkdir()
        self.daemon = Daemon(self._binary, self.directory / "daemon", *options, listeners=[self._listener])

    def stop_daemon(self):
        """Stops the daemon. Its listening socket stays open."""
        status = self.daemon.stop()
        shutil.rmtree(self.directory / "daemon")
        return status

    def restart_daemon(self, number=signal.SIGTERM):
        """Stops the daemon by a signal, and starts it again, as systemd does."""
        return self.daemon.restart(number)

    def reload_nginx(self):
        """nginx reads its files again, which comes into force after a moment."""
        self._nginx.send_signal(signal.SIGHUP)

    def access_log(self):
        return (self.directory / "access.log").read_text()

    def error_log(self):
        return (self.directory / "error.log").read_text()

    def stop_nginx(self):
        self._nginx.terminate()
        self._nginx.wait(scaled(SECONDS))

    def start_nginx(self):
        self._nginx = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", nginx(), "-p", self.directory, "-e", "error.log", "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL)
        wait_for_port(self.port, self._nginx, self.error_log)

    def stop(self):
        if self._nginx:
            self.stop_nginx()
        if self.daemon:
            self.daemon.stop()
        if self._listener:
            self._listener.close()
        shutil.rmtree(self.directory)

    def adapted(self, text):
        """Lines of nginx with the paths of this folder."""
        for path, here in (("/usr/share/chatrelay/html", "html"), ("/usr/share/chatrelay/socket.io", "socket.io"),
                           ("/run/chatrelay/chatrelay.sock", "chat.sock")):
            text = text.replace(path, str(self.directory / here))
        return text

    def _listen(self):
        path = self.directory / "chat.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(4096)

    def _configure(self):
        pages = REPOSITORY / "nginx" / "html"
        if self._bundle:
            subprocess.run([REPOSITORY / "nginx" / "bundle", self.directory / "html"], check=True)
        else:
            shutil.copytree(pages, self.directory / "html")
        if self._client:
            shutil.copytree(self._client, self.directory / "socket.io")
        site = site_file()
        site = re.sub(r"(listen\s+(?:\[::\]:)?)3000\b", rf"\g<1>{self.port}", site)
        site = self.adapted(site)
        site = site.replace("    server_name _;\n", f"    server_name _;\n{self.adapted(self._lines)}")
        if self._friend:
            for line in ("#https://www.example.org $http_origin;", '#set $chatrelay_frames "https://www.example.org";'):
                assert line in site
                site = site.replace(line, line[1:].replace("https://www.example.org", self._friend))
        snippet = self.adapted((REPOSITORY / "nginx" / "snippet.conf").read_text())
        if self._allowed:
            assert f"#allow {self._allowed};" in snippet
            snippet = snippet.replace(f"#allow {self._allowed};", f"allow {self._allowed};")
        (self.directory / "snippets").mkdir()
        (self.directory / "snippets" / "chatrelay.conf").write_text(snippet)
        for name in ("page", "proxy"):
            shutil.copy(REPOSITORY / "nginx" / f"{name}.conf", self.directory / "snippets" / f"chatrelay-{name}.conf")
        if self._auth:
            auth = (REPOSITORY / "nginx" / self._auth).read_text()
            for old, new in self._changes:
                assert old in auth
                auth = auth.replace(old, new)
            (self.directory / "auth.conf").write_text(auth)
            line = f"#include snippets/chatrelay-{self._auth};"
            assert line in site
            site = site.replace(line, "include auth.conf;")
        (self.directory / "site.conf").write_text(site)
        user = "user www-data;" if os.geteuid() == 0 else ""
        (self.directory / "nginx.conf").write_text(MAIN.format(user=user))


def site_file():
    """The repository's site. On a machine without IPv6, its line for that is left out."""
    site = (REPOSITORY / "nginx" / "chatrelay.conf").read_text()
    addresses = Path("/proc/net/if_inet6")
    return site if addresses.exists() and addresses.read_text() else site.replace("    listen [::]:3000;\n", "")


def nginx():
    """The path of nginx, which is in sbin."""
    return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log):
    """Waits until `process` listens on a port. `log()` is shown if it does not."""
    deadline = Deadline(SECONDS)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, log()
            assert deadline.left, f"nothing listens on port {port}\n{log()}"
            time.sleep(0.01)
