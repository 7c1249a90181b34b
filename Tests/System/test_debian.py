"""The package on the next Debian, whose libraries, systemd and nginx are newer than those that it was built with: Debian 13, with
systemd 257 and nginx 1.26."""

import os
import time

import pytest

import debian as debian_module
from client import ChattingClients, Client
from manual import block
from patience import wait_until
from test_package import PORT, live, machine, names, packages, run  # noqa: F401 (packages is a fixture)
from test_restart import kill, records, rows, show

ROUNDS = 5
CLIENTS = 30
DROP_IN = "/run/systemd/system/chatrelay.service.d/keep.conf"


@pytest.fixture(scope="module")
def trixie(packages):  # noqa: F811
    """A box with Debian 13 and nginx, and what the package depends on. A dependency that Debian 13 lacks fails here."""
    depends = names(run("dpkg-deb", "--field", packages[0], "Depends"))
    try:
        with debian_module.root("trixie", sorted(depends | {"curl", "dbus", "man-db", "nginx-light"})) as root:
            with machine(root) as box:
                yield box
    except debian_module.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.timeout(400)
def test_the_package_lives_on_debian_13(trixie, packages):  # noqa: F811
    assert trixie.output("cat", "/etc/debian_version").startswith("13")
    live(trixie, packages, meanwhile=lambda: (restarts_and_kills(trixie), stop_and_start(trixie)))


def restarts_and_kills(box):
    """Through nginx, with everybody talking: nothing is lost, and only a connection that a killed process was using is closed."""
    box.since = time.time()
    box.write("/etc/default/chatrelay", "CHATRELAY_RATE=0\n")
    box.run("systemctl", "reload", "chatrelay.service")
    with ChattingClients(lambda: box.connect(PORT, 30), [[f"room-{number % 3}"] for number in range(CLIENTS)], "13") as clients:
        clients.talk()
        for _ in range(ROUNDS):
            for step in (lambda: box.run("systemctl", "restart", "chatrelay.service"), lambda: kill(box)):
                step()
                received = len(clients.members[0].log)
                clients.wait(lambda: len(clients.members[0].log) > received, "the next message")
        clients.stop_talking()
        in_doubt = sum(int(record["CHATRELAY_IN_DOUBT"]) for record in records(box, "Took back"))
        clients.verify([row for row in rows(box) if row[4] not in ("lobby", "ops")])
        assert clients.drops <= in_doubt <= ROUNDS, (clients.drops, in_doubt)


def stop_and_start(box):
    """What the manual gives an administrator who wants a stop to keep the connections, too (systemd 254)."""
    drop_in = block("a stop that keeps connections")
    assert "FileDescriptorStorePreserve=yes" in drop_in
    box.write(DROP_IN, drop_in)
    box.run("systemctl", "daemon-reload")
    with Client(box.connect(PORT), "Cleo") as cleo:
        box.run("systemctl", "stop", "chatrelay.service")
        assert show(box, "ActiveState") == "inactive"
        box.run("systemctl", "start", "chatrelay.service")
        cleo.tell("Cleo", "still here")
        cleo.until("private", text="still here")
    box.run("rm", "-r", os.path.dirname(DROP_IN))
    box.run("systemctl", "daemon-reload")
    with Client(box.connect(PORT), "Cleo", token=cleo.token) as cleo:
        box.run("systemctl", "stop", "chatrelay.service")
        assert cleo.expect_close() == 1001
    wait_until(lambda: show(box, "NFileDescriptorStore") == "0", what="the end of the store")
