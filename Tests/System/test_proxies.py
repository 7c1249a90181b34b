"""Another proxy in front of nginx, with the lines that the manual shows for it: the page's origin is accepted, and nginx sees the
client's address. (Traefik and Cloudflare are not in Debian.)"""

import re
import shutil
import subprocess
import time

import pytest

from client import Client, Connection, Refused
from manual import block
from patience import scaled
from test_identity import basic_site, login, redirected_to, request_site  # noqa: F401 (fixtures)
from test_nginx import get
from website import free_port, nginx, wait_for_port

LOGIN = "auth-request.conf"


class Outer:
    """A proxy on 127.0.0.1:`.port` in front of a site; `configuration` names the port as PORT."""

    def __init__(self, folder, configuration, *command):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        (folder / "configuration").write_text(configuration.replace("PORT", f"{self.port}"))
        self._log = open(folder / "log", "w+")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command, folder / "configuration"], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log, cwd=folder, env={"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"})
        wait_for_port(self.port, self.process, lambda: (folder / "log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(scaled(10))
        self._log.close()


def nginx_in_front(folder, site, lines):
    return Outer(folder, f"""
        daemon off; pid nginx.pid; error_log error.log; events {{ }}
        http {{
            access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
            server {{ listen 127.0.0.1:PORT; {to(site, lines)} }}
        }}""", nginx(), "-p", folder, "-e", "error.log", "-c")


def haproxy_in_front(folder, site, lines):
    lines = re.sub(r"bind :443 .*", "bind 127.0.0.1:PORT", to(site, lines)).replace("check", "check inter 100ms", 1)
    return Outer(folder, lines, need("haproxy"), "-q", "-f")


def caddy_in_front(folder, site, lines):
    lines = to(site, lines).replace("chat.example.org", "http://localhost:PORT")
    return Outer(folder, "{\n admin off\n}\n" + lines, need("caddy"), "run", "--adapter", "caddyfile", "--config")


def need(program):
    found = shutil.which(program, path="/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def to(site, lines):
    assert "127.0.0.1:3000" in lines
    return lines.replace("127.0.0.1:3000", f"127.0.0.1:{site.port}")


PROXIES = {"nginx": nginx_in_front, "haproxy": haproxy_in_front, "caddy": caddy_in_front}


@pytest.fixture
def in_front(tmp_path):
    """Starts one: in_front(name, site, lines)."""
    started = []

    def start(name, site, lines=None):
        started.append(PROXIES[name](tmp_path, site, lines or block(name)))
        return started[-1]

    yield start
    for outer in started:
        outer.stop()


@pytest.mark.parametrize("name", PROXIES)
def test_a_page_behind_another_proxy_connects(sites, in_front, name):
    site = sites(lines=block("addresses"))
    outer = in_front(name, site)
    assert b"<script" in get(outer.url + "/")[2]
    with Client(outer.url, "Ada", headers={"Origin": outer.url}, source="127.0.0.42") as ada:
        ada.say("hello")
        ada.until("message", id="hello")
        assert "Ada connected from 127.0.0.42" in site.daemon.log()
    with pytest.raises(Refused) as refused:
        Client(outer.url, "Eve", headers={"Origin": f"http://localhost:{site.port}"})
    assert refused.value.status == 403
    # nginx sees the visitor's address, and monitoring is for this machine only.
    with Connection(outer.url, upgrade=False, source="127.0.0.42") as visitor:
        visitor.send(f"GET /healthz HTTP/1.1\r\nHost: localhost:{outer.port}\r\n\r\n".encode())
        assert visitor.response()[0] == 403
    assert get(outer.url + "/metrics")[0] == 403


@pytest.mark.parametrize("missing, status, said", [
    ("Upgrade $http_upgrade", 426, "the lines Upgrade and Connection"),
    ("Host $http_host", 403, "a proxy must pass on the browser's Host with its port"),
], ids=["Upgrade", "Host"])
def test_a_missing_line_is_named(site, in_front, missing, status, said):
    outer = in_front("nginx", site, re.sub(rf".*{re.escape(missing)};\n", "", block("nginx")))
    with pytest.raises(Refused) as refused:
        Client(outer.url, "Ada", headers={"Origin": outer.url})
    assert refused.value.status == status and said in refused.value.body
    # What the page can find out afterwards.
    answered, headers, body = get(outer.url + "/ws", Origin=outer.url)
    assert answered == status and said in body.decode() and headers["Content-Type"].startswith("text/plain")
    if status == 403:
        assert f"Pages of “{outer.url}” may not connect to “127.0.0.1:{site.port}”" in site.daemon.log()


def test_a_host_without_its_port_is_named(site, in_front):
    outer = in_front("nginx", site, block("nginx").replace("Host $http_host", "Host $host"))
    with pytest.raises(Refused) as refused:
        Client(outer.url, "Ada", headers={"Origin": outer.url})
    assert f"“{outer.url}” may not connect to “localhost”" in refused.value.body


def test_hosts_make_up_for_a_host_that_is_lost(sites, in_front):
    site = sites("--hosts", "localhost")
    outer = in_front("nginx", site, re.sub(r".*Host \$http_host;\n", "", block("nginx")))
    with pytest.raises(Refused):
        Client(outer.url, "Ada", headers={"Origin": outer.url})
    with Client(outer.url, "Ada", headers={"Origin": "https://localhost"}) as ada:
        ada.expect("joined")
    with pytest.raises(Refused) as refused:
        Client(outer.url, "Eve", headers={"Origin": "http://attacker.example", "Host": "attacker.example"})
    assert refused.value.status == 403


def test_the_login_returns_to_https_behind_tls(sites, in_front, login):
    site = sites("--identity", "proxy", auth=LOGIN, changes=[("127.0.0.1:9091", f"127.0.0.1:{login.server_port}")])
    outer = in_front("nginx", site, block("nginx").replace("Proto $scheme", "Proto https"))
    assert redirected_to(outer.port) == f"https://localhost:{outer.port}/"
    assert redirected_to(site.port) == f"http://localhost:{site.port}/"


@pytest.mark.parametrize("auth, status", [("auth-basic.conf", 401), (LOGIN, 401)])
def test_a_login_that_has_ended_is_a_sentence(request, auth, status):
    site = request.getfixturevalue("basic_site" if auth == "auth-basic.conf" else "request_site")
    answered, headers, body = get(site.url + "/ws")
    assert answered == status and body == b"The login has ended: load the page again.\n"
    assert headers["Content-Type"].startswith("text/plain")
    assert (headers["WWW-Authenticate"] is not None) == (auth == "auth-basic.conf")


def test_haproxy_checks_the_socket_by_its_defaults(daemon, tmp_path):
    """Without nginx for the WebSockets."""
    lines = block("haproxy").replace("httpchk GET /healthz", "httpchk").replace("127.0.0.1:3000 check", f"unix@{daemon.path} check inter 50ms")
    outer = Outer(tmp_path, re.sub(r"bind :443 .*", "bind 127.0.0.1:PORT", lines), need("haproxy"), "-f")
    try:
        # A failed check takes three times to count.
        for _ in range(20):
            assert get(outer.url + "/healthz")[2] == b"ok\n"
            time.sleep(0.02)
        with Client(outer.url, "Ada", headers={"Origin": outer.url.replace("http:", "https:")}) as ada:
            ada.expect("joined")
        assert "DOWN" not in (tmp_path / "log").read_text()
    finally:
        outer.stop()
