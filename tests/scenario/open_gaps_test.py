"""Gaps in trades while they are open: what stands over one is not whole, and says so; healed, nothing shows."""

import sqlite3

import pandas as pd
import pytest

from live_test import Live, Venue, digests, program, truth_from, wait_for  # noqa: F401 - program is a fixture
from testkit import lakes, mounts

# In the venue's time: trades of a minute are never told, and for half an hour it answers no question.
SCRIPT = """
at 4m rest5xx for 30m
at 00:05:20 drop for 1m
"""
FEED = """
[[source]]
feed = "binance"
symbols = ["BTC-USDT", "ETH-USDT"]
candles = ["1m"]
ws_url = "{ws}"
rest_url = "{rest}"
"""
UNTIL = "2024-01-31T14:38:00Z"


def rows(program, query):  # noqa: F811
    done = program.try_run("sql", "--lake", "lake", "--format", "json", query)
    return done.json() if done.code == 0 else []


def reached(program, time):  # noqa: F811
    """Whether trades of both symbols are in the lake up to a time."""
    return rows(program, f"select max(time) >= '{time}' as over from trades group by symbol") == [{"over": True}] * 2


@pytest.mark.parametrize("vendor", [False, True])
def test_candles_over_an_open_gap_are_not_whole_until_it_is_healed(program, vendor):  # noqa: F811
    """Forty minutes of a venue in forty seconds."""
    (program.cwd / "script.txt").write_text(SCRIPT)
    (program.cwd / "tidemark.toml").write_text(lakes.TINY.replace('["1h", "1mo"]', '["5m", "1h"]'))
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "40m", "--speed", 60, "--rate", 0.5,
                  "--script", "script.txt")
    try:
        if vendor:
            with open(program.cwd / "tidemark.toml", "a") as config:
                config.write(FEED.format(ws=venue.told["url"], rest=venue.told["rest_url"]))
        live = Live(program, venue.told["url"], configured=vendor)
        minutes = ("select symbol, origin, complete, vwap is null as bare from candles where interval = '1m' and "
                   "open_time >= '2024-01-31T14:05:00Z' and open_time < '2024-01-31T14:06:00Z'")
        wait_for(lambda: len(rows(program, f"select * from ({minutes}) where not complete")) == 2)
        for row in rows(program, minutes):
            assert row["origin"] == ("vendor" if vendor else "rollup") and row["bare"], row
        longer = rows(program, "select origin, complete from candles where interval = '5m' and "
                               "open_time = '2024-01-31T14:05:00Z'")
        assert all(row["origin"] == "rollup" and not row["complete"] for row in longer)
        holes = rows(program, "select symbol, missing from gaps where \"table\" = 'trades'")
        assert len(holes) >= 2 and all(int(hole["missing"]) > 0 for hole in holes)
        assert "open gap" in program.run("gaps", "--lake", "lake", "--reason", "ids", "--fail", exit=1).out
        partial = program.run("gaps", "--lake", "lake", "--partial", "--json").json()["partial"]
        assert {p["interval"] for p in partial} >= {"1m"} and {p["symbol"] for p in partial} == {"BTC-USDT", "ETH-USDT"}
        # A trade that is missing would move all bars behind it, to the end of the day.
        bars = "select symbol, bool_or(complete) as before, bool_or(not complete) as behind from bars group by all"
        wait_for(lambda: [row["behind"] for row in rows(program, bars)] == [True, True])
        assert all(row["before"] for row in rows(program, bars))
        status = program.run("status", "--lake", "lake", "--json").json()
        assert all(trades["gaps_open"] > 0 for trades in status["trades"])
        program.run("verify", "--lake", "lake")  # an open gap is a fact that tables are computed from
        wait_for(lambda: rows(program, "select max(time) >= '2024-01-31T14:39:00Z' as over from trades")[0]["over"] and
                 not rows(program, "select * from gaps where \"table\" = 'trades'"))
        report, notes = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] == 0, notes[-2000:]
    program.run("gaps", "--lake", "lake", "--reason", "ids", "--fail")
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake")
    bars = f"select * from bars where close_time < '{UNTIL}' order by all"
    ours = rows(program, bars)
    assert all(row["complete"] for row in ours) and len({row["interval"] for row in ours}) > 1
    assert ours == program.run("sql", "--lake", "files", "--format", "json", bars).json()
    if not vendor:
        ours, expected = digests(program, "lake", UNTIL), digests(program, "files", UNTIL)
        assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))
    assert [(row["origin"], row["complete"], row["bare"]) for row in rows(program, minutes)] == [("trades", True, False)] * 2


