"""Trades in files: the minutes made from them, whatever the order, the pieces and the repeats they come in."""

import csv
import json
import random

import polars
import pytest

from testkit import lakes

SEED = 11
START = 1_600_000_000_000_000  # 2020-09-13 12:26:40 UTC
HEADER = "id,time,price,size,side\n"


def make_trades(rng, count):
    """Rows of a day and a half with ids, several at one time, in quarter units so that sums are exact."""
    rows, at = [], START
    price = 400
    for i in range(count):
        at += rng.choice([0, 0, 1_000, 250_000, 4_000_000, 90_000_000])
        price = max(40, price + rng.choice([-1, 0, 0, 1]))
        rows.append((1000 + i, at, price / 4, rng.randrange(1, 40) / 4, rng.choice(["buy", "sell"])))
    return rows


def write(path, rows):
    path.write_text(HEADER + "".join(",".join(map(str, row)) + "\n" for row in rows))


def digests(program, lake):
    return lakes.digests(program, lake, tables=(*lakes.DERIVED, "trades"))


@pytest.fixture
def rows():
    print(f"seed {SEED}")
    return make_trades(random.Random(SEED), 4000)


@pytest.fixture
def program(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    return tidemark


def run(program, lake, *names):
    return program.run("run", *names, "--venue", "sim", "--symbol", "LTC-USD", "--lake", lake, "--json").json()


def test_minutes_agree_with_polars(program, rows):
    write(program.cwd / "t.csv", rows)
    told = run(program, "lake", "t.csv")["sources"][0]
    assert (told["read"], told["new"], told["duplicate"]) == (len(rows), len(rows), 0)
    frame = polars.DataFrame(rows, schema=["id", "time", "price", "size", "side"], orient="row")
    expected = (
        frame.sort("time", "id").group_by((polars.col("time") // 60_000_000 * 60_000_000).alias("open_time"))
        .agg(polars.col("price").first().alias("open"), polars.col("price").max().alias("high"),
             polars.col("price").min().alias("low"), polars.col("price").last().alias("close"),
             polars.col("size").sum().alias("volume"), polars.len().alias("trades"),
             (polars.col("price") * polars.col("size")).sum().alias("money"),
             polars.col("size").filter(polars.col("side") == "buy").sum().alias("buy_volume"))
        .sort("open_time"))
    got = program.run("sql", "SELECT epoch_us(open_time) AS open_time, open, high, low, close, volume, trades, vwap, "
                      "buy_volume, sell_volume, origin FROM candles WHERE interval = '1m' ORDER BY 1",
                      "--lake", "lake", "--json").json()
    assert len(got) == len(expected) - 1  # the minute of the last trade is still open
    for ours, theirs in zip(got, expected.iter_rows(named=True)):
        assert ours["origin"] == "trades"
        for name in ("open_time", "open", "high", "low", "close", "volume", "trades", "buy_volume"):
            assert ours[name] == theirs[name], (name, ours, theirs)
        assert abs(ours["vwap"] - theirs["money"] / theirs["volume"]) <= 1e-12 * ours["vwap"]
        assert ours["sell_volume"] == ours["volume"] - ours["buy_volume"]
    hours = program.run("sql", "SELECT sum(trades) AS n, sum(volume) AS v, min(origin) AS o FROM candles "
                        "WHERE interval = '1h'", "--lake", "lake", "--json").json()[0]
    assert hours["o"] == "trades" and hours["n"] <= sum(row["trades"] for row in got)
    program.run("verify", "--lake", "lake")


def test_pieces_in_any_order_with_repeats_and_corrections_give_the_same_tables(program, rows):
    rng = random.Random(SEED + 1)
    write(program.cwd / "whole.csv", rows)
    run(program, "whole", "whole.csv")
    wanted = digests(program, "whole")

    left = list(rows)
    rng.shuffle(left)
    wrong = {row[0] for row in rng.sample(rows, 40)}
    pieces = [left[i::9] for i in range(9)]
    # The rows sent wrong first come before all others, so that the right ones revise them.
    write(program.cwd / "wrong.csv", [(i, t, p + 1, s, side) for i, t, p, s, side in rows if i in wrong])
    run(program, "lake", "wrong.csv")
    for number, piece in enumerate(pieces):
        again = rng.sample(rows, 100) if number % 2 else []
        again = [row for row in again if row[0] not in wrong]
        mixed = piece + again
        rng.shuffle(mixed)
        write(program.cwd / f"p{number}.csv", mixed)
        told = run(program, "lake", f"p{number}.csv")["sources"][0]
        assert told["read"] == told["new"] + told["revised"] + told["duplicate"]
        program.run("verify", "--lake", "lake")
    assert digests(program, "lake") == wanted


def test_a_vendors_minutes_fill_what_trades_leave(program, rows):
    """Candles of the vendor over the same day: those of minutes without trades stay, the others give way."""
    write(program.cwd / "t.csv", rows)
    minute = START // 60_000_000 * 60_000
    with open(program.cwd / "c.csv", "w", newline="", encoding="ascii") as file:
        out = csv.writer(file)
        out.writerow(["time", "open", "high", "low", "close", "volume"])
        for i in range(2000):
            out.writerow([minute + 60_000 * i, 7, 7, 7, 7, 1])
    run(program, "one", "c.csv", "t.csv")
    run(program, "two", "t.csv")
    run(program, "two", "c.csv")
    counts = {row["origin"]: row["n"] for row in program.run(
        "sql", "SELECT origin, count(*) AS n FROM candles WHERE interval = '1m' GROUP BY 1", "--lake", "one",
        "--json").json()}
    assert counts["trades"] > 500 and counts["vendor"] > 500
    assert digests(program, "one") == digests(program, "two")
    for lake in ("one", "two"):
        program.run("verify", "--lake", lake)


def test_equal_rows_where_a_file_begins_are_ambiguous_and_listed(program):
    """A day cut in two between equal trades: each half has two of four, and they are held to be the same two."""
    second = START // 1_000_000
    (program.cwd / "a.csv").write_text(f"{second},99,1\n" + 2 * f"{second + 5},100,1\n")
    (program.cwd / "b.csv").write_text(2 * f"{second + 5},100,1\n" + f"{second + 9},101,1\n")
    run(program, "lake", "a.csv")
    told = run(program, "lake", "b.csv")["sources"][0]
    assert (told["new"], told["duplicate"], told["ambiguous"]) == (1, 2, 2)
    listed = program.run("sql", "SELECT price, source, held_from FROM ambiguous_trades", "--lake", "lake", "--json").json()
    assert [row["price"] for row in listed] == [100, 100]
    assert all(row["source"].endswith("b.csv") and row["held_from"].endswith("a.csv") for row in listed)
    status = program.run("status", "--lake", "lake", "--json").json()
    assert [source["ambiguous"] for source in status["sources"]] == [0, 2]
    assert "ambiguous_trades" in program.run("status", "--lake", "lake").out
    # A file that has the whole of that time again leaves no doubt of its own.
    (program.cwd / "c.csv").write_text(f"{second},98,1\n" + 4 * f"{second + 5},100,1\n" + f"{second + 8},102,1\n")
    told = run(program, "lake", "c.csv")["sources"][0]
    assert (told["new"], told["duplicate"], told["ambiguous"]) == (4, 2, 0)
    program.run("verify", "--lake", "lake")


def test_status_says_how_far_the_vendors_candles_are(program, rows):
    """Over 30 days of both; of a symbol that has trades alone it says what there is."""
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    minutes = program.run("sql", "SELECT epoch_ms(open_time) AS time, open, high, low, close, volume FROM candles "
                          "WHERE interval = '1m' ORDER BY 1", "--lake", "lake", "--json").json()
    changes = {5: (1.5, 1), 9: (1, 2), 20: (1.25, 1)}
    lines = ["time,open,high,low,close,volume\n"]
    for i, m in enumerate(minutes):
        close, volume = changes.get(i, (1, 1))
        lines.append(f"{m['time']},{m['open']},{m['high'] * close},{m['low']},{m['close'] * close},"
                     f"{m['volume'] * volume}\n")
    (program.cwd / "c.csv").write_text("".join(lines))
    run(program, "lake", "c.csv")
    told, = program.run("status", "--lake", "lake", "--json").json()["vendor_differences"]
    assert (told["symbol"], told["interval"]) == ("LTC-USD", "1m")
    assert told["close"] == {"compared": len(minutes), "differ": 2, "median": 0, "max": 0.5}
    assert told["volume"] == {"compared": len(minutes), "differ": 1, "median": 0, "max": 1}
    assert "vendor's beside ours" in program.run("status", "--lake", "lake").out
    assert program.run("status", "--lake", "lake", "--quick", "--json").json()["vendor_differences"] is None


def test_status_and_gaps_of_a_symbol_that_has_trades_alone(program, rows):
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    (program.cwd / "c.csv").write_text("time,open,high,low,close,volume\n" + "".join(
        f"{START // 60_000_000 * 60_000 + 60_000 * i},7,7,7,7,1\n" for i in range(9)))
    program.run("run", "c.csv", "--venue", "sim", "--symbol", "ETH-USD", "--lake", "lake")
    for symbol, series, trades in (("LTC-USD", 0, 1), ("ETH-USD", 1, 0)):
        status = program.run("status", "--lake", "lake", "--symbol", symbol, "--json").json()
        assert (len(status["series"]), len(status["trades"])) == (series, trades)
        program.run("gaps", "--lake", "lake", "--symbol", symbol)
    for verb in ("status", "gaps"):
        said = program.run(verb, "--lake", "lake", "--symbol", "XRP-USD", exit=2)
        assert "no series of XRP-USD; there are sim ETH-USD 1m, sim LTC-USD" in said.err


def test_exported_trades_give_the_same_trades(program, rows):
    """With ids and without."""
    write(program.cwd / "t.csv", rows)
    second = START // 1_000_000
    (program.cwd / "b.csv").write_text("".join(f"{second + i // 3},100,1\n" for i in range(9)))
    run(program, "lake", "t.csv")
    program.run("run", "b.csv", "--venue", "kraken", "--symbol", "LTC-USD", "--lake", "lake")
    program.run("export", "--lake", "lake", "--table", "trades", "-o", "out")
    for venue in ("sim", "kraken"):
        program.run("run", f"out/trades/{venue}_LTC-USD.csv", "--lake", "again")
    lakes.assert_same(digests(program, "again"), digests(program, "lake"))
    program.run("export", "--lake", "lake", "--table", "trades", "--venue", "sim", "--format", "parquet", "-o", "out")
    frame = polars.read_parquet(program.cwd / "out" / "trades" / "sim_LTC-USD.parquet")
    assert frame.height == len(rows) and frame["trade_id"].n_unique() == len(rows)
    since = program.run("export", "--lake", "lake", "--table", "trades", "--venue", "sim", "-o", "late", "--since",
                        "2020-09-14", "--json").json()
    assert since[0]["rows"] == sum(row[1] >= 1_600_041_600_000_000 for row in rows) > 0


def test_files_of_trades_are_split_by_month(program):
    """So that a late trade has a month rewritten and not all there is."""
    write(program.cwd / "t.csv", [(i, START + i * 86_400_000_000, 100, 1, "buy") for i in range(40)])
    run(program, "lake", "t.csv")
    program.run("compact", "--lake", "lake")
    program.run("vacuum", "--keep", "0", "--lake", "lake")
    assert len(list((program.cwd / "lake" / "trades").rglob("*.parquet"))) == 2
    program.run("verify", "--lake", "lake")


def test_a_forgotten_file_of_trades_was_never_there(program, rows):
    """Rows of its own, corrections of others' and rows that others have too; candles and bars follow."""
    rng = random.Random(SEED + 2)
    kept, own = rows[:3000] + rows[3200:], rows[3000:3200]
    wrong = [(i, t, p + 1, s, side) for i, t, p, s, side in rng.sample(kept, 60)]
    write(program.cwd / "kept.csv", kept)
    write(program.cwd / "gone.csv", own + wrong + kept[500:600])
    run(program, "never", "kept.csv")
    for first, second in (("kept.csv", "gone.csv"), ("gone.csv", "kept.csv")):
        lake = first[0]
        run(program, lake, first)
        run(program, lake, second)
        assert digests(program, lake) != digests(program, "never")
        dry = program.run("forget", "gone.csv", "--lake", lake, "--dry-run").out
        assert "would retract" in dry and "days" in dry
        said = program.run("forget", "gone.csv", "--lake", lake).out
        program.run("verify", "--lake", lake)
        if second == "kept.csv":
            assert "is read again" in said
            run(program, lake, "kept.csv")
            program.run("verify", "--lake", lake)
        lakes.assert_same(digests(program, lake), digests(program, "never"))
        status = program.run("status", "--lake", lake, "--json").json()
        assert all(source["adds_up"] for source in status["sources"])
    run(program, "all", "gone.csv")
    program.run("forget", "gone.csv", "--lake", "all")
    program.run("verify", "--lake", "all")
    tables = {table["name"]: table["rows"] for table in program.run("status", "--lake", "all", "--json").json()["tables"]}
    assert not any(tables[name] for name in ("trades", "trade_revisions", "candles", "bars", "features"))


def test_equal_rows_without_ids_are_counted_once_per_file_that_has_them(program):
    second = START // 1_000_000
    lines = [f"{second},100,1\n", f"{second},100,1\n", f"{second + 61},101,2\n", f"{second + 200},102,1\n"]
    (program.cwd / "a.csv").write_text("".join(lines))
    (program.cwd / "b.csv").write_text("".join([lines[0], *lines]))  # three equal ones
    for names, new in ((("a.csv",), 4), (("b.csv",), 1), (("a.csv",), 0)):
        told = run(program, "lake", *names)
        assert sum(source.get("new", 0) for source in told["sources"]) == new, json.dumps(told)
    held = program.run("sql", "SELECT count(*) AS n, count(DISTINCT trade_id) AS ids, max(sequence) AS s FROM trades",
                       "--lake", "lake", "--json").json()[0]
    assert held == {"n": 5, "ids": 5, "s": 2}
    program.run("verify", "--lake", "lake")
