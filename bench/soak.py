"""make soak: a simulated week of fifty symbols with faults, live with forecasts, on a clock hundreds of times as fast.

Samples what live costs for each hour of the venue's time, then checks: memory at the end is that of the beginning, tables stay of
few files, every gap is healed, `verify` finds nothing, and the tables are those that `run` makes of the venue's complete files.
"""

import argparse
import calendar
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import deltalake

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from live_bench import symbols, write_history  # noqa: E402

HOUR, DAY = 3600, 86_400
WEEK_HOURS = 168
# Scores are of all there is; a digest of them until a time is not to be had.
COMPARED = ("trades", "candles", "gaps", "features", "models", "forecasts", "outcomes")
FAULTS = ("disconnect=0.00001,silence=0.000001,duplicate=0.005,disorder=0.005,drop=0.0005,malformed=0.0002,split=0.01,delay=0.001,"
          "rest429=0.05,rest5xx=0.05,truncate=0.03")
SETTLE_S = 600       # for what is missing at the end; the venue goes on meanwhile, so that it shows
PAUSE_S = 10         # between two samples: the machine, or somebody, has stopped us
INTERVALS = 8        # of candles: 1m and the default ones
COMPACTED_EVERY = 60  # epochs
MEMORY_EPOCHS = 3 * COMPACTED_EVERY  # fewer do not tell whether memory is flat
MEMORY_MAX = 1.1     # at the end, as a multiple of what it was in the first hour
EPOCH_FILES = 120    # an epoch adds one to a partition, every sixtieth compacts: then a file for each series and month is left


def text_of(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds_of(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def months_of(start, end):
    """That begin or go on between the two."""
    first, last = time.gmtime(start), time.gmtime(end)
    return 12 * (last.tm_year - first.tm_year) + last.tm_mon - first.tm_mon + 1


def fetch(address, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=30) as reply:
        return reply.read().decode()


def memory_mib(pid):
    """(resident, of those anonymous)"""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))


def metric(page, name):
    """The sum over its labels."""
    lines = (line for line in page.splitlines() if line.startswith((name + " ", name + "{")))
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def active_files(lake):
    """Of each table, as delta-rs reads its log."""
    tables = (path.parent for path in sorted(pathlib.Path(lake).glob("*/_delta_log")))
    return {table.name: len(deltalake.DeltaTable(str(table)).file_uris()) for table in tables}