def test_the_last_trades_are_asked_for_though_no_later_one_shows_that_they_are_missing(program):  # noqa: F811
    """Nobody is connected in the venue's last ten minutes, and after them it tells nothing any more."""
    (program.cwd / "script.txt").write_text("at 50m outage for 10m\n")
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "1h", "--speed", 300, "--rate", 0.5,
                  "--script", "script.txt")
    try:
        live = Live(program, venue.told["url"])
        late = "select symbol from trades where time >= '2024-01-31T14:58:00Z' group by all"
        wait_for(lambda: len(rows(program, late)) == 2)
        live.end()
    finally:
        venue.end()
    truth_from(program, "lake")
    until = "2024-01-31T15:00:00Z"
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    trades = {key: value for key, value in ours.items() if key[0] == "trades"}
    assert trades and trades == {key: value for key, value in expected.items() if key[0] == "trades"}


def test_a_file_heals_what_was_missed(program):  # noqa: F811
    """A gap is left open when live ends; the venue's file of the day closes it."""
    (program.cwd / "script.txt").write_text("at 4m rest5xx for 1d\nat 00:05:20 drop for 1m\n")
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "15m", "--speed", 60, "--rate", 0.5,
                  "--script", "script.txt")
    try:
        live = Live(program, venue.told["url"])
        wait_for(lambda: (rows(program, "select max(time) >= '2024-01-31T14:14:30Z' as over from trades") or
                          [{"over": False}])[0]["over"])
        report, _ = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] > 0
    program.run("gaps", "--lake", "lake", "--fail", exit=1)
    program.run("verify", "--lake", "lake")
    first = {row["symbol"]: int(row["first"])
             for row in rows(program, "select symbol, min(trade_id::bigint) as first from trades group by all")}
    truth_from(program, "lake")
    for symbol in first:
        program.run("run", f"{symbol.replace('-', '')}-trades-simulated.csv", "--venue", "binance", "--lake", "lake")
    program.run("gaps", "--lake", "lake", "--fail")
    program.run("verify", "--lake", "lake")
    ours, expected = digests(program, "lake", "2024-01-31T14:14:00Z"), digests(program, "files", "2024-01-31T14:14:00Z")
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))
    # The file is taken back, and with it what it healed; it heals again.
    minutes = "select count(*) as n from candles where not complete"
    assert rows(program, minutes)[0]["n"] == 0
    for symbol in first:
        program.run("forget", f"{symbol.replace('-', '')}-trades-simulated.csv", "--lake", "lake")
        program.run("verify", "--lake", "lake")
    program.run("gaps", "--lake", "lake", "--fail", exit=1)
    assert rows(program, minutes)[0]["n"] > 0
    assert "cannot be read again" in program.run("forget", "feed://binance/trades", "--lake", "lake", exit=2).err
    for symbol in first:
        program.run("run", f"{symbol.replace('-', '')}-trades-simulated.csv", "--venue", "binance", "--lake", "lake")
    program.run("gaps", "--lake", "lake", "--fail")
    program.run("verify", "--lake", "lake")
    healed = digests(program, "lake", "2024-01-31T14:14:00Z")
    assert not lakes.differences(healed, ours), "\n".join(lakes.differences(healed, ours))


