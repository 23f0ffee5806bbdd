"""Live against a venue that drops, repeats and lies: the same tables as the venue's complete files give."""

import json
import math
import random
import signal
import threading
import time

import pandas as pd
import pytest

from testkit import lakes
from testkit.live import SEED, SYMBOLS, Live, Venue, settled, wait_for, within

# Scores are of all there is: a digest of them until a time is not to be had.
TABLES = ("trades", "candles", "gaps", "features", "models", "forecasts", "outcomes")
FAULTS = ("disconnect=0.002,silence=0.0002,duplicate=0.02,disorder=0.02,drop=0.003,malformed=0.002,split=0.02,"
          "rest429=0.05,rest5xx=0.05,truncate=0.03")


@pytest.fixture
def program(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    return tidemark


def digests(program, lake, until, tables=TABLES):
    told = program.run("verify", "--lake", lake, "--digest", "--until", until, "--json").json()
    return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in told if d["table"] in tables}


def assert_same(program, until, tables=TABLES):
    """The lake's tables until a time are those of the run over the venue's files."""
    ours, expected = digests(program, "lake", until, tables), digests(program, "files", until, tables)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))


def issued(program, what="*"):
    """How many rows of `issued` the lake has, or how many of something in them."""
    done = program.try_run("sql", "--lake", "lake", "--format", "json", f"select count({what}) as n from issued")
    return int(json.loads(done.out)[0]["n"]) if done.code == 0 else 0


def open_gaps(program):
    return program.try_run("gaps", "--lake", "lake", "--fail").code != 0


def truth_from(program, lake, venue="binance"):
    """Files of the truth from the first trade that live saw of each symbol; the time until which both are complete."""
    rows = program.run("sql", "--lake", lake, "--format", "json",
                       "select symbol, min(trade_id::bigint) as first from trades group by all").json()
    first = {row["symbol"]: int(row["first"]) for row in rows}
    assert set(first) == set(SYMBOLS)
    for symbol in SYMBOLS:
        name = f"{symbol.replace('-', '')}-trades-simulated.csv"
        lines = (program.cwd / "truth" / name).read_text().splitlines(keepends=True)
        (program.cwd / name).write_text("".join(line for line in lines if int(line.split(",")[0]) >= first[symbol]))
        program.run("run", name, "--venue", venue, "--lake", "files")


def run_truth(program, venue, kinds=("trades",)):
    """The run over the venue's complete files."""
    for symbol in SYMBOLS:
        for kind in kinds:
            program.run("run", f"truth/{symbol.replace('-', '')}-{kind}-simulated.csv", "--venue", venue, "--lake", "files")


