#!/usr/bin/env python3
"""Lakes with one damaged file, by the thousand: every verb gives an answer or says what is damaged.

    damaged_lakes.py [--seconds 60] [--seed 1] [--only INDEX] [--program PATH]

Damages one file of a small lake: a data file, a log, a checkpoint, an epoch's record, the journal. Then some verbs
read it, and a run writes on. None may end with a signal or as a defect; what is refused names a file or a table of
the lake; and `verify` never calls a lake right whose data files or commits are not what they were.
"""

import argparse
import collections
import math
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

from testkit import history, lakes  # noqa: E402
from testkit.malformed import damage  # noqa: E402
from testkit.program import RELEASE_BINARY, Tidemark  # noqa: E402

PIECES = 12  # runs, enough for checkpoints
DAMAGES = (*damage.OF_PACKED, damage.replace_bytes, damage.flip_bits, damage.rewrite_digits)
VERBS = (("status",), ("status", "--quick"), ("gaps", "--all"), ("forecast",), ("evaluate",),
         ("report", "-o", "report.html"), ("sql", "SELECT count(*), sum(close) FROM candles"),
         ("export", "-o", "exported"), ("verify",), ("compact",), ("vacuum", "--keep", "0"),
         ("forget", "ltcusd_00.csv"), ("run", "late.csv", "--symbol", "LTC-USD"))


def build(binary, folder):
    """`lake` of many small epochs, and `late.csv` with rows that change old ones."""
    (folder / "tidemark.toml").write_text(lakes.TINY)
    program = Tidemark(binary, cwd=folder)
    program.run("simulate", "files", "--out", ".", "--seed", 3, "--clean", "--symbol", "LTC-USD:csv",
                "--start", "2022-01-01", "--days", 70, "--density", "0.03")
    rows = history.read_rows(folder / "ltcusd.csv")
    size = -(-len(rows) // PIECES)
    for piece in range(PIECES):
        file = history.write_rows(folder / f"ltcusd_{piece:02}.csv", rows[piece * size:(piece + 1) * size])
        if piece == PIECES // 2:
            file.write_text(file.read_text() + "nonsense,1,2,3,4,5\n")
        program.run("run", file.name, "--lake", "lake")
    rng = random.Random(3)
    history.write_rows(folder / "late.csv", [row.wrong(rng) for row in rows[100:200]])
    return program


def kind_of(path):
    text = str(path)
    if "journal" in text:
        return "journal"
    if path.suffix == ".parquet":
        return "checkpoint" if "checkpoint" in text else "data"
    return "log" if "_delta_log" in text else "record" if "epochs" in text else "other"


class Trial:
    def __init__(self, program, good, lake, seed, index):
        self.program, self.good, self.lake = program, good, lake
        self.rng = random.Random(f"{seed} {index}")
        self.index = index
        self.findings = []

    def run(self):
        shutil.rmtree(self.lake, ignore_errors=True)
        shutil.copytree(self.good, self.lake)
        files = collections.defaultdict(list)
        for path in sorted(p for p in self.lake.rglob("*") if p.is_file() and p.stat().st_size):
            files[kind_of(path.relative_to(self.lake))].append(path)
        self.kind = self.rng.choice(sorted(files))
        self.file = self.rng.choice(files[self.kind])
        before = self.file.read_bytes()
        change = self.rng.choice(DAMAGES)
        after = b"" if self.rng.random() < 0.05 else damage.apply(change, before, self.rng)
        self.what = f"{change.__name__} of {self.file.relative_to(self.lake)}"
        if self.rng.random() < 0.05:
            self.file.unlink()
            self.what = f"{self.file.relative_to(self.lake)} is gone"
        else:
            self.file.write_bytes(after)
        for verb in self.rng.sample(VERBS, 3):
            self.check(verb, changed=after != before)
        return collections.Counter({self.kind: 1}), self.findings

    def check(self, verb, changed):
        said = self.program.try_run(*verb, "--lake", self.lake, timeout=60)
        place = any(word in said.err for word in (str(self.lake), "table ", "journal", "_delta_log", "_tidemark", "venue=", "report, "))
        if said.code not in (0, 1, 2, 5):
            self.find(verb, said)
        elif said.code in (2, 5) and not place:
            self.find(verb, f"names no place: {said}")
        elif verb == ("verify",) and said.code == 0 and changed and self.kind in ("data", "log"):
            if self.file.name != "_last_checkpoint":
                self.find(verb, f"calls it right: {said}")

    def find(self, verb, said):
        self.findings.append(f"trial {self.index}, {self.what}, then {' '.join(verb)}: {said}")


def run_many(binary, seed, seconds=math.inf, only=None, trials=math.inf):
    """(trials by kind of file, findings), until the time is up or there were so many."""
    shm = pathlib.Path("/dev/shm")
    kinds, findings = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="tidemark-damaged-", dir=shm if shm.is_dir() else None) as name:
        folder = pathlib.Path(name)
        program = build(binary, folder)
        end = time.monotonic() + seconds
        index = only or 0
        while (time.monotonic() < end and index < trials) or only is not None:
            done, found = Trial(program, folder / "lake", folder / "damaged", seed, index).run()
            kinds.update(done)
            findings += found
            index += 1
            if only is not None:
                break
    return kinds, findings


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", default="1")
    options.add_argument("--only", type=int, help="this trial alone")
    options.add_argument("--program", type=pathlib.Path, default=RELEASE_BINARY)
    given = options.parse_args()
    kinds, findings = run_many(given.program, given.seed, given.seconds, given.only)
    for finding in findings:
        print("FINDING", finding[:1500])
    print(f"{sum(kinds.values())} damaged lakes, {dict(kinds)}: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
