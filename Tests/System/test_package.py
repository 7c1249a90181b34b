"""The Debian package: installed beside a running nginx, used, upgraded, removed and purged; manuals and settings file.
(test_debian.py does the same on the next Debian.)"""

import contextlib
import os
import re
import shutil
import subprocess

import pytest

import box as box_module
from client import Client
from patience import wait_until
from website import REPOSITORY

SOCKET = "/run/chatrelay/chatrelay.sock"
SERVES = "524aa91b2b1842b6bb9070195ab74f80"  # a record of the catalog
PORT = 3000


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


@pytest.fixture(scope="session")
def packages(chatrelay, tmp_path_factory):
    """Two packages of the same program, one an upgrade of the other."""
    folder = tmp_path_factory.mktemp("packages")
    script = REPOSITORY / "systemd" / "package"
    return [run(script, folder, env=os.environ | {"CHATRELAY": chatrelay, "VERSION": version}).strip()
            for version in ("0.0.1", "99.0")]


@pytest.fixture
def debian():
    """A box with nginx running, and without Chatrelay."""
    with machine() as box:
        yield box


@contextlib.contextmanager
def machine(root="/"):
    """A box with nginx running, and without Chatrelay. `root`: the files that it begins with."""
    if reason := box_module.missing():
        pytest.skip(reason)
    with box_module.Box(root) as box:
        box.run("sh", "-c", "rm -f /etc/nginx/sites-enabled/*")
        # Build machines forbid packages to start services.
        box.run("rm", "-f", "/usr/sbin/policy-rc.d")
        box.write("/etc/nginx/sites-enabled/other", "server { listen 8080; return 200 other; }\n")
        box.run("systemctl", "start", "nginx")
        yield box


def names(depends):
    """The packages that a field Depends names."""
    return {word.split()[0].partition(":")[0] for word in depends.split(",")}


def get(box, port, path="/"):
    """Status and body of an answer of nginx in the box."""
    with box.connect(port) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1]), answer.partition(b"\r\n\r\n")[2].decode()


def reload_nginx(box, port):
    """Reloads nginx, and waits until it has opened a new port, which comes after the end of the command."""
    box.run("systemctl", "reload", "nginx")
    refused = 7
    wait_until(lambda: box.run("curl", "--silent", f"http://127.0.0.1:{port}/", check=False).returncode != refused,
               what=f"nginx on port {port}")


def install(box, package):
    box.put(package, "/root/chatrelay.deb")
    return box.output("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--install", "/root/chatrelay.deb")


def connect(box, name=None, **fields):
    return Client(str(box.path(SOCKET)), name, **fields)


def active(box, unit):
    return box.output("systemctl", "show", unit, "-P", "ActiveState")


def test_install_use_upgrade_remove_purge(debian, packages):
    live(debian, packages)


