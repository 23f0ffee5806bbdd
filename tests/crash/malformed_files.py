#!/usr/bin/env python3
"""Damaged candle files by the thousand: never a crash, never a lost good row.

    malformed_files.py [--seconds 60] [--seed 1] [--workers 2] [--only INDEX] [--program PATH] [--keep FOLDER]

Writes simulated CSV and JSON files in every layout of the reader, damages and packs them, runs the program on them
and holds its answer against a reader of our own (testkit/malformed/reference.py):

- it ends with 0, 2 or 3, within a minute and 4 GiB, and an error names the file;
- every count adds up, every byte is a row's, a reject's, a header's or a separator's, and rejects stand where they
  say they stand;
- every line the reference calls undamaged is a row with its values, of repeated times the one that counts;
- every other row has the numbers of a line the reference is not sure of.

Files are made from (seed, index) alone; --only makes one of them again. Exit 1 when there was a finding.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import multiprocessing
import pathlib
import re
import resource
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

import deltalake  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow.compute as pc  # noqa: E402

from testkit.malformed import files as malformed  # noqa: E402
from testkit.malformed.reference import Candle  # noqa: E402
from testkit.program import RELEASE_BINARY, Tidemark  # noqa: E402

BATCH = 12
BASE_ONLY = ("--set", "candles.enabled=false", "--set", "features.enabled=false", "--set", "forecasts.enabled=false")
COUNTS = ("new", "revised", "duplicate", "rejected", "placeholder")
PIECES = ("header_bytes", "row_bytes", "reject_bytes", "separator_bytes")
REJECT_BYTES_KEPT = 64 * 1024
MEMORY_BYTES = 4 << 30


class Outcome:
    """What became of the files of a batch."""

    def __init__(self):
        self.files = collections.Counter()  # by kind of layout
        self.exits = collections.Counter()
        self.rows = 0  # undamaged ones, each found in the lake
        self.refused_rows = 0  # undamaged ones in files refused with 2
        self.findings = []  # (file, what)

    def add(self, other):
        self.files.update(other.files)
        self.exits.update(other.exits)
        self.rows += other.rows
        self.refused_rows += other.refused_rows
        self.findings += other.findings


def run(program, folder, names, *options):
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))  # noqa: E731
    process = program.start("run", *names, "--lake", folder / "lake", "--json", "--threads", 2, *BASE_ONLY, *options,
                            preexec_fn=limit, errors="replace")
    try:
        out, err = process.communicate(timeout=60)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process.returncode, out, err


def table(folder, name):
    """{source: rows as dicts} of a table; empty when there is none."""
    by_source = collections.defaultdict(list)
    path = folder / "lake" / name
    if path.is_dir():
        rows = deltalake.DeltaTable(str(path)).to_pyarrow_table()
        for column in rows.schema.names:
            if str(rows.schema.field(column).type).startswith("timestamp"):
                at = rows.schema.get_field_index(column)
                rows = rows.set_column(at, column, pc.cast(rows.column(column), "int64"))
        for row in rows.to_pylist():
            by_source[row["source"]].append(row)
    return by_source


def check_counts(file, told, ledger, rejects):
    """What the run says of a file, against what it stored of it."""
    if told["read"] != sum(told[name] for name in COUNTS):
        yield f"counts do not add up: {told}"
    row = ledger[-1]
    if any(row[name] != told[name] for name in ("read", *COUNTS)) or sum(row[p] for p in PIECES) != told["bytes"]:
        yield f"the ledger says {row}, the run {told}"
    if file.content is not None and file.whole and file.packing != "zip" and told["bytes"] != len(file.content):
        yield f"{told['bytes']} bytes of {len(file.content)} are accounted for"
    if len(rejects) != told["rejected"]:
        yield f"{len(rejects)} rejects stored, {told['rejected']} counted"
    if file.content is None or file.layout.kind == "columns" or file.packing == "zip":
        return
    line_ends = np.flatnonzero(np.frombuffer(file.content, np.uint8) == ord("\n"))
    for reject in rejects:
        at, kept = reject["position"], reject["bytes"]
        if not file.whole and at + len(kept) >= len(file.content):
            continue
        if not 0 <= at <= len(file.content) or file.content[at:at + len(kept)] != kept:
            yield f"a reject does not stand at byte {at}: {reject}"
        elif reject["line"] != np.searchsorted(line_ends, at) + 1:
            yield f"a reject does not stand in line {reject['line']}: {reject}"


def check_rows(file, reading, stored):
    """The rows of a file in the lake, against the reference."""
    names_known = reading.volume_known and reading.layout.headers
    if file.layout.kind == "csv" and not names_known and len(reading.current()) <= len(reading.doubtful):
        return  # no header, and little to go by
    symbol = file.symbol.replace("/", "-")
    intervals = {row["interval"] for row in stored}
    wrong_step = [i for i in intervals if i != interval_name(file.step)]
    current = reading.current()
    rows = {}
    for row in stored:
        volume = row["volume"] if reading.volume_known else None
        rows.setdefault((row["symbol"], row["open_time"]), []).append(
            Candle(row["open"], row["high"], row["low"], row["close"], volume))
    damaged = len(reading.doubtful or []) + reading.refused
    if wrong_step and len(current) >= 30 and 100 * damaged < len(current):
        yield f"interval {wrong_step} instead of {interval_name(file.step)}"
    for at, candle in current.items():
        if not reading.volume_known:
            candle = candle._replace(volume=None)
        there = rows.pop((symbol, at), [])
        if not there:
            yield f"lost: {at} {candle}"
        for got in there:
            if got != candle and file.whole and not may_have_given(reading, got):
                yield f"{at} is {got}, should be {candle}"
    for (name, at), there in rows.items():
        for got in there:
            if file.whole and not may_have_given(reading, got):
                yield f"invented: {name} {at} {got}"


def may_have_given(reading, candle):
    return reading.doubtful is None or reading.may_have_given(candle)


def interval_name(step):
    return {60: "1m", 300: "5m", 3600: "1h", 86_400: "1d"}[step]


class Batch:
    def __init__(self, program, folder, files):
        self.program, self.folder, self.files = program, folder, files
        self.outcome = Outcome()

    def find(self, file, what):
        self.outcome.findings.append((file, what))

    def run(self):
        """All files in one lake; those the program refuses are taken out one by one."""
        for file in self.files:
            (self.folder / file.name).write_bytes(file.stored)
            self.outcome.files[file.kind] += 1
        left = list(self.files)
        while left:
            try:
                code, out, err = run(self.program, self.folder, [f.name for f in left], "--set", "rejects.limit=1")
            except Exception as error:  # a hang
                return self.one_by_one(left, f"{type(error).__name__}")
            if code == 0:
                self.check(left, json.loads(out))
                break
            named = [f for f in left if f.name in err]
            if code != 2 or len(named) != 1:
                return self.one_by_one(left, f"exit {code}: {err}")
            self.outcome.exits[2] += 1
            self.refused(named[0], err)
            left.remove(named[0])

    def one_by_one(self, files, what):
        if len(files) == 1:
            self.outcome.exits["wrong"] += 1
            return self.find(files[0], what)
        for file in files:
            folder = self.folder / file.name.replace(".", "_")
            folder.mkdir()
            single = Batch(Tidemark(self.program.binary, cwd=folder), folder, [file])
            single.run()
            single.outcome.files.clear()
            self.outcome.add(single.outcome)

    def refused(self, file, why):
        """Whole, by its layout: right only when little of it is undamaged."""
        reading = file.reading(now_us())
        if reading is None:
            return
        undamaged = len(reading.current())
        self.outcome.refused_rows += undamaged
        # Without a whole header nobody can say which column is which.
        if reading.volume_known and undamaged > len(reading.doubtful or []):
            self.find(file, f"refused with {undamaged} undamaged rows: {why}")

    def check(self, files, told):
        told = {source["source"]: source for source in told["sources"]}
        candles, ledger, rejects = (table(self.folder, name) for name in ("vendor_candles", "ledger", "rejects"))
        for file in files:
            counts = told[file.name]
            too_many = counts["read"] >= 1000 and counts["rejected"] > 0.01 * counts["read"]
            self.outcome.exits[3 if too_many else 0] += 1
            if too_many:
                self.check_limit(file)
            problems = list(check_counts(file, counts, ledger[file.name], rejects[file.name]))
            reading = file.reading(now_us())
            layout_unknown = [r["message"] for r in rejects[file.name] if r["reason"] == "unknown_layout"]
            if layout_unknown:
                self.refused(file, layout_unknown[0])
            elif reading is not None:
                problems += check_rows(file, reading, candles[file.name])
                self.outcome.rows += len(reading.current())
            for problem in problems[:3]:
                self.find(file, problem)
        if self.files[0].index % 20 < BATCH:
            code = self.program.try_run("verify", "--lake", self.folder / "lake")
            if code.code != 0:
                self.find(self.files[0], f"verify: {code}")

    def check_limit(self, file):
        """With the usual limit the file is refused, and the message names the place of the first reject."""
        folder = self.folder / "limit"
        code, _, err = run(self.program, folder, [file.name])
        if code != 3 or not re.search(rf"at byte \d+ of {re.escape(file.name)}", err):
            self.find(file, f"exit {code} instead of 3: {err}")
        if (folder / "lake" / "vendor_candles").exists():
            self.find(file, "something was stored")
        shutil.rmtree(folder, ignore_errors=True)


def now_us():
    return int(time.time() * 1_000_000)


def run_batch(binary, seed, indices):
    shm = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tidemark-malformed-", dir=shm if shm.is_dir() else None) as name:
        folder = pathlib.Path(name)
        batch = Batch(Tidemark(binary, cwd=folder), folder, [malformed.make(seed, i) for i in indices])
        batch.run()
        return batch.outcome


def run_many(binary, seed, seconds=math.inf, workers=2, first=0, batches=math.inf):
    """Batches until the time is up or there were so many; the sum of their outcomes."""
    total = Outcome()
    end = time.monotonic() + seconds
    last = first + batches * BATCH

    def more():
        return time.monotonic() < end and first < last

    # Fresh processes: delta-rs refuses to work in the fork of a process that has used it.
    fresh = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=fresh) as pool:
        running = set()
        while more() or running:
            while more() and len(running) < workers:
                running.add(pool.submit(run_batch, binary, seed, range(first, first + BATCH)))
                first += BATCH
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                total.add(future.result())
    return total


def report(outcome, keep):
    for file, what in outcome.findings:
        print(f"FINDING {file}\n    {what[:600]}")
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{file.index}-{file.name}").write_bytes(file.stored)
    kinds = collections.Counter()
    for kind, count in outcome.files.items():
        kinds[kind] += count
    for part in (0, 1):
        counts = collections.Counter()
        for kind, count in kinds.items():
            counts[(kind.rstrip(")").split(" (") + ["not packed"])[part]] += count
        print("; ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    exits = ", ".join(f"{count} ended with {code}" for code, count in sorted(outcome.exits.items(), key=str))
    print(f"{sum(kinds.values())} files: {exits}; {outcome.rows} undamaged rows found, {outcome.refused_rows} in files "
          f"refused as a whole; {len(outcome.findings)} findings")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", default="1")
    options.add_argument("--first", type=int, default=0, help="index of the first file")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", type=int, help="this file alone")
    options.add_argument("--program", type=pathlib.Path, default=RELEASE_BINARY)
    options.add_argument("--keep", type=pathlib.Path, help="where to leave files with findings")
    given = options.parse_args()
    if given.only is not None:
        outcome = run_batch(given.program, given.seed, [given.only])
    else:
        outcome = run_many(given.program, given.seed, given.seconds, given.workers, given.first)
    report(outcome, given.keep)
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
