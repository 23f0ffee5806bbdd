"""make bench: the speed table. Each line is ours against its bar and, where there is one, against the
peer that does the same work; ours and the peers run in turn, the best of n counts, and the answers are
checked, so that a fast wrong one fails. Writes bench/results/<date>-<machine>.{json,md}."""

import argparse
import datetime
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)

import bench_data  # noqa: E402
from measure import best, commit, machine, run, versions  # noqa: E402


class Bench:
    def __init__(self, options):
        self.options = options
        self.tidemark = os.path.abspath(options.binary)
        self.work = options.work or tempfile.mkdtemp(prefix="tidemark-bench-")
        os.makedirs(self.work, exist_ok=True)
        if options.ltc and options.eth:
            self.ltc, self.eth = options.ltc, options.eth
        else:
            self.ltc, self.eth = bench_data.simulated(self.tidemark, f"{self.work}/simulated")
        self.lines = []
        self.commit = commit()
        self.part = None  # that is measured
        self.full = None  # seconds of the default pipeline
        self.lake = f"{self.work}/lake"

    # One line of the table. `ok` is None when there was nothing to compare with.
    def line(self, work, ours, bar, ok, detail=""):
        self.lines.append({"part": self.part, "commit": self.commit, "work": work, "ours": ours, "bar": bar, "ok": ok, "detail": detail})
        verdict = {True: "pass", False: "MISS", None: "–"}[ok]
        print(f"{verdict:5} {work}: {ours}  (bar: {bar}) {detail}", flush=True)

    def ours(self, *arguments, lake=None):
        command = [self.tidemark, *arguments, "--lake", lake or self.lake]
        return run(command, cwd=self.work)

    def fresh_run(self, *arguments, lake=None):
        lake = lake or self.lake
        shutil.rmtree(lake, ignore_errors=True)
        return self.ours("run", *arguments, "--json", lake=lake)

    def peer(self, name, *arguments):
        out = f"{self.work}/peer"
        shutil.rmtree(out, ignore_errors=True)
        return run([sys.executable, f"{HERE}/peers/{name}.py", "--csv", self.ltc, "--json",
                    self.eth, "--out", out, *arguments])

    # The study's job.
    def study(self):
        peers = [p for p in ("pyspark", "pandas", "polars") if p not in self.options.skip]
        runs = {name: [] for name in ["ours", *peers]}
        for round_number in range(self.options.rounds):
            runs["ours"].append(
                self.fresh_run(self.ltc, self.eth, "--study", lake=f"{self.work}/study"))
            for name in peers:
                if name == "pyspark" and round_number >= self.options.spark_rounds:
                    continue
                runs[name].append(self.peer(f"{name}_study"))
        ours = best(runs["ours"])
        rows = {s["source"]: s for s in ours.json()["sources"]}
        accepted = sum(s["new"] for s in rows.values())
        for name in peers:
            counted = sum(best(runs[name]).json()["rows"].values())
            if counted != accepted:
                raise RuntimeError(f"study: {name} kept {counted} rows, we kept {accepted}")
        self.check_study({n: best(runs[n]).json().get("last_error_pct") for n in peers})
        bars = {"pyspark": 30, "polars": 3}
        for name in peers:
            other = best(runs[name])
            ratio = other.seconds / ours.seconds
            bar = bars.get(name)
            self.line(f"study against {name}", f"{ours.seconds:.2f} s, {ratio:.1f}× faster",
                      f"≥ {bar}×" if bar else "shown", ratio >= bar if bar else None,
                      f"{name} {other.seconds:.2f} s, {other.rss_mib:.0f} MiB, "
                      f"MAE {other.json()['mae']}")
        self.line("study, memory", f"{ours.rss_mib:.0f} MiB", "≤ 1024 MiB", ours.rss_mib <= 1024)

    # The peers' table is the aligned one. The splits are drawn differently, so the linear models
    # agree closely, not exactly.
    def check_study(self, theirs):
        row = json.loads(self.ours(
            "sql", "SELECT count(*) AS n, avg(abs(aligned_error_pct)) AS error FROM study WHERE "
            "symbol = 'LTC-USD' AND model = 'linear'", "--format", "json",
            lake=f"{self.work}/study").output)[0]
        if row["n"] != 30:
            raise RuntimeError(f"study: {row['n']} predictions of the linear model, not 30")
        for name, error in theirs.items():
            if error is not None and abs(row["error"] - error) > 0.05:
                raise RuntimeError(f"study: mean error {row['error']:.4f} %, {name} {error:.4f} %")

    # The default pipeline, its peer, and what is asked of the finished lake.
    def pipeline(self):
        runs, others = [], []
        for round_number in range(self.options.rounds):
            runs.append(self.fresh_run(self.ltc, self.eth))
            if "pipeline" not in self.options.skip and round_number < self.options.peer_rounds:
                others.append(self.peer("polars_pipeline"))
        ours = best(runs)
        self.full = ours.seconds
        self.line("default pipeline", f"{ours.seconds:.2f} s", "≤ 20 s", ours.seconds <= 20,
                  f"{ours.cpu:.1f} s of processor")
        self.line("default pipeline, memory", f"{ours.rss_mib:.0f} MiB", "≤ 2048 MiB",
                  ours.rss_mib <= 2048)
        if others:
            other = best(others)
            self.check_pipeline(ours.json(), other.json())
            ratio = other.seconds / ours.seconds
            self.line("pipeline against Polars + TA-Lib + scikit-learn + XGBoost", f"{ratio:.1f}× faster",
                      "≥ 4×", ratio >= 4, f"peer {other.seconds:.2f} s, "
                      f"{other.rss_mib:.0f} MiB, relative MAE {other.json()['relative_mae']}")

    # The same with boosted trees on both sides, in the same settings. Their fits are nearly all of it.
    def boosted(self):
        lake = f"{self.work}/boosted"
        runs, others = [], []
        for _ in range(min(self.options.rounds, self.options.peer_rounds)):
            runs.append(self.fresh_run(
                self.ltc, self.eth, "--set",
                "forecasts.models=[\"persistence\", \"drift\", \"linear\", \"tree\", \"boosted\"]",
                lake=lake))
            others.append(self.peer("polars_pipeline", "--xgboost"))
        ours, other = best(runs), best(others)
        self.check_pipeline(ours.json(), other.json(), lake)
        self.line("pipeline with boosted trees against the same peer with XGBoost",
                  f"{ours.seconds:.1f} s, {other.seconds / ours.seconds:.1f}× faster", "shown", None,
                  f"{ours.rss_mib:.0f} MiB; peer {other.seconds:.1f} s, {other.rss_mib:.0f} MiB, "
                  f"relative MAE {other.json()['relative_mae']}")

    def check_pipeline(self, ours, other, lake=None):
        refits = sum(other["refits"].values())
        if ours["models_fitted"] != refits:
            raise RuntimeError(f"we refitted {ours['models_fitted']} times, the peer {refits}")
        scores = json.loads(self.ours(
            "sql", "SELECT symbol || ' ' || model AS k, relative_mae AS v FROM scores WHERE "
            "period = 'all' AND bucket = 'all' AND basis = 'recomputed'", "--format", "json",
            lake=lake).output)
        for row in scores:
            theirs = other["relative_mae"].get(row["k"])
            if theirs is not None and abs(row["v"] - theirs) > 0.02:
                raise RuntimeError(f"{row['k']}: relative MAE {row['v']:.4f}, peer {theirs:.4f}")

    # The parts below look at the pipeline's lake; alone they make it once.
    def need_lake(self):
        if self.full is None:
            self.full = self.fresh_run(self.ltc, self.eth).seconds

    def queries(self):
        self.need_lake()
        sql = ("SELECT count(*) AS n, avg(close) AS mean, max(high) AS top FROM vendor_candles")
        runs = [self.ours("sql", sql, "--format", "json") for _ in range(7)]
        count = json.loads(runs[0].output)[0]["n"]
        if count <= 0:
            raise RuntimeError("sql: no rows")
        seconds = best(runs).seconds
        self.line(f"sql, one-row aggregate over {count:,} rows", f"{seconds:.3f} s", "≤ 0.25 s",
                  seconds <= 0.25)

    def verify(self):
        self.need_lake()
        seconds = best([self.ours("verify") for _ in range(min(2, self.options.rounds))]).seconds
        ratio = seconds / self.full
        self.line("verify", f"{seconds:.2f} s, {ratio:.2f}× the full run", "≤ 1.5×", ratio <= 1.5)

    def append_day(self):
        before, day, rows = bench_data.last_day(self.ltc, self.work)
        lake = f"{self.work}/append"
        runs, full = [], []
        for _ in range(self.options.rounds):
            full.append(self.fresh_run(before, lake=lake))
            runs.append(self.ours("run", day, "--json", lake=lake))
        ours = best(runs)
        new = sum(s["new"] for s in ours.json()["sources"])
        if new != rows:
            raise RuntimeError(f"append: {rows} rows sent, {new} new")
        ratio = ours.seconds / best(full).seconds
        self.line(f"one day appended ({rows} rows)",
                  f"{ours.seconds:.3f} s, 1/{1 / ratio:.0f} of the full run",
                  "≤ 0.4 s, ≤ 1/50", ours.seconds <= 0.4 and ratio <= 1 / 50)

    def correct_row(self):
        path = bench_data.corrected_row(self.ltc, self.work)
        lake = f"{self.work}/correct"
        plain = ("--set", "forecasts.enabled=false")
        runs, full = [], []
        for _ in range(self.options.rounds):
            full.append(self.fresh_run(self.ltc, *plain, lake=lake))
            runs.append(self.ours("run", path, *plain, "--json", lake=lake))
        ours = best(runs)
        if sum(s["revised"] for s in ours.json()["sources"]) != 1:
            raise RuntimeError("correction: the row was not a revision")
        ratio = ours.seconds / best(full).seconds
        self.line("one early row corrected, no forecasts",
                  f"{ours.seconds:.3f} s, 1/{1 / ratio:.0f} of the full run", "≤ 1/20",
                  ratio <= 1 / 20)
        lake = f"{self.work}/correct-all"
        whole = self.fresh_run(self.ltc, lake=lake)
        ours = self.ours("run", path, "--json", lake=lake)
        answer, total = ours.json(), whole.json()["models_fitted"]
        self.line("one early row corrected, with forecasts",
                  f"{ours.seconds:.3f} s, {answer['models_fitted']} of {total} refitted, "
                  f"{answer['models_reused']} reused",
                  "only models that saw the row", answer["models_fitted"] < total)

    def parsing(self):
        binary = os.path.join(ROOT, "build/release/src/tidemark/candle_reader_bench")
        if not os.path.exists(binary):
            self.line("CSV → rows, one thread", "not built", "≥ 500 MB/s", None)
            return
        out = run([binary, "--benchmark_filter=CsvOneThread", "--benchmark_format=json",
                   "--benchmark_repetitions=3"], cwd=ROOT).output
        rates = [b["bytes_per_second"] for b in json.loads(out[out.index("{"):])["benchmarks"]
                 if b.get("run_type") == "iteration"]
        rate = max(rates) / 1e6
        self.line("CSV → rows, one thread", f"{rate:.0f} MB/s", "≥ 500 MB/s", rate >= 500)

    # Google Benchmark's JSON of a micro benchmark: the runs, without their means.
    def micro(self, name, pattern, repetitions=3, **environment):
        binary = os.path.join(ROOT, "build/release/src/tidemark", name)
        if not os.path.exists(binary):
            raise RuntimeError(f"{name} is not built; `make bench` builds it")
        out = run([binary, f"--benchmark_filter={pattern}", "--benchmark_format=json",
                   f"--benchmark_repetitions={repetitions}"], cwd=ROOT, env=environment).output
        found = json.loads(out[out.index("{"):])["benchmarks"]
        return [b for b in found if b.get("run_type") == "iteration"]

    # Ours against Polars and DuckDB on the same trades, one thread each; the answers must agree.
    def trades(self):
        folder = f"{self.work}/trades"
        # In a process of its own: what this one has ever held counts as its children's memory.
        run([sys.executable, f"{HERE}/trades_data.py", folder])
        for work, name, pattern, path, bars in (
                ("read", "trade_reader_bench", "TradesOneThread", f"{folder}/BTCUSDT-trades-2024-11.csv", {"polars": 2.5, "duckdb": 5}),
                ("bars", "trade_bars_bench", "MinuteBars", folder, {"polars": 5, "duckdb": 5})):
            runs = self.micro(name, pattern, TIDEMARK_BENCH_TRADES=folder)
            ours = min(runs, key=lambda b: b["real_time"])
            seconds = ours["real_time"] / 1e3
            if work == "read":
                self.line("10 M trades, CSV → typed rows, one thread",
                          f"{seconds:.2f} s, {ours['bytes_per_second'] / 1e6:.0f} MB/s", "≤ 0.9 s", seconds <= 0.9)
            else:
                rate = ours["items_per_second"] / 1e6
                self.line("trades in memory → 1m candles of 20 symbols, one thread", f"{rate:.0f} M trades/s",
                          "≥ 60 M/s", rate >= 60)
            for engine, bar in bars.items():
                told = run([sys.executable, f"{HERE}/peers/trades.py", work, engine, path]).json()
                for key in set(told) - {"seconds"}:
                    if abs(told[key] - ours[key]) > 1e-9 * abs(ours[key]):
                        raise RuntimeError(f"{work}: {key} is {ours[key]}, {engine} has {told[key]}")
                ratio = told["seconds"] / seconds
                self.line(f"the same against {engine}", f"{ratio:.1f}× faster", f"≥ {bar}×", ratio >= bar,
                          f"{engine} {told['seconds']:.2f} s")
        ours = max(self.micro("candle_stream_bench", "CandlesOfADay"), key=lambda b: b["items_per_second"])
        rate = ours["items_per_second"] / 1e6
        self.line("trades as they come → candles 1m to 1d of 20 symbols, one thread", f"{rate:.1f} M trades/s", "≥ 15 M/s",
                  rate >= 15, f"{ours['late']:,.0f} late, {ours['candles']:,.0f} candles given, saved every minute")

    # Messages of every venue, decoded again and again.
    def decoding(self):
        rates = {}
        for b in self.micro("feed_decoder_bench", "Decode"):
            name = b["name"].split("/")[1]
            rates[name] = max(rates.get(name, 0), b["items_per_second"])
        slowest = min(rates, key=rates.get)
        rows = {n: r for n, r in rates.items() if "book" not in n}
        self.line("trade and candle messages decoded, a core", f"slowest {slowest} {rates[slowest] / 1e6:.1f} M/s",
                  "≥ 1 M/s", min(rows.values()) >= 1e6, ", ".join(f"{n} {r / 1e6:.1f}" for n, r in sorted(rows.items())))

    # Recorded messages, as cryptofeed and ours decode them; and all of each venue's that give rows.
    def recorded(self):
        if not os.path.isdir(self.options.recordings):
            self.line("recorded messages against cryptofeed", "no recordings", "≥ 30×", None, self.options.recordings)
            return
        folder = f"{self.work}/frames"
        shutil.rmtree(folder, ignore_errors=True)
        told = run([sys.executable, f"{HERE}/peers/cryptofeed_decode.py", self.options.recordings, folder]).json()
        ours = max(self.micro("feed_decoder_bench", "Recorded", TIDEMARK_BENCH_FRAMES=folder), key=lambda b: b["items_per_second"])
        if (ours["messages"], ours["rows"]) != (told["messages"], told["rows"]):
            raise RuntimeError(f"recorded: ours {ours['messages']} messages, {ours['rows']} rows; cryptofeed {told}")
        ratio = ours["items_per_second"] / told["messages_per_second"]
        self.line("recorded trade and candle messages decoded, against cryptofeed",
                  f"{ours['items_per_second'] / 1e6:.2f} M/s, {ratio:.1f}× faster", "≥ 30×", ratio >= 30,
                  f"cryptofeed {told['messages_per_second'] / 1e6:.3f} M/s; {told['messages']} messages it accepts of "
                  + ", ".join(n for n, v in told["venues"].items() if v["messages"]))
        rates = {}
        for b in self.micro("feed_decoder_bench", "RowsOf", TIDEMARK_BENCH_RECORDINGS=self.options.recordings):
            name = b["name"].split("/")[1]
            rates[name] = max(rates.get(name, 0), b["items_per_second"])
        slowest = min(rates, key=rates.get)
        self.line("trades and candles of recorded messages decoded, by venue", f"slowest {slowest} {rates[slowest] / 1e6:.1f} M/s", "≥ 1 M/s",
                  rates[slowest] >= 1e6, ", ".join(f"{n} {r / 1e6:.1f}" for n, r in sorted(rates.items())))

    # Messages of a busy market through the path of live, without a network, into a lake on disk.
    def sustained(self):
        seconds = self.options.sustained_seconds
        ours, = self.micro("live_ingest_bench", "Sustained", repetitions=1, TIDEMARK_BENCH_SECONDS=str(seconds),
                           TIDEMARK_BENCH_FOLDER=self.work)
        rate, first, second = ours["rows_per_second"], ours["mib_first_half"], ours["mib_second_half"]
        self.line(f"live ingestion of 100 symbols through journal and lake, {seconds} s", f"{rate / 1e3:.0f} k trades/s", "≥ 500 k/s",
                  rate >= 500e3, f"{ours['rows'] / 1e6:.1f} M rows in {ours['seconds']:.0f} s: taking {ours['taking_seconds']:.0f} s, "
                  f"syncing {ours['syncing_seconds']:.0f} s, the rest {ours['epochs']:.0f} epochs: {ours['label']}")
        self.line("the same, memory", f"{second:.0f} MiB at most in the second half, {first:.0f} in the first", "≤ 1.1×",
                  second <= 1.1 * first)

    # From the close of a candle to its forecasts, durable, over loopback.
    def forecasts(self):
        import live_bench
        shown, unsynced, silent = live_bench.measure(os.path.join(ROOT, "build/release/tidemark"), self.work)
        p50, p99 = live_bench.share(shown, 0.5), live_bench.share(shown, 0.99)
        self.line("candle closed → forecasts durable, 50,000 trades/s of 100 symbols", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
                  "p50 ≤ 5 ms, p99 ≤ 25 ms", p50 <= 5 and p99 <= 25,
                  f"{len(shown)} candles; said, not yet durable: p50 {live_bench.share(unsynced, 0.5):.1f} ms, "
                  f"p99 {live_bench.share(unsynced, 0.99):.1f} ms; {silent} candles of silent symbols left out")

    # One candle at a time, as live does.
    def features(self):
        rate = max(b["items_per_second"] for b in self.micro("feature_bench", "DefaultFeatures/1$"))
        self.line("the default 20 features, one candle after the other", f"{1e9 / rate:.0f} ns a candle", "≤ 1000 ns",
                  rate >= 1e6)
        averages = {}
        for b in self.micro("feature_bench", "MovingAverage"):
            averages[b["label"]] = min(averages.get(b["label"], math.inf), 1e9 / b["items_per_second"])
        slowest = max(averages, key=averages.get)
        self.line("SMA, EMA, a row", f"slowest {slowest} {averages[slowest]:.1f} ns", "≤ 10 ns", averages[slowest] <= 10,
                  ", ".join(f"{name} {ns:.1f}" for name, ns in averages.items()))

    def report(self, about):
        today = datetime.date.today().isoformat()
        name = "".join(c if c.isalnum() else "-" for c in about["machine"]["processor"].lower())
        while "--" in name:
            name = name.replace("--", "-")
        stem = f"{self.options.results}/{today}-{name.strip('-')}-{about['machine']['processors']}"
        os.makedirs(self.options.results, exist_ok=True)
        # Parts that are measured alone take their place in the day's table.
        if self.options.only and os.path.exists(stem + ".json"):
            with open(stem + ".json", encoding="utf-8") as file:
                others = [line for line in json.load(file)["lines"] if line["part"] not in self.options.only]
            self.lines = sorted(others + self.lines, key=lambda line: PARTS.index(line["part"]))
        about["lines"] = self.lines
        parts = {}  # by commit
        for line in self.lines:
            parts.setdefault(line.get("commit", "unknown"), {})[line["part"]] = None
        commits = ", ".join(f"`{name}`" + (f" ({', '.join(of)})" if len(parts) > 1 else "") for name, of in parts.items())
        with open(stem + ".json", "w", encoding="utf-8") as file:
            json.dump(about, file, indent=1, ensure_ascii=False)
            file.write("\n")
        m = about["machine"]
        text = [f"# Speed on {today}", "",
                f"{m['processor']}, {m['processors']} processors, {m['memory_mib']} MiB, "
                f"{m['system']}; load before the run {m['load_before']}.", "",
                f"Commit: {commits}.", "",
                "Versions: " + ", ".join(f"{k} {v}" for k, v in about["versions"].items() if v), "",
                f"Best of {self.options.rounds}; ours and peers in turn. Data: "
                + about["data"], "",
                "| work | ours | bar | | |", "| --- | --- | --- | --- | --- |"]
        for line in self.lines:
            verdict = {True: "pass", False: "**miss**", None: ""}[line["ok"]]
            text.append(f"| {line['work']} | {line['ours']} | {line['bar']} | {verdict} | "
                        f"{line['detail']} |")
        with open(stem + ".md", "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")
        print(f"\nwrote {os.path.relpath(stem, ROOT)}.md and .json")


