"""Signed tokens of a site with logins of its own (`--token-key`): who they are, what is refused, and when their sessions end."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from client import Client, Closed
from manual import block
from patience import scaled
from program import EventSource, Program

SECRET = "0123456789abcdef" * 4


class Signer:
    """The site's end: signs tokens, and has a file with the daemon's key."""

    def __init__(self, folder, algorithm):
        self.algorithm, self.file = algorithm, folder / f"{algorithm}.key"
        self.renew()

    def renew(self):
        if self.algorithm == "HS256":
            self.key = hashlib.sha256(str(time.time()).encode()).hexdigest()
            self.public = (self.key + "\n").encode()
        else:
            self.key = ec.generate_private_key(ec.SECP256R1()) if self.algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()
            self.public = public_pem(self.key)
        self.file.write_bytes(self.public)
        self.file.chmod(0o640)

    def sign(self, sub="7", seconds=3600, headers=None, key=None, algorithm=None, **claims):
        claims = {"sub": sub, "exp": time.time() + seconds, **claims}
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, key or self.key,
                          algorithm or self.algorithm, headers=headers)


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def encoded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def hs256(header, claims, secret):
    """As PyJWT, which refuses a public key as a secret."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


@pytest.fixture(params=["HS256", "ES256", "EdDSA"])
def signer(request, tmp_path):
    return Signer(tmp_path, request.param)


@pytest.fixture
def ed(tmp_path):
    return Signer(tmp_path, "EdDSA")


def refused(daemon, token, code="bad-token", part=""):
    """By `hello`, after which another one may follow, and by HTTP. A sentence never repeats what the client has sent."""
    with Client(daemon.path, hello=False) as client:
        client.send("hello", jwt=token)
        error = client.expect("error", code=code)
        assert part in error["message"] and (len(token) < 20 or token not in error["message"])
        client.send("hello", jwt=token)
        client.expect("error", code=code)
    if token and token.isascii() and " " not in token and "." in token and len(token) < 7000:
        answer = Program(daemon.path, token).ask("GET", "rooms")
        assert answer.problem(401, code)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_site_signs_its_users_in(serve, signer, tmp_path):
    """By WebSocket, by HTTP and by a stream; after kills; and the name follows the token."""
    options = ("--token-key", str(signer.file), "--ledger", str(tmp_path / "ledger"))
    daemon = serve(*options)
    with Client(daemon.path, "Guest") as guest, Client(daemon.path, jwt=signer.sign(name="Ada")) as ada:
        user = ada.welcome["user"]
        assert ada.name == "Ada" and "token" not in ada.welcome
        guest.until("system", event="joined", name="Ada", user=user)
        ada.say("by WebSocket")
        program = Program(daemon.path, signer.sign(name="Ada"))
        assert program.post("lobby", "by HTTP").status == 201
        event = guest.until("message", text="by HTTP")
        assert event["user"] == user and "bot" not in event
        with EventSource(daemon.path, signer.sign(name="Ada"), "lobby") as stream:
            assert stream.until("welcome")["user"] == user
            guest.say("live")
            stream.until("message", text="live")
        # A user whom only programs have known so far.
        new = Program(daemon.path, signer.sign("8", name="Eve"))
        assert new.post("lobby", "first").status == 201
        assert guest.until("message", text="first")["from"] == "Eve"
        with Client(daemon.path, jwt=signer.sign("8", name="Eve L.")) as eve:
            assert eve.name == "Eve"
            eve.until("renamed", name="Eve L.")
    daemon.kill()
    daemon = serve(*options)
    with Client(daemon.path, jwt=signer.sign(name="Ada")) as ada:
        assert ada.welcome["user"] == user
    with Client(daemon.path, jwt=signer.sign("8", name="Eve")) as eve:
        assert eve.name == "Eve L."
        eve.until("renamed", name="Eve")
    token = signer.sign(name="Ada")
    assert token not in daemon.log() and token.split(".")[2] not in daemon.log()