def live(debian, packages, meanwhile=lambda: None):
    """The life of the package in a box: installed, used, upgraded, removed, purged. `meanwhile` runs before the upgrade."""
    old, new = packages
    printed = install(debian, old)
    assert "sites-available/chatrelay" in printed, "names what is left to do"
    # The other site goes on, and nothing of Chatrelay is served before the administrator enables it.
    assert get(debian, 8080) == (200, "other")
    debian.run("nginx", "-t", "-q")
    assert active(debian, "chatrelay.socket") == active(debian, "chatrelay-control.socket") == "active"
    assert active(debian, "chatrelay.service") == "inactive"
    assert debian.output("systemctl", "is-enabled", "chatrelay.socket") == "enabled"
    units = [f"/usr/lib/systemd/system/chatrelay{name}" for name in (".socket", "-control.socket", ".service", "-notify@.service")]
    assert debian.output("systemd-analyze", "verify", *units) == "", "with their manuals"
    assert "Defined-By: chatrelay" in debian.output("journalctl", "--dump-catalog", SERVES)

    debian.run("ln", "-s", "../sites-available/chatrelay", "/etc/nginx/sites-enabled/")
    debian.run("nginx", "-t", "-q")
    reload_nginx(debian, PORT)
    assert "Chatrelay" in get(debian, PORT)[1]
    assert get(debian, PORT, "/healthz") == (200, "ok\n")
    with connect(debian, "Ada") as ada:
        ada.say("kept")
        number = ada.until("message", id="kept")["seq"]
    assert "0.1.0" in debian.output("chatrelay", "--version")
    # From the command line: a post, and a unit that reports its failure, beside a reader that follows the room.
    debian.run("sh", "-c", "echo 'The backup is done' | chatrelay post ops")
    debian.write("/etc/systemd/system/backup@.service", "[Unit]\nOnFailure=chatrelay-notify@%n.service\n[Service]\nExecStart=/bin/false\n")
    debian.run("systemctl", "daemon-reload")
    debian.run("systemctl", "start", "backup@db-1.service")
    tail = debian.output("sh", "-c", "chatrelay tail ops >/root/tail & until grep -q failed /root/tail; do sleep 0.1; done; kill $!; cat /root/tail")
    assert "chatrelay: The backup is done\n" in tail
    assert f"chatrelay: `backup@db-1.service` on {debian.output('hostname')} has failed: exit-code (1)\n" in tail
    debian.run("rm", "/etc/systemd/system/backup@.service")

    meanwhile()
    # An upgrade keeps messages, settings, disabled units and connections.
    debian.write("/etc/default/chatrelay", "CHATRELAY_TEXT_BYTES=10\n")
    debian.run("systemctl", "disable", "chatrelay-control.socket")
    pid = debian.output("systemctl", "show", "chatrelay.service", "-P", "MainPID")
    with Client(debian.connect(PORT), "Bob") as bob:
        install(debian, new)
        bob.say("still here")
        numbers = [number, bob.until("message", id="still-here")["seq"]]
        assert "Took back 1 connection in " in debian.output("systemctl", "status", "chatrelay.service")
    assert active(debian, "chatrelay.service") == "active"
    assert debian.output("systemctl", "show", "chatrelay.service", "-P", "MainPID") != pid
    assert debian.run("systemctl", "is-enabled", "chatrelay-control.socket", check=False).stdout.strip() == "disabled"
    with connect(debian, token=ada.token, histories=True) as ada:
        assert ada.welcome["limits"]["text"] == 10
        assert [message["seq"] for message in ada.until("history", room="lobby")["messages"]] == numbers
    assert get(debian, 8080) == (200, "other")

    # A further instance goes with the package.
    debian.run("systemctl", "start", "chatrelay@blue.socket", "chatrelay-control@blue.socket")
    with Client(str(debian.path("/run/chatrelay/blue/chatrelay.sock")), "Blue") as blue:
        blue.say("hello")
        blue.until("message", id="hello")

    # Removed: nothing runs, messages and settings stay, nginx starts.
    debian.run("dpkg", "--remove", "chatrelay")
    assert debian.run("systemctl", "list-units", "--no-legend", "chatrelay*").stdout.strip() == ""
    assert not debian.path(SOCKET).exists() and not debian.path("/usr/bin/chatrelay").exists()
    assert debian.path("/etc/default/chatrelay").exists()
    debian.run("test", "-s", "/var/lib/private/chatrelay/ledger")
    debian.run("systemctl", "restart", "nginx")
    install(debian, new)
    with connect(debian, token=ada.token) as ada:
        assert ada.name == "Ada"

    # Purged: nothing is left.
    debian.run("dpkg", "--purge", "chatrelay")
    debian.run("systemctl", "restart", "nginx")
    assert get(debian, 8080) == (200, "other")
    assert "Defined-By" not in debian.run("journalctl", "--dump-catalog", SERVES, check=False).stdout
    left = debian.output("find", "/etc", "/usr", "/var/lib", "/run", "-iname", "*chatrelay*", "-not", "-path", "*/.cache/*")
    ours = [path for path in left.splitlines() if not path.startswith(str(REPOSITORY))]
    assert ours == [], ours