def test_where_ids_do_not_tell_the_time_of_a_loss_is_a_gap(program):  # noqa: F811
    """Kraken: a connection is lost while it answers no question, live is killed, and all is told in the end."""
    (program.cwd / "script.txt").write_text("at 3m rest5xx for 12m\nat 4m outage for 30s\n")
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "24m", "--speed", 20, "--rate", 0.5,
                  "--script", "script.txt", venue="kraken")
    openings = "select reason from gap_events where event = 'opened' and \"table\" = 'trades'"
    holes = "select * from gaps where \"table\" = 'trades'"
    try:
        live = Live(program, venue.told["url"], venue="kraken")
        wait_for(lambda: len(rows(program, holes)) == 2)
        wait_for(lambda: len(rows(program, "select * from candles where interval = '1m' and not complete")) >= 2)
        assert "disconnect" in program.run("gaps", "--lake", "lake", "--fail", exit=1).out
        live.kill()
        program.run("verify", "--lake", "lake")
        live = Live(program, venue.told["url"], venue="kraken")
        wait_for(lambda: len(rows(program, openings)) >= 4)  # the time without live is one, of each symbol
        wait_for(lambda: rows(program, "select max(time) >= '2024-01-31T14:23:00Z' as over from trades")[0]["over"] and
                 not rows(program, holes), seconds=150)
        report, notes = live.end()
    finally:
        venue.end()
    assert report["gaps_open"] == 0, notes[-2000:]
    assert {row["reason"] for row in rows(program, openings)} == {"disconnect"}
    program.run("gaps", "--lake", "lake", "--fail")
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake", "kraken")
    ours, expected = digests(program, "lake", "2024-01-31T14:22:00Z"), digests(program, "files", "2024-01-31T14:22:00Z")
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))


@pytest.mark.parametrize("venue_name, faults, every", [
    ("kraken", "drop=0.02,malformed=0.01", "2m"), ("bitstamp", "drop=0.02,malformed=0.01", "2m"),
    ("gemini", "drop=0.02,malformed=0.01", "2m"), ("bitfinex", "drop=0.004,malformed=0.002", "8m")])
def test_what_is_left_out_on_an_open_connection_is_missed_afterwards(program, venue_name, faults, every):  # noqa: F811
    """Ids do not tell, no connection is lost, and still every trade that was not told comes."""
    start = pd.Timestamp.now("UTC").floor("min")  # Gemini tells of seven days
    until, over = ((start + pd.Timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M:%SZ") for m in (24, 29))
    venue = Venue(program, "--start", start.strftime("%Y-%m-%dT%H:%M:%SZ"), "--duration", "30m", "--speed", 40, "--rate", 0.5,
                  "--faults", f"{faults},disorder=0.02,duplicate=0.02", venue=venue_name)
    whole = (f"select symbol from trades where time < '{until}' group by all "
             "having max(trade_id::bigint) - min(trade_id::bigint) + 1 = count(*)")
    holes = f"select * from gaps where \"table\" = 'trades' and \"from\" < '{until}'"
    try:
        live = Live(program, venue.told["url"], "--set", f"live.cross_check={every}", venue=venue_name)
        wait_for(lambda: rows(program, f"select max(time) >= '{over}' as over from trades group by symbol")
                 == [{"over": True}] * 2 and len(rows(program, whole)) == 2 and not rows(program, holes))
        _, notes = live.end()
    finally:
        venue.end()
    events = rows(program, f"select * from gap_events where \"table\" = 'trades' and \"from\" < '{until}'")
    if venue_name == "bitfinex":  # its messages are numbered
        assert {row["reason"] for row in events} >= {"loss"}
    else:
        assert {row["reason"] for row in events} == {"cross_check"} and "were not told" in notes
    assert sum(row["event"] == "opened" for row in events) == sum(row["event"] == "healed" for row in events) > 4
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake", venue_name)
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))


