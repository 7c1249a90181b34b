"""Fixtures: the daemon alone, behind nginx, and as a unit in a box."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import box as box_module
from daemon import Daemon
from patience import scaled
from website import REPOSITORY, Site, site_file


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """The limit of a whole test grows with the load, too."""
    marker = item.get_closest_marker("timeout")
    seconds = marker.args[0] if marker else float(item.config.getini("timeout"))
    item.add_marker(pytest.mark.timeout(scaled(seconds)), append=False)
    return (yield)


@pytest.fixture(scope="session")
def chatrelay():
    """The program under test: the release build, or what the variable CHATRELAY names."""
    binary = Path(os.environ.get("CHATRELAY", REPOSITORY / ".build" / "release" / "chatrelay"))
    assert binary.is_file(), f"{binary} is missing: swift build -c release --product chatrelay --static-swift-stdlib"
    return str(binary.resolve())


@pytest.fixture
def serve(chatrelay):
    """Starts daemons: serve("--option", "value", environment={…}). Each has to end with status 0."""
    started = []

    def start(*options, **keywords):
        directory = tempfile.mkdtemp(prefix="chatrelay-test-")
        started.append((None, directory))
        daemon = Daemon(chatrelay, directory, *options, **keywords)
        started[-1] = (daemon, directory)
        return daemon

    yield start
    for daemon, directory in started:
        try:
            # A test that has stopped it has checked the status.
            if daemon and daemon.process.poll() is None:
                assert daemon.stop() == 0, daemon.log()
        finally:
            shutil.rmtree(directory)


@pytest.fixture
def daemon(serve):
    """A daemon with default settings, on the Unix socket `.path`."""
    return serve()


@pytest.fixture
def sites(chatrelay):
    """Starts sites: sites("--option", "value", auth=…)."""
    started = []

    def start(*options, **keywords):
        started.append(Site(chatrelay, *options, **keywords))
        return started[-1]

    yield start
    for site in started:
        site.stop()


@pytest.fixture(scope="session")
def socket_io_client(tmp_path_factory):
    """A folder with the Socket.IO client for browsers, as systemd/socket.io-client makes it."""
    folder = tmp_path_factory.mktemp("socket.io")
    done = subprocess.run([REPOSITORY / "systemd" / "socket.io-client", folder], text=True, capture_output=True)
    if done.returncode:
        pytest.skip(done.stderr.strip())
    folder.chmod(0o755)
    return folder


@pytest.fixture
def site(sites):
    """nginx with the page and the daemon behind it: `.url`, `.port`, `.stop_daemon()`, `.start_daemon()`."""
    return sites()


@pytest.fixture(params=["unix", "nginx"])
def server(request):
    """Where a Client connects: to the daemon's own socket, and in a second run of the test through nginx."""
    if request.param == "unix":
        return request.getfixturevalue("daemon").path
    return request.getfixturevalue("site").url


class Disk:
    """A file system of 512 KiB at first, in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __truediv__(self, name):
        return self.folder / name

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


@pytest.fixture
def disk(tmp_path):
    """A small disk: `disk / "file"`, `.remount("size=8m")`."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]).returncode:
        pytest.skip("mounting a file system is not allowed here")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="session")
def box(chatrelay):
    """A systemd, in which Chatrelay is installed as by its package: the program, the units, the catalog, the site."""
    if reason := box_module.missing():
        pytest.skip(reason)
    with box_module.Box() as box:
        install(box, chatrelay)
        yield box


def install(box, binary):
    box.put(binary, "/usr/bin/chatrelay", 0o755)
    box.put(REPOSITORY / "systemd" / "notify", "/usr/lib/chatrelay/notify", 0o755)
    for unit in ("chatrelay.socket", "chatrelay-control.socket", "chatrelay.service", "chatrelay-notify@.service"):
        box.put(REPOSITORY / "systemd" / unit, f"/lib/systemd/system/{unit}")
    box.put(REPOSITORY / "systemd" / "chatrelay.catalog", "/usr/lib/systemd/catalog/chatrelay.catalog")
    box.run("journalctl", "--update-catalog")
    box.put(REPOSITORY / "nginx" / "html", "/usr/share/chatrelay/html")
    box.run("sh", "-c", "rm -f /etc/nginx/sites-enabled/*")
    box.put(REPOSITORY / "nginx" / "snippet.conf", "/etc/nginx/snippets/chatrelay.conf")
    for name in ("page", "proxy"):
        box.put(REPOSITORY / "nginx" / f"{name}.conf", f"/etc/nginx/snippets/chatrelay-{name}.conf")
    box.write("/etc/nginx/sites-enabled/chatrelay.conf", site_file())
    box.run("systemctl", "daemon-reload")
