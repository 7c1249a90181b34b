"""Boots a systemd in about a second, beside the one that runs this machine.

Purpose: the units are tested under the systemd that will run them: its sandbox, its watchdog, its journal.
How: the machine's own systemd, or that of another root (debian.py makes one), runs as PID 1 of private namespaces (mount, pid,
net, ipc, uts, cgroup) over an overlay of that root whose upper layer is a tmpfs. Nothing is downloaded, and nothing that the box
writes reaches the machine.
Needs root, and the packages systemd, dbus and util-linux.
Caveats: MemoryMax=, TasksMax= and an OOM score below 0 do not take effect in a box, nor a LimitNOFILE= above the
machine's own. Kernel settings outside `net` are read-only in it, because they would be the machine's.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from patience import Deadline, scaled

START_SECONDS = 60
STOP_SECONDS = 20
COMMAND_SECONDS = 60

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Run by bash as PID 1 of the new namespaces; $1 is an empty directory to build the new root in, $2 the root below the overlay. It
# ends as systemd.
BOOT = r"""
set -eu
cd "$1"
mount -t tmpfs -o mode=755 box .
mkdir upper work root
mount -t overlay -o lowerdir="$2",upperdir=upper,workdir=work box root
cd root

mount -t proc -o nosuid,nodev,noexec proc proc
# systemd raises limits such as fs.file-max at boot, and those are not in a namespace: they would be the machine's.
# Only what belongs to the network namespace stays writable.
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
if [ -e proc/sysrq-trigger ]; then
    mount --bind proc/sysrq-trigger proc/sysrq-trigger
    mount -o remount,bind,ro proc/sysrq-trigger
fi
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup

mount -t tmpfs -o mode=755,nosuid dev dev
for node in null zero full random urandom tty; do
    touch "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0 1 2; do
    ln -s "/proc/self/fd/$number" "dev/$(echo stdin stdout stderr | cut -d ' ' -f $((number + 1)))"
done
mount -t tmpfs -o mode=755,nosuid,nodev run run