PARTS = ["parsing", "trades", "decoding", "recorded", "sustained", "forecasts", "features", "study", "pipeline", "boosted", "queries", "verify", "append_day", "correct_row"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=f"{ROOT}/build/release/tidemark")
    parser.add_argument("--ltc", help="LTC minutes as CSV; simulated ones without")
    parser.add_argument("--eth", help="ETH minutes as JSON lines")
    parser.add_argument("--recordings", default=os.environ.get("TIDEMARK_BENCH_RECORDINGS", f"{ROOT}/../shared/data/recordings"),
                        help="folder of recorded conversations with venues")
    parser.add_argument("--rounds", type=int, default=3, help="best of so many (default 3)")
    parser.add_argument("--sustained-seconds", type=int, default=120, help="how long live ingestion goes on (default 120)")
    parser.add_argument("--spark-rounds", type=int, default=1)
    parser.add_argument("--peer-rounds", type=int, default=1, help="of the pipeline's peer")
    parser.add_argument("--xgboost", action="store_true", help="also the pipeline with boosted trees, ours and the peer's (minutes)")
    parser.add_argument("--skip", action="append", default=[],
                        choices=["pyspark", "pandas", "polars", "pipeline"], help="a peer")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part, in the day's table if there is one; may be repeated")
    parser.add_argument("--work", help="folder to work in (kept)")
    parser.add_argument("--results", default=f"{HERE}/results")
    options = parser.parse_args()
    if not options.ltc:
        options.ltc = os.environ.get("TIDEMARK_BENCH_LTC")
        options.eth = options.eth or os.environ.get("TIDEMARK_BENCH_ETH")
    bench = Bench(options)
    about = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
             "machine": machine(), "versions": versions(bench.tidemark),
             "data": f"{os.path.basename(bench.ltc)} {os.path.getsize(bench.ltc) / 1e6:.0f} MB, "
                     f"{os.path.basename(bench.eth)} {os.path.getsize(bench.eth) / 1e6:.0f} MB"
                     + ("" if options.ltc else " (simulated)"),
             "rounds": options.rounds}
    failed = False
    usual = [part for part in PARTS if part != "boosted" or options.xgboost]
    for part in options.only or usual:
        bench.part = part
        try:
            getattr(bench, part)()
        except (RuntimeError, subprocess.SubprocessError, KeyError, ValueError) as error:
            failed = True
            bench.line(part, "failed", "–", False, str(error).replace("\n", " ")[:500])
    bench.report(about)
    if not options.work:
        shutil.rmtree(bench.work, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