@pytest.mark.parametrize(("venue_name", "faults"), [("binance", ""), ("binance", FAULTS), ("okx", FAULTS)])
def test_killed_at_will_the_tables_are_those_of_the_files(program, venue_name, faults):
    """A day of a venue over the turn of a month, live in half a minute, with four kills."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    until = "2024-02-01T05:00:00Z"
    options = ["--start", "2024-01-31T14:00:00Z", "--duration", "24h", "--speed", 3000, "--rate", 0.1]
    venue = Venue(program, *options, *(["--faults", faults] if faults else []), venue=venue_name)
    try:
        for _ in range(4):
            live = Live(program, venue.told["url"], venue=venue_name)
            time.sleep(rng.uniform(1, 4))
            live.kill()
        live = Live(program, venue.told["url"], venue=venue_name)
        wait_for(lambda: issued(program) > 0)
        wait_for(lambda: settled(program, "lake", until))
        report, notes = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] == 0 and report["epochs"] > 3, notes[-2000:]
    truth_from(program, "lake", venue_name)
    expected = digests(program, "files", until)
    assert {table for table, _ in expected} == set(TABLES)
    assert_same(program, until)
    program.run("verify", "--lake", "lake")
    sources = program.run("status", "--lake", "lake", "--json").json()["sources"]
    assert sources and all(source["adds_up"] for source in sources)
    # What was said while live is there once.
    assert issued(program, "distinct (symbol, time, horizon, model)") == issued(program) > 0


def test_forecasts_are_said_as_candles_close(program):
    """What is printed is what `issued` keeps, through a kill, and what the epochs forecast: nothing came late."""
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "48h", "--speed", 2400, "--rate", 0.1)
    printed = []
    try:
        for kill in (True, False):
            live = Live(program, venue.told["url"], "--forecasts", "--set", "live.epoch=2s")
            reader = threading.Thread(target=lambda stdout=live.process.stdout: printed.extend(stdout))
            reader.start()
            wanted = len(printed) + 100
            wait_for(lambda wanted=wanted: len(printed) > wanted)
            if kill:
                live.process.kill()
            else:
                live.process.send_signal(signal.SIGTERM)
            assert live.process.wait(60) == (-signal.SIGKILL if kill else 0), live.told()[-2000:]
            reader.join()
    finally:
        venue.end()
    shown = [json.loads(line) for line in printed if line.endswith("}\n")]
    assert len(shown) > 100
    query = """select i.symbol, epoch_us(i.time) as time, i.model, i.model_id, i.prediction, f.prediction as recomputed,
                      epoch_us(i.issued_at) as issued_at
               from issued i left join forecasts f using (venue, symbol, interval, horizon, time, model)"""
    kept = {(row["symbol"], int(row["time"]), row["model"]): row for row in
            program.run("sql", "--lake", "lake", "--format", "json", query).json()}
    for candle in shown:
        at = pd.Timestamp(candle["time"]).value // 1000
        for forecast in candle["forecasts"]:
            row = kept[candle["symbol"], at, forecast["model"]]
            assert float(row["prediction"]) == forecast["prediction"] == float(row["recomputed"]), (forecast, row)
            assert row["model_id"] == forecast["model_id"]
            assert int(row["issued_at"]) == pd.Timestamp(candle["issued_at"]).value // 1000
            assert forecast["price"] == pytest.approx(candle["close"] * math.exp(forecast["prediction"]), rel=1e-12)
    program.run("verify", "--lake", "lake")


@pytest.mark.parametrize("venue_name", ["binance", "kraken", "gemini"])
def test_the_time_before_it_began_is_had_where_it_is_wanted(program, venue_name):
    """Begun half an hour late, and killed: the tables are those of the whole files, also where it was wanted late."""
    start, until = "2024-01-31T14:00:00Z", "2024-01-31T16:00:00Z"  # a whole hour: candles count by their opening
    faults = "disconnect=0.002,duplicate=0.02,rest429=0.05,rest5xx=0.05,truncate=0.03,calm-after=7200"
    venue = Venue(program, "--start", start, "--duration", "24h", "--speed", 600, "--rate", 0.2, "--faults", faults,
                  venue=venue_name)
    time.sleep(3)
    try:
        wanted = ["--since", start] if venue_name != "kraken" else []
        live = Live(program, venue.told["url"], *wanted, venue=venue_name)
        wait_for(lambda: program.try_run("sql", "--lake", "lake", "select 1 from trades").code == 0)
        live.kill()
        live = Live(program, venue.told["url"], "--since", start, venue=venue_name)
        wait_for(lambda: program.try_run("gaps", "--lake", "lake", "--until", until, "--fail").code == 0)
        assert settled(program, "lake", until)
        wait_for(lambda: not open_gaps(program))
        live.end()
    finally:
        venue.end()
    run_truth(program, venue_name)
    assert_same(program, until)
    later = program.run("gaps", "--lake", "lake", "--until", "2030-01-01", "--fail", exit=1)
    assert "what feeds told is not known, or not checked, up to --until" in later.err
    program.run("gaps", "--lake", "files", "--until", "2030-01-01", "--fail")  # nothing follows those
    reasons = program.run("sql", "--lake", "lake", "--format", "json",
                          "select distinct reason from gap_events where event = 'healed'").json()
    assert "history" in {row["reason"] for row in reasons}
    told = program.run("gaps", "--lake", "lake", "--reason", "history", "--json").json()
    assert not any(series["interval"] == "" for series in told["series"])
    known = {row["symbol"]: row["time"] for row in told["trades_until"]}
    assert set(known) == set(SYMBOLS) and min(known.values()) > until
    assert f"Trades are known up to {min(known.values())} (" in program.run("gaps", "--lake", "lake").out


@pytest.mark.parametrize("venue_name", ["binance", "kraken", "gemini"])
def test_what_follows_the_last_cut_is_had_though_nothing_is_traded_any_more(program, venue_name):
    """Killed in the middle, begun again when the market stands still: the venue is asked, up to the last trade and candle."""
    start, until = "2024-01-31T14:00:00Z", "2024-01-31T17:58:00Z"
    venue = Venue(program, "--start", start, "--duration", "4h", "--speed", 1200, "--rate", 0.2, "--faults", "rest5xx=0.05",
                  venue=venue_name)
    url = venue.told["url"]
    with open(program.cwd / "tidemark.toml", "a") as config:
        config.write(f'[[source]]\nfeed = "{venue_name}"\nsymbols = ["BTC-USDT", "ETH-USDT"]\ncandles = ["1m"]\n'
                     f'since = "{start}"\nws_url = "{url}"\nrest_url = "{venue.told["rest_url"]}"\n')

    def known():
        done = program.try_run("gaps", "--lake", "lake", "--json")
        told = []
        if done.code == 0:
            told = [series["time"] for kind in ("trades", "candles") for series in done.json()[f"{kind}_until"]]
        return len(told) == 2 * len(SYMBOLS) and min(told) >= until

    def minutes():
        """In the lake, and in all."""
        lake = program.run("sql", "--lake", "lake", "--format", "json", "select count(*) as n from vendor_candles "
                           f"where open_time < timestamptz '{until}'").json()
        truth = [int(line.split(",")[6]) for symbol in SYMBOLS for line in
                 (program.cwd / f"truth/{symbol.replace('-', '')}-1m-simulated.csv").read_text().splitlines()]
        return int(lake[0]["n"]), sum(close < pd.Timestamp(until).value // 1_000_000 for close in truth)

    try:
        live = Live(program, url, configured=True)
        wait_for(lambda: program.try_run("sql", "--lake", "lake", "select 1 from trades").code == 0)
        live.kill()
        wait_for(lambda: venue.status()["over"])
        live = Live(program, url, configured=True)
        wait_for(lambda: known() and not open_gaps(program))
        wait_for(lambda: len(set(minutes())) == 1)
        live.end()
    finally:
        venue.end()
    run_truth(program, venue_name, ("trades", "1m"))
    assert_same(program, until, (*TABLES, "vendor_candles"))
    told = program.run("gaps", "--lake", "lake").out
    assert "Trades are known up to" in told and "Candles of feeds have come up to" in told
    assert ("Where ids do not tell what feeds left out, it is checked up to" in told) == (venue_name != "binance")
    program.run("verify", "--lake", "lake")


def test_a_venues_own_minutes_are_had_where_they_were_missed(program):
    """Without trades, begun late, killed three times: the tables are those of the venue's file of minutes."""
    start, until = "2024-01-31T14:00:00Z", "2024-02-01T05:00:00Z"
    faults = "disconnect=0.004,restate=0.2,malformed=0.01,rest5xx=0.1,truncate=0.05,calm-after=54000"
    venue = Venue(program, "--start", start, "--duration", "96h", "--speed", 3000, "--rate", 0.1, "--faults", faults)
    url = venue.told["url"]
    with open(program.cwd / "tidemark.toml", "a") as config:
        config.write(f'[[source]]\nfeed = "binance"\nsymbols = ["BTC-USDT", "ETH-USDT"]\ntrades = false\ncandles = ["1m"]\n'
                     f'since = "{start}"\nws_url = "{url}"\nrest_url = "{venue.told["rest_url"]}"\n')
    time.sleep(1)

    def whole():
        done = program.try_run("sql", "--lake", "lake", "--format", "json", "select count(*) = 15 * 60 as whole from vendor_candles "
                               f"where open_time < timestamptz '{until}' group by symbol")
        rows = json.loads(done.out) if done.code == 0 else []
        return len(rows) == len(SYMBOLS) and all(row["whole"] for row in rows)

    try:
        for _ in range(3):
            live = Live(program, url, configured=True)
            time.sleep(3)
            live.kill()
        live = Live(program, url, configured=True)
        wait_for(whole)
        time.sleep(2)  # what was told again after it was told wrong
        live.end()
    finally:
        venue.end()
    for symbol in SYMBOLS:
        program.run("run", f"truth/{symbol.replace('-', '')}-1m-simulated.csv", "--venue", "binance", "--lake", "files")
    expected = digests(program, "files", until)
    assert {table for table, _ in expected} == set(TABLES) - {"trades", "gaps"}  # a minute without trades is told too
    assert_same(program, until)
    program.run("verify", "--lake", "lake")


