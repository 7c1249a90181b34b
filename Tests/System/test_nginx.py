"""The page and the WebSocket through nginx with the site of this repository. test_chat.py runs through it, too."""

import gzip
import http.client
import os
import socket
import urllib.error
import urllib.request

import pytest

from client import Client, Connection, Refused, command
from manual import block
from pages import CONTENT_TYPE, families
from patience import scaled, wait_until
from website import free_port


def get(url, **headers):
    """Status, header fields and body of a GET, whatever the status is."""
    wanted = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(wanted, timeout=scaled(10)) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get_or_none(url):
    """The status; None where nothing listens."""
    try:
        return get(url)[0]
    except urllib.error.URLError:
        return None


def test_the_page_is_served_with_its_security_headers(site):
    status, headers, body = get(site.url + "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html") and b"<script" in body
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")}
    assert policy["default-src"] in (["'none'"], ["'self'"])
    assert policy["script-src"] == ["'self'"]
    assert not any("unsafe" in word for words in policy.values() for word in words)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "nginx/" not in (headers["Server"] or "")


def test_an_error_page_has_the_headers_too(site):
    status, headers, _ = get(site.url + "/no-such-page")
    assert status == 404
    assert headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/../nginx.conf", "/%2e%2e/nginx.conf", "/.git/config", "//etc/passwd", "/page/"])
def test_only_the_files_of_the_page_are_served(site, path):
    assert get(site.url + path)[0] in (400, 403, 404)


def test_an_unchanged_file_is_not_sent_again(site):
    _, headers, _ = get(site.url + "/chatrelay.js")
    assert headers["Content-Type"].startswith("text/javascript") and headers["Cache-Control"]
    status, _, body = get(site.url + "/chatrelay.js", If_None_Match=headers["ETag"])
    assert status == 304 and body == b""


