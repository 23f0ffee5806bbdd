"""What `live` says of itself: metrics that another parser reads and that are the lake's own counts, health, logs."""

import contextlib
import datetime
import json
import pathlib
import re
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from testkit import lakes, mounts, s3
from testkit.live import SYMBOLS, Live, Venue, settled, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITOR = ("--metrics", "127.0.0.1:0", "--log", "json", "--log-level", "debug")
FAULTS = "disconnect=0.003,duplicate=0.03,disorder=0.02,drop=0.005,malformed=0.003,rest429=0.1,rest5xx=0.05"


@pytest.fixture
def program(tidemark):
    """The program; what it starts and a test leaves running when it fails is killed."""
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    started = []
    start = tidemark.start
    tidemark.start = lambda *args, **options: started.append(start(*args, **options)) or started[-1]
    yield tidemark
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def events(live):
    lines = live.told().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def address_of(live):
    def told():
        assert live.process.poll() is None, live.told()
        return [e["address"] for e in events(live) if e["event"] == "metrics_served"]
    return wait_for(told)[0]


def get(address, path):
    """The status and the text."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Scrape:
    """The metrics of one moment."""

    def __init__(self, address):
        status, text = get(address, "/metrics")
        assert status == 200, text
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def sum(self, name, **labels):
        found = [s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items()]
        assert found, f"{name} {labels}"
        return sum(found)


def assert_well_formed(scrape):
    names = [family.name for family in scrape.families]
    assert len(names) == len(set(names))
    for family in scrape.families:
        assert family.name.startswith(("tidemark_", "process_")) and family.documentation, family
        assert family.samples, family
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total"), sample
            assert set(sample.labels) <= {"venue", "symbol", "table", "interval", "result", "version", "le"}, sample
    keys = [(s.name, *sorted(s.labels.items())) for s in scrape.samples]
    assert len(keys) == len(set(keys))


def assert_documented(scrape):
    """docs/monitoring.md lists what there is, no more and no less."""
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(tidemark_\w+)`", page, re.M))
    there = {family.name + ("_total" if family.type == "counter" else "") for family in scrape.families}
    assert listed == {name for name in there if name.startswith("tidemark_")}


def assert_counts_of(status, scrape):
    """The counters are the lake's ledger."""
    for source in status["sources"]:
        table = "trades" if source["source"].endswith("/trades") else "vendor_candles"
        for result in ("new", "revised", "duplicate", "rejected", "placeholder"):
            assert scrape.sum("tidemark_rows_total", venue="binance", table=table, result=result) == source[result], result
    for trades in status["trades"]:
        assert scrape.sum("tidemark_gaps_open", symbol=trades["symbol"]) == trades["gaps_open"]
    assert scrape.sum("tidemark_epoch") == status["epoch"]


def test_metrics_are_the_counts_of_the_lake(program):
    """Through faults, a kill, a restart and the turn of a month, after which there are forecasts: the counters go on
    where the lake is."""
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "13h", "--speed", 2400, "--rate", 0.1,
                  "--faults", FAULTS)
    began = time.monotonic()
    try:
        live = Live(program, venue.told["url"], *MONITOR)
        address = address_of(live)
        wait_for(lambda: get(address, "/health")[0] == 200)
        wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 3)
        first = Scrape(address)
        live.kill()
        live = Live(program, venue.told["url"], *MONITOR)
        wait_for(lambda: sum(e["event"] == "metrics_served" for e in events(live)) == 2)
        address = [e["address"] for e in events(live) if e["event"] == "metrics_served"][-1]

        def quiet():
            if not settled(program, "lake", "2024-02-01T02:50:00Z"):
                return False
            return Scrape(address).sum("tidemark_pending_rows") == 0

        wait_for(lambda: get(address, "/health")[0] == 200)
        time.sleep(max(0.0, began + 22 - time.monotonic()))  # the venue's 13 hours
        wait_for(quiet)
        last = Scrape(address)
        report, _ = live.end()
    finally:
        venue.end()
    assert_well_formed(last)
    assert_documented(last)
    status = program.run("status", "--lake", "lake", "--json").json()
    assert status["live"] is None
    assert_counts_of(status, last)
    for result in ("new", "duplicate", "rejected"):
        assert last.sum("tidemark_rows_total", result=result) >= first.sum("tidemark_rows_total", result=result)
    assert last.sum("tidemark_frames_total") > 0 and last.sum("tidemark_frame_bytes_total") > 0
    assert last.sum("tidemark_epochs_total") == report["epochs"] == last.sum("tidemark_epoch_duration_seconds_count")
    issued = program.run("sql", "--lake", "lake", "--format", "json", "select count(*) as n from issued").json()
    assert last.sum("tidemark_forecasts_issued_total") == int(issued[0]["n"]) > 0
    for symbol in SYMBOLS:
        assert last.sum("tidemark_subscribed", symbol=symbol) in (0, 1)
        assert 0 <= last.sum("tidemark_last_row_age_seconds", symbol=symbol) < 120
        # The market is of 2024, so far does its watermark lag.
        assert last.sum("tidemark_watermark_lag_seconds", symbol=symbol, table="trades") > 1e6