def test_what_no_check_came_to_in_time_is_a_gap(program):  # noqa: F811
    """Kraken: trades are left out, no look at its history is answered, and live is dead until it is too late for one."""
    (program.cwd / "script.txt").write_text("at 1s rest5xx for 55m\nat 4m drop for 3m\n")
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "70m", "--speed", 120, "--rate", 0.5,
                  "--script", "script.txt", venue="kraken")
    until, options = "2024-01-31T15:05:00Z", ("--set", "live.cross_check=2m")
    events = "select * from gap_events where \"table\" = 'trades' and event = '{}' and \"from\" < '2024-01-31T14:04:00Z'"

    try:
        live = Live(program, venue.told["url"], *options, venue="kraken")
        wait_for(lambda: reached(program, "2024-01-31T14:09:00Z"))
        live.kill()
        assert not rows(program, events.format("opened"))  # nothing shows that something is missing
        wait_for(lambda: venue.status()["time"] > "2024-01-31T14:45")  # eleven checks and two minutes are over
        live = Live(program, venue.told["url"], *options, venue="kraken")
        wait_for(lambda: {row["reason"] for row in rows(program, events.format("opened"))} == {"cross_check"})
        wait_for(lambda: reached(program, "2024-01-31T15:08:00Z") and program.try_run("gaps", "--lake", "lake", "--fail").code == 0)
        live.end()
    finally:
        venue.end()
    assert len(rows(program, events.format("opened"))) == len(rows(program, events.format("healed"))) == 2
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake", "kraken")
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))


CHECKED = "select id from operator where op = cast('cross_check' as blob)"


def series_checked(program):
    """Those of which the journal says how far."""
    with sqlite3.connect(program.cwd / "lake/_tidemark/journal/journal.sqlite") as journal:
        return journal.execute(f"select count(*) from snapshot where operator in ({CHECKED})").fetchone()[0]


def checked_until(program, *as_of):  # noqa: F811
    told = program.run("gaps", "--lake", "lake", "--json", *as_of).json()["checked_until"]
    assert [(of["venue"], of["symbol"]) for of in told] == [("kraken", "BTC-USDT"), ("kraken", "ETH-USDT")]
    return [of["time"] for of in told]


def test_what_was_checked_before_a_restart_is_not_in_doubt_after_it(program):  # noqa: F811
    """Kraken: checks of a minute each keep up, so neither an end nor a death leaves more to ask for than the time without live.

    What is damaged counts for nothing: as far back as checks may be behind, all is in doubt and asked for."""
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "80m", "--speed", 60, "--rate", 0.5, venue="kraken")
    options = ("--set", "live.cross_check=1m")
    reasons = "select distinct reason from gap_events where \"table\" = 'trades' order by reason"

    try:
        for minute, stop in ((25, Live.kill), (35, Live.end), (45, Live.kill), (55, Live.end)):
            live = Live(program, venue.told["url"], *options, venue="kraken")
            wait_for(lambda minute=minute: reached(program, f"2024-01-31T14:{minute}:00Z"))
            wait_for(lambda: program.try_run("gaps", "--lake", "lake", "--fail").code == 0)
            stop(live)
        assert series_checked(program) == 2
        assert all("2024-01-31T14:50:00Z" <= time <= "2024-01-31T15:10:00Z" for time in checked_until(program))
        epoch = program.run("gaps", "--lake", "lake", "--json").json()["epoch"]
        assert checked_until(program, "--as-of", epoch - 1) == [None, None]  # the journal is of another
        assert rows(program, reasons) == [{"reason": "disconnect"}] and "could not be asked in time" not in live.told()
        with sqlite3.connect(program.cwd / "lake/_tidemark/journal/journal.sqlite") as journal:
            journal.execute(f"update snapshot set boundary = boundary + 600000000 where operator in ({CHECKED})")
        live = Live(program, venue.told["url"], *options, venue="kraken")
        wait_for(lambda: reached(program, "2024-01-31T15:05:00Z"))
        wait_for(lambda: program.try_run("gaps", "--lake", "lake", "--fail").code == 0)
        live.end()
        assert rows(program, reasons) == [{"reason": "cross_check"}, {"reason": "disconnect"}] and "could not be asked in time" in live.told()
        live = Live(program, venue.told["url"], "--set", "live.cross_check=0d", venue="kraken")
        wait_for(lambda: series_checked(program) == 0)  # or it would be a gap when there are checks again
        live.end()
    finally:
        venue.end()
    program.run("verify", "--lake", "lake")
    assert checked_until(program) == [None, None]
    assert "What feeds of kraken left out shows later, when it is checked" in program.run("gaps", "--lake", "lake").out