def test_text_is_compressed(site):
    _, headers, body = get(site.url + "/chatrelay.js", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip" and headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == get(site.url + "/chatrelay.js")[2]


def test_a_request_without_an_upgrade_is_answered_by_the_daemon(site):
    status, headers, body = get(site.url + "/ws")
    assert status == 426 and is_sentence(body) and headers["Content-Type"].startswith("text/plain")
    assert b"the lines Upgrade and Connection" in body


@pytest.mark.parametrize("origin, expected", [("https://evil.example", 403), (None, 426)])
def test_a_plain_request_is_refused_as_its_handshake_would_be(site, origin, expected):
    """A browser hides the answer to a handshake, so the page asks in this way."""
    wanted = urllib.request.Request(site.url + "/ws", method="POST", headers={"Origin": origin or site.url})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(wanted, timeout=scaled(10))
    assert refused.value.code == expected and refused.value.headers["Content-Type"].startswith("text/plain")


def test_health_is_served_to_this_machine(site):
    status, headers, body = get(site.url + "/healthz")
    assert status == 200 and body == b"ok\n" and "X-Content-Type-Options" in headers


def test_metrics_are_served_to_nobody_until_an_address_is_named(site, sites):
    """Through another proxy on this machine, everybody would have its address."""
    assert get(f"http://127.0.0.1:{site.port}/metrics")[0] == 403
    status, headers, body = get(f"http://127.0.0.1:{sites(allowed='127.0.0.1').port}/metrics")
    assert status == 200 and headers["Content-Type"] == CONTENT_TYPE and families(body.decode())
    assert "X-Content-Type-Options" in headers


def test_metrics_have_a_port_of_their_own(site):
    """As the manual shows it."""
    port = free_port()
    (site.directory / "site.conf").open("a").write(site.adapted(block("metrics").replace("9114", f"{port}")))
    site.reload_nginx()
    wait_until(lambda: get_or_none(f"http://127.0.0.1:{port}/metrics") == 200, what="the new port")
    assert get(f"http://127.0.0.1:{port}/healthz")[0] == 404


@pytest.mark.parametrize("target", ["/healthz", "/metrics", "/metrics?x", "/./metrics", "/%6detrics"])
def test_monitoring_is_not_served_to_others(site, target):
    with socket.create_connection(("127.0.0.1", site.port), scaled(10), ("127.0.0.42", 0)) as client:
        client.sendall(f"GET {target} HTTP/1.0\r\nHost: localhost\r\nX-Real-IP: 127.0.0.1\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 403 ") and b"chatrelay_" not in answer


@pytest.mark.skipif(not socket.has_ipv6 or not open("/proc/net/if_inet6").read(), reason="this machine has no IPv6")
def test_the_site_is_served_over_ipv6(site):
    assert get(f"http://[::1]:{site.port}/")[0] == 200
    with Client(socket.create_connection(("::1", site.port)), "Ada") as ada:
        ada.expect("joined")


# Other paths

@pytest.fixture
def path_site(sites):
    """The site, and the page once more under /chat/, as the manual shows it."""
    return sites(lines=block("a path"))


def test_the_page_can_be_under_a_path(path_site):
    status, headers, body = get(path_site.url + "/chat/")
    assert status == 200 and b"<script" in body and headers["Content-Security-Policy"]
    status, headers, body = get(path_site.url + "/chat/chatrelay.js")
    assert status == 200 and headers["Content-Type"].startswith("text/javascript") and headers["Cache-Control"]
    assert [get(path_site.url + path)[0] for path in ("/chat/no-such-page", "/chat/page", "/chat/../nginx.conf")] == [404, 404, 404]
    with Connection(path_site.url, upgrade=False) as connection:
        connection.upgrade(line="GET /chat/ws?x=1 HTTP/1.1", Host=f"localhost:{path_site.port}", Origin=path_site.url)
        connection.send(command("hello", name="Ada"))
        assert connection.until("welcome")["name"] == "Ada"
    status, _, body = get(path_site.url + "/chat/ws")
    assert status == 426 and b"Upgrade" in body


@pytest.mark.parametrize("path, target", [("/chat", "/chat/")])
def test_a_redirect_names_only_the_path(path_site, path, target):
    """nginx knows neither the scheme nor the port that the browser sees."""
    assert redirected(path_site, path) == (301, target)


@pytest.mark.parametrize("path", ["/page", "/page/", "/chat/page", "/chat/style"])
def test_a_folder_is_not_a_page(path_site, path):
    assert redirected(path_site, path) == (404, None)


def redirected(site, path):
    """Status and target of an answer."""
    connection = http.client.HTTPConnection("localhost", site.port, timeout=scaled(10))
    connection.request("GET", path)
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers["Location"]


def test_one_server_has_two_instances(sites, serve):
    """The second one's location is the manual's, with another path and socket."""
    second = serve("--rooms", "hall")
    os.chmod(second.path, 0o666)
    os.chmod(os.path.dirname(second.path), 0o755)
    location = "location = /chat/ws" + block("a path").rpartition("location = /chat/ws")[2]
    other = location.replace("/chat/ws", "/hall/ws").replace("/run/chatrelay/chatrelay.sock", second.path)
    site = sites(lines=location + other)
    for path, rooms in ("/ws", ["lobby"]), ("/chat/ws", ["lobby"]), ("/hall/ws", ["hall"]):
        with Connection(site.url, upgrade=False) as connection:
            connection.upgrade(line=f"GET {path} HTTP/1.1")
            connection.send(command("hello", name="Ada"))
            assert connection.until("welcome")["rooms"] == rooms


# What a page can show whose WebSocket has failed

def test_nginx_says_in_a_sentence_that_the_daemon_can_not_be_reached(site):
    (site.directory / "chat.sock").unlink()
    status, headers, body = get(site.url + "/ws")
    assert status == 502 and headers["Content-Type"].startswith("text/plain") and is_sentence(body) and b"error log" in body


def test_the_daemon_says_in_a_sentence_why_an_origin_is_refused(site):
    """Behind a proxy that sets Host to its own target."""
    status, _, body = get(site.url + "/ws", Origin="https://chat.example.org")
    assert status == 403 and is_sentence(body)
    assert f"https://chat.example.org” may not connect to “localhost:{site.port}”" in body.decode()
    assert "refused with 403: Pages of “https://chat.example.org” may not connect to “localhost" in site.daemon.log()


def is_sentence(body):
    return body.endswith(b".\n") and body.count(b"\n") == 1 and b"<" not in body


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_origin_of_the_page_may_connect(site, host):
    with Client(f"http://{host}:{site.port}", "Ada", headers={"Origin": f"http://{host}:{site.port}"}) as ada:
        ada.expect("joined")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_other_origins_may_not_connect(site, origin):
    with pytest.raises(Refused) as refused:
        Client(site.url, "Eve", headers={"Origin": origin})
    assert refused.value.status == 403


def test_the_clients_real_address_reaches_the_log(site):
    with Client(f"http://127.0.0.1:{site.port}", "Ada", source="127.0.0.42"):
        pass
    assert "Ada connected from 127.0.0.42" in site.daemon.log()


def test_a_client_can_not_claim_another_address(site):
    with Client(site.url, "Ada", headers={"X-Real-IP": "203.0.113.7"}):
        pass
    assert "203.0.113.7" not in site.daemon.log()


def test_while_the_daemon_is_down_connections_wait_and_then_get_what_they_missed(sites, tmp_path):
    ledger = ["--ledger", str(tmp_path / "ledger")]
    site = sites(*ledger)
    with Client(site.url, "Ada") as ada, Client(site.url, "Bob") as bob:
        bob.say("received")
        bob.until("message", text="received")
        bob.leave()
        ada.say("missed")
        ada.tell("Bob", "psst")
        ada.until("private", text="psst")
        site.stop_daemon()
        assert ada.expect_close() == 1001
    assert get(site.url + "/")[0] == 200
    site.start_daemon(*ledger)
    with bob.reconnect(histories=True) as bob:
        bob.expect("message", text="missed")
        bob.expect("private", text="psst")
        bob.expect("joined", room="lobby", users=1)
    assert "[error]" not in site.error_log(), site.error_log()