def test_installation_beside_a_broken_nginx_configuration(debian, packages):
    debian.write("/etc/nginx/sites-enabled/broken", "nonsense;\n")
    install(debian, packages[0])
    assert active(debian, "nginx") == "active" and get(debian, 8080) == (200, "other")


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian_finds_no_errors(packages):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", packages[0]], text=True,
                           capture_output=True)
    assert found.returncode == 0, found.stdout


def test_it_depends_on_what_the_program_needs(packages):
    depends = run("dpkg-deb", "--field", packages[0], "Depends")
    # Names that Debian has not changed for many years. Swift's libraries and utf8proc are linked into the program.
    assert names(depends) <= {"init-system-helpers", "libc6", "libgcc-s1", "libsqlite3-0", "libstdc++6", "libsystemd0", "systemd",
                              "zlib1g"}
    assert {"libc6", "libsqlite3-0", "libsystemd0"} <= names(depends)


def test_the_manual_names_every_option_and_command(chatrelay):
    manual = run("man", "-E", "UTF-8", "-l", REPOSITORY / "systemd" / "chatrelay.1", env={"MANWIDTH": "200", "LC_ALL": "C.UTF-8"})
    manual = manual.replace("‐", "-").replace("−", "-")
    options = set(re.findall(r"--[a-z][a-z-]+", run(chatrelay, "serve", "--help"))) - {"--version", "--help"}
    commands = re.findall(r"^  ([a-z]+) ", run(chatrelay, "--help").partition("SUBCOMMANDS:")[2], re.MULTILINE)
    assert len(options) > 20 and len(commands) > 12
    for option in options:
        assert re.search(rf"(?<![-\w]){option}(?![-\w])", manual), option
    for command in commands:
        assert re.search(rf"^\s+.*\b{command}\b", manual, re.MULTILINE), command


def test_the_settings_file_names_every_setting(chatrelay):
    text = (REPOSITORY / "systemd" / "default").read_text()
    named = {name.removeprefix("CHATRELAY_").lower().replace("_", "-") for name in re.findall(r"^#(CHATRELAY_\w+)=", text, re.M)}
    options = {option.removeprefix("--") for option in re.findall(r"--[a-z][a-z-]+", run(chatrelay, "serve", "--help"))}
    assert named == options - {"version", "help", "check", "config", "listen", "control", "ledger"}


def test_each_option_and_variable_is_a_setting(chatrelay, tmp_path):
    """No setting allows an empty value: each one is refused by its name, wherever it stands."""
    options = set(re.findall(r"--[a-z][a-z-]+", run(chatrelay, "serve", "--help"))) - {"--version", "--help", "--check", "--config"}
    for option in options:
        checked = subprocess.run([chatrelay, "serve", "--check", option, ""], text=True, capture_output=True)
        assert checked.returncode == 78 and f"{option}: “” is not allowed" in checked.stderr
        variable = "CHATRELAY_" + option.removeprefix("--").upper().replace("-", "_")
        (tmp_path / "settings").write_text(f"{variable}=\n")
        checked = subprocess.run([chatrelay, "serve", "--check", "--config", tmp_path / "settings"], text=True, capture_output=True)
        assert checked.returncode == 78 and f"settings line 1 ({variable}): “” is not allowed" in checked.stderr


def test_the_settings_file_names_valid_defaults(chatrelay, tmp_path):
    """With each line in force, no setting is refused."""
    text = re.sub(r"^#(CHATRELAY_\w+=.+)$", r"\1", (REPOSITORY / "systemd" / "default").read_text(), flags=re.M)
    (tmp_path / "settings").write_text(text)
    checked = subprocess.run([chatrelay, "serve", "--check", "--config", tmp_path / "settings"], text=True, capture_output=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("page", ["chatrelay.1", "chatrelay.service.8"])
def test_the_manuals_are_sound(page):
    read = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", REPOSITORY / "systemd" / page], text=True,
                          capture_output=True)
    assert read.returncode == 0 and read.stderr == ""


