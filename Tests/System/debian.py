"""A root of another Debian, for a box: installed with debootstrap, from the mirror that this machine's apt uses.

Purpose: the package is built on one Debian and installed on the next, whose libraries, systemd and nginx are newer.
Needs root, the package debootstrap, and a mirror. It takes about 40 s, and 300 MB of a tmpfs.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import urllib.request

from patience import scaled

SECONDS = 300
REQUEST_SECONDS = 20


class Unavailable(Exception):
    """Why no root of that Debian can be made here, in a sentence."""


@contextlib.contextmanager
def root(suite, packages):
    """The path of a root with these packages, and what they need. It is gone at the end. Raises Unavailable where this machine can't
    make one at all; a package that the suite lacks is another failure, with what debootstrap says."""
    mirror = reachable_mirror(suite)
    folder = tempfile.mkdtemp(prefix="chatrelay-debian-")
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "debian", folder], check=True)
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", suite, f"{folder}/root", mirror],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=scaled(SECONDS))
        assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-20:])
        yield f"{folder}/root"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)
        os.rmdir(folder)


def reachable_mirror(suite):
    """The archive of Debian that apt uses here, where it has the suite."""
    if os.geteuid() != 0:
        raise Unavailable("making a root of another Debian needs root")
    if shutil.which("debootstrap") is None:
        raise Unavailable("making a root of another Debian needs debootstrap")
    sources = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    mirrors = {line.split()[2] for line in sources.splitlines() if line.startswith("Debian Debian ")}
    for mirror in sorted(mirrors):
        with contextlib.suppress(OSError):  # urllib's errors are such
            with urllib.request.urlopen(f"{mirror.rstrip('/')}/dists/{suite}/InRelease", timeout=REQUEST_SECONDS):
                return mirror
    raise Unavailable(f"none of apt's mirrors of Debian here has {suite}, or can be reached: {sorted(mirrors)}")