# A machine of its own: nothing that the outer machine has enabled, configured or logged.
tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
: > etc/fstab
mkdir -p etc/tmpfiles.d etc/systemd/system
rm -rf etc/systemd/system/*.wants etc/systemd/system/chatrelay* var/log/journal etc/default/chatrelay
ln -sf /dev/null etc/tmpfiles.d/tmp.conf
# Units that a box does not need, or that would touch the machine's hardware.
for unit in getty.target systemd-journald-audit.socket systemd-udevd.service systemd-udevd-kernel.socket \
    systemd-udevd-control.socket systemd-udev-trigger.service systemd-logind.service systemd-networkd.socket \
    systemd-sysctl.service systemd-modules-load.service 'modprobe@.service' kmod-static-nodes.service \
    dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-debug.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service; do
    ln -sf /dev/null "etc/systemd/system/$unit"
done

mkdir -p .old
pivot_root . .old
cd /
umount --lazy /.old
# LoadCredential= fails with EACCES where mounts do not propagate into the services' namespaces.
mount --make-rshared /
exec env -i container=box PATH="$PATH" /lib/systemd/systemd --system --unit=multi-user.target \
    --show-status=false --log-target=journal
"""


class BoxError(Exception):
    """The box did not start, or a command in it failed; the text has what was printed."""


class Box:
    """`with Box() as box:` is a running systemd; leaving the block powers it off and removes what it left behind. `root`: the files
    that it begins with."""

    def __init__(self, root="/"):
        self._root = root
        self._directory = Path(tempfile.mkdtemp(prefix="chatrelay-box-"))
        self._cgroup = _unified_hierarchy() / self._directory.name
        self._process = None
        self.pid = 0

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()

    # Inside of the box

    def run(self, *command, check=True, input=None, timeout=COMMAND_SECONDS):
        """Runs a command in the box as root. Returns its CompletedProcess, with stderr in stdout, as at a terminal. A status
        other than 0 raises BoxError, unless `check` is False."""
        done = subprocess.run(
            [*self._enter(), "env", "-i", f"PATH={PATH}", "LC_ALL=C.UTF-8", "SYSTEMD_PAGER=", *map(str, command)],
            input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=scaled(timeout),
            stdin=subprocess.DEVNULL if input is None else None)
        if check and done.returncode != 0:
            raise BoxError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
        return done

    def output(self, *command, **options):
        """What a command in the box prints, without the last newline."""
        return self.run(*command, **options).stdout.rstrip("\n")

    def path(self, inside):
        """The path of a file of the box, seen from outside; it serves for Unix sockets too."""
        return Path(f"/proc/{self.pid}/root") / str(inside).lstrip("/")

    def put(self, source, inside, mode=0o644):
        """Copies a file, or a folder, of this machine into the box."""
        source, target = Path(source), self.path(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
            target.chmod(mode)

    def write(self, inside, text, mode=0o644):
        """Makes a file in the box."""
        target = self.path(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def process(self, name):
        """The process of this name in the box, by its number outside."""
        namespace = os.readlink(f"/proc/{self.pid}/ns/pid")
        for folder in Path("/proc").iterdir():
            try:
                if (folder / "comm").read_text().strip() == name and os.readlink(folder / "ns/pid") == namespace:
                    return int(folder.name)
            except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
                pass
        raise BoxError(f"no process {name} runs in the box")

    def connect(self, port, timeout=10):
        """A TCP connection to 127.0.0.1 of the box, usable from outside: a socket stays in the network namespace of
        the thread that made it."""
        made = []

        def make():
            with open(f"/proc/{self.pid}/ns/net") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) != 0:
                    made.append(OSError(ctypes.get_errno(), "setns"))
                    return
            try:
                made.append(socket.create_connection(("127.0.0.1", port), timeout and scaled(timeout)))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    # Starting and stopping

    def _start(self):
        self._cgroup.mkdir()
        console = open(self._directory / "console", "w")
        mount_point = self._directory / "mount"
        mount_point.mkdir()
        # Should this process be killed, the kernel kills unshare, and that kills the box's PID 1, and so all of it.
        self._process = subprocess.Popen(
            ["bash", "-c", 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"', "box", self._cgroup,
             "setpriv", "--pdeathsig", "KILL",
             "unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--propagation", "private",
             "--fork", "--kill-child", "bash", "-c", BOOT, "box", mount_point, self._root],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
            env={"PATH": PATH})
        console.close()
        deadline = Deadline(START_SECONDS)
        state = "nothing"
        while state not in ("running", "degraded"):
            if self._process.poll() is not None or not deadline.left:
                raise BoxError(f"the box did not start (its systemd says: {state})\n" + self._console())
            self.pid = _only_child(self._process.pid)
            if self.pid and Path(f"/proc/{self.pid}/comm").read_text().strip() == "systemd":
                done = self.run("systemctl", "is-system-running", "--wait", check=False, timeout=START_SECONDS)
                state = done.stdout.strip()
            if state not in ("running", "degraded"):
                time.sleep(0.05)

    def _remove(self):
        if self._process is not None and self._process.poll() is None:
            if self.pid:
                with contextlib.suppress(ProcessLookupError):  # it may be powered off already
                    os.kill(self.pid, signal.SIGRTMIN + 4)  # systemd's "power off"
            try:
                self._process.wait(scaled(STOP_SECONDS))
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        _remove_cgroup(self._cgroup)
        shutil.rmtree(self._directory)

    def _enter(self):
        return ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]

    def _console(self):
        return (self._directory / "console").read_text()


def missing():
    """Why no box can run here, in a sentence; None where one can."""
    if os.geteuid() != 0:
        return "a box needs root"
    for program in ("unshare", "nsenter", "setpriv", "/lib/systemd/systemd", "dbus-daemon"):
        if shutil.which(program) is None:
            return f"a box needs {program}"
    try:
        _unified_hierarchy()
    except BoxError as error:
        return str(error)
    return None


def _unified_hierarchy():
    """Where this machine mounts its cgroup2 hierarchy: /sys/fs/cgroup, or .../unified beside older hierarchies."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[fields.index("-") + 1] == "cgroup2":
            return Path(fields[4])
    raise BoxError("a box needs a cgroup2 hierarchy, and none is mounted")


def _only_child(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0
    return int(children[0]) if children else 0


def _remove_cgroup(cgroup):
    """Removes a cgroup and those inside it, deepest first, as soon as the kernel has reaped their last process."""
    deadline = Deadline(STOP_SECONDS)
    while cgroup.exists():
        try:
            for folder, _, _ in os.walk(cgroup, topdown=False):
                os.rmdir(folder)
        except OSError:
            if not deadline.left:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    # A box to look around in: a root shell in it, until that ends.
    if reason := missing():
        raise SystemExit(reason)
    with Box() as box:
        print(f"Outside, files of the box are below {box.path('/')}.")
        subprocess.run([*box._enter(), "env", "-i", f"PATH={PATH}", "HOME=/root", f"TERM={os.environ.get('TERM', 'dumb')}", "bash"])
