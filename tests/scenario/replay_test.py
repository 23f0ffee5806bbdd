"""Recorded messages give the tables that files of the same trades give, however they are cut into epochs."""

import datetime
import json
import random
import time

import pytest

from testkit import data, lakes
from testkit.live import SYMBOLS, Live, Venue, settled, wait_for

SEED = 5
START_MS = 1_601_445_600_000  # 18 hours before a month, which is when models are made
TABLES = ("trades", "candles", "gaps", "features", "models", "forecasts", "outcomes", "scores")


def trades_of(rng, count):
    """(id, ms, price, size, buyer is maker) of a few days, several at one time."""
    rows, at, price = [], START_MS, 400
    for i in range(count):
        at += rng.choice([0, 0, 10, 2_000, 40_000, 200_000])
        price = max(40, price + rng.choice([-1, 0, 0, 1]))
        rows.append((100 + i, at, price / 4, rng.randrange(1, 40) / 4, rng.random() < 0.5))
    return rows


def message(symbol, row):
    number, at, price, size, maker = row
    return json.dumps({"stream": f"{symbol.lower()}@trade", "data": {
        "e": "trade", "E": at + 5, "s": symbol, "t": number, "p": str(price), "q": str(size), "T": at, "m": maker,
        "M": True}})


def write_recording(path, messages):
    """Messages with the times they were received, in milliseconds."""
    lines = [f"wss://stream.binance.com:9443/stream?streams=x <-> {START_MS / 1000}"]
    lines += [f"{at / 1000}: {text}" for at, text in messages]
    path.write_text("\n".join(lines) + "\n")


def write_csv(path, rows):
    path.write_text("id,time,price,size,is_buyer_maker\n" + "".join(
        f"{n},{at},{price},{size},{str(maker).lower()}\n" for n, at, price, size, maker in rows))


