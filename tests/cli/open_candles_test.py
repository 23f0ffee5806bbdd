"""Candles that are not closed: asked for they are there, marked; nothing keeps them."""

import random

import pandas as pd

from testkit import lakes

START_MS = 1_709_164_800_000  # 2024-02-29, a Thursday
INTERVALS = ["1m", "1h", "1d", "1w", "1mo"]


def trades(count):
    rng = random.Random(3)
    rows, at = [], START_MS
    for i in range(count):
        at += rng.choice([0, 10, 2_000, 40_000])
        rows.append((100 + i, at, rng.randrange(1000, 1010) / 7, rng.randrange(1, 90) / 7, rng.random() < 0.5))
    return rows


def write(path, rows):
    path.write_text("id,time,price,size,is_buyer_maker\n" + "".join(
        f"{n},{at},{price},{size},{str(maker).lower()}\n" for n, at, price, size, maker in rows))


def asked(tidemark, what, where="true"):
    columns = "interval, epoch_us(open_time) as t, open, high, low, close, volume, vwap, trades, buy_volume, sell_volume, rows"
    rows = tidemark.run("sql", "--lake", "lake", "--format", "json", f"select {columns} from {what} where {where} order by t").json()
    return {(row["interval"], int(row["t"])): row for row in rows}


def test_they_are_what_they_will_be_when_nothing_more_comes(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY.replace('["1h", "1mo"]', '["1h", "1d", "1w", "1mo"]'))
    rows = trades(3000)
    write(tidemark.cwd / "day.csv", rows)
    tidemark.run("run", "day.csv", "--venue", "kraken", "--symbol", "BTC-USD", "--lake", "lake")
    open_now = asked(tidemark, "open_candles")
    assert {interval for interval, _ in open_now} == set(INTERVALS) and len(open_now) == 5
    marks = tidemark.run("sql", "--lake", "lake", "--format", "json", "select distinct closed, complete from open_candles").json()
    assert marks == [{"closed": False, "complete": False}]
    assert not asked(tidemark, "candles c", "exists (select 1 from open_candles o where o.interval = c.interval and "
                     "o.open_time <= c.open_time)")
    # Another who adds up.
    all_trades = pd.DataFrame(rows, columns=["id", "ms", "price", "size", "maker"])
    for (_, opened), candle in open_now.items():
        inside = all_trades[all_trades.ms >= opened // 1000]
        assert float(candle["open"]) == inside.price.iloc[0] and float(candle["close"]) == inside.price.iloc[-1]
        assert float(candle["high"]) == inside.price.max() and float(candle["low"]) == inside.price.min()
        assert int(candle["trades"]) == len(inside) and abs(float(candle["volume"]) - inside["size"].sum()) < 1e-9 * len(inside)
    # A trade of another month closes them all, as they were.
    write(tidemark.cwd / "later.csv", [(9_000, START_MS + 40 * 86_400_000, 150.0, 1.0, True)])
    tidemark.run("run", "day.csv", "later.csv", "--venue", "kraken", "--symbol", "BTC-USD", "--lake", "lake")
    closed = asked(tidemark, "candles")
    assert all(closed[key] == candle for key, candle in open_now.items())
    tidemark.run("verify", "--lake", "lake")


def test_of_a_vendors_minutes_too_and_of_nothing_none(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    minutes = pd.date_range("2024-02-29T14:00Z", periods=90, freq="min")
    (tidemark.cwd / "minutes.csv").write_text("time,open,high,low,close,volume\n" + "".join(
        f"{t.value // 10**9},{i + 1},{i + 2},{i + 0.5},{i + 1.5},2\n" for i, t in enumerate(minutes)))
    tidemark.run("run", "minutes.csv", "--venue", "kraken", "--symbol", "BTC-USD", "--lake", "lake")
    rows = asked(tidemark, "open_candles")
    assert {(interval, row["open"], row["close"], row["volume"], row["rows"], row["trades"]) for (interval, _), row in rows.items()} == {
        ("1h", 61, 90.5, 60, 30, None), ("1mo", 1, 90.5, 180, 90, None)}
    assert "open_candles" in tidemark.run("sql", "--lake", "lake", "show tables").out
    assert not asked(tidemark, "open_candles", "symbol = 'ETH-USD'")
