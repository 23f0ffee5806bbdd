"""`make demo` on three months of history: every step works, and says what it is meant to show."""

import os
import re
import subprocess

from testkit.program import ROOT


def test_the_demo_tells_its_story(binary, tmp_path):
    done = subprocess.run(["tools/demo", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "TIDEMARK": str(binary), "DEMO_FOLDER": str(tmp_path / "demo")})
    assert done.returncode == 0, done.stdout + done.stderr
    steps = re.split(r"^\$ ", done.stdout, flags=re.M)[1:]
    said = {}
    for step in steps:
        command, _, output = step.partition("\n")
        said.setdefault(" ".join(command.split()[:2]), []).append(output)
    first, second, third = said["tidemark run"]
    assert "epoch 1" in first
    assert "nothing to do" in second
    assert re.search(r"ltcusd_correction\.csv +\d+ B +1 +0 +1 ", third), third
    assert "all right" in said["tidemark verify"][0]
    assert (tmp_path / "demo" / "report.html").stat().st_size > 100_000
    assert re.search(r"gaps in ids: \d+ opened, \d+ healed, 0 open", said["tidemark live"][0]), said["tidemark live"]
    assert "all right" in said["tidemark verify"][1]
    # What live tells of the venue's faults, and nothing else.
    assert not [line for line in done.stderr.splitlines() if not line.startswith("tidemark: note: ")]
