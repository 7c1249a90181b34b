"""How nginx serves the tutorial's page, /socket.io/ and the Socket.IO client; the script that gets the client."""

import base64
import hashlib
import re
import subprocess
import urllib.request

import pytest
from manual import block
from patience import scaled
from test_identity import basic, basic_site, login, request_site  # noqa: F401  (fixtures)
from test_nginx import get
from website import REPOSITORY

PAGE = REPOSITORY / "nginx" / "html" / "tutorial" / "index.html"
CLIENT_SHA256 = "b0e735814f8dcfecd6cdb8a7ce95a297a7e1e5f2727a29e6f5901801d52fa0c5"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize("tag, directive", [("script", "script-src"), ("style", "style-src")])
def test_the_policy_allows_what_is_in_the_page(site, tag, directive):
    inline = re.findall(f"<{tag}>(.*?)</{tag}>", PAGE.read_text(), re.DOTALL)
    assert len(inline) == 1
    policy = policy_of(get(site.url + "/tutorial/")[1])
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy[directive], f"the site must have this hash in {directive}"


def policy_of(headers):
    return {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")}


def test_the_policy_allows_nothing_else(site):
    policy = policy_of(get(site.url + "/tutorial/")[1])
    assert policy["default-src"] == ["'none'"] and policy["connect-src"] == ["'self'"]
    assert len(policy["script-src"]) == 2 and len(policy["style-src"]) == 1
    assert not any("unsafe" in word or "*" in word for words in policy.values() for word in words)


@pytest.mark.parametrize("path, status", [("/tutorial/", 200), ("/tutorial", 200), ("/tutorial/index.html", 200),
                                          ("/tutorial/no-such-page", 404)])
def test_all_other_headers_are_those_of_the_chat_page(site, path, status):
    fields = re.findall(r'^add_header (\S+) "(.*)" always;$', (REPOSITORY / "nginx" / "page.conf").read_text(), re.MULTILINE)
    answer, headers, _ = get(site.url + path)
    assert answer == status and "'sha256-" in headers["Content-Security-Policy"]
    assert len(fields) > 5
    for name, value in fields:
        assert headers[name] == value or name == "Content-Security-Policy", name


def test_the_client_is_served_as_it_was_published(sites, socket_io_client):
    status, headers, body = get(sites(client=socket_io_client).url + "/socket.io/socket.io.js")
    assert status == 200 and headers["Content-Type"].startswith("text/javascript") and headers["ETag"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert hashlib.sha256(body).hexdigest() == CLIENT_SHA256


def test_without_the_client_all_else_works(site):
    assert get(site.url + "/socket.io/socket.io.js")[0] == 404
    status, _, body = get(site.url + HANDSHAKE)
    assert status == 200 and body.startswith(b"0{")


@pytest.mark.parametrize("path", [HANDSHAKE, HANDSHAKE + "&sid=AAAAAAAAAAAAAAA", "/socket.io/?EIO=4&transport=websocket"])
@pytest.mark.parametrize("kind, headers", [("basic_site", basic("ada")), ("request_site", {"Cookie": "login=ada"})],
                         ids=["password", "service"])
def test_a_login_covers_clients_of_socket_io(request, kind, headers, path):
    """A client can't follow a redirect to the login's page."""
    login_site = request.getfixturevalue(kind)
    smuggled = {"X-Remote-User": "root", "X-User": "root"}
    assert get(login_site.url + path)[0] == get(login_site.url + path, **smuggled)[0] == 401
    assert get(login_site.url + path, **headers)[0] == (200 if path == HANDSHAKE else 400)


def test_the_endpoint_can_be_under_a_path(sites):
    """With the lines of the manual, in a server that allows no larger bodies than 1k by itself."""
    site = sites(lines=block("a path"))
    status, _, body = get(site.url + HANDSHAKE.replace("/socket.io/", "/chat/socket.io/"))
    assert status == 200
    sid = re.search(rb'"sid":"([^"]+)"', body)[1].decode()
    url = f"{site.url}/chat/socket.io/?EIO=4&transport=polling&sid={sid}"
    for packets in "40", f'42["chat message","{"x" * 8000}"]':
        with urllib.request.urlopen(url, packets.encode(), timeout=scaled(10)) as answer:
            assert answer.read() == b"ok"
        assert get(url)[2].startswith(packets[:2].encode())


# The script that gets the client

def test_where_the_client_can_not_be_had_one_sentence_says_what_to_do(tmp_path):
    """Of a copy of the script, which has kept nothing."""
    script = tmp_path / "systemd" / "socket.io-client"
    script.parent.mkdir()
    script.write_bytes((REPOSITORY / "systemd" / "socket.io-client").read_bytes())
    done = subprocess.run(["bash", script, tmp_path / "folder"], text=True, capture_output=True, timeout=scaled(60),
                          env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"})
    assert done.returncode == 1 and done.stdout == "" and not (tmp_path / "folder").exists()
    assert done.stderr.count("\n") == 1 and done.stderr.endswith(".\n") and "is missing" in done.stderr


def test_a_kept_file_that_was_changed_is_not_installed(socket_io_client, tmp_path):
    script = tmp_path / "systemd" / "socket.io-client"
    kept = tmp_path / ".build" / "socket.io-client" / "socket.io.min.js"
    for path in script, kept:
        path.parent.mkdir(parents=True)
    script.write_bytes((REPOSITORY / "systemd" / "socket.io-client").read_bytes())
    (tmp_path / "LICENSE").write_bytes((REPOSITORY / "LICENSE").read_bytes())
    right = (socket_io_client / "socket.io.min.js").read_bytes()
    for content, status in (right + b"\n", 1), (right, 0):
        kept.write_bytes(content)
        done = subprocess.run(["bash", script, tmp_path / "folder"], text=True, capture_output=True, timeout=scaled(60),
                              env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"})
        assert done.returncode == status, done
    assert (tmp_path / "folder" / "socket.io.min.js").read_bytes() == right
    license = (tmp_path / "folder" / "LICENSE").read_text()
    assert "Guillermo Rauch" in license and "Chatrelay" not in license and "Permission is hereby granted" in license
