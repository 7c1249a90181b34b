"""Names from a login at the proxy: `--identity proxy`, behind nginx with its files for a login."""

import base64
import hashlib
import http.client
import http.server
import threading
import urllib.parse
import urllib.request

import pytest

from client import Client, Connection, Refused, request
from patience import scaled
from test_nginx import get

PASSWORDS = {"ada": "lovelace", "Zoë": "grün"}


def basic(name, password=None):
    """The header of a login."""
    login = f"{name}:{PASSWORDS[name] if password is None else password}"
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def connect(site, headers, name=None, **fields):
    return Client(site.url, name, headers=headers, **fields)


def refused(site, headers):
    """The answer to an upgrade that is not accepted."""
    with pytest.raises(Refused) as answer:
        connect(site, headers).leave()
    return answer.value


class Login(http.server.BaseHTTPRequestHandler):
    """A login service that knows users by a cookie."""

    def do_GET(self):
        user = dict(part.split("=") for part in self.headers.get("Cookie", "").split("; ") if part).get("login")
        self.server.asked.append((self.path, self.headers["X-Original-URI"]))
        self.send_response(200 if user else 401)
        if user not in (None, "nobody"):
            self.send_header("X-User", user)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def login():
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Login)
    service.asked = []
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


@pytest.fixture
def basic_site(sites):
    site = sites("--identity", "proxy", auth="auth-basic.conf", changes=[("/etc/nginx/chatrelay.htpasswd", "htpasswd")])
    lines = [f"{name}:{hashed(password)}\n" for name, password in PASSWORDS.items()]
    (site.directory / "htpasswd").write_text("".join(lines))
    return site


def hashed(password):
    """A scheme that nginx itself implements; htpasswd makes better ones."""
    salt = b"salt"
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + salt).digest() + salt).decode()


@pytest.fixture
def request_site(sites, login):
    return sites("--identity", "proxy", auth="auth-request.conf",
                 changes=[("127.0.0.1:9091", f"127.0.0.1:{login.server_port}")])


# By password

def test_the_login_is_the_name_and_can_not_be_changed(basic_site):
    with connect(basic_site, basic("ada"), "Somebody else", token="0" * 32) as ada:
        assert ada.welcome["name"] == "ada" and "token" not in ada.welcome
        ada.expect("joined", room="lobby", users=1)
        ada.send("rename", name="Augusta")
        ada.expect("error", code="name-fixed")
        ada.say("hello")
        ada.expect("message", **{"from": "ada"})
    with connect(basic_site, basic("Zoë")) as zoe:
        assert zoe.name == "Zoë"


@pytest.mark.parametrize("kind", ["basic_site", "request_site"])
def test_monitoring_needs_no_login(request, kind):
    with urllib.request.urlopen(request.getfixturevalue(kind).url + "/healthz", timeout=scaled(10)) as answer:
        assert answer.read() == b"ok\n"


def test_two_sessions_of_a_login_are_one_user(basic_site):
    with connect(basic_site, basic("ada")) as desk, connect(basic_site, basic("ada")) as phone, \
            connect(basic_site, basic("Zoë")) as zoe:
        desk.expect("joined", users=1)
        phone.expect("joined", users=1)
        assert desk.expect("system", event="joined", name="Zoë", users=2) == phone.next()
        zoe.expect("joined", users=2)
        zoe.tell("ADA", "psst")
        assert desk.expect("private", text="psst") == phone.next() == zoe.next()


@pytest.mark.parametrize("headers", [{}, basic("ada", "wrong"), basic("ada", ""), basic("root", "x"),
                                     {"X-Remote-User": "ada"}, {"x-remote-user": "ada"}, {"X_Remote_User": "ada"},
                                     basic("ada", "wrong") | {"X-Remote-User": "ada"}],
                         ids=["nothing", "wrong password", "no password", "unknown", "smuggled", "lower case", "underscores",
                              "both"])
def test_connections_without_the_password_are_refused(basic_site, headers):
    assert refused(basic_site, headers).status == 401
    policies = set()
    for page in ("/", "/chatrelay.js"):
        status, fields, _ = get(basic_site.url + page, **headers)
        assert status == 401 and fields["WWW-Authenticate"].startswith("Basic") and fields["Content-Security-Policy"]
        policies.add(fields["Content-Security-Policy"])
    # It stands twice in page.conf, because nginx's locations do not add to the lines of their server.
    assert len(policies) == 1