def bytes_below(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.lake = f"{folder}/lake"
        self.names = symbols(options.symbols)
        self.start = seconds_of(options.start)
        self.end = self.start + int(options.hours * HOUR)
        self.sets = [flag for setting in options.set for flag in ("--set", setting)]
        self.samples, self.hours, self.paused_seconds = [], [], 0.0

    def program(self, *arguments, check=True):
        done = subprocess.run([self.options.binary, *map(str, arguments)], cwd=self.folder, text=True, capture_output=True,
                              check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done

    def begin(self):
        """History of minutes, so that there are models; the venue, and live beside it."""
        # It ends before the venue begins, so that the first epochs do not rewrite it.
        history = write_history(self.folder, self.names, self.start - int(self.options.history_days * DAY), self.start - 2 * HOUR)
        self.history = [os.path.abspath(path) for path in history]
        self.program("run", *self.history, "--venue", "binance", "--lake", self.lake, *self.sets)
        self.venue = subprocess.Popen(
            [self.options.binary, "simulate", "venue", "--venue", "binance", "--symbols", ",".join(self.names), "--port", "0",
             "--rate", str(self.options.rate), "--seed", str(self.options.seed), "--speed", str(self.options.speed), "--start",
             self.options.start, "--faults", self.options.faults, "--out", f"{self.folder}/truth", "--json"],
            stdout=subprocess.PIPE, text=True)
        self.told = json.loads(self.venue.stdout.readline())
        flags = [flag for name in self.names for flag in ("--symbol", name)]
        self.notes = open(f"{self.folder}/notes.txt", "w+", encoding="utf-8")  # noqa: SIM115 - as long as the process
        self.said = open(f"{self.folder}/said.txt", "w", encoding="utf-8")  # noqa: SIM115
        self.live = subprocess.Popen(
            [self.options.binary, "live", "--venue", "binance", *flags, "--url", self.told["url"], "--lake", self.lake,
             "--metrics", ":0", "--forecasts", "--log", "json", "--set", f"live.epoch={self.options.epoch}", *self.sets],
            stdout=self.said, stderr=self.notes, text=True)

    def metrics_address(self):
        for line in pathlib.Path(f"{self.folder}/notes.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and json.loads(line)["event"] == "metrics_served":
                return "http://" + json.loads(line)["address"] + "/metrics"
        return None

    def status(self):
        return json.loads(fetch(self.told["rest_url"] + "/simulator/status"))

    def watch(self):
        """Until the venue's time is over; memory five times a second, the rest once for each of its hours."""
        reached, began = 0, time.monotonic()
        last = began
        while True:
            last, before = time.monotonic(), last
            if last - before > PAUSE_S:
                self.paused_seconds += last - before
            if self.live.poll() is not None:
                raise RuntimeError(f"live ended with {self.live.returncode}")
            at = seconds_of(self.status()["time"])
            rss, anonymous = memory_mib(self.live.pid)
            self.samples.append((at - self.start, rss, anonymous))
            hour = (at - self.start) // HOUR
            if hour > reached or at >= self.end:
                reached = hour
                self.hours.append({**self.hourly(at), "wall_seconds": round(last - began, 1)})
                if self.options.progress:
                    print(json.dumps(self.hours[-1]), file=sys.stderr, flush=True)
            if at >= self.end:
                return
            time.sleep(0.2)

    def hourly(self, at):
        page = fetch(self.metrics_address())
        last = [rss for when, rss, _ in self.samples if when >= at - self.start - HOUR]
        return {
            "hour": (at - self.start) / HOUR,
            "rss_mib": round(statistics.median(last), 1),
            "anonymous_mib": round(self.samples[-1][2], 1),
            "epochs": int(metric(page, "tidemark_epochs_total")),
            "epoch_seconds": round(metric(page, "tidemark_epoch_duration_seconds_sum"), 2),
            "pending_rows": int(metric(page, "tidemark_pending_rows")),
            "rows": int(metric(page, "tidemark_rows_total")),
            "issued": int(metric(page, "tidemark_forecasts_issued_total")),
            "cpu_seconds": round(metric(page, "process_cpu_seconds_total"), 1),
            "gaps_opened": int(metric(page, "tidemark_gaps_opened_total")),
            "gaps_open": int(metric(page, "tidemark_gaps_open")),
            "reconnects": int(metric(page, "tidemark_reconnects_total")),
            "frame_log_mib": round(metric(page, "tidemark_frame_log_bytes") / 2**20, 1),
            "lake_mib": round(bytes_below(self.lake) / 2**20, 1),
            "active_files": active_files(self.lake),
        }

    def rows(self, query):
        return json.loads(self.program("sql", "--lake", self.lake, "--format", "json", query).stdout)

    def truth(self, name):
        """The venue's complete file: id, price, size, money, milliseconds, ..."""
        return f"{self.folder}/truth/{name.replace('-', '')}-trades-simulated.csv"

    def settle(self):
        """The first id of each symbol that live saw, and the seconds until all that the venue told from there on is in the lake."""
        fetch(self.told["rest_url"] + "/simulator/truth", method="POST")
        ends = {}  # the last id before the end
        for name in self.names:
            with open(self.truth(name), encoding="utf-8") as file:
                ends[name] = max(int(f[0]) for f in (line.split(",") for line in file) if int(f[4]) < self.end * 1000)
        began = time.monotonic()
        while time.monotonic() < began + SETTLE_S:
            got = {row["symbol"]: row for row in self.rows(
                f"SELECT symbol, min(trade_id::bigint) AS first, count(*) FILTER (WHERE time < '{text_of(self.end)}') AS n, "
                f"max(time) > '{text_of(self.end + HOUR / 4)}' AS beyond FROM trades GROUP BY all")}
            if all(name in got and got[name]["beyond"] and int(got[name]["n"]) == end - int(got[name]["first"]) + 1
                   for name, end in ends.items()):
                return {name: int(row["first"]) for name, row in got.items()}, time.monotonic() - began
            time.sleep(1)
        raise RuntimeError("what the venue told is not in the lake: live does not keep up, or a gap is not healed")

    def stop(self):
        for process in (self.live, self.venue):
            process.send_signal(signal.SIGTERM)
            process.wait(180)
        return self.live.returncode

    def run_over_files(self, first):
        """The same history and the venue's complete files, each from the first trade that live saw."""
        lake, paths = f"{self.folder}/files", []
        for name in self.names:
            paths.append(f"{self.folder}/{os.path.basename(self.truth(name))}")
            with open(self.truth(name), encoding="utf-8") as whole, open(paths[-1], "w", encoding="utf-8") as part:
                part.writelines(line for line in whole if int(line.split(",", 1)[0]) >= first[name])
        for files in (self.history, paths):
            self.program("run", *files, "--venue", "binance", "--lake", lake, *self.sets)
        return lake

    def digests(self, lake):
        until = self.end - HOUR
        told = json.loads(self.program("verify", "--lake", lake, "--digest", "--until", text_of(until), "--json").stdout)
        return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in told if d["table"] in COMPARED}


def memory_of(samples, hours):
    """MiB, medians: of the first hour, and of the last sixty epochs, which have seen a compaction and the small files before the
    next. A run of fewer has its last hour."""
    epochs, end = hours[-1]["epochs"], hours[-1]["hour"]
    begin = next(h["hour"] for h in hours if h["epochs"] >= epochs - COMPACTED_EVERY) if epochs > COMPACTED_EVERY else end - 1
    return [statistics.median(rss for at, rss, _ in samples if since * HOUR <= at < until * HOUR)
            for since, until in ((0, 1), (min(begin, end - 1), end + 1))]


def problems_of(result):
    """What is not as it must be, a line each."""
    told = []
    if result["memory_judged"] and result["memory_ratio"] > MEMORY_MAX:
        told.append(f"memory at the end is {result['memory_ratio']:.2f} of what it was in the first hour")
    if not result["memory_judged"] and result["options"]["hours"] >= WEEK_HOURS:
        told.append(f"{result['epochs']} epochs are too few to judge memory, want {MEMORY_EPOCHS}")
    told += [f"{table} had {files} active files, more than {result['active_files_bound']}"
             for table, files in result["active_files_max"].items() if files > result["active_files_bound"]]
    if result["exit"] != 0:
        told.append(f"live ended with {result['exit']}")
    if result["gaps_open"] != 0:
        told.append(f"{result['gaps_open']} gaps are open")
    if result["verify"] != 0:
        told.append(f"verify ended with {result['verify']}")
    return told + [f"live and run differ: {name}" for name in result["differences"]]


def soak(options, folder):
    """The whole of it; a result to keep, with `problems`."""
    it = Soak(options, folder)
    it.begin()
    try:
        it.watch()
        first, settled = it.settle()
        faults = it.status()
    finally:
        code = it.stop()
    first_mib, end_mib = memory_of(it.samples, it.hours)
    ours, theirs = it.digests(it.lake), it.digests(it.run_over_files(first))
    missing = set(COMPARED) - {table for table, _ in ours}
    result = {
        "options": {key: value for key, value in vars(options).items() if key not in ("work", "binary", "out", "progress")},
        "memory_first_mib": round(first_mib, 1), "memory_end_mib": round(end_mib, 1),
        "memory_max_mib": round(max(rss for _, rss, _ in it.samples), 1),
        "memory_ratio": round(end_mib / first_mib, 3), "memory_judged": it.hours[-1]["epochs"] >= MEMORY_EPOCHS,
        "active_files_max": {table: max(h["active_files"].get(table, 0) for h in it.hours) for table in it.hours[-1]["active_files"]},
        "active_files_bound": INTERVALS * options.symbols * months_of(it.start - int(options.history_days * DAY), it.end) + EPOCH_FILES,
        "epochs": it.hours[-1]["epochs"], "rows": it.hours[-1]["rows"], "issued": it.hours[-1]["issued"],
        "wall_seconds": it.hours[-1]["wall_seconds"], "paused_seconds": round(it.paused_seconds, 1), "cpu_seconds": it.hours[-1]["cpu_seconds"], "settle_seconds": round(settled, 1),
        "venue": faults, "exit": code,
        "gaps_open": len(it.rows(f"SELECT * FROM gaps WHERE \"table\" = 'trades' AND \"from\" < '{text_of(it.end)}'")),
        "verify": it.program("verify", "--lake", it.lake, check=False).returncode,
        "digests": len(ours),
        "differences": sorted(f"{t} {s}" for t, s in ours.keys() | theirs.keys() if ours.get((t, s)) != theirs.get((t, s)))
        + sorted(f"{table} is empty" for table in missing),
        "hours": it.hours,
    }
    result["problems"] = problems_of(result)
    return result


def parser():
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--binary", type=os.path.abspath, default=os.path.join(os.path.dirname(HERE), "build/release/tidemark"))
    made.add_argument("--symbols", type=int, default=50)
    made.add_argument("--hours", type=float, default=WEEK_HOURS, help="of the venue's time (default a week)")
    made.add_argument("--speed", type=int, default=600, help="of the venue's clock")
    made.add_argument("--rate", type=float, default=0.05, help="trades a second of a symbol, in the venue's time")
    made.add_argument("--start", default="2024-01-28T00:00:00Z")
    made.add_argument("--history-days", type=float, default=90, help="of minutes before it: enough for models from the first hour on")
    made.add_argument("--faults", default=FAULTS)
    made.add_argument("--epoch", default="1s", help="live.epoch")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the configuration")
    made.add_argument("--seed", type=int, default=5)
    made.add_argument("--work", help="folder to work in (kept)")
    made.add_argument("--out", help="file for the result, JSON")
    made.add_argument("--progress", action="store_true", help="a line for each hour")
    return made


def main():
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="tidemark-soak-") as made:
        folder = options.work or made
        os.makedirs(folder, exist_ok=True)
        result = soak(options, folder)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "hours"}, indent=1))
    if not result["memory_judged"]:
        print(f"memory was not judged: that takes {MEMORY_EPOCHS} epochs, this run had {result['epochs']}", file=sys.stderr)
    return 1 if result["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