@pytest.fixture
def program(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    return tidemark


@pytest.fixture
def market():
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    return rng, {symbol: trades_of(rng, 3000) for symbol in ("LTCUSDT", "ETHUSDT")}


def until(market):
    """Before this all is complete on both ways: a minute short of the last trade of the shorter series."""
    last = min(rows[-1][1] for rows in market.values()) // 60_000 * 60 - 60
    return datetime.datetime.fromtimestamp(last, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def digests(program, lake, moment):
    told = program.run("verify", "--lake", lake, "--digest", "--until", moment, "--json").json()
    return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in told if d["table"] in TABLES}


def test_messages_give_what_files_give(program, market):
    rng, trades = market
    for symbol, rows in trades.items():
        write_csv(program.cwd / f"binance-{symbol}-trades.csv", rows)
        program.run("run", f"binance-{symbol}-trades.csv", "--venue", "binance", "--lake", "files")
    messages = [(row[1] + 30, message(symbol, row)) for symbol, rows in trades.items() for row in rows]
    messages += rng.sample(messages, 200)  # told twice
    messages.sort(key=lambda m: m[0] + rng.choice([0, 0, 0, 400_000]))  # some late
    write_recording(program.cwd / "day.ws", messages)
    # Silence would close hours that files leave open at their end.
    told = program.run("replay", "day.ws", "--lake", "once", "--set", "live.idle=0d", "--json").json()
    assert (told["messages"], told["trades"], told["rejects"], told["epochs"]) == (6200, 6200, 0, 1)
    assert told["sources"][0]["new"] == 6000 and told["sources"][0]["duplicate"] == 200
    assert told["gaps_opened"] == told["gaps_healed"] > 0
    many = program.run("replay", "day.ws", "--lake", "pieces", "--set", "live.epoch_rows=700",
                       "--set", "live.idle=0d", "--json").json()
    assert many["epochs"] == 9
    moment = until(trades)
    expected = digests(program, "files", moment)
    assert expected and {table for table, _ in expected} == set(TABLES)
    assert digests(program, "once", moment) == expected
    assert digests(program, "pieces", moment) == expected
    for lake in ("once", "pieces"):
        program.run("verify", "--lake", lake)
        assert program.run("status", "--lake", lake, "--json").json()["sources"][0]["adds_up"]


def test_a_gap_in_ids_is_told_and_stays(program, market):
    _, trades = market
    rows = trades["LTCUSDT"]
    kept = rows[:1000] + rows[1010:]
    write_recording(program.cwd / "day.ws", [(row[1] + 30, message("LTCUSDT", row)) for row in kept])
    told = program.run("replay", "day.ws", "--lake", "lake", "--json").json()
    assert (told["gaps_opened"], told["gaps_healed"]) == (1, 0)
    events = program.run("sql", "--lake", "lake", "--format", "json",
                         "select event, reason, epoch from gap_events where \"table\" = 'trades'").json()
    assert events == [{"event": "opened", "reason": "ids 1100 to 1109", "epoch": 1}]
    trades = program.run("status", "--lake", "lake", "--json").json()["trades"]
    assert [(t["symbol"], t["rows"], t["gaps_open"]) for t in trades] == [("LTC-USDT", len(kept), 1)]
    assert "binance LTC-USDT" in program.run("status", "--lake", "lake").out


def test_every_recorded_message_is_explained(program):
    """The counts of the decoders' own tests, here through the whole program."""
    try:
        data.shared_data("recordings/README.md")
    except data.Absent as absent:
        pytest.skip(str(absent))
    venues = [data.SHARED / "recordings" / venue for venue in (
        "binance", "binance_futures", "binance_us", "bitfinex", "bitstamp", "bybit", "coinbase", "gemini", "kraken", "okx")]
    told = program.run("replay", *venues, "--lake", "lake", "--json").json()
    assert (told["messages"], told["trades"], told["gaps_opened"]) == (24_624, 1282, 0)
    rejects = program.run("sql", "--lake", "lake", "--format", "json",
                          "select distinct reason, message from rejects order by all").json()
    # Contracts are no symbols.
    assert [r["message"] for r in rejects] == ["'BTC-USD-220527' is not a symbol", "'UNI-USD-SWAP' is not a symbol"]
    program.run("verify", "--lake", "lake")


def test_what_is_no_recording_is_named(program):
    (program.cwd / "empty").mkdir()
    assert "there is no recording" in program.run("replay", "empty", "--lake", "lake", exit=2).err
    (program.cwd / "x.ws").write_text("hello\n")
    assert "x.ws: line 1" in program.run("replay", "x.ws", "--lake", "lake", exit=2).err
    (program.cwd / "y.ws").write_text("wss://example.org/ws <-> 1600000000\n1600000001: {}\n")
    assert "set --venue" in program.run("replay", "y.ws", "--lake", "lake", exit=2).err


@pytest.mark.parametrize("venue_name, speed", [("kraken", ()), ("binance", ("--speed", 4))])
def test_what_live_has_recorded_is_taken_again_to_the_same_tables(program, venue_name, speed):
    """Through lost connections, deaths, an end and what was asked for meanwhile; as fast as it goes, and paced."""
    faults = "disconnect=0.002,duplicate=0.02,disorder=0.02,drop=0.003,malformed=0.002,rest5xx=0.05"
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "14h", "--speed", 1800, "--rate", 0.1, "--faults", faults,
                  venue=venue_name)
    until = "2024-02-01T02:00:00Z"
    try:
        for stop in (Live.kill, Live.end, Live.kill):
            live = Live(program, venue.told["url"], "--record", "recording", venue=venue_name)
            wait_for(lambda: program.try_run("sql", "--lake", "lake", "select 1 from trades").code == 0)
            time.sleep(2)
            stop(live)
        live = Live(program, venue.told["url"], "--record", "recording", venue=venue_name)
        wait_for(lambda: settled(program, "lake", until) and program.try_run("gaps", "--lake", "lake", "--fail").code == 0)
        live.end()
    finally:
        venue.end()
    began = time.monotonic()
    told = program.run("replay", "recording", "--lake", "again", *speed, "--json").json()
    seconds = time.monotonic() - began
    assert told["trades"] > 1000 and told["gaps_opened"] == told["gaps_healed"] > 0
    assert not speed or seconds > 3

    def digests(lake):
        rows = program.run("verify", "--lake", lake, "--digest", "--until", until, "--json").json()
        return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in rows if d["table"] in TABLES and d["table"] != "scores"}

    ours, again = digests("lake"), digests("again")
    assert {series.split()[1] for _, series in ours} == set(SYMBOLS)
    assert not lakes.differences(ours, again), "\n".join(lakes.differences(ours, again))
    # What was said is said again; epochs say something too, which is not recorded.
    said = [program.run("sql", "--lake", lake, "--format", "csv", "select symbol, time, horizon, model, prediction, issued_at from issued "
                        "order by all").out.splitlines()[1:] for lake in ("lake", "again")]
    assert said[1] and set(said[1]) <= set(said[0])
    program.run("verify", "--lake", "again")