def test_what_is_refused(serve, signer, tmp_path):
    daemon = serve("--token-key", str(signer.file))
    other = Signer(tmp_path, signer.algorithm).key
    signer.file.write_bytes(signer.public)
    good = signer.sign()
    header, claims, signature = good.split(".")
    soon = {"sub": "7", "exp": time.time() + 3600}
    refused(daemon, signer.sign(key=other), part="not signed with")
    refused(daemon, jwt.encode(soon, None, "none"), part="algorithm")
    refused(daemon, f"{encoded({'alg': 'none'})}.{claims}.", part="algorithm")
    refused(daemon, f"{encoded({'alg': signer.algorithm})}.{claims}.", part="not signed with")
    refused(daemon, f"{encoded({'typ': 'JWT'})}.{claims}.{signature}", part="algorithm")
    # The bytes of the public key as a secret.
    for secret in [signer.public, signer.public.strip(), b""]:
        if signer.algorithm != "HS256":
            refused(daemon, hs256({"alg": "HS256"}, soon, secret), part="algorithm")
            refused(daemon, hs256({"alg": signer.algorithm}, soon, secret), part="not signed with")
    refused(daemon, signer.sign(headers={"crit": ["exp"], "exp": 1}), part="crit")
    refused(daemon, signer.sign(headers={"typ": "at+jwt"}), part="typ")
    for name, value in [("exp", None), ("exp", "soon"), ("sub", None), ("sub", "x" * 256), ("rooms", "lobby"), ("aud", "else"),
                        ("name", 7)]:
        text = f"{encoded({'alg': signer.algorithm})}.{encoded({k: v for k, v in (soon | {name: value}).items() if v is not None})}"
        refused(daemon, raw(signer, text), part=name)
    twice = encoded(b'{"sub":"7","exp":1,"exp":9999999999}')
    refused(daemon, raw(signer, f"{encoded({'alg': signer.algorithm})}.{twice}"), part="twice")
    refused(daemon, signer.sign(seconds=-61), "token-expired", "Get a new one")
    refused(daemon, signer.sign(nbf=time.time() + 70), part="not valid yet")
    for malformed in ["", "x", "a.b", f"{good}.x", f"{header}.{claims}.{signature}=", f"{header}=.{claims}.{signature}", "..",
                      f"{header}.{claims}.{signature[:-4]}", good + "A"]:
        refused(daemon, malformed)
    refused(daemon, signer.sign(padding="x" * 4000), part="4096 bytes")
    # What the clocks may differ by.
    for token in [signer.sign(seconds=-30), signer.sign(nbf=time.time() + 30), signer.sign(name="é" * 32, padding="x" * 2000)]:
        with Client(daemon.path, jwt=token):
            pass
    assert "at+jwt" not in daemon.log() and signature not in daemon.log()


def raw(signer, text):
    """A token of a text that PyJWT would not make."""
    if signer.algorithm == "HS256":
        return f"{text}.{encoded(hmac.digest(signer.key.encode(), text.encode(), 'sha256'))}"
    return f"{text}.{encoded(jwt.get_algorithm_by_name(signer.algorithm).sign(text.encode(), signer.key))}"


def test_the_end_of_a_token_ends_its_sessions(serve, ed, tmp_path):
    """Also over a planned restart and a replacement of the process; after a kill another token is needed."""
    daemon = serve("--token-key", str(ed.file), "--grace", "20", "--ledger", str(tmp_path / "ledger"))
    # A minute is for clocks that differ.
    end = time.time() + scaled(3)
    brief = ed.sign(seconds=end - 60 - time.time(), name="Ada", rooms=["den"])
    with Client(daemon.path, "Bob", rooms=["den"], create=True) as bob, Client(daemon.path, jwt=brief) as ada, \
            EventSource(daemon.path, brief, "den") as stream:
        stream.until("joined")
        daemon.restart()
        daemon.replace()
        ada.send("join", room="lobby")
        ada.until("error", code="no-such-room")
        ada.say("still here", room="den")
        stream.until("message", text="still here")
        with pytest.raises(Closed):
            while True:
                ada.next(scaled(20))
        assert ada.close_code == 4001 and "new one" in ada.close_reason
        assert end - 0.1 <= time.time() < end + scaled(5)
        closed = stream.until("close")
        assert closed["name"] == "close" and closed["code"] == 4001
        with pytest.raises(EOFError):
            stream.next()
        # It comes back with its position, and the others have not noticed.
        with ada.reconnect(jwt=ed.sign(name="Ada"), token=None, rooms=["den"]) as again:
            again.expect("joined", room="den", users=2)
            assert again.welcome["user"] == ada.welcome["user"]
            again.say("back", room="den")
            while (event := bob.next())["type"] != "message" or event["text"] != "back":
                assert event.get("event") != "left"
            # After a kill the token of the hello counts, which is checked again.
            daemon.process.kill()
            daemon.process.wait()
            daemon.start_next()
            restart = again.until("system", event="restart")
            again.send("hello", again=restart["again"], jwt=ed.sign(seconds=-61))
            again.until("error", code="token-expired")
            again.send("hello", jwt=ed.sign(), rooms=["den"])
            again.until("joined", room="den")


