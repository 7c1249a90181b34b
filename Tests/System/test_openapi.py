"""schemathesis makes requests of the served OpenAPI document, right and wrong ones, and compares the answers with it."""

import os
import subprocess
import sys
from pathlib import Path

from patience import scaled
from program import Program

# nginx itself answers TRACE, and without Allow.
SETTINGS = """
[phases.coverage]
unexpected-methods = ["DELETE", "PUT", "PATCH", "OPTIONS"]
"""


def test_the_interface_is_what_its_document_says(chatrelay, sites, tmp_path):
    control = tmp_path / "control"
    site = sites("--control", str(control), "--ledger", str(tmp_path / "ledger"), "--rate", "0", "--rooms", "lobby,ops")
    done = subprocess.run([chatrelay, "bot", "add", "Tester", "--socket", control], capture_output=True, text=True,
                          timeout=scaled(30), check=True)
    token = done.stdout.splitlines()[-1]
    Program(site.url, token).stored("lobby", "first")
    (tmp_path / "settings.toml").write_text(SETTINGS)
    done = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "--config-file", tmp_path / "settings.toml",
         "run", f"{site.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
         "--phases", "coverage,fuzzing,stateful", "--max-examples", "25", "--seed", os.environ.get("CHATRELAY_SEED", "1"),
         # A stream has no end, and so no answer that could be compared; test_sse reads them.
         "--exclude-path-regex", "/events$",
         # A schema cannot say that `before` and `after` exclude each other, or that the key and the id are equal.
         "--exclude-checks", "positive_data_acceptance", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=scaled(60))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "4 selected" in done.stdout and "Tested: 4" in done.stdout, done.stdout
    assert site.daemon.process.poll() is None