def test_the_page_is_served_with_the_password(basic_site):
    assert get(basic_site.url + "/", **basic("ada"))[0] == 200


def test_a_login_can_not_send_another_name(basic_site):
    for smuggled in ({"X-Remote-User": "Zoë".encode().decode("latin-1")}, {"X_Remote_User": "root"}):
        with connect(basic_site, basic("ada") | smuggled) as ada:
            assert ada.name == "ada"


# By a service

def test_a_service_names_the_user(request_site, login):
    cookie = {"Cookie": "login=grace"}
    with connect(request_site, cookie | {"X-Remote-User": "root", "X-User": "root"}) as grace, \
            connect(request_site, cookie) as phone, connect(request_site, {"Cookie": "login=linus"}) as linus:
        assert grace.name == phone.name == "grace" and linus.name == "linus"
        linus.until("joined", users=2)
    assert login.asked[0] == ("/verify", "/ws")
    assert get(request_site.url + "/", **cookie)[0] == 200


@pytest.mark.parametrize("headers", [{}, {"X-User": "root", "X-Remote-User": "root"}, basic("ada")],
                         ids=["nothing", "smuggled", "password"])
def test_without_a_login_the_page_redirects_to_it(request_site, headers):
    assert redirected_to(request_site.port, headers) == request_site.url + "/"
    assert refused(request_site, headers).status == 401


def redirected_to(port, headers={}):
    """The page to which the login returns."""
    connection = http.client.HTTPConnection("localhost", port, timeout=scaled(10))
    connection.request("GET", "/", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 302 and answer.headers["Content-Security-Policy"]
    connection.close()
    return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["return"][0]


def test_a_service_that_names_no_user_refuses(request_site):
    assert refused(request_site, {"Cookie": "login=nobody", "X-Remote-User": "root"}).status == 403


def test_the_location_of_the_service_is_internal(request_site, login):
    assert get(request_site.url + "/chatrelay-auth", Cookie="login=grace")[0] == 404


# Without a login in front

@pytest.mark.parametrize("headers", [{}, {"X-Remote-User": "root"}, basic("ada")], ids=["nothing", "smuggled", "password"])
def test_a_site_without_a_login_refuses_connections(sites, headers):
    site = sites("--identity", "proxy")
    answer = refused(site, headers)
    assert answer.status == 403
    body = answer.body
    assert "X-Remote-User" in body and body.endswith(".\n") and body.count("\n") == 1
    assert "403" in site.daemon.log() and "X-Remote-User" in site.daemon.log()


def test_with_tokens_the_header_is_ignored(site):
    with connect(site, {"X-Remote-User": "root"} | basic("ada")) as someone:
        assert someone.name not in ("root", "ada") and len(someone.token) == 32


@pytest.mark.parametrize("name", [None, "", "n" * 33, "\x01", "a\u200bb\u202e"])
def test_the_daemon_refuses_a_missing_or_invalid_name(serve, name):
    daemon = serve("--identity", "proxy")
    with Connection(daemon.path, upgrade=False) as connection:
        connection.send(request(X_Remote_User=name.encode().decode("latin-1") if name else name))
        status, _, body = connection.response()
        assert status in (400, 403) and body.count("\n") == 1 and connection.at_end()


def test_two_logins_that_look_the_same_are_two_users(serve):
    daemon = serve("--identity", "proxy")
    with Client(daemon.path, headers={"X-Remote-User": "ada"}) as ada, \
            Client(daemon.path, hello=False, headers={"X-Remote-User": "ADA"}) as other:
        other.send("hello")
        assert "ada" in other.expect("error", code="name-taken")["message"]
        assert ada.name == "ada"


def test_a_login_is_the_same_user_after_a_restart(serve, tmp_path):
    headers = {"X-Remote-User": "ada"}
    for start in range(2):
        daemon = serve("--identity", "proxy", "--ledger", str(tmp_path / "ledger"))
        with Client(daemon.path, headers=headers) as ada:
            ada.say("once")
            ada.until("ack" if start else "message", id="once")
        daemon.kill()