def test_only_users_of_the_site(serve, ed, chatrelay, tmp_path):
    """`--identity signed`, and another key by a reload."""
    settings = tmp_path / "settings"
    settings.write_text(f"CHATRELAY_IDENTITY=signed\nCHATRELAY_TOKEN_KEY={ed.file}\n")
    daemon = serve("--config", str(settings), "--control", str(tmp_path / "control"))

    def run(*words):
        return subprocess.run([chatrelay, *words, "--socket", tmp_path / "control"], text=True, capture_output=True, timeout=scaled(30))

    with Client(daemon.path, hello=False) as guest:
        guest.send("hello", name="Guest")
        guest.expect("error", code="bad-token")
    bot = run("bot", "add", "Ops").stdout.splitlines()[-1]
    assert Program(daemon.path, bot).ask("GET", "rooms").status == 200, "bots are the administrator's"
    with Client(daemon.path, jwt=ed.sign(name="Ada")) as ada, Client(daemon.path, token=bot):
        old = ed.sign()
        ed.renew()
        assert "Changed: token-key" in run("reload").stdout
        refused(daemon, old, part="not signed with")
        with Client(daemon.path, jwt=ed.sign()):
            ada.say("of the old key until its end")
            ada.until("message")
        ed.file.write_text("broken")
        answer = run("reload")
        assert answer.returncode == 1 and "Nothing was changed" in answer.stderr and "has 6 characters" in answer.stderr
        with Client(daemon.path, jwt=ed.sign()):
            pass


@pytest.mark.parametrize("before, after, words", [
    ("IDENTITY=token", "IDENTITY=signed", None), ("TOKEN_KEY={}", "TOKEN_KEY={} IDENTITY=proxy", None),
    ("TOKEN_KEY={} IDENTITY=signed", "IDENTITY=token", "Nothing has changed. After a restart only: identity, token-key.")])
def test_a_reload_accepts_what_the_next_start_does(serve, ed, chatrelay, tmp_path, before, after, words):
    settings, control = tmp_path / "settings", tmp_path / "control"

    def write(text):
        settings.write_text("".join(f"CHATRELAY_{word.format(ed.file)}\n" for word in text.split()))

    write(before)
    serve("--config", str(settings), "--control", str(control))
    write(after)
    check = subprocess.run([chatrelay, "serve", "--check", "--config", settings], text=True, capture_output=True, timeout=scaled(30), env={})
    done = subprocess.run([chatrelay, "reload", "--socket", control], text=True, capture_output=True, timeout=scaled(30))
    assert (done.returncode == 0) == (check.returncode == 0) == bool(words), (done, check)
    assert (words or "Nothing was changed") in done.stdout + done.stderr


def test_a_wrong_key_is_named(chatrelay, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    rsa_key = public_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    file = tmp_path / "key"

    def check(content, mode=0o640, *options):
        if content is not None:
            file.write_bytes(content)
            file.chmod(mode)
        done = subprocess.run([chatrelay, "serve", "--check", "--token-key", file, *options], text=True, capture_output=True,
                              timeout=scaled(30), env={})
        assert content is None or done.returncode or "is good" in done.stdout
        return done.returncode, done.stderr + done.stdout

    for content, part in [(None, "can read"), (b"", "it is empty"), (b"short\n", "openssl rand -hex 32"), (private, "-pubout"),
                          (rsa_key, "another kind"), (public_pem(key)[:-8], "no line"), (bytes(range(256)), "line"),
                          (b"x" * 20_000, "too long")]:
        status, said = check(content)
        assert status == 78 and said.count("\n") == 1 and f"--token-key: “{str(file)[:50]}" in said and part in said, said
    status, said = check((SECRET + "\n").encode(), 0o644)
    assert status == 78 and "chmod o=" in said and SECRET not in said
    assert check((SECRET + "\n").encode())[0] == check(public_pem(key), 0o644)[0] == 0
    status, said = check(public_pem(key), 0o644, "--identity", "proxy")
    assert status == 78 and "choose token or signed" in said
    done = subprocess.run([chatrelay, "serve", "--check", "--identity", "signed"], text=True, capture_output=True, timeout=scaled(30), env={})
    assert done.returncode == 78 and "--token-key" in done.stderr + done.stdout


def test_a_secret_reaches_the_service_as_a_credential(box, tmp_path):
    """As the manual writes it: a file of root's alone, which systemd passes on. A restart with another secret keeps the connections."""
    signer = Signer(tmp_path, "HS256")
    drop_in = "/etc/systemd/system/chatrelay.service.d/credential.conf"

    def give():
        box.write("/etc/chatrelay/token-key", signer.public.decode())
        box.run("chmod", "600", "/etc/chatrelay/token-key")

    give()
    box.write(drop_in, block("credential"))
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "chatrelay.socket")
    path = str(box.path("/run/chatrelay/chatrelay.sock"))
    try:
        with Client(path, jwt=signer.sign(name="Ada")) as ada:
            signer.renew()
            give()
            box.run("systemctl", "restart", "chatrelay.service")
            ada.say("still here")
            ada.until("message", text="still here")
            with Client(path, jwt=signer.sign("8", name="Bob")) as bob:
                bob.until("joined")
    finally:
        box.run("systemctl", "stop", "chatrelay.socket", "chatrelay.service")
        box.run("rm", "-r", drop_in, "/etc/chatrelay/token-key")
        box.run("systemctl", "daemon-reload")
        box.run("systemctl", "clean", "--what=state", "chatrelay.service")
