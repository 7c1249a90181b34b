"""systemd/install, as on a distribution without a package: installed, used, installed again, uninstalled."""

import pytest

from client import Client
from test_package import SERVES, SOCKET, debian, get, reload_nginx  # noqa: F401 (debian is a fixture)
from website import REPOSITORY

MODULE = "/usr/local/share/chatrelay/html/page/app.js"
OWN_SITE = "server { listen 8081; include snippets/chatrelay.conf; location / { return 200 own; } }\n"


@pytest.fixture
def machine(debian, chatrelay):  # noqa: F811
    """A machine with nginx running, and `.install()`."""
    debian.install = lambda *words: debian.run(
        "env", f"CHATRELAY={chatrelay}", REPOSITORY / "systemd" / "install", *words)
    return debian


def files(box):
    return set(box.output("find", "/etc", "/usr", "/var/lib", "-xdev", "-not", "-type", "d").splitlines())


def test_install_use_reinstall_uninstall(machine):
    before = files(machine)
    assert "sites-available/chatrelay" in machine.install().stdout, "names what is left to do"
    assert get(machine, 8080) == (200, "other")
    assert machine.output("systemctl", "is-enabled", "chatrelay.socket") == "enabled"
    assert machine.output("chatrelay", "--version") == "0.1.0"
    assert machine.output("man", "--where", "8", "chatrelay.service").startswith("/usr/local/")
    assert "Defined-By: chatrelay" in machine.output("journalctl", "--dump-catalog", SERVES)
    assert "health       good" in machine.output("chatrelay", "status")

    # The snippet alone, in the administrator's site.
    machine.write("/etc/nginx/sites-enabled/own", OWN_SITE)
    reload_nginx(machine, 8081)
    with Client(machine.connect(8081), "Ada") as ada:
        ada.say("hello")
        ada.until("message", id="hello")
    assert get(machine, 8081) == (200, "own")
    machine.run("rm", "/etc/nginx/sites-enabled/own")

    # A second time: settings and connections stay, all else becomes as in the checkout.
    machine.write("/etc/default/chatrelay", "CHATRELAY_TEXT_BYTES=10\n")
    machine.run("rm", MODULE)
    pid = machine.output("systemctl", "show", "chatrelay.service", "-P", "MainPID")
    with Client(str(machine.path(SOCKET)), "Bob") as bob:
        assert "Left as it is: /etc/default/chatrelay" in machine.install().stdout
        bob.say("still here")
        bob.until("message", id="still-here")
    assert machine.output("systemctl", "show", "chatrelay.service", "-P", "MainPID") not in (pid, "0")
    machine.run("test", "-f", MODULE)
    with Client(str(machine.path(SOCKET)), token=ada.token) as ada:
        assert ada.name == "Ada" and ada.welcome["limits"]["text"] == 10

    # Uninstalled, without settings and messages, and then these by the command that it prints.
    printed = machine.install("--uninstall").stdout
    left = files(machine) - before
    assert left and all(path.startswith(("/etc/default/", "/etc/nginx/", "/var/lib/")) for path in left), left
    assert machine.output("systemctl", "list-units", "--no-legend", "chatrelay*") == ""
    machine.run("sh", "-c", printed.partition("remove them, too:")[2])
    assert files(machine) - before == set()
    machine.run("systemctl", "restart", "nginx")
    assert get(machine, 8080) == (200, "other")