@pytest.mark.full
def test_a_lake_closed_for_longer_than_checks_may_be_behind_and_a_death(program):  # noqa: F811
    """Kraken: what was left out while no epoch could be committed is missed after the death that followed."""
    (program.cwd / "script.txt").write_text("at 20m rest5xx for 38m\nat 25m drop for 3m\nat 50m drop for 2m\n")
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "100m", "--speed", 60, "--rate", 0.5,
                  "--script", "script.txt", venue="kraken")
    until, options = "2024-01-31T15:30:00Z", ("--set", "live.cross_check=2m")
    openings = "select * from gap_events where \"table\" = 'trades' and event = 'opened'"

    try:
        live = Live(program, venue.told["url"], *options, venue="kraken")
        wait_for(lambda: reached(program, "2024-01-31T14:16:00Z"))
        try:
            with mounts.read_only(program.cwd / "lake"):
                wait_for(lambda: venue.status()["time"] > "2024-01-31T14:56")  # a check is 24 minutes behind at most
                assert not reached(program, "2024-01-31T14:25:00Z")
                live.kill()
        except mounts.Absent as absent:
            pytest.skip(str(absent))
        live = Live(program, venue.told["url"], *options, venue="kraken")
        wait_for(lambda: reached(program, "2024-01-31T15:33:00Z") and program.try_run("gaps", "--lake", "lake", "--fail").code == 0)
        live.end()
    finally:
        venue.end()
    assert "cross_check" in {row["reason"] for row in rows(program, openings)}
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake", "kraken")
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))


def test_what_bybit_does_not_tell_any_more_stays_open_and_all_else_is_right(program):  # noqa: F811
    """Its history is the last sixty trades: what was left out long ago is known by the volume of its minutes alone."""
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "30m", "--speed", 90, "--rate", 0.5,
                  "--faults", "drop=0.03,malformed=0.01,disorder=0.02,duplicate=0.02", venue="bybit")
    until = "2024-01-31T14:20:00Z"
    at_end = "select max(time) >= '2024-01-31T14:29:00Z' as over from trades group by symbol"
    checked = f"select symbol from gap_events where reason = 'cross_check' and \"from\" >= '{until}' group by symbol"
    options = ("--set", "live.cross_check=2m")
    try:
        live = Live(program, venue.told["url"], *options, venue="bybit")
        wait_for(lambda: rows(program, "select max(time) >= '2024-01-31T14:10:00Z' as over from trades") == [{"over": True}])
        live.kill()
        live = Live(program, venue.told["url"], *options, venue="bybit")
        wait_for(lambda: rows(program, at_end) == [{"over": True}] * 2 and len(rows(program, checked)) == 2)
        live.end()
    finally:
        venue.end()
    assert "cross_check" in program.run("gaps", "--lake", "lake", "--fail", exit=1).out
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake", "bybit")

    def minutes(lake):
        """But for a symbol's first: its volume holds what was traded before anybody listened."""
        told = program.run("sql", "--lake", lake, "--format", "json",
                           "select * from candles where interval = '1m' and origin is not null and "
                           "open_time > (select max(f) from (select min(time) as f from trades group by symbol)) and "
                           f"open_time < '{until}' order by all").json()
        return {(row["symbol"], row["open_time"]): row for row in told}

    ours, expected = minutes("lake"), minutes("files")
    whole = {key for key, row in ours.items() if row["complete"]}
    assert 0 < len(whole) < len(expected)
    assert {key: ours[key] for key in whole} == {key: expected[key] for key in whole}
    # Nothing else is missing than what is over a gap that is open.
    over = {(row["symbol"], row["open_time"]) for row in rows(
        program, "select symbol, unnest(generate_series(date_trunc('minute', \"from\"), \"to\" - interval 1 microsecond, "
        "interval 1 minute)) as open_time from gaps where \"table\" = 'trades'")}
    assert {key for key in expected if ours.get(key) != expected[key]} <= over
    assert whole.isdisjoint(over)