# From a checkout

@pytest.fixture
def tree(chatrelay, tmp_path):
    """Runs systemd/install for a folder."""
    def install(*words, status=0, **environment):
        done = subprocess.run([REPOSITORY / "systemd" / "install", *words], text=True, capture_output=True,
                              env=os.environ | {"CHATRELAY": chatrelay, "DESTDIR": str(tmp_path)} | environment)
        assert done.returncode == status, done
        return done.stderr
    install.path = tmp_path
    return install


def test_install_puts_files_in_their_places(tree):
    tree()
    unit = (tree.path / "usr/local/lib/systemd/system/chatrelay.service").read_text()
    assert "ExecStart=/usr/local/bin/chatrelay serve" in unit and "ExecReload=+/usr/local/bin/chatrelay" in unit
    assert "root /usr/local/share/chatrelay/html;" in (tree.path / "etc/nginx/sites-available/chatrelay").read_text()
    assert (tree.path / "usr/local/share/chatrelay/html/page/app.js").is_file()
    assert os.access(tree.path / "usr/local/bin/chatrelay", os.X_OK)
    tree(SOCKET_GROUP="nginx")
    assert "SocketGroup=nginx" in (tree.path / "usr/local/lib/systemd/system/chatrelay.socket").read_text()
    tree("--uninstall")
    left = sorted(str(path.relative_to(tree.path)) for path in tree.path.rglob("*") if path.is_file())
    assert left and all(path.startswith("etc/") for path in left), left


def test_the_socket_io_client_is_installed_where_nginx_looks(tree, socket_io_client):
    tree()
    for name in "socket.io.min.js", "LICENSE":
        installed = tree.path / "usr/local/share/chatrelay/socket.io" / name
        assert installed.read_bytes() == (socket_io_client / name).read_bytes()
        assert installed.stat().st_mode & 0o777 == 0o644
    snippet = (tree.path / "etc/nginx/snippets/chatrelay.conf").read_text()
    assert "alias /usr/local/share/chatrelay/socket.io/socket.io.min.js;" in snippet


def test_without_the_socket_io_client_the_installation_goes_on(chatrelay, tmp_path):
    """From a copy of the checkout, which has kept no client, and without an index to get it from."""
    for name in "systemd", "nginx":
        shutil.copytree(REPOSITORY / name, tmp_path / "copy" / name)
    shutil.copy(REPOSITORY / "LICENSE", tmp_path / "copy")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    done = subprocess.run([tmp_path / "copy" / "systemd" / "install"], text=True, capture_output=True,
                          env=os.environ | offline | {"CHATRELAY": chatrelay, "DESTDIR": str(tmp_path / "tree")})
    assert done.returncode == 0 and "The Socket.IO client for browsers is missing" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1
    share = tmp_path / "tree/usr/local/share/chatrelay"
    assert (share / "html/tutorial/index.html").is_file() and not (share / "socket.io").exists()


@pytest.mark.parametrize("environment, sentence", [
    ({"PREFIX": "relative"}, "PREFIX has to be an absolute path"),
    ({"CHATRELAY": "/nowhere"}, "The program is not built yet"),
])
def test_install_names_wrong_variables(tree, environment, sentence):
    assert sentence in tree(status=1, **environment)


@pytest.mark.skipif(os.geteuid() != 0, reason="installation needs root")
@pytest.mark.parametrize("version, sentence", [
    ("echo 'systemd 249 (249.1)'", "systemd 249 is too old: Chatrelay's units need 250 or newer."),
    ("exit 1", "There is no systemd here"),
])
def test_install_needs_a_recent_systemd(tree, tmp_path_factory, version, sentence):
    folder = tmp_path_factory.mktemp("bin")
    (folder / "systemctl").write_text(f"#!/bin/sh\n{version}\n")
    (folder / "systemctl").chmod(0o755)
    assert sentence in tree(status=1, DESTDIR="", PATH=f"{folder}:{os.environ['PATH']}")