def test_logs_are_json_with_the_promised_keys(program):
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "2h", "--speed", 1200, "--rate", 0.2,
                  "--faults", FAULTS)
    try:
        live = Live(program, venue.told["url"], *MONITOR)
        address = address_of(live)
        wait_for(lambda: get(address, "/health")[0] == 200)
        wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 3)
        live.end()
    finally:
        venue.end()
    told = events(live)
    for event in told:
        assert list(event)[:4] == ["time", "level", "event", "message"], event
        at = datetime.datetime.fromisoformat(event["time"])
        assert at.utcoffset() == datetime.timedelta(0), event
        assert event["level"] in ("debug", "info", "warning", "error")
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event["event"]), event
        assert event["message"]
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([a-z_]+)` \| (?:debug|info|warning|error) \|", page, re.M))
    assert {event["event"] for event in told} <= listed
    committed = [event for event in told if event["event"] == "epoch_committed"]
    assert len(committed) > 3
    assert [e["epoch"] for e in committed] == sorted(e["epoch"] for e in committed)
    assert all(e["rows"] >= 0 and e["duration_ms"] >= 0 for e in committed)
    assert any(e["venue"] == "binance" for e in told if e["event"] == "connected")


def test_a_lake_that_cannot_be_written_is_loud_and_heals(program):
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "12h", "--speed", 600, "--rate", 0.2)
    try:
        live = Live(program, venue.told["url"], *MONITOR)
        address = address_of(live)
        wait_for(lambda: get(address, "/health")[0] == 200)
        wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 1)
        said = program.run("status", "--lake", "lake", "--json").json()["live"]
        assert said["process"] == live.process.pid and said["problems"] == []
        try:
            with mounts.read_only(program.cwd / "lake"):
                wait_for(lambda: get(address, "/health")[0] == 503)
                health = json.loads(get(address, "/health")[1])
                assert health["status"] == "failing"
                assert "epoch_failing" in [p["code"] for p in health["problems"]]
                frames = Scrape(address)
                assert frames.sum("tidemark_epoch_failing") == 1 and frames.sum("tidemark_healthy") == 0
                said = program.run("status", "--lake", "lake", "--json").json()["live"]
                assert "epoch_failing" in [p["code"] for p in said["problems"]], said
                assert "IN TROUBLE" in program.run("status", "--lake", "lake").out
        except mounts.Absent as absent:
            pytest.skip(str(absent))
        wait_for(lambda: get(address, "/health")[0] == 200)
        after = Scrape(address)
        assert after.sum("tidemark_epoch_failing") == 0 and after.sum("tidemark_epoch_failures_total") > 0
        assert [after.sum("tidemark_subscribed", symbol=symbol) for symbol in SYMBOLS] == [1, 1]
        # The feeds went on meanwhile, into the log.
        assert after.sum("tidemark_frames_total") > frames.sum("tidemark_frames_total")
        wait_for(lambda: program.run("status", "--lake", "lake", "--json").json()["live"]["problems"] == [])
        live.end()
    finally:
        venue.end()
    told = [(event["level"], event["event"]) for event in events(live)]
    assert ("error", "epoch_failed") in told and ("info", "commits_go_on") in told
    program.run("verify", "--lake", "lake")


def fill(disk):
    """A file that takes all room."""
    ballast = disk.path / "ballast"
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return ballast


def test_a_full_disk_is_loud_and_heals(program):
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "12h", "--speed", 600, "--rate", 0.2)
    try:
        with mounts.small_disk(program.cwd / "lake", 48 << 20) as disk:
            live = Live(program, venue.told["url"], *MONITOR)
            address = address_of(live)
            wait_for(lambda: get(address, "/health")[0] == 200)
            wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 1)
            ballast = fill(disk)
            wait_for(lambda: get(address, "/health")[0] == 503)
            codes = [p["code"] for p in json.loads(get(address, "/health")[1])["problems"]]
            assert {"epoch_failing", "log_failing"} & set(codes), codes
            said = wait_for(lambda: program.run("status", "--lake", "lake", "--json").json()["live"]["problems"])
            assert {p["code"] for p in said} <= {"epoch_failing", "log_failing"}
            assert any(words in said[0]["message"] for words in ("No space left", "disk is full")), said
            ballast.unlink()
            wait_for(lambda: get(address, "/health")[0] == 200)
            wait_for(lambda: Scrape(address).sum("tidemark_epoch_failing") == 0)
            live.end()
            assert any(event["level"] == "error" for event in events(live))
            program.run("verify", "--lake", "lake")
    except mounts.Absent as absent:
        pytest.skip(str(absent))
    finally:
        venue.end()


def test_a_lake_on_s3_that_is_gone_is_loud(program):
    """The feed goes on into the log; what ends it then is told as JSON too."""
    server = s3.start("gone")
    program.environment |= {**server.environment, "XDG_STATE_HOME": str(program.cwd / "state"),
                            "XDG_CACHE_HOME": str(program.cwd / "cache")}
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "12h", "--speed", 600, "--rate", 0.2)
    try:
        live = Live(program, venue.told["url"], *MONITOR, lake="s3://gone/lake")
        address = address_of(live)
        wait_for(lambda: get(address, "/health")[0] == 200)
        wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 1)
        server.stop()
        wait_for(lambda: get(address, "/health")[0] == 503)
        assert [p["code"] for p in json.loads(get(address, "/health")[1])["problems"]] == ["epoch_failing"]
        before = Scrape(address)
        wait_for(lambda: Scrape(address).sum("tidemark_frames_total") > before.sum("tidemark_frames_total"))
        assert Scrape(address).sum("tidemark_frame_log_bytes") > 0
        code, _, _ = live.stop()
    finally:
        venue.end()
    last = events(live)[-1]
    assert code == 4 and last["event"] == "failed" and last["level"] == "error" and last["exit_code"] == 4, last


def test_a_killed_live_says_nothing_in_status(program):
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "2h", "--speed", 600, "--rate", 0.2)
    try:
        live = Live(program, venue.told["url"], *MONITOR)
        address = address_of(live)
        wait_for(lambda: Scrape(address).sum("tidemark_healthy") == 1)
        wait_for(lambda: Scrape(address).sum("tidemark_epochs_total") > 0)
        assert program.run("status", "--lake", "lake", "--json").json()["live"]["process"] == live.process.pid
        live.kill()
        assert (program.cwd / "lake" / "_tidemark" / "live").exists()
        assert program.run("status", "--lake", "lake", "--json").json()["live"] is None
    finally:
        venue.end()


def test_a_port_in_use_or_no_address_ends_it_before_anything_is_done(program):
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "1h", "--speed", 600)
    try:
        feed = ("--venue", "binance", "--symbol", "BTC-USDT", "--url", venue.told["url"], "--lake", "other")
        taken = venue.told["url"].removeprefix("ws://").rstrip("/")
        said = program.run("live", *feed, "--metrics", taken, exit=4)
        assert taken in said.err and "in use" in said.err
        for wrong in ("9464", "example.com:80", ":70000"):
            program.run("live", *feed, "--metrics", wrong, exit=2)
            said = program.run("live", *feed, "--set", f"live.metrics={wrong!r}", exit=2)
            assert "live.metrics" in said.err
        program.run("live", *feed, "--log", "xml", exit=2)
        assert not (program.cwd / "other").exists()
    finally:
        venue.end()
