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