def test_a_damaged_log_costs_a_question_to_the_venue(program):
    """What stands behind the damage is lost with it, and asked for again by its ids."""
    until = "2024-01-31T16:00:00Z"
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "3h", "--speed", 1200, "--rate", 0.2)
    try:
        live = Live(program, venue.told["url"], "--set", "live.epoch=1h")
        time.sleep(6)
        live.kill()
        segments = sorted((program.cwd / "lake" / "_tidemark" / "frames").iterdir())
        assert segments
        stored = bytearray(segments[0].read_bytes())
        stored[len(stored) // 2] ^= 0x40
        segments[0].write_bytes(stored)
        live = Live(program, venue.told["url"])
        wait_for(lambda: settled(program, "lake", until))
        report, notes = live.end()
    finally:
        venue.end()
    assert "is damaged" in notes and "set aside" in notes, notes[-2000:]
    assert report["gaps_open"] == 0
    truth_from(program, "lake")
    assert_same(program, until)
    program.run("verify", "--lake", "lake")


def test_any_write_may_fail_or_be_the_last(program):
    """Disk errors and deaths at random writes, one in each life; the last goes undisturbed."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    until = "2024-01-31T19:00:00Z"
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "6h", "--speed", 1000, "--rate", 0.1)
    lives = died = faults = 0
    survived = False
    try:
        while lives < 10 or not died or not survived:  # a write that fails before it listens ends it
            assert lives < 40, f"{died} deaths, {faults} failed writes, none of them survived"
            mode = "fail" if lives % 2 else "crash"
            lives += 1
            live = Live(program, venue.told["url"], "--test-fault", f"{mode}:{rng.randrange(1, 150)}")
            met = within(5, lambda live=live, faults=faults: live.process.poll() is not None
                         or live.told().count("injected fault") > faults)
            died += mode == "crash" and live.process.poll() is not None
            if met and mode == "fail" and live.process.poll() is None:
                code, _, notes = live.stop()
                assert code in (0, 4), notes[-2000:]  # 4: it was the last commit that failed
            else:
                live.kill()
            notes = live.told()
            faults = notes.count("injected fault")
            survived = "trying again" in notes or "cannot be written" in notes
        live = Live(program, venue.told["url"])
        wait_for(lambda: settled(program, "lake", until))
        report, notes = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] == 0
    truth_from(program, "lake")
    assert_same(program, until)
    program.run("verify", "--lake", "lake")


@pytest.mark.full
def test_hundreds_of_kills(program):
    """Thirty hours of a lying venue, live in three minutes, killed two hundred times."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    until = "2024-02-01T15:00:00Z"
    venue = Venue(program, "--start", "2024-01-31T10:00:00Z", "--duration", "30h", "--speed", 600, "--rate", 0.1,
                  "--faults", FAULTS)
    try:
        for _ in range(200):
            live = Live(program, venue.told["url"], "--set", "live.epoch=200ms")
            time.sleep(rng.uniform(0.1, 1.7))
            live.kill()
        live = Live(program, venue.told["url"])
        wait_for(lambda: settled(program, "lake", until))
        report, notes = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] == 0, notes[-2000:]
    truth_from(program, "lake")
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    assert {table for table, _ in expected} == set(TABLES)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))
    program.run("verify", "--lake", "lake")
